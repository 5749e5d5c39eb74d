# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Sampling: every Nth notification of a recording that is too large.

Rule: the number of rows has a bound, and so has the memory: documents are
spooled to a file. The first notification of each event type always stays.
"""

from collections.abc import Iterator
import contextlib
import dataclasses
import tempfile
from typing import Final

from unixnotif import recording
from unixnotif.report import rows

#: Number of notifications of a page by default.
MAX_ROWS: Final = 100_000
#: Maximum number of event types whose first notification stays.
MAX_FIRST: Final = 1000


class Sample(contextlib.AbstractContextManager['Sample']):
    """The notifications of a page, in the order of the recording.

    :param most: maximum number of rows, apart from the first notification
        of each event type

    :ivar step: 1 if every notification is here; N for every Nth
    :ivar seen: number of notifications that were added
    """

    def __init__(self, most: int = MAX_ROWS) -> None:
        if most < 1:
            raise ValueError(f'most must be at least 1, not {most}')
        self.step = 1
        self.seen = 0
        self._most = most
        self._rows: dict[int, rows.Row] = {}
        self._first: dict[str, int] = {}
        self._spool = tempfile.TemporaryFile()  # noqa: SIM115

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the spool; closing twice is allowed."""
        self._spool.close()

    def add(self, recorded: recording.Recorded) -> rows.Row:
        """Add a notification, or skip it; return its row.

        :raises OSError: the disk is full
        """
        row = rows.Row.of(recorded)
        number = self.seen
        self.seen += 1
        is_first = (
            row.event_type not in self._first and len(self._first) < MAX_FIRST
        )
        if is_first:
            self._first[row.event_type] = number
        if is_first or not number % self.step:
            self._keep(number, row, recorded)
        if len(self._rows) > self._most + len(self._first):
            self._thin_out()
        return row

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[rows.Row]:
        return iter(self._rows.values())

    def document(self, row: rows.Row) -> bytes:
        """Return the document of a row, as JSON on one line."""
        self._spool.seek(row.start)
        return self._spool.read(row.size)

    def _keep(
        self, number: int, row: rows.Row, recorded: recording.Recorded
    ) -> None:
        document = recorded.encode()
        start = self._spool.seek(0, 2)
        self._spool.write(document)
        self._rows[number] = dataclasses.replace(
            row, start=start, size=len(document)
        )

    def _thin_out(self) -> None:
        """Remove every second row, except the first of an event type."""
        self.step *= 2
        first = frozenset(self._first.values())
        self._rows = {
            number: row
            for number, row in self._rows.items()
            if not number % self.step or number in first
        }
