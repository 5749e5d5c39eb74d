# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Regular files that another user may have created.

Rule: neither the open nor the read blocks, and both are bounded.
"""

import errno
import os
import stat
from typing import Final

_FLAGS: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


class NotRegularError(OSError):
    """The file is a directory, a FIFO or a device."""


def read(path: str, most_bytes: int) -> bytes:
    """Return the beginning of a file.

    :raises NotRegularError: this is no regular file
    :raises OSError: the file cannot be read
    """
    fd = os.open(path, _FLAGS)
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise NotRegularError(errno.EINVAL, 'this is no regular file')
        # A file of /proc has no size: one read may return less.
        with open(fd, 'rb', closefd=False) as f:
            return f.read(most_bytes)
    finally:
        os.close(fd)
