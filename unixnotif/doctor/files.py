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
