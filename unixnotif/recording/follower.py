# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Follows a recording that another process writes.

Rule: every complete line is read once, also when the file is rotated. A line
that is not complete waits for its end. A line that is too long is never in
memory as a whole.
"""

import itertools
import os
import stat
from typing import BinaryIO
from typing import Final
from typing import Self

from unixnotif import errors
from unixnotif.recording import lines
from unixnotif.recording import reader

_CHUNK: Final = 256 * 1024


def is_followable(path: str) -> bool:
    """Return True for a file that may grow: not for a pipe, nor for gzip.

    Also return True if the file does not exist: it may be created later.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return False
        with open(path, 'rb') as file:
            return not reader.is_compressed(file.read(2))
    except FileNotFoundError:
        return True
    except OSError:
        return False


class Follower:
    """Reads the lines of a recording as they are written.

    :param path: of the newest file
    :param too_long: see :func:`unixnotif.recording.read`
    """

    def __init__(
        self, path: str, too_long: reader.Report | None = None
    ) -> None:
        self._path = path
        self._too_long = too_long
        self._rest = bytearray()
        # Number of discarded bytes of a line that is too long.
        self._dropped = 0
        self._number = 0
        self._file: BinaryIO | None = None
        self._open(path)

    def older(self) -> list[str]:
        """Return the rotated files before the one that is followed.

        :raises UnavailableError: the directory cannot be read
        """
        found = reader.files(self._path)
        return list(itertools.takewhile(self._is_other, found))

    @property
    def is_missing(self) -> bool:
        """True if there is no file of this name now."""
        return not os.path.exists(self._path)

    def read(self) -> list[lines.Line] | None:
        """Return the lines that are complete now, of a limited size.

        :returns: None if there is nothing new
        :raises UnavailableError: the file cannot be read
        :raises DocumentError: the file is not a recording, or a line is broken
        """
        try:
            data = self._file.read(_CHUNK) if self._file else b''
            if not data and not self._continue():
                return None
        except OSError as e:
            raise errors.UnavailableError(
                f'recording {self._path}: {e.strerror}'
            ) from e
        self._rest += data
        end = data.rfind(b'\n') + 1
        if not end:
            if len(self._rest) > lines.MAX_LINE:
                self._dropped += len(self._rest)
                self._rest.clear()
            return []
        # Split only when a newline has arrived: each read searches only the
        # new data, however long the line is.
        end += len(self._rest) - len(data)
        *whole, _ = bytes(self._rest[:end]).split(b'\n')
        del self._rest[:end]
        found = []
        for line in whole:
            decoded = self._decode(line + b'\n')
            if decoded is not None:
                found.append(decoded)
        return found

    def _decode(self, line: bytes) -> lines.Line | None:
        self._number += 1
        size = self._dropped + len(line)
        self._dropped = 0
        if size > lines.MAX_LINE:
            reader.skip(self._path, self._number, size, self._too_long)
            return None
        return reader.decode(self._path, self._number, line)

    def _continue(self) -> bool:
        """Go on after the end of the file; return True if there may be more.

        :raises OSError: the file cannot be read
        """
        if self._file is None:
            return self._open(self._path)
        status = os.fstat(self._file.fileno())
        if status.st_size != self._file.tell():
            if status.st_size < self._file.tell():
                self._go_back(self._file, status.st_size)
            return True
        if not self._is_other(self._path):
            return False
        rest = self._from_here()
        # If no path in the list leads to the open file, that file was removed
        # or compressed.
        following = (rest[1:] or [self._path])[0]
        try:
            wanted = os.stat(following)
        except OSError:
            wanted = None
        if wanted is None or rest[:1] != self._from_here()[:1]:
            # The files are being rotated: look again at the next call.
            return False
        return self._open(following, wanted)

    def _from_here(self) -> list[str]:
        """Return the path of the open file, if it has one, and newer ones."""
        found = reader.files(self._path)
        return list(itertools.dropwhile(self._is_other, found))

    def _go_back(self, file: BinaryIO, size: int) -> None:
        """Go on in a file that has become smaller.

        :param size: new size of the file in bytes
        """
        finished = file.tell() - len(self._rest) - self._dropped
        if size >= finished:
            # A writer was killed, and the next writer removed its last line.
            self._rest.clear()
            self._dropped = 0
            file.seek(finished)
        else:
            # The file was emptied, as logrotate does with copytruncate.
            self._restart()
            file.seek(0)

    def _open(self, path: str, wanted: os.stat_result | None = None) -> bool:
        try:
            file = open(path, 'rb', buffering=0)  # noqa: SIM115
        except FileNotFoundError:
            return False
        except OSError as e:
            raise errors.UnavailableError(
                f'recording {path}: {e.strerror}'
            ) from e
        if wanted and not os.path.samestat(wanted, os.fstat(file.fileno())):
            file.close()
            return False
        self.close()
        self._file = file
        self._restart()
        return True

    def _restart(self) -> None:
        """Begin with the first line of a file."""
        self._rest.clear()
        self._dropped = 0
        self._number = 0

    def _is_other(self, path: str) -> bool:
        """Return True if a path is not that of the open file."""
        try:
            return self._file is None or not os.path.samestat(
                os.fstat(self._file.fileno()), os.stat(path)
            )
        except OSError:
            return True

    def close(self) -> None:
        """Close the file; closing twice is allowed."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()
