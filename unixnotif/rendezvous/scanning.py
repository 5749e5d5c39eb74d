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

"""The publisher's side of a rendezvous directory.

Rule: a ready subscriber is never overlooked, and never removed while it may
be alive.
"""

import _socket
import errno
import os
import stat
import time
from typing import Final
from typing import NamedTuple

from unixnotif import packet
from unixnotif.rendezvous import directory as directories

SUFFIX: Final = '.sock'

# Bound early, as in the module of directories.
_listdir = os.listdir
_stat = os.stat

# CLOCK_REALTIME_COARSE (clock_getres(2)), the clock of file time stamps;
# Python has no name for it.
_COARSE_CLOCK = 5
# Between bind and listen of a foreign program (socat) a live socket refuses
# connections; one that is older than this and refuses is dead.
_GRACE = 10.0


class Name(NamedTuple):
    """The name of a ready subscriber's socket.

    :ivar text: file name
    :ivar group: name of the group whose members share one copy, or None
    """

    text: str
    group: str | None


class Scanner:
    """Tells which subscribers are in a directory, cheaply.

    :param directory: listable; owned by the scanner
    """

    def __init__(self, directory: directories.Directory) -> None:
        self.directory = directory
        self._fd = directory.fd
        self._stamp = -1

    def changed(self) -> bool:
        """Whether :meth:`scan` must be asked again; one system call."""
        # Called before every notification, without a lock: a descriptor
        # that another thread has just closed shows another stamp or EBADF,
        # and both lead to a scan.
        try:
            return os.fstat(self._fd).st_ctime_ns != self._stamp
        except OSError:
            return True

    def scan(self) -> list[Name] | None:
        """The ready subscribers; None when the directory was removed.

        A time stamp may be as coarse as a clock tick, so that two changes
        share one. A scan therefore counts as clean only when the coarse
        clock, read before it, had gone past the stamp; else the next
        :meth:`changed` says True once more.
        """
        clock = time.clock_gettime_ns(_COARSE_CLOCK)
        status = os.fstat(self._fd)
        if not status.st_nlink:
            return None
        names = _listdir(self._fd)
        clean = clock > status.st_ctime_ns
        self._stamp = status.st_ctime_ns if clean else -1
        return [
            Name(name, group if at else None)
            for name in sorted(names)
            if name.endswith(SUFFIX) and not name.startswith('.')
            for group, at, _ in [name.partition('@')]
        ]

    def close(self) -> None:
        """Close the directory."""
        self.directory.close()


def connect(
    directory: directories.Directory, name: str
) -> tuple[_socket.socket, bool]:
    """Connect to a subscriber, without waiting.

    :returns: the connection, and whether it is a stream (of a program such
        as socat) instead of records
    :raises BlockingIOError: its backlog is full; it lives
    :raises ConnectionRefusedError: nobody listens (any more, or yet)
    :raises FileNotFoundError: it is gone
    :raises OSError: it cannot be used, for example by permissions
    """
    found = _stat(name, dir_fd=directory.fd, follow_symlinks=False)
    if not stat.S_ISSOCK(found.st_mode):
        # Following a symbolic link would send notifications to any socket
        # that this process may write to.
        raise OSError(errno.ENOTSOCK, os.strerror(errno.ENOTSOCK))
    path = directory.socket_path(name)
    try:
        return packet.connect(_socket.SOCK_SEQPACKET, path), False
    except OSError as e:
        if e.errno != errno.EPROTOTYPE:
            raise
    return packet.connect(_socket.SOCK_STREAM, path), True


def sweep(directory: directories.Directory, name: str) -> float | None:
    """Remove a socket that refuses connections, if it is old enough.

    :returns: its age in seconds when it had to stay, None when it is gone
    """
    age = 0.0
    try:
        found = _stat(name, dir_fd=directory.fd, follow_symlinks=False)
        age = max(0.0, time.time() - found.st_ctime)
        if age < _GRACE:
            return age
        os.unlink(name, dir_fd=directory.fd)
    except FileNotFoundError:
        return None
    except OSError:
        # Mostly another user's: the sticky bit leaves it to the directory's
        # owner.
        return age
    return None
