# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Totals: counts of all notifications, also of those that are not sampled.

Rule: a table has a bound; names beyond it are counted together.
"""

import collections
import dataclasses
from typing import Final

from unixnotif.report import rows

#: Maximum number of names that are counted one by one.
MAX_NAMES: Final = 10_000
#: Priorities that a reader has to see.
SEVERE: Final = frozenset({'ERROR', 'CRITICAL'})


@dataclasses.dataclass
class Names:
    """Numbers of notifications by name.

    :ivar others: number of notifications with a name beyond the bound
    """

    counts: collections.Counter[str] = dataclasses.field(
        default_factory=collections.Counter
    )
    others: int = 0

    def add(self, name: str) -> None:
        """Count a notification."""
        if name in self.counts or len(self.counts) < MAX_NAMES:
            self.counts[name] += 1
        else:
            self.others += 1

    def most(self, number: int) -> list[tuple[str, int]]:
        """Return the most frequent names, in a stable order."""
        ordered = sorted(
            self.counts.items(), key=lambda item: (-item[1], item)
        )
        return ordered[:number]

    def __len__(self) -> int:
        """Return the number of names; an empty name does not count."""
        return len(self.counts) - ('' in self.counts)


class Totals:
    """Counts of all notifications.

    :ivar count: number of notifications
    :ivar names: by field of a row
    :ivar first: time of the first arrival, in milliseconds; None without one
    :ivar last: time of the last arrival
    """

    def __init__(self) -> None:
        self.count = 0
        self.names = {field: Names() for field in rows.NAMES}
        self.first: int | None = None
        self.last: int | None = None

    def add(self, row: rows.Row) -> None:
        """Count a notification."""
        self.count += 1
        for field, names in self.names.items():
            names.add(getattr(row, field))
        if self.first is None or row.received < self.first:
            self.first = row.received
        if self.last is None or row.received > self.last:
            self.last = row.received

    @property
    def severe(self) -> int:
        """Number of notifications of priority ERROR or CRITICAL."""
        counts = self.names['priority'].counts
        return sum(counts[priority] for priority in SEVERE)
