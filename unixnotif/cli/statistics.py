# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Counts of notifications, for ``top`` and ``summary``.

Rule: no peer decides how much is kept. A table has a maximum number of rows;
beyond it a row with few notifications makes room, and its counts are added to
those of the other rows that are gone.
"""

import collections
from collections.abc import Iterable
from collections.abc import Mapping
import dataclasses
import math
from typing import Final

from unixnotif import errors
from unixnotif import lost_record
from unixnotif import notification as notifications
from unixnotif import recording

Key = tuple[str, ...]

#: Maximum number of rows in a table, and of characters in a name.
MAX_ROWS: Final = 1000
MAX_NAME: Final = 200
# Seconds over which a rate is averaged.
_PERIOD: Final = 10.0
# A full table removes the row with the fewest notifications among this number
# of rows: those whose last notification is the oldest. So a flood of new names
# mostly removes names of the flood.
_CANDIDATES: Final = 8


@dataclasses.dataclass(slots=True)
class Row:
    """Counts of the notifications with one name.

    :ivar size: sum of the bytes of their documents
    :ivar last: when the last one arrived, in seconds
    """

    count: int = 0
    size: int = 0
    largest: int = 0
    last: float = -math.inf
    # Decayed count, as of ``last``.
    _level: float = 0.0

    def add(self, size: int, when: float) -> None:
        """Count a notification."""
        self.count += 1
        self.size += size
        self.largest = max(self.largest, size)
        self._level = self._decayed(when) + 1
        self.last = max(self.last, when)

    def merge(self, other: 'Row') -> None:
        """Add the counts of another row."""
        when = max(self.last, other.last)
        self._level = self._decayed(when) + other._decayed(when)
        self.count += other.count
        self.size += other.size
        self.largest = max(self.largest, other.largest)
        self.last = when

    def _decayed(self, when: float) -> float:
        if not self._level:
            return 0.0
        return self._level * math.exp(-max(0.0, when - self.last) / _PERIOD)

    def rate(self, now: float, start: float) -> float:
        """Return notifications a second, recent ones with more weight.

        :param start: since when they are counted
        """
        elapsed = max(now - start, 1.0)
        # In the first seconds, the decayed count covers only this part of a
        # period.
        whole = 1 - math.exp(-elapsed / _PERIOD)
        return self._decayed(now) / _PERIOD / whole


class Table:
    """Rows by name, of which there is a maximum number.

    :ivar rows: by name; the one seen last is the last
    :ivar removed: number of rows that made room
    :ivar others: their counts
    """

    def __init__(self, most: int = MAX_ROWS) -> None:
        self._most = most
        self.rows: collections.OrderedDict[Key, Row] = (
            collections.OrderedDict()
        )
        self.removed = 0
        self.others = Row()

    def add(self, key: Key, size: int, when: float) -> None:
        """Count a notification."""
        key = tuple(map(_bounded, key))
        row = self.rows.get(key)
        if row is None:
            if len(self.rows) >= self._most:
                self._make_room()
            row = self.rows[key] = Row()
        else:
            self.rows.move_to_end(key)
        row.add(size, when)

    def _make_room(self) -> None:
        oldest = [
            self.rows.popitem(last=False)
            for _ in range(min(_CANDIDATES, len(self.rows)))
        ]
        smallest = min(oldest, key=lambda each: each[1].count)
        oldest.remove(smallest)
        self.rows.update(oldest)
        self.others.merge(smallest[1])
        self.removed += 1


def _bounded(name: str) -> str:
    return name if len(name) <= MAX_NAME else f'{name[: MAX_NAME - 1]}…'


class Timeline:
    """Counts over time.

    :param width: seconds of each count
    :param most: maximum number of counts
    :param is_whole: if True, counts are merged when there are too many, and
        cover all the time; otherwise old counts are discarded
    """

    def __init__(self, width: float, most: int, is_whole: bool) -> None:
        self.width = width
        self._most = most
        self._is_whole = is_whole
        self._start: float | None = None
        self.counts: list[int] = []

    def advance(self, when: float) -> int:
        """Begin the counts up to a time; return the index of the last."""
        if self._start is None:
            self._start = when
        index = max(0, int((when - self._start) / self.width))
        while self._is_whole and index >= self._most:
            pairs = [*self.counts, 0]
            self.counts = [
                sum(pairs[i : i + 2]) for i in range(0, len(self.counts), 2)
            ]
            self.width *= 2
            index //= 2
        if index >= self._most:
            gone = index - self._most + 1
            self.counts = self.counts[gone:]
            self._start += gone * self.width
            index -= gone
        self.counts += [0] * (index + 1 - len(self.counts))
        return index

    def add(self, when: float) -> None:
        """Count a notification."""
        index = self.advance(when)
        self.counts[index] += 1


#: Names of the tables, each with the names of the parts of its keys.
DIMENSIONS: Final[Mapping[str, Key]] = {
    'event_type': ('event_type',),
    'publisher': ('publisher_id',),
    'payload': ('payload', 'version'),
    'process': ('pid', 'command'),
    'event': ('publisher', 'event_type', 'payload', 'version'),
}


class Statistics:
    """Counts of notifications by each dimension.

    :param start: since when they are counted; None counts from the first one
    :param most: maximum number of rows of each table
    :param timeline: counts over time

    :ivar total: all notifications
    :ivar lost: lost notifications by reason
    """

    def __init__(
        self,
        timeline: Timeline,
        start: float | None = None,
        most: int = MAX_ROWS,
    ) -> None:
        self.timeline = timeline
        self.start = start
        self.total = Row()
        self.tables = {name: Table(most) for name in DIMENSIONS}
        self.lost: collections.Counter[str] = collections.Counter()

    def add(
        self,
        notification: notifications.Notification,
        when: float,
        command: str = '',
    ) -> None:
        """Count a notification.

        :param when: seconds since the epoch
        :param command: name of the emitting process, if it is known
        """
        if self.start is None:
            self.start = when
        size = _size(notification)
        versioned = notification.versioned
        payload = (
            (versioned.name, versioned.version_text)
            if versioned is not None
            else ('', '')
        )
        publisher = notification.publisher_id or ''
        sender = notification.sender
        keys: dict[str, Key] = {
            'event_type': (notification.event_type,),
            'publisher': (publisher,),
            'payload': payload,
            'process': (str(sender.pid) if sender else '', command),
            'event': (
                service(publisher),
                notification.event_type,
                *payload,
            ),
        }
        self.total.add(size, when)
        self.timeline.add(when)
        for name, key in keys.items():
            self.tables[name].add(key, size, when)

    def add_line(self, line: recording.Line) -> None:
        """Count a line of a recording."""
        if isinstance(line, recording.RecordedLost):
            self.add_lost(line.reasons)
        else:
            self.add(line.notification, line.received.timestamp())

    def add_lost(self, reasons: Mapping[str, int]) -> None:
        """Count lost notifications."""
        for reason, count in reasons.items():
            self.lost[lost_record.known_reason(self.lost, reason)] += count

    def average(self, row: Row) -> float:
        """Return notifications a second, over the whole time."""
        if self.start is None:
            return 0.0
        return row.count / max(self.total.last - self.start, 1.0)


def service(publisher_id: str) -> str:
    """Return the part of a publisher_id before the host.

    That is ``nova-compute`` in ``nova-compute:host1``, and ``volume`` in
    ``volume.host1``, the older form.
    """
    return publisher_id.partition(':')[0].partition('.')[0]


def _size(notification: notifications.Notification) -> int:
    """Return the bytes of the document."""
    try:
        return len(notification.encode())
    except (errors.DocumentError, MemoryError):
        return 0


def sparkline(counts: Iterable[int], marks: str = '▁▂▃▄▅▆▇█') -> str:
    """Return a mark for each count; the largest count has the last mark."""
    counts = list(counts)
    most = max(counts, default=0)
    top = len(marks) - 1
    return ''.join(
        marks[math.ceil(count * top / most)] if most else marks[0]
        for count in counts
    )
