# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The clocks of the package.

Rule: no other module imports ``time``. A tool that freezes the time of a test
does not change these clocks: freezegun replaces ``time.monotonic`` and
``time.time``, also where a module imported them by name; time-machine changes
CLOCK_REALTIME, also for ``time.clock_gettime``.
"""

from collections.abc import Callable
import datetime
import functools
import math
import time
from typing import Final

# CLOCK_REALTIME_COARSE (clock_getres(2)); Python has no name for it.
_REALTIME_COARSE: Final = 5
_EPOCH: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)

#: Seconds of CLOCK_MONOTONIC (clock_gettime(2)).
monotonic: Callable[[], float] = functools.partial(
    time.clock_gettime, time.CLOCK_MONOTONIC
)
#: Seconds of CLOCK_BOOTTIME, as in proc_pid_stat(5).
boottime: Callable[[], float] = functools.partial(
    time.clock_gettime, time.CLOCK_BOOTTIME
)
#: Seconds of processor time of the calling thread (clock_gettime(2)).
thread_time: Callable[[], float] = functools.partial(
    time.clock_gettime, time.CLOCK_THREAD_CPUTIME_ID
)
#: Nanoseconds of the clock that gives files their time stamps.
file_time_ns: Callable[[], int] = functools.partial(
    time.clock_gettime_ns, _REALTIME_COARSE
)


def now() -> datetime.datetime:
    """Return the real date and time in UTC.

    The resolution is that of the time stamps of files: some milliseconds.
    """
    return _EPOCH + datetime.timedelta(microseconds=file_time_ns() // 1000)


def sleep(seconds: float) -> None:
    """Wait in real time.

    The function of the module ``time`` is looked up at each call: eventlet
    replaces that function when a service starts.
    """
    time.sleep(seconds)


def deadline(timeout: float | None) -> float:
    """Return the time of :func:`monotonic` at which a timeout expires.

    :param timeout: seconds; None never expires
    """
    return math.inf if timeout is None else monotonic() + timeout


class RateLimiter:
    """Allows an event of a kind once in an interval.

    :param interval: seconds
    :param most_kinds: maximum number of kinds to remember
    """

    def __init__(self, interval: float, most_kinds: int = 10) -> None:
        self._interval = interval
        self._most_kinds = most_kinds
        # When each kind is allowed again.
        self._next: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._next)

    def allows(self, kind: str) -> bool:
        """Return True if the kind is allowed now; then begin its interval."""
        now = monotonic()
        if now < self._next.get(kind, now):
            return False
        if len(self._next) >= self._most_kinds:
            self._next.clear()
        self._next[kind] = now + self._interval
        return True

    def clear(self) -> None:
        """Allow every kind at once."""
        self._next.clear()
