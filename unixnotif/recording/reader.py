# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Reads recordings, compressed or not.

Rule: the recording of a killed process is readable, except for its last line.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
import gzip
import os
import re
from typing import BinaryIO
from typing import cast
import zlib

from unixnotif import errors
from unixnotif.recording import lines

# Lines between two reports of progress.
_PROGRESS = 256
# First bytes of a file of gzip (RFC 1952).
_GZIP = b'\x1f\x8b'


def read(
    path: str, progress: Callable[[int], object] | None = None
) -> Iterator[lines.Line]:
    """The notifications of a recording, in their order, and what was lost.

    :param path: of a file, which may be compressed by gzip
    :param progress: called now and then with the number of bytes of the file
        that were read
    :raises UnavailableError: it cannot be read
    :raises DocumentError: it is not a recording, or a line is broken; names
        the line. A last line without its newline was being written when
        the process ended, and is left out.
    """
    try:
        with open(path, 'rb') as file:
            for count, line in enumerate(
                _read_lines(path, _decompressed(file))
            ):
                if progress is not None and not count % _PROGRESS:
                    progress(file.tell())
                yield line
    except (EOFError, gzip.BadGzipFile, zlib.error) as e:
        raise errors.DocumentError(f'recording {path}: {e}') from None
    except OSError as e:
        raise errors.UnavailableError(f'recording {path}: {e.strerror}') from e


def _decompressed(file: BinaryIO) -> BinaryIO:
    """Return the content of a file, which gzip may have compressed."""
    # A pipe cannot be read from its beginning again.
    if not file.seekable():
        return file
    magic = file.read(len(_GZIP))
    file.seek(0)
    if not is_compressed(magic):
        return file
    return cast(BinaryIO, gzip.GzipFile(fileobj=file, mode='rb'))


def is_compressed(begin: bytes) -> bool:
    """Return True if these are the first bytes of a file of gzip."""
    return begin.startswith(_GZIP)


def _read_lines(path: str, found: Iterable[bytes]) -> Iterator[lines.Line]:
    for number, line in enumerate(found, 1):
        if not line.endswith(b'\n'):
            return
        decoded = decode(path, number, line)
        if decoded is not None:
            yield decoded


def decode(path: str, number: int, line: bytes) -> lines.Line | None:
    """Read a complete line of a recording.

    :param number: of the line, from 1
    :returns: None for the first line, which names the format
    :raises DocumentError: the line is broken; names the file and the line
    """
    try:
        if number == 1:
            lines.check_format(line)
            return None
        return lines.decode(line)
    except errors.DocumentError as e:
        raise errors.DocumentError(
            f'recording {path}, line {number}: {e}'
        ) from None


def files(path: str) -> list[str]:
    """The files of a recording that rotates, oldest first.

    Rotated files may be compressed by gzip: ``FILE.1.gz``.

    :param path: of the newest, which is the last of them if it is there
    :raises UnavailableError: its directory cannot be read
    """
    directory, name = os.path.split(path)
    numbered = re.compile(rf'{re.escape(name)}\.([1-9][0-9]*)(\.gz)?')
    try:
        matches = map(numbered.fullmatch, os.listdir(directory or '.'))
    except OSError as e:
        raise errors.UnavailableError(
            f'directory {directory or "."}: {e.strerror}'
        ) from e
    names = sorted(
        (-int(match[1]), match[2] or '') for match in matches if match
    )
    found = [f'{path}.{-number}{suffix}' for number, suffix in names]
    return [*found, path] if os.path.exists(path) else found
