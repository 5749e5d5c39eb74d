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

"""A directory for sockets: open it, make it, say why that fails.

Rule: all that follows is done relative to the open directory, so that paths
of any length work and a directory that is replaced meanwhile is noticed.
"""

import contextlib
import errno
import os
import stat
from typing import Self

from unixnotif import errors

# A test suite may replace functions of os while it runs (nova's does);
# what is bound here stays what it was.
_stat = os.stat
_open = os.open

# sun_path holds 108 bytes with the final NUL (unix(7)).
_MAX_SOCKET_PATH = 107


class Directory:
    """A directory that is open.

    :param path: absolute path
    :param listable: whether its names will be read; without it (O_PATH,
        open(2)) no read permission is needed
    :raises UnavailableError: it is missing, not a directory, or refused
    """

    def __init__(self, path: str, listable: bool = False) -> None:
        self.path = path
        access = os.O_RDONLY if listable else os.O_PATH
        try:
            self.fd = _open(path, access | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as e:
            raise unavailable(path, e) from e

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def socket_path(self, name: str) -> str:
        """A path for bind and connect that always fits an address.

        The plain path when it is short enough, since /proc/self/fd is
        closed to a process that has changed its user (proc(5)).
        """
        path = f'{self.path}/{name}'
        if len(os.fsencode(path)) <= _MAX_SOCKET_PATH:
            return path
        return f'/proc/self/fd/{self.fd}/{name}'

    def is_current(self) -> bool:
        """Whether the path still names this very directory."""
        mine = os.fstat(self.fd)
        try:
            found = _stat(self.path)
        except OSError:
            return False
        return os.path.samestat(mine, found)

    def has(self, name: str) -> bool:
        """Whether there is such a file in the directory."""
        try:
            _stat(name, dir_fd=self.fd, follow_symlinks=False)
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Close the directory; closing twice is allowed."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


def make(path: str, mode: int, gid: int = -1) -> None:
    """Make a rendezvous directory; one that is there is left as it is.

    :param mode: mode of the sockets, for example 0o660. Who may write to a
        socket may subscribe, so the directory gets 03770 for that: setgid
        hands the group on to the sockets in it, sticky lets nobody remove
        another user's.
    :param gid: numeric group, or -1 for the process's own
    :raises UnavailableError: it cannot be made
    """
    try:
        # Private until it has its group.
        os.mkdir(path, 0o700)
    except FileExistsError:
        return
    except OSError as e:
        raise unavailable(path, e) from e
    try:
        if gid != -1:
            os.chown(path, -1, gid)
        os.chmod(path, directory_mode(mode))
    except OSError as e:
        # Else the next attempt would find it half made.
        with contextlib.suppress(OSError):
            os.rmdir(path)
        raise unavailable(path, e) from e


def directory_mode(socket_mode: int) -> int:
    """Mode of a directory for sockets of a mode: 0o660 gives 0o3770."""
    mode = stat.S_ISGID | stat.S_ISVTX | stat.S_IRWXU
    if socket_mode & stat.S_IWGRP:
        mode |= stat.S_IRWXG
    if socket_mode & stat.S_IWOTH:
        mode |= stat.S_IRWXO
    return mode


def unavailable(path: str, e: OSError) -> errors.UnavailableError:
    """What a failed system call on a directory means to its user."""
    why = e.strerror or str(e)
    hint = ''
    kind = errors.UnavailableError
    if e.errno == errno.ENOENT:
        kind = errors.MissingError
        hint = '; make it, or let the service manager make it at start'
    elif e.errno in (errno.EACCES, errno.EPERM):
        hint = f'; {_identity()}'
        with contextlib.suppress(OSError):
            found = os.stat(path)
            hint += (
                f', and it belongs to user {found.st_uid}, group '
                f'{found.st_gid}, with mode {stat.S_IMODE(found.st_mode):04o}'
            )
    return kind(f'directory {path}: {why}{hint}')


def _identity() -> str:
    groups = ', '.join(
        str(gid) for gid in sorted({os.getegid(), *os.getgroups()})
    )
    return f'this process runs as user {os.geteuid()} with groups {groups}'
