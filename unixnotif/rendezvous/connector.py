# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Connections to subscribers, and the removal of dead sockets.

Rule: a publisher writes only to the socket that it has checked, and never
removes a subscriber that may be alive.
"""

import _socket
import errno
import os
import stat
from typing import Final

from unixnotif import clock
from unixnotif import packet
from unixnotif.rendezvous import directories
from unixnotif.rendezvous import handles

# Bound early, as in the module of directories.
_stat = os.stat
_unlink = os.unlink

_SECOND: Final = 10**9
# Between bind and listen of a foreign program (socat) a live socket refuses
# connections; one that is older than this and refuses is dead.
_GRACE: Final = 10.0


def connect(
    directory: directories.Directory,
    name: str,
    kinds: list[int] | None = None,
) -> tuple[packet.Socket, bool]:
    """Connect to a subscriber, without waiting.

    The connection cannot receive, so no peer can pass a descriptor to this
    process.

    :param kinds: SOCK_SEQPACKET and SOCK_STREAM, in the order to try them.
        If the subscriber's socket is of the second kind, this function swaps
        the two, also when it raises.
    :returns: the connection, and whether it is a stream (of a program such
        as socat) instead of records
    :raises BlockingIOError: the backlog is full; the subscriber lives
    :raises ConnectionRefusedError: no process listens (any more, or yet)
    :raises FileNotFoundError: the socket was removed
    :raises PermissionError: this process may not write to the socket; or
        see :func:`connect_handle`
    :raises OSError: it cannot be used, for example because it is no socket
    """
    with handles.handle_of(directory, name) as (handle, status):
        if not stat.S_ISSOCK(status.st_mode):
            # Following a symbolic link would send notifications to any
            # socket that this process may write to.
            raise OSError(errno.ENOTSOCK, os.strerror(errno.ENOTSOCK))
        if status.st_nlink > 1:
            # Where the kernel lets anybody link to files of others
            # (fs.protected_hardlinks, proc(5)), it may be any socket, too.
            raise PermissionError(
                errno.EPERM, 'the socket has another name, too (hard link)'
            )
        where = (directory, name, handle, status)
        if kinds is None:
            kinds = [_socket.SOCK_SEQPACKET, _socket.SOCK_STREAM]
        try:
            sock = connect_handle(kinds[0], *where)
        except OSError as e:
            if e.errno != errno.EPROTOTYPE:
                raise
            kinds.reverse()
            sock = connect_handle(kinds[0], *where)
        return sock, kinds[0] == _socket.SOCK_STREAM


def connect_handle(
    kind: int,
    directory: directories.Directory,
    name: str,
    handle: int,
    status: os.stat_result,
) -> packet.Socket:
    """Connect to the socket of a handle; the connection cannot receive.

    If the handle has no path, the function connects by name, and the name may
    lead to another socket by now. So the process that listens must run as the
    owner of the checked socket: only root can give a file to another user.

    :param name: of the socket in the directory
    :param status: of the socket, as found by the handle
    :raises PermissionError: the handle has no path, and the process that
        listens runs as another user than the owner of the socket
    :raises OSError: it cannot be connected to
    """
    exact = handles.has_path(handle, status)
    path = (
        handles.handle_path(handle) if exact else directory.socket_path(name)
    )
    sock = packet.new_socket(kind)
    try:
        # Linux keeps this over connect(2): every send of the peer fails.
        sock.shutdown(_socket.SHUT_RD)
        sock.connect(path)
        if not exact:
            _check_user(sock, status.st_uid)
    except BaseException:
        sock.close()
        raise
    return sock


def _check_user(sock: packet.Socket, owner: int) -> None:
    uid = packet.peer(sock).uid
    if uid != owner:
        raise PermissionError(
            errno.EACCES,
            f'the socket belongs to user {owner}, but the process that '
            f'listens runs as user {uid}',
        )


def sweep(directory: directories.Directory, name: str) -> float | None:
    """Remove a socket that refuses connections, if it is old enough.

    :returns: age of the socket in seconds if it must stay; None if it is gone
    """
    age = 0.0
    try:
        found = _stat(name, dir_fd=directory.fd, follow_symlinks=False)
        age = max(0, clock.file_time_ns() - found.st_ctime_ns) / _SECOND
        if age < _GRACE:
            return age
        _unlink(name, dir_fd=directory.fd)
    except FileNotFoundError:
        return None
    except OSError:
        # Usually the socket of another user: the sticky bit allows only the
        # owner of the directory to remove it.
        return age
    return None
