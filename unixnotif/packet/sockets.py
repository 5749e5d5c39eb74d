#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""Unix sockets as this package uses them.

Rule: non-blocking, closed on exec, and of the C type ``_socket.socket``: a
green socket of eventlet may yield even when it is told not to wait.
"""

import _socket
import contextlib
import struct

from unixnotif import notification

# struct ucred; user and group are unsigned (unix(7)).
_CREDENTIALS = struct.Struct('iII')


def new_socket(kind: int) -> _socket.socket:
    """A non-blocking Unix socket, of the C type, closed on exec."""
    return _socket.socket(
        _socket.AF_UNIX, kind | _socket.SOCK_NONBLOCK | _socket.SOCK_CLOEXEC
    )


def connect(kind: int, path: str) -> _socket.socket:
    """A new socket, connected to the one at a path.

    :raises BlockingIOError: too many wait to be accepted
    :raises OSError: it cannot be
    """
    sock = new_socket(kind)
    try:
        sock.connect(path)
    except BaseException:
        sock.close()
        raise
    return sock


def accept(listener: _socket.socket) -> _socket.socket:
    """The next connection, non-blocking.

    :raises BlockingIOError: nobody waits
    """
    fd, _ = listener._accept()  # type: ignore[attr-defined]
    connection = _socket.socket(fileno=fd)
    connection.setblocking(False)
    return connection


def peer(sock: _socket.socket) -> notification.Sender:
    """Who made the other end, as recorded by the kernel (unix(7))."""
    raw = sock.getsockopt(
        _socket.SOL_SOCKET, _socket.SO_PEERCRED, _CREDENTIALS.size
    )
    return notification.Sender(*_CREDENTIALS.unpack(raw))


def set_send_buffer(sock: _socket.socket, size: int) -> None:
    """Ask for a send buffer in bytes; the kernel clamps, never refuses."""
    sock.setsockopt(_socket.SOL_SOCKET, _socket.SO_SNDBUF, size)


def stop_receiving(sock: _socket.socket) -> None:
    """Let nothing more come in at a socket, connected or listening.

    The kernel makes this one moment for all (shutdown(2), unix(7)): a send or
    a connect before it has succeeded and can still be read or accepted, a
    later one fails.
    """
    # A connection of which nothing is left.
    with contextlib.suppress(OSError):
        sock.shutdown(_socket.SHUT_RD)
