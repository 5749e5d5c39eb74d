# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Sources of statistics for ``top``: an address, or a recording.

Rule: a source counts; it shows nothing.
"""

import argparse
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
import os
import sys
from typing import Final

from unixnotif import address
from unixnotif import clock
from unixnotif import consumer
from unixnotif import filter as filters
from unixnotif import grammar
from unixnotif import notification
from unixnotif import polling
from unixnotif import recording
from unixnotif.cli import criteria
from unixnotif.cli import processes
from unixnotif.cli import progress
from unixnotif.cli import recordings
from unixnotif.cli import statistics
from unixnotif.cli import subscriber

# Seconds of each count of the sparkline, and number of counts: 5 minutes.
_WIDTH: Final = 5.0
_COUNTS: Final = 60
#: Seconds for which --once watches an address.
ONCE: Final = 5.0
# Notifications between two looks at the keyboard.
_BATCH: Final = 256
# Maximum number of batches that are counted at the end.
_LAST: Final = 64


class Source:
    """Statistics of an address or of a file."""

    counted: statistics.Statistics
    name: str
    state = ''
    #: Messages about lines that were skipped.
    skipped: Sequence[str] = ()
    fd = -1
    stopping: Callable[[], bool] = staticmethod(lambda: False)

    def start(self) -> None:
        """Begin."""

    def advance(self) -> bool:
        """Count some notifications; return False if there are none now."""
        return False

    def rate(self, row: statistics.Row) -> float:
        """Return notifications a second."""
        return self.counted.average(row)

    def finish(self, duration: float | None) -> None:
        """Count until the time is over."""

    def close(self) -> None:
        """End."""


class File(Source):
    """A recording, which is followed while the screen shows it."""

    def __init__(self, parsed_args: argparse.Namespace, once: bool) -> None:
        self.name = parsed_args.uri
        self._parsed_args = parsed_args
        self._wanted = criteria.parse(parsed_args)
        self.counted = statistics.Statistics(
            statistics.Timeline(1.0, _COUNTS, is_whole=True)
        )
        self.skipped: list[str] = []
        self._skip = self.skipped.append
        self._follower = None
        # Do not wait for a file that does not exist: the name may be wrong.
        exists = os.path.exists(self.name)
        if not once and exists and recording.is_followable(self.name):
            self._follower = recording.Follower(self.name, self._skip)

    @property
    def state(self) -> str:  # type: ignore[override]
        """State of the file, and lines that are too long."""
        parts = []
        if self._follower is not None and self._follower.is_missing:
            parts.append('waiting: the file is gone')
        if self.skipped:
            count = grammar.plural(len(self.skipped), 'line')
            parts.append(f'skipped {count}, too long')
        return ', '.join(parts)

    def start(self) -> None:
        if self._follower is not None:
            paths = self._follower.older()
        else:
            paths = recordings.files([self.name])
        if paths:
            with progress.Reading(paths, 'nothing is shown') as reading:
                for path in paths:
                    self._add(reading.read(path, self._skip))
        # A small file is on the screen from the beginning.
        self.advance()
        self.advance()

    def advance(self) -> bool:
        if self._follower is None:
            return False
        found = self._follower.read()
        self._add(found or ())
        return found is not None

    def _add(self, lines: Iterable[recording.Line]) -> None:
        for line in recordings.select(lines, self._parsed_args, self._wanted):
            self.counted.add_line(line)

    def close(self) -> None:
        if self._follower is not None:
            self._follower.close()


class Live(Source):
    """An address, whose notifications are counted as they arrive."""

    def __init__(self, parsed_args: argparse.Namespace) -> None:
        where: address.Address = parsed_args.uri
        wanted: filters.Filter = criteria.parse(parsed_args)
        self.name = str(where)
        self._consumer = consumer.Consumer(where, **wanted.criteria)
        self._deadline = clock.deadline(parsed_args.duration)
        self._names = processes.Names()
        self._start = _now()
        self.counted = statistics.Statistics(
            statistics.Timeline(_WIDTH, _COUNTS, is_whole=False), self._start
        )

    def start(self) -> None:
        subscriber.subscribe(self._consumer, self._deadline, self.stopping)
        self._start = self.counted.start = _now()

    @property
    def fd(self) -> int:  # type: ignore[override]
        """Descriptor that is readable when data has arrived."""
        return self._consumer.fileno()

    @property
    def state(self) -> str:  # type: ignore[override]
        """State of the subscription, and invalid documents."""
        rejected = self._consumer.rejected.total()
        parts = []
        if not self._consumer.subscribed:
            parts.append('waiting: the address is gone')
        if rejected:
            parts.append(f'{rejected} invalid')
        return ', '.join(parts)

    def advance(self) -> bool:
        for _ in range(_BATCH):
            received = self._consumer.receive(0)
            self.counted.lost = self._consumer.lost_reasons
            if received is None:
                self.counted.timeline.advance(_now())
                return False
            self.counted.add(received, _now(), self._name(received))
        return True

    def _name(self, received: notification.Notification) -> str:
        sender = received.sender
        return self._names.find(sender.pid) if sender else ''

    def rate(self, row: statistics.Row) -> float:
        return row.rate(_now(), self._start)

    def finish(self, duration: float | None) -> None:
        reader = subscriber.Reader(sys.stdout)
        deadline = clock.deadline(ONCE if duration is None else duration)
        while not self.stopping():
            remaining = deadline - clock.monotonic()
            if remaining <= 0:
                break
            if not self.advance():
                reader.check()
                step = min(remaining, consumer.CHECK_INTERVAL)
                polling.wait_readable(self.fd, step)
        # Count the notifications that have already arrived, up to a limit:
        # other processes may continue to emit.
        for _ in range(_LAST):
            if not self._consumer.subscribed or not self.advance():
                break

    def close(self) -> None:
        self._consumer.close()


def _now() -> float:
    return clock.now().timestamp()
