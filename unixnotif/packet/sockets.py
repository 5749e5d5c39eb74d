# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Unix sockets as this package uses them.

Rule: non-blocking, closed on exec, and of the C type ``_socket.socket``: a
green socket of eventlet may yield even in non-blocking mode.
"""

import _socket
import contextlib
import errno
import functools
import operator
import os
import re
import struct
from typing import Any
from typing import Final

from unixnotif import polling
from unixnotif import sender

# A test suite may replace functions of os while it runs (nova's does).
_close = os.close
_open = os.open
_read = os.read

# struct ucred; user and group are unsigned (unix(7)).
_CREDENTIALS = struct.Struct('iII')
# Level, option and size for getsockopt(2); Python has no name for the option,
# which is 57 except on a few old architectures.
_COOKIE: Final = (_socket.SOL_SOCKET, 57, 8)
_READ_ONLY: Final = os.O_RDONLY | os.O_CLOEXEC
_COUNT: Final = re.compile(rb'^scm_fds:\s*(\d+)$', re.MULTILINE)
# For the arguments of a socket whose descriptor exists.
_DEFAULT: Final = (-1,)
_NUMBER: Final = operator.itemgetter(0)


# More than any system allows, and less than an int of C holds.
_MAX_SIZE: Final = 2**30
#: Bytes by which a send buffer can grow for the last record. The kernel takes
#: a document if the buffer is not full. So the last document may exceed the
#: buffer by writer._MAX_ATOMIC bytes and the kernel's own needs.
RESERVE: Final = 48 * 1024


class Socket(_socket.socket):
    """The owner of one socket.

    It remembers the cookie by which the kernel distinguishes sockets
    (SO_COOKIE, socket(7)). Other code may close the descriptor, and the kernel
    then gives the number to another file.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.remember()

    def remember(self) -> None:
        """Remember the current identity of the descriptor as the socket's."""
        self._cookie = self.getsockopt(*_COOKIE)

    def is_open(self) -> bool:
        """Return True if the descriptor still names this socket."""
        try:
            return self.getsockopt(*_COOKIE) == self._cookie
        except OSError:
            return False

    def close(self) -> None:
        """Close the socket, unless the number names another file by now."""
        if self.is_open():
            super().close()
        else:
            self.detach()


def new_socket(kind: int) -> Socket:
    """Return a non-blocking Unix socket, closed on exec."""
    return Socket(
        _socket.AF_UNIX, kind | _socket.SOCK_NONBLOCK | _socket.SOCK_CLOEXEC
    )


def new_pair(kind: int) -> tuple[Socket, Socket]:
    """Return two connected non-blocking sockets, closed on exec."""
    both = _socket.socketpair(
        _socket.AF_UNIX, kind | _socket.SOCK_NONBLOCK | _socket.SOCK_CLOEXEC
    )
    first, second = (Socket(fileno=each.detach()) for each in both)
    return first, second


def bind_namesake(kind: int, path: str) -> Socket:
    """Return a socket that is bound to a path and never listens.

    The kernel lists sockets by the path of their bind (/proc/net/unix), and
    by that list systemd-tmpfiles decides what it may remove by age. The list
    has the hidden name of a listening socket, and not the final name that the
    socket gets by a rename. So this function binds a namesake to the final
    path, and then the rename replaces the file of the namesake. The list has
    the final path while the namesake is open.

    :raises OSError: it cannot be bound
    """
    sock = new_socket(kind)
    try:
        sock.bind(path)
    except BaseException:
        sock.close()
        raise
    return sock


def connect(kind: int, path: str) -> Socket:
    """Return a new socket, connected to the one at a path.

    :raises BlockingIOError: too many connections wait to be accepted
    :raises OSError: the connection is not possible
    """
    sock = new_socket(kind)
    try:
        sock.connect(path)
    except BaseException:
        sock.close()
        raise
    return sock


def accept(listener: _socket.socket) -> Socket:
    """Return the next connection, non-blocking.

    :raises BlockingIOError: no connection waits
    """
    connection = Socket.__new__(Socket)
    adopt = functools.partial(_socket.socket.__init__, connection)
    numbers = map(_NUMBER, iter(listener._accept, None))  # type: ignore[attr-defined]
    # A signal handler may raise after each bytecode. Within this one the
    # connection becomes the owner of what accept(2) returns.
    next(map(adopt, _DEFAULT, _DEFAULT, _DEFAULT, numbers))
    connection.remember()
    connection.setblocking(False)
    return connection


def peer(sock: _socket.socket) -> sender.Sender:
    """Return the process that created the other end (unix(7))."""
    raw = sock.getsockopt(
        _socket.SOL_SOCKET, _socket.SO_PEERCRED, _CREDENTIALS.size
    )
    return sender.Sender(*_CREDENTIALS.unpack(raw))


def set_send_buffer(sock: _socket.socket, size: int) -> None:
    """Ask for a send buffer in bytes; the kernel clamps, never refuses.

    The buffer can still grow by RESERVE, see :func:`expand_send_buffer`. The
    kernel gives twice what is asked for (socket(7)).
    """
    level, option = _socket.SOL_SOCKET, _socket.SO_SNDBUF
    sock.setsockopt(level, option, min(size, _MAX_SIZE) + RESERVE // 2)
    most = sock.getsockopt(level, option)
    sock.setsockopt(level, option, (most - RESERVE) // 2)


def expand_send_buffer(sock: _socket.socket) -> None:
    """Make room for the last record in a buffer that is full."""
    level, option = _socket.SOL_SOCKET, _socket.SO_SNDBUF
    # A connection that is gone has no use for it.
    with contextlib.suppress(OSError):
        size = sock.getsockopt(level, option)
        sock.setsockopt(level, option, (size + RESERVE) // 2)


def has_peer(sock: _socket.socket) -> bool:
    """Return False if the other end was closed, or sends no more."""
    return not polling.has_ended(sock.fileno())


def stop_receiving(sock: _socket.socket) -> None:
    """Stop a socket, connected or listening, from receiving more.

    The kernel does this at one moment for all peers (shutdown(2), unix(7)). A
    send or a connect before this moment succeeds, and can still be read or
    accepted. A later one fails.
    """
    # The connection may have ended already.
    with contextlib.suppress(OSError):
        sock.shutdown(_socket.SHUT_RD)


def holds_descriptors(sock: _socket.socket) -> bool | None:
    """Return True if a peer has passed descriptors that are still unread.

    The kernel counts those in the receive queue (fdinfo in proc(5), Linux
    5.6).

    :returns: None if the count cannot be read: without /proc, or, with an
        older kernel, after a change of the user. True if this process has no
        descriptor left: then receiving closes what a peer passed, which may
        block
    """
    try:
        fd = _open(f'/proc/self/fdinfo/{sock.fileno()}', _READ_ONLY)
    except OSError as e:
        return True if e.errno in (errno.EMFILE, errno.ENFILE) else None
    try:
        found = _COUNT.search(_read(fd, 1024))
    except OSError:
        return None
    finally:
        _close(fd)
    return found and found[1] != b'0'
