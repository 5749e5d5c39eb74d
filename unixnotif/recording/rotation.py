# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A recording of months, in a number of files.

Rule: the writer renames a full file; each file is a recording by itself. A
line is never split over two files. The writer removes the oldest file only.
"""

import contextlib
import itertools
import os

from unixnotif.recording import lines
from unixnotif.recording import writer


class RotatingWriter(writer.Writer):
    """Appends to a recording, and renames it before it becomes too large.

    ``FILE`` becomes ``FILE.1``, ``FILE.1`` becomes ``FILE.2``, and so on. A
    notification that is larger than ``max_size`` gets a file of its own. The
    methods are those of :class:`~unixnotif.recording.Writer`.

    :param path: path of the newest file; a symbolic link stays a link
    :param max_size: maximum size of a file in bytes; 0 never rotates
    :param max_files: maximum number of older files, at least 1
    :param mode: see :class:`~unixnotif.recording.Writer`
    :raises InUseError: another writer has the file open
    :raises UnavailableError: the file cannot be written
    :raises DocumentError: the file, or an older file, is not a recording; no
        file is changed
    """

    def __init__(
        self,
        path: str,
        *,
        max_size: int,
        max_files: int,
        mode: int | None = None,
    ) -> None:
        self._max_size = max_size
        super().__init__(path, mode=mode)
        # The rotated files stay beside the file, not beside a link to it.
        if self._max_size:
            self.path = os.path.realpath(path)
        self._names = [self.path]
        self._names += [f'{self.path}.{n}' for n in range(1, max_files + 1)]
        try:
            if self._max_size:
                self._check_names()
        except BaseException:
            self.close()
            raise

    def _check_names(self) -> None:
        for name in self._names[1:]:
            with (
                writer.explained(name),
                contextlib.suppress(FileNotFoundError),
                open(name, 'rb') as file,
            ):
                writer.check_head(name, file.readline(writer.CHUNK))

    def _append(self, encoded: list[bytes]) -> None:
        begun: list[bytes] = []
        size = self._size
        for line in encoded:
            if self._is_full(size, len(line)):
                super()._append(begun)
                self._rotate()
                begun, size = [], self._size
            begun.append(line)
            size += len(line)
        super()._append(begun)

    def _is_full(self, size: int, more: int) -> bool:
        """Return True if this number of bytes belongs in the next file."""
        return 0 < self._max_size < size + more and size > len(
            lines.FIRST_LINE
        )

    def _rotate(self) -> None:
        # Somebody may have renamed or removed it meanwhile.
        if writer.has_name(self._fd, self.path):
            with writer.explained(self.path):
                self._shift()
        self.reopen()

    def _shift(self) -> None:
        """Rename each file to the next name, up to the first gap."""
        row = itertools.takewhile(os.path.lexists, self._names[:-1])
        for i in reversed(range(sum(1 for _ in row))):
            os.replace(self._names[i], self._names[i + 1])
