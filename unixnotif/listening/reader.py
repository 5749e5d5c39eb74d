# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Connecting to the owner of a ``unix://`` address, as a reader.

Rule: the caller learns which file its connection belongs to.
"""

import _socket
import os
import stat
from typing import Final

from unixnotif import address
from unixnotif import descriptors
from unixnotif import errors
from unixnotif import packet
from unixnotif import rendezvous

# A test suite may replace functions of os while it runs (nova's does).
_stat = os.stat

# Number of attempts if another process keeps replacing the socket.
_MAX_CONNECTS: Final = 3


def connect(path: str) -> tuple[packet.Socket, descriptors.FileId]:
    """Connect to the owner of an address, as a reader.

    If the kernel supports it, the connection refuses descriptors that the
    owner of the socket passes.

    :returns: the connection, and which file the path named
    :raises MissingError: no process listens there, or it accepts nobody
    :raises UnavailableError: the filesystem refuses
    """
    parent, name = os.path.split(path)
    with rendezvous.Directory(parent) as directory:
        for _ in range(_MAX_CONNECTS):
            try:
                sock, connected = _connect(directory, name)
            except OSError as e:
                raise _unavailable(path, directory, name, e) from e
            if not rendezvous.names_other(path, connected):
                return sock, connected
            sock.close()
    raise errors.MissingError(
        f'socket {path}: another process replaced the socket during each of '
        f'{_MAX_CONNECTS} attempts to connect'
    )


def _connect(
    directory: rendezvous.Directory, name: str
) -> tuple[packet.Socket, descriptors.FileId]:
    with rendezvous.handle_of(directory, name, follow=True) as (
        handle,
        status,
    ):
        if rendezvous.has_path(handle, status):
            path = rendezvous.handle_path(handle)
        else:
            # names_other() notices most exchanges of the name.
            path = directory.socket_path(name)
        sock = packet.new_socket(_socket.SOCK_STREAM)
        try:
            packet.refuse_descriptors(sock)
            sock.connect(path)
        except BaseException:
            sock.close()
            raise
    return sock, descriptors.identify(status)


def _unavailable(
    path: str, directory: rendezvous.Directory, name: str, e: OSError
) -> errors.UnavailableError:
    """Return the error for a failed connect, with its reason."""
    other = describe_other(directory, name)
    if other:
        why = other
    elif isinstance(e, (FileNotFoundError, ConnectionRefusedError)):
        return errors.MissingError(
            f'socket {path}: no driver listens there (yet)'
        )
    elif isinstance(e, BlockingIOError):
        return errors.MissingError(
            f'socket {path}: too many readers wait to be accepted; the driver '
            'accepts them when its service emits'
        )
    else:
        why = e.strerror or str(e)
    return errors.UnavailableError(f'socket {path}: {why}')


def describe_other(directory: rendezvous.Directory, name: str) -> str:
    """Describe the file with the name of a socket; empty if it can be one."""
    try:
        mode = _stat(name, dir_fd=directory.fd).st_mode
    except OSError:
        return ''
    return describe_mode(directory, name, mode)


def describe_mode(
    directory: rendezvous.Directory, name: str, mode: int
) -> str:
    """Describe a file that is not a socket; empty if it is one."""
    if stat.S_ISSOCK(mode):
        return ''
    if stat.S_ISDIR(mode):
        where = address.Address(f'{directory.path}/{name}')
        return f'this is a directory; use {where}'
    return 'a file that is not a socket has this name'
