# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The status of a file: as much of it as this package compares."""

from typing import NamedTuple

#: Number of the inode, and the time of the last change in whole seconds and
#: nanoseconds. A different stamp shows that a directory has changed.
Stamp = tuple[int, int, int]


class Status(NamedTuple):
    """The identity of a file, and when it changed (stat(3type)).

    :param dev: number of the device
    :param ino: number of the inode on the device
    :param ctime_ns: time of the last change in nanoseconds since the epoch
    """

    dev: int
    ino: int
    ctime_ns: int
