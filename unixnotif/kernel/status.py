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

"""The status of a file: as much of it as this package compares."""

from typing import NamedTuple

#: Number of the inode, and the time of the last change in whole seconds and
#: nanoseconds: what differs after each change of a directory.
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
