# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Handles: one file of a directory, whatever happens to its name.

Rule: check and use are one step. A user may exchange a name between two system
calls, for example for a symbolic link. A handle (O_PATH, open(2)) names the
same file for as long as it is open: a function checks the handle and then uses
the handle.
"""

from collections.abc import Iterator
import contextlib
import functools
import os
from typing import Final

from unixnotif.rendezvous import directories

# A test suite may replace functions of os while it runs (nova's does).
_close = os.close
_fstat = os.fstat
_open = os.open
_stat = os.stat

_FLAGS: Final = os.O_PATH | os.O_CLOEXEC


def open_handle(
    directory: directories.Directory,
    name: str,
    opened: list[int],
    follow: bool = False,
) -> os.stat_result:
    """Open a handle of a file, and return the status of the file.

    :param opened: gets the handle; the caller closes every number in the
        list, also if this function raises
    :param follow: follow a symbolic link; otherwise the handle names the link
        itself
    :raises OSError: the file cannot be opened
    """
    flags = _FLAGS if follow else _FLAGS | os.O_NOFOLLOW
    opener = functools.partial(_open, dir_fd=directory.fd)
    # A signal handler may raise after each bytecode. Within this one the
    # caller's list becomes the owner of what open(2) returns.
    opened.extend(map(opener, (name,), (flags,)))
    return _fstat(opened[-1])


@contextlib.contextmanager
def handle_of(
    directory: directories.Directory, name: str, follow: bool = False
) -> Iterator[tuple[int, os.stat_result]]:
    """Open a handle of a file for a ``with`` block.

    :param follow: see :func:`open_handle`
    :returns: the handle, and the status of the file
    :raises OSError: the file cannot be opened
    """
    opened: list[int] = []
    try:
        status = open_handle(directory, name, opened, follow)
        yield opened[0], status
    finally:
        for handle in opened:
            _close(handle)


def handle_path(handle: int) -> str:
    """Return a path that leads to the file of a handle.

    The path is a "magic link" (proc(5)): the kernel does not look at the
    name of the file. A process may follow its own links even after it has
    changed its user, since a thread may always look at its own process
    (ptrace(2), "Ptrace access mode checking").
    """
    return f'/proc/self/fd/{handle}'


def has_path(handle: int, status: os.stat_result) -> bool:
    """Return True if :func:`handle_path` leads to the file.

    Return False if /proc is missing (in a chroot), or if a security module
    forbids its use.
    """
    try:
        found = _stat(handle_path(handle))
    except OSError:
        return False
    return os.path.samestat(found, status)
