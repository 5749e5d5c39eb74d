# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The lock file by which a process owns an address.

Rule: the kernel drops the lock (flock(2)) when its process dies. The file may
be of any kind: every user with write access to the directory can create it.
"""

import contextlib
import fcntl
import functools
import os
import stat
from typing import Final

from unixnotif import descriptors
from unixnotif import errors
from unixnotif import rendezvous

# A test suite may replace functions of os while it runs (nova's does).
_close = os.close
_fstat = os.fstat
_ftruncate = os.ftruncate
_geteuid = os.geteuid
_open = os.open
_pread = os.pread
_pwrite = os.pwrite
_stat = os.stat

# Without O_NONBLOCK the owner of the file could delay the open by a lease
# (fcntl(2)).
_FLAGS: Final = (
    os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
)
# Number of attempts if another process keeps replacing the file.
_MAX_ATTEMPTS: Final = 10


class HeldError(Exception):
    """Another process holds the lock.

    :ivar pid: process id of the owner, or None if the file does not name it
    """

    def __init__(self, pid: int | None) -> None:
        super().__init__(pid)
        self.pid = pid


class LockFile:
    """A locked file in a directory; the owner of its descriptor.

    :param directory: stays the caller's
    :param name: of the file

    :ivar fd: descriptor of the file while this process holds the lock
    """

    def __init__(self, directory: rendezvous.Directory, name: str) -> None:
        self._directory = directory
        self._name = name
        self.fd = -1
        self._file_id: descriptors.FileId | None = None

    def take(self) -> None:
        """Take the lock, and create the file if it is missing.

        :raises HeldError: another process holds the lock
        :raises UnavailableError: another process keeps replacing the file
        :raises OSError: the filesystem refuses
        """
        opener = functools.partial(_open, dir_fd=self._directory.fd)
        for _ in range(_MAX_ATTEMPTS):
            opened: list[int] = []
            try:
                # A signal handler may raise after each call; see
                # rendezvous.open_handle().
                opened.extend(map(opener, (self._name,), (_FLAGS,), (0o600,)))
                if self._lock(opened[0]):
                    return
            finally:
                if self._file_id is None:
                    for fd in opened:
                        _close(fd)
        raise errors.UnavailableError(
            f'other processes replaced {self._name} in directory '
            f'{self._directory.path} during each of {_MAX_ATTEMPTS} attempts '
            'to lock the file'
        )

    def _lock(self, fd: int) -> bool:
        """Lock an open file; return False if it lost the name meanwhile."""
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HeldError(_read_pid(fd)) from None
        try:
            current = _stat(
                self._name, dir_fd=self._directory.fd, follow_symlinks=False
            )
        except FileNotFoundError:
            return False
        if not os.path.samestat(_fstat(fd), current):
            return False
        self.fd = fd
        self._file_id = descriptors.file_id(fd)
        _write_pid(fd)
        return True

    def remove(self) -> None:
        """Remove the file, and keep the lock.

        If the file was removed, another process may have created a new one:
        that file stays.
        """
        rendezvous.remove_own(self._directory, self._name, self._file_id)

    def close(self) -> None:
        """Drop the lock; closing twice is allowed."""
        if self._file_id is not None:
            descriptors.close(self.fd, self._file_id)
            self._file_id = None


def _write_pid(fd: int) -> None:
    """Write this process's pid into its lock file, for other processes.

    Write nothing to a file with a second name: it may be any file of the user.
    """
    status = _fstat(fd)
    if (
        stat.S_ISREG(status.st_mode)
        and status.st_nlink == 1
        and status.st_uid == _geteuid()
    ):
        # The file system may be full.
        with contextlib.suppress(OSError):
            _ftruncate(fd, 0)
            _pwrite(fd, b'%d\n' % os.getpid(), 0)


def _read_pid(fd: int) -> int | None:
    """Return the pid that the owner of a lock file wrote into it."""
    try:
        text = _pread(fd, 20, 0).strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None
