# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The calls through the functions of Python, which release the GIL."""

import _socket
import fcntl
import os
import struct
import termios
from typing import Final

from unixnotif.kernel import pristine
from unixnotif.kernel.status import Stamp
from unixnotif.kernel.status import Status

# A test suite may replace functions of os while it runs (nova's does), and
# eventlet removes poll.
_fstat = os.fstat
_stat = os.stat
_select = pristine.load('select')
_poll = _select.poll
_ioctl = fcntl.ioctl

_SECOND: Final = 10**9

_FLAGS: Final = (_socket.MSG_DONTWAIT | _socket.MSG_NOSIGNAL,)


def fstat(fd: int) -> Status:
    """Return the status of an open file.

    :raises OSError: the descriptor is closed
    """
    return _select_fields(_fstat(fd))


def stat(path: str) -> Status:
    """Return the status of the file at a path.

    :raises OSError: there is none, or this process may not look
    """
    return _select_fields(_stat(path))


def _select_fields(found: os.stat_result) -> Status:
    return Status(found.st_dev, found.st_ino, found.st_ctime_ns)


def send(sock: _socket.socket, data: bytes, sent: list[int]) -> None:
    """Send without waiting, and append to ``sent`` how many bytes went.

    A signal handler that raises an exception runs between two bytecodes. Here
    one bytecode makes the system call and appends the result, so that ``sent``
    shows afterwards whether the kernel took the data.

    :raises BlockingIOError: the buffer is full
    :raises OSError: as send(2)
    """
    sent.extend(map(sock.send, (data,), _FLAGS))


def unread(fd: int) -> int:
    """Return how many bytes the peer has not read (SIOCOUTQ, unix(7)).

    :raises OSError: the descriptor does not name a connected socket
    """
    raw = _ioctl(fd, termios.TIOCOUTQ, b'\0' * 4)
    return int(struct.unpack('i', raw)[0])


class Watch:
    """Tells whether an open file has changed.

    :param fd: not owned
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def stamp(self) -> Stamp:
        """Return the current stamp of the file.

        :raises OSError: the descriptor is closed
        """
        found = _fstat(self._fd)
        return (found.st_ino, *divmod(found.st_ctime_ns, _SECOND))


class Readiness:
    """Tells whether a descriptor can be read now.

    :param fd: not owned
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def is_readable(self) -> bool:
        """Return True if a read would not wait, or if ``fd`` is closed."""
        poll = _poll()
        poll.register(self._fd, _select.POLLIN)
        return bool(poll.poll(0))
