# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Limits of the kernel on the buffers of subscribers.

Rule: a limit that cannot be read is 0.
"""

from typing import Final

_WMEM_MAX: Final = '/proc/sys/net/core/wmem_max'


def largest_send_buffer() -> int:
    """Return the sysctl net.core.wmem_max in bytes."""
    try:
        with open(_WMEM_MAX) as f:
            return int(f.read(64))
    except (OSError, ValueError):
        return 0
