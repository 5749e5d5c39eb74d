# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The process at the other end of a connection."""

from typing import NamedTuple


class Sender(NamedTuple):
    """Credentials of the emitting process, from the kernel (unix(7))."""

    pid: int
    uid: int
    gid: int
