# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Numbers that processes share: how far each emitting thread has come.

Rule: each number has one writer, so that no lock is needed.
"""

import mmap
import os
import pathlib


class Counters:
    """Two counts for each emitting thread, in a file that is mapped.

    :param path: the file, which is created if it is missing
    :param slots: number of emitting threads

    :ivar begun: calls of ``notify()`` that were made
    :ivar ended: calls that have returned
    """

    def __init__(self, path: pathlib.Path, slots: int) -> None:
        size = 16 * slots
        with open(path, 'ab') as file:
            file.truncate(size)
        with open(path, 'r+b') as file:
            self._map = mmap.mmap(file.fileno(), size)
        numbers = memoryview(self._map).cast('Q')
        self.begun = numbers[:slots]
        self.ended = numbers[slots:]


def path_beside(config: str) -> pathlib.Path:
    """Return the path of a service's counters, beside its configuration."""
    return pathlib.Path(os.path.dirname(config), 'counters')
