# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Waiting and locking, the same with and without eventlet.

Rule: this is the only module that knows how a process may have replaced
the standard library's ways to wait.
"""

import _thread
from collections.abc import Sequence
import contextlib
import select
import sys
from typing import Any

from unixnotif import descriptors
from unixnotif import errors
from unixnotif.kernel import pristine

if sys.platform != 'linux':
    raise errors.PlatformError(
        'unixnotif needs Linux (SEQPACKET sockets, memfd and epoll); '
        f'this is {sys.platform}'
    )


_select = pristine.load('select')
_epoll = _select.epoll

# The same in poll(2) and epoll(7); eventlet deletes the names.
READABLE = 1
_WRITABLE = 4
_ENDED = 0x2000  # POLLRDHUP: the peer sends no more

#: Start a thread of the operating system, as _thread.start_new_thread does.
#: Such a thread does not keep the process from ending.
start_thread: Any = pristine.load('_thread').start_new_thread

#: A re-entrant lock of the operating system's threads. threading.RLock becomes
#: green under eventlet, and native threads must not share a green lock. So a
#: holder of this lock must not yield. Publishers call its private method
#: _is_owned(), as threading.Condition does.
NativeLock: Any = _thread.RLock

if sys.version_info >= (3, 14):

    class _UninterruptedLock(_thread.RLock):
        """A lock that a signal handler which raises cannot leave locked.

        Python 3.14 checks for signals between the call of ``__enter__`` and
        the block of a ``with`` statement, if ``__enter__`` is not written in
        Python.
        """

        __slots__ = ()

        def __enter__(self) -> bool:
            before = self._recursion_count()
            try:
                self.acquire()
            except BaseException:
                if self._recursion_count() > before:
                    self.release()
                raise
            return True

    NativeLock = _UninterruptedLock


class Poller:
    """A set of descriptors that can be checked without waiting.

    :ivar fd: a descriptor that is readable when one of the set is
    """

    def __init__(self) -> None:
        self._epoll: select.epoll = _epoll()
        self.fd = self._epoll.fileno()

    def add(self, fd: int) -> None:
        """Report ``fd`` while it can be read."""
        self._epoll.register(fd, READABLE)

    def always(self, fd: int, is_ready: bool) -> None:
        """Report a socket always, or go back to the state of :meth:`add`.

        The set reports the socket as writable: a socket to which no thread
        writes always is.

        :param is_ready: False reports the socket only while it can be read
        """
        self._epoll.modify(fd, READABLE | _WRITABLE * is_ready)

    def remove(self, fd: int) -> None:
        """Stop reporting ``fd``; call this before closing ``fd``."""
        self._epoll.unregister(fd)

    def ready(self, most: int = 64) -> list[int]:
        """Return the descriptors that can be read now, or were hung up.

        :param most: maximum number of descriptors to return
        :raises OSError: other code closed the set
        """
        return [fd for fd, _ in self._epoll.poll(0, most)]

    def any_ready(self) -> bool:
        """Return True if a descriptor of the set can be read now.

        :raises OSError: other code closed the set
        """
        return bool(self._epoll.poll(0, 1))

    def close(self) -> None:
        """Close the set; closing twice is allowed."""
        # Since Python 3.15, it raises if other code closed the descriptor.
        with contextlib.suppress(OSError):
            self._epoll.close()

    def forget(self) -> None:
        """Forget a set that other code closed.

        Its number may belong to another file by now, and an epoll object
        closes its number when it is collected: so it is kept.
        """
        descriptors.forget(self._epoll)


def wait_readable(fd: int, timeout: float) -> bool:
    """Wait until a descriptor can be read; other greenlets run meanwhile.

    :param timeout: seconds, not negative
    :returns: False when the time is over
    """
    return wait_any((fd,), timeout)


def wait_any(fds: Sequence[int], timeout: float) -> bool:
    """Wait until one of several descriptors can be read.

    :param timeout: seconds, not negative
    :returns: False when the time is over
    """
    if hasattr(select, 'poll'):
        poll = select.poll()
        for fd in fds:
            poll.register(fd, READABLE)
        # Milliseconds, rounded up: rounding down would spin at the end.
        return bool(poll.poll(-int(-timeout * 1000 // 1)))
    # Under eventlet only select() is left, and there it is a green one that
    # has no limit of 1024 descriptors.
    return bool(select.select(fds, [], [], timeout)[0])


def is_hung_up(fd: int) -> bool:
    """Return True if both directions of a connection have ended (POLLHUP).

    The peer has closed its end, or has stopped one direction and we the
    other (unix(7)). A descriptor that is closed has ended.
    """
    return _has_event(fd, 0)


def has_ended(fd: int) -> bool:
    """Return True if the peer of a connection sends no more.

    The kernel says so even while there is more to read, and whatever the peer
    still receives (POLLRDHUP, poll(2)). A descriptor that is closed has ended.
    """
    return _has_event(fd, _ENDED)


def _has_event(fd: int, events: int) -> bool:
    if fd < 0:
        return True
    poll = _select.poll()
    poll.register(fd, events)
    return bool(poll.poll(0))
