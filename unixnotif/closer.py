# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Threads that close the descriptors of peers.

Rule: the last close of a file may block for as long as a peer likes: a TCP
socket with SO_LINGER (socket(7)), a file on FUSE. Closing a socket whose queue
holds one of these descriptors may block, too. A thread does these closes, so
that no caller waits. No thread exists while there is nothing to close.
"""

import collections
from collections.abc import Callable
import contextlib
from typing import Final

from unixnotif import polling
from unixnotif import process

#: Maximum number of threads, and so of closes that block at a time.
MAX_THREADS: Final = 16

#: Closes one descriptor.
Close = Callable[[], object]


class _Closer:
    """The closes of this process that are not done, and their threads."""

    def __init__(self) -> None:
        self._waiting: collections.deque[tuple[Close, int]] = (
            collections.deque()
        )
        self._threads = 0
        # Descriptors that are not closed yet.
        self._pending = 0
        self._lock = polling.NativeLock()
        process.track(self)

    def add(self, close: Close, number: int) -> None:
        with self._lock:
            self._waiting.append((close, number))
            self._pending += number
            if self._threads >= MAX_THREADS:
                return
            self._threads += 1
        try:
            polling.start_thread(self._work, ())
        except RuntimeError:
            # The system allows no more threads. The next call, or a thread
            # that is running, closes the waiting descriptors.
            with self._lock:
                self._threads -= 1
                _stranded.add(self)

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._threads -= 1
                    _stranded.discard(self)
                    return
                close, number = self._waiting.popleft()
            # Closed already, or the file system reports an error.
            with contextlib.suppress(Exception):
                close()
            # The last reference to the descriptor.
            del close
            with self._lock:
                self._pending -= number

    def pending(self) -> int:
        return self._pending

    def after_fork(self) -> None:
        """Reset: a forked child has no thread of its parent.

        The next call in the child also closes its copies of the descriptors
        that waited.
        """
        self._threads = 0
        self._pending = sum(number for _, number in self._waiting)
        self._lock = polling.NativeLock()

    def at_exit(self) -> None:
        """Do nothing: the kernel closes everything."""


#: Objects with waiting closes that perhaps no thread keeps alive.
_stranded: Final[set[_Closer]] = set()


def _closer() -> _Closer:
    # The threads keep the object alive, or _stranded does.
    return process.shared('closer', _Closer, lambda _: True)


def in_background(close: Close, number: int = 1) -> None:
    """Call a function that closes descriptors, without waiting.

    :param close: may block; exceptions are ignored
    :param number: number of descriptors whose close may block, for
        :func:`pending`
    """
    _closer().add(close, number)


def pending() -> int:
    """Return the number of descriptors that are not closed yet."""
    return _closer().pending()


def is_stuck() -> bool:
    """Return True while unfinished closes can occupy all threads."""
    return pending() >= MAX_THREADS
