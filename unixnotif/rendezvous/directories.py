# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Directories for sockets: open, create, and explain failures.

Rule: all operations are relative to the open directory. So paths of any length
work, and a replaced directory is detected.
"""

from collections.abc import Iterator
import contextlib
import errno
import functools
import os
import stat
from typing import Final
from typing import Self

from unixnotif import address
from unixnotif import descriptors
from unixnotif import errors
from unixnotif import kernel

#: Seconds between two checks that an address still names the same file.
CHECK_INTERVAL: Final = 0.2

# Bound at import: a test suite may replace functions of os while it runs
# (nova's does).
_close = os.close
_dup = os.dup
_fchmod = os.fchmod
_fchown = os.fchown
_fstat = os.fstat
_mkdir = os.mkdir
_open = os.open
_rmdir = os.rmdir
_scandir = os.scandir
_stat = os.stat

_PARENT: Final = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC
_CREATED: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# sun_path holds 108 bytes with the final NUL (unix(7)).
_MAX_SOCKET_PATH = 107


def names_other(path: str, owned: descriptors.FileId) -> bool:
    """Return True if a path no longer names a certain file.

    Publishers and consumers decide by this rule whether an address is still
    theirs. The number of an inode is not reused while the file is open, or
    while its socket is bound. A process that may not look (after it has
    changed its user, for example) keeps what it has.
    """
    try:
        found = kernel.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return (found.dev, found.ino) != owned


class Directory:
    """A directory that is open; the owner of its descriptors.

    :param path: absolute path
    :param listable: True to read its names; if False (O_PATH, open(2)), no
        read permission is needed
    :raises UnavailableError: the path is missing, not a directory, or refused

    :ivar file_id: identity of the directory
    """

    def __init__(self, path: str, listable: bool = False) -> None:
        self.path = path
        access = os.O_RDONLY if listable else os.O_PATH
        try:
            self.fd = _open(path, access | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as e:
            raise unavailable(path, e) from e
        status = _fstat(self.fd)
        self.file_id = descriptors.identify(status)
        self._spare = -1
        if listable:
            self._reserve()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def socket_path(self, name: str) -> str:
        """Return a path for bind and connect that always fits an address.

        This is the plain path if it is short enough: it works without /proc,
        for example in a chroot.
        """
        path = f'{self.path}/{name}'
        if len(os.fsencode(path)) <= _MAX_SOCKET_PATH:
            return path
        return f'/proc/self/fd/{self.fd}/{name}'

    def is_open(self) -> bool:
        """Return True if the descriptor still names this directory."""
        return descriptors.file_id(self.fd) == self.file_id

    def is_lost(self) -> bool:
        """Return True if the path names another directory, or none."""
        return names_other(self.path, self.file_id)

    def lacks(self, name: str) -> bool:
        """Return True if a file was removed from the directory."""
        try:
            _stat(name, dir_fd=self.fd, follow_symlinks=False)
        except FileNotFoundError:
            return True
        except OSError:
            pass  # as in names_other()
        return False

    def entries(self) -> 'Iterator[os.DirEntry[str]]':
        """Return an iterator over the entries; see :meth:`end_entries`.

        Listing needs a descriptor. The directory keeps a spare one, so that
        listing works when the process has no other descriptor left.

        :raises OSError: the directory cannot be listed
        """
        try:
            return _scandir(self.fd)
        except OSError as e:
            if e.errno not in (errno.EMFILE, errno.ENFILE):
                raise
        self._close_spare()
        try:
            return _scandir(self.fd)
        except OSError:
            self._reserve()
            raise

    def end_entries(self, entries: 'Iterator[os.DirEntry[str]]') -> None:
        """Close the iterator, and open the spare descriptor again."""
        if self.is_open():
            entries.close()  # type: ignore[attr-defined]
            if self._spare < 0:
                self._reserve()
        else:
            # Other code closed our descriptors, probably the one of the
            # iterator, too.
            descriptors.forget(entries)

    def _reserve(self) -> None:
        with contextlib.suppress(OSError):
            self._spare = _dup(self.fd)

    def _close_spare(self) -> None:
        spare, self._spare = self._spare, -1
        descriptors.close(spare, self.file_id)

    def close(self) -> None:
        """Close the directory; closing twice is allowed."""
        fd, self.fd = self.fd, -1
        descriptors.close(fd, self.file_id)
        self._close_spare()


def make(path: str, mode: int, gid: int = -1) -> None:
    """Create a rendezvous directory; an existing one keeps its mode.

    :param mode: mode of the sockets, for example 0o660. Users who may write to
        a socket may subscribe, so the directory gets a corresponding mode, for
        example 0o3770: setgid hands the group on to the sockets in it, sticky
        keeps users from removing each other's sockets.
    :param gid: numeric group, or -1 for the process's own
    :raises UnavailableError: the directory cannot be created, or was replaced
    """
    parent, name = os.path.split(path)
    opened: list[int] = []
    # A signal handler may raise after each call. So one call opens a
    # descriptor and enters it in the list, and one call closes all.
    closing = map(_close, opened)
    try:
        opened.extend(map(_open, (parent or '.',), (_PARENT,)))
        try:
            # Private until it has its group.
            _mkdir(name, 0o700, dir_fd=opened[0])
            _give_access(path, name, opened, mode, gid)
        except (FileExistsError, errors.UnavailableError):
            # The directory may belong to another process: do not remove it.
            raise
        except BaseException:
            # Otherwise the next attempt would find an incomplete directory.
            with contextlib.suppress(OSError):
                _rmdir(name, dir_fd=opened[0])
            raise
    except FileExistsError:
        return
    except OSError as e:
        raise unavailable(path, e) from e
    finally:
        any(closing)


def _give_access(
    path: str, name: str, opened: list[int], mode: int, gid: int
) -> None:
    """Give a new directory its group and mode, by its descriptor.

    :param opened: list with the descriptor of the parent; the function appends
        the descriptor of the directory
    """
    # The owner of the parent may have exchanged the name since the mkdir.
    opener = functools.partial(_open, dir_fd=opened[0])
    opened.extend(map(opener, (name,), (_CREATED,)))
    owner = _fstat(opened[1]).st_uid
    if owner != os.geteuid():
        raise errors.UnavailableError(
            f'directory {path}: another process replaced the directory '
            f'during its creation; it belongs to user {owner} now'
        )
    if gid != -1:
        _fchown(opened[1], -1, gid)
    _fchmod(opened[1], directory_mode(mode))


def directory_mode(socket_mode: int) -> int:
    """Return the mode of a directory for sockets of a mode.

    For example, 0o660 gives 0o3770.
    """
    mode = stat.S_ISGID | stat.S_ISVTX | stat.S_IRWXU
    if socket_mode & stat.S_IWGRP:
        mode |= stat.S_IRWXG
    if socket_mode & stat.S_IWOTH:
        mode |= stat.S_IRWXO
    return mode


def unavailable(path: str, e: OSError) -> errors.UnavailableError:
    """Return the error for a failed system call on a directory."""
    why = e.strerror or str(e)
    hint = ''
    kind = errors.UnavailableError
    if e.errno == errno.ENOENT:
        kind = errors.MissingError
        hint = '; create it, or let the service manager create it at start'
    elif e.errno == errno.ENOTDIR and _is_socket(path):
        why = f'this is a socket; use {address.Address(path, False)}'
    elif e.errno in (errno.EACCES, errno.EPERM):
        hint = f'; {_identity()}'
        with contextlib.suppress(OSError):
            found = _stat(path)
            hint += (
                f'; the directory belongs to user {found.st_uid}, group '
                f'{found.st_gid}, with mode {stat.S_IMODE(found.st_mode):04o}'
            )
    return kind(f'directory {path}: {why}{hint}')


def _is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(_stat(path).st_mode)
    except OSError:
        return False


def _identity() -> str:
    groups = ', '.join(
        str(gid) for gid in sorted({os.getegid(), *os.getgroups()})
    )
    return f'this process runs as user {os.geteuid()} with groups {groups}'
