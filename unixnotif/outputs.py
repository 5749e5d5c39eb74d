# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Files that are written as a whole.

Rule: a reader of the file sees the former content or all of the new content.
If writing fails, the file stays unchanged.
"""

from collections.abc import Iterator
import contextlib
import os
import re
import stat
import tempfile
from typing import Final
from typing import IO

# Directory of links to the open files of a process (proc_pid_fd(5)).
_DESCRIPTORS: Final = re.compile(r'/proc/\d+(/task/\d+)?/fd')
# Maximum number of links to follow, as in the kernel (path_resolution(7)).
_MOST_LINKS: Final = 40


@contextlib.contextmanager
def replacing(path: str) -> Iterator[IO[bytes]]:
    """Write a file, which replaces the former one at the end of the block.

    A link stays a link. An existing file keeps its mode, and its owner if
    possible; the umask restricts the mode of a new file. A device, a pipe, and
    an open file such as /dev/stdout are written directly.

    :raises OSError: the file cannot be written
    """
    # Not of the real path: if stdout is a pipe, the link /dev/stdout leads to
    # a path that does not exist.
    status = _status(path)
    if status is not None and (
        not stat.S_ISREG(status.st_mode) or _is_descriptor(path)
    ):
        with open(path, 'wb') as direct:
            yield direct
        return
    target = os.path.realpath(path)
    with tempfile.NamedTemporaryFile(
        dir=os.path.dirname(target), prefix='.unixnotif-', delete=False
    ) as file:
        try:
            yield file
            # Closing the file would report a full disk too late.
            file.flush()
            _set_rights(file.fileno(), status)
            os.replace(file.name, target)
        except BaseException:
            os.unlink(file.name)
            raise


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _is_descriptor(path: str) -> bool:
    """Return True if a path leads to an open file of a process.

    Another program may continue to write to this file.
    """
    for _ in range(_MOST_LINKS):
        directory, name = os.path.split(os.path.abspath(path))
        directory = os.path.realpath(directory)
        if _DESCRIPTORS.fullmatch(directory):
            return True
        path = os.path.join(directory, name)
        if not os.path.islink(path):
            break
        path = os.path.join(directory, os.readlink(path))
    return False


def _set_rights(fd: int, former: os.stat_result | None) -> None:
    """Give a new file the mode and the owner of the former one."""
    if former is None:
        umask = os.umask(0o077)
        os.umask(umask)
        os.fchmod(fd, 0o666 & ~umask)
        return
    # Before the mode: a change of the owner may remove bits.
    with contextlib.suppress(PermissionError):
        os.fchown(fd, former.st_uid, former.st_gid)
    os.fchmod(fd, stat.S_IMODE(former.st_mode) & 0o777)
