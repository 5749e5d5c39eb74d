# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The identity of open descriptors.

Rule: a descriptor has one owner, which alone closes it. A service that
closes all descriptors (to become a daemon) does not ask the owner, and the
kernel then gives the number to another file. So an owner remembers which
file it opened, and closes the number only if it still names that file.
"""

import contextlib
import os
import resource
from typing import Any

from unixnotif import kernel

#: Device and inode, which identify a file while it is open.
FileId = tuple[int, int]

# A test suite may replace functions of os while it runs (nova's does).
_close = os.close


def file_id(fd: int) -> FileId | None:
    """Return which file a descriptor names; None if it is closed."""
    try:
        found = kernel.fstat(fd)
    except OSError:
        return None
    return found.dev, found.ino


def identify(status: os.stat_result) -> FileId:
    """Return the identity of the file that a status describes."""
    return status.st_dev, status.st_ino


def limit(most: int) -> int:
    """Return how many descriptors this process may have open.

    :param most: returned if it may have more (RLIMIT_NOFILE, getrlimit(2))
    """
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft if 0 <= soft <= most else most


def close(fd: int, owned: FileId) -> None:
    """Close a descriptor, unless it names another file by now.

    :param owned: the file that the owner opened
    """
    if file_id(fd) == owned:
        with contextlib.suppress(OSError):
            _close(fd)


# Owners that must never be collected.
_forgotten: list[Any] = []


def forget(owner: Any) -> None:
    """Forget an owner whose descriptor was closed by other code.

    The number may belong to another file by now. Keep an object that closes
    its number when it is garbage-collected.
    """
    _forgotten.append(owner)
