# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Group and mode of a new socket, and the removal of a file of our own.

Rule: the owner of a directory can exchange every name in it at any time. So
a function changes only the file that it has checked: a socket that this
process may have bound.
"""

import contextlib
import os
import stat

from unixnotif import descriptors
from unixnotif import errors
from unixnotif import packet
from unixnotif.rendezvous import directories
from unixnotif.rendezvous import handles

# Bound early, as in the module of directories.
_chmod = os.chmod
_chown = os.chown
_fchmod = os.fchmod
_fstat = os.fstat
_geteuid = os.geteuid
_stat = os.stat
_unlink = os.unlink


def limit_access(sock: packet.Socket, mode: int) -> None:
    """Limit the mode of a name that bind(2) creates; the umask counts too.

    The kernel takes the mode from the descriptor (unix_bind_bsd() in
    net/unix/af_unix.c).
    """
    # A failure is harmless: no process can connect before the socket listens.
    with contextlib.suppress(OSError):
        _fchmod(sock.fileno(), mode)


def set_access(
    directory: directories.Directory, name: str, mode: int, gid: int = -1
) -> descriptors.FileId:
    """Give a socket, which this process has just bound, its group and mode.

    :param mode: for example 0o660
    :param gid: numeric group, or -1 for the one that it has
    :returns: which file the socket is
    :raises UnavailableError: the name has another file by now, or this
        process cannot be sure to change the right file
    :raises OSError: the filesystem refuses
    """
    with handles.handle_of(directory, name) as (handle, status):
        # With a second link, the file could be a private socket of this user.
        if (
            not stat.S_ISSOCK(status.st_mode)
            or status.st_uid != _geteuid()
            or status.st_nlink != 1
        ):
            raise errors.UnavailableError(
                f'another process replaced {name} in directory '
                f'{directory.path} during its creation; only root and this '
                'user should own the directory'
            )
        _change(directory, name, handle, status, mode, gid)
    return descriptors.identify(status)


def _change(
    directory: directories.Directory,
    name: str,
    handle: int,
    status: os.stat_result,
    mode: int,
    gid: int,
) -> None:
    new_group = gid not in (-1, status.st_gid)
    if not new_group and stat.S_IMODE(status.st_mode) == mode:
        return
    if handles.has_path(handle, status):
        path, dir_fd = handles.handle_path(handle), None
    elif _is_trusted(directory):
        path, dir_fd = name, directory.fd
    else:
        raise errors.UnavailableError(
            f'cannot set the mode of {name} in directory {directory.path} '
            f'safely: other users can replace {name}, and /proc cannot be '
            'used; mount /proc, or set the umask of this process so that it '
            f'allows mode {mode:04o}'
        )
    try:
        if new_group:
            _chown(path, -1, gid, dir_fd=dir_fd)
        _chmod(path, mode, dir_fd=dir_fd)
    except OSError as e:
        # With the name that the reader of the message knows.
        raise OSError(e.errno, e.strerror, name) from e


def _is_trusted(directory: directories.Directory) -> bool:
    """Return True if only root and this user can exchange our names.

    In a sticky directory only its owner and the owner of a file can (rename
    in inode(7)).
    """
    status = _fstat(directory.fd)
    if status.st_uid not in (0, _geteuid()):
        return False
    shared = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return not shared or bool(status.st_mode & stat.S_ISVTX)


def remove_own(
    directory: directories.Directory,
    name: str,
    owned: descriptors.FileId | None,
) -> None:
    """Remove a name if it still names a certain file."""
    with contextlib.suppress(OSError):
        found = _stat(name, dir_fd=directory.fd, follow_symlinks=False)
        if descriptors.identify(found) == owned:
            _unlink(name, dir_fd=directory.fd)
