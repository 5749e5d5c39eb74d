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
from typing import Final
from typing import NamedTuple

from unixnotif import clock
from unixnotif import packet
from unixnotif.rendezvous import directory as directories

SUFFIX: Final = '.sock'

# Bound early, as in the module of directories.
_fstat = os.fstat
_stat = os.stat

_SECOND: Final = 10**9
# Between bind and listen of a foreign program (socat) a live socket refuses
# connections; one that is older than this and refuses is dead.
_GRACE: Final = 10.0


class Name(NamedTuple):
    """The name of a ready subscriber's socket.

    :ivar text: file name
    :ivar group: name of the group whose members share one copy, or None
    """

    text: str
    group: str | None


class Scan(NamedTuple):
    """What a scan found.

    :ivar names: the ready subscribers
    :ivar stamp: the time of the directory's last change; -1 when another
        change could have the same
    :ivar removed: the directory was removed; perhaps there is another one
    """

    names: list[Name]
    stamp: int
    removed: bool


class Scanner:
    """Finds the subscribers in a directory at a low cost.

    :param directory: listable; owned by the scanner
    """

    def __init__(self, directory: directories.Directory) -> None:
        self.directory = directory
        self._fd = directory.fd
        _, self._ino = directory.file_id
        self._stamp = -1
        self._look_at = clock.monotonic() + directories.CHECK_INTERVAL

    def changed(self) -> bool:
        """Return True if :meth:`is_lost` and :meth:`scan` must look again.

        Makes one system call, before every notification. True as well when
        the descriptor was closed behind our back, even if its number names
        another file now, and at every CHECK_INTERVAL.
        """
        try:
            status = _fstat(self._fd)
        except OSError:
            return True
        return (
            status.st_ctime_ns != self._stamp
            or status.st_ino != self._ino
            or clock.monotonic() >= self._look_at
        )

    def is_lost(self) -> bool:
        """Return True if the path names another directory by now.

        Looks at the path once every CHECK_INTERVAL; see :meth:`look_again`.
        True as well when the descriptor was closed behind our back.
        """
        if not self.directory.is_open():
            return True
        now = clock.monotonic()
        if now < self._look_at:
            return False
        lost = self.directory.is_lost()
        self._look_at = now + directories.CHECK_INTERVAL
        return lost

    def look_again(self) -> None:
        """Have :meth:`is_lost` look at the path at its next call."""
        self._look_at = 0.0

    def scan(self) -> Scan | None:
        """Look for the ready subscribers; None if nothing has changed.

        A file system may round time stamps, so that two changes share one.
        A scan therefore counts as clean only if the clock, read before the
        scan, had gone past all that the stamp may stand for; else the next
        :meth:`changed` returns True once more.

        :raises OSError: the directory cannot be listed
        """
        now = clock.file_time_ns()
        status = _fstat(self._fd)
        stamp = status.st_ctime_ns
        if stamp == self._stamp:
            return None
        names = [
            Name(name, group if at else None)
            for name in sorted(self.directory.names())
            if name.endswith(SUFFIX) and not name.startswith('.')
            for group, at, _ in [name.partition('@')]
        ]
        clean = now >= stamp + _resolution(stamp)
        return Scan(names, stamp if clean else -1, not status.st_nlink)

    def commit(self, scan: Scan | None) -> None:
        """Rely on a scan until the directory changes; None on no scan."""
        self._stamp = scan.stamp if scan else -1

    def close(self) -> None:
        """Close the directory."""
        self.directory.close()


def _resolution(stamp: int) -> int:
    """Return how coarse a time stamp may be, in nanoseconds.

    Some file systems (ext4 with small inodes) have whole seconds, some
    microseconds. A stamp with nine zeros may be of such a one.
    """
    unit = _SECOND
    while stamp % unit:
        unit //= 10
    return unit


def connect(
    directory: directories.Directory, name: str
) -> tuple[packet.Socket, bool]:
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
        age = max(0, clock.file_time_ns() - found.st_ctime_ns) / _SECOND
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
