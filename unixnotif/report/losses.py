# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Losses: the places of a recording where notifications are missing.

Rule: the number of places has a bound; beyond the bound, neighboring places
become one place. The number of reasons has a bound, too; further reasons are
counted together.
"""

import collections
import dataclasses
from typing import Final
from typing import Self

from unixnotif import lost_record
from unixnotif import recording
from unixnotif.report import rows

#: Maximum number of places.
MAX_PLACES: Final = 1000


@dataclasses.dataclass(frozen=True, slots=True)
class Loss:
    """Notifications that were lost before a point in time.

    :param received: in milliseconds since 1970, UTC; None if nobody noted it
    :param reasons: number of lost notifications by reason
    :param test_id: id of the test that missed them, or ''
    """

    received: int | None
    reasons: dict[str, int]
    test_id: str = ''

    @property
    def count(self) -> int:
        """Number of lost notifications."""
        return sum(self.reasons.values())

    def joined(self, other: 'Loss') -> Self:
        """Return this loss and a later one as one place."""
        reasons = collections.Counter(self.reasons)
        reasons.update(other.reasons)
        same = self.test_id == other.test_id
        return dataclasses.replace(
            self,
            received=other.received,
            reasons=dict(reasons),
            test_id=self.test_id if same else '',
        )


class Losses:
    """All places of a recording, in its order.

    :ivar reasons: number of all lost notifications by reason
    """

    def __init__(self) -> None:
        self.reasons: collections.Counter[str] = collections.Counter()
        self.places: list[Loss] = []

    def add(self, lost: recording.RecordedLost, before: int | None) -> None:
        """Add a loss.

        :param before: time of the line before it, for a loss without a time
        """
        received = before
        if lost.received is not None:
            received = rows.milliseconds(lost.received)
        reasons: collections.Counter[str] = collections.Counter()
        for reason, count in lost.reasons.items():
            known = lost_record.known_reason(self.reasons, rows.name(reason))
            reasons[known] += count
            self.reasons[known] += count
        self.places.append(
            Loss(received, dict(reasons), rows.name(lost.test_id))
        )
        if len(self.places) > MAX_PLACES:
            self._join()

    @property
    def count(self) -> int:
        """Number of all lost notifications."""
        return self.reasons.total()

    def _join(self) -> None:
        pairs = [self.places[i : i + 2] for i in range(0, MAX_PLACES + 1, 2)]
        self.places = [
            pair[0] if len(pair) == 1 else pair[0].joined(pair[1])
            for pair in pairs
        ]
