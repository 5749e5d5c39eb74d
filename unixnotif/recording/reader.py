# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Reads recordings, compressed or not.

Rule: the recording of a killed process is readable, except for its last line.
A line that is too long is never in memory as a whole.
"""

from collections.abc import Callable
from collections.abc import Iterator
import gzip
import itertools
import os
import re
from typing import BinaryIO
from typing import cast
from typing import Final
import zlib

from unixnotif import errors
from unixnotif.recording import lines

# Lines between two reports of progress.
_PROGRESS = 256
# Maximum number of bytes that are read at a time.
_CHUNK: Final = 1 << 18
# First bytes of a file of gzip (RFC 1952).
_GZIP = b'\x1f\x8b'


#: Function that takes a message about a line.
Report = Callable[[str], object]


def read(
    path: str,
    progress: Callable[[int], object] | None = None,
    *,
    unfinished: Report | None = None,
    too_long: Report | None = None,
) -> Iterator[lines.Line]:
    """Yield the notifications and the losses of a recording, in their order.

    A killed process may leave a last line without a newline. This line is
    skipped.

    :param path: path of a file, which may be compressed by gzip
    :param progress: function to call from time to time, with the number of
        bytes read so far
    :param unfinished: function to call with a message if the last line has no
        newline
    :param too_long: function to call with a message about each line of more
        than 128 MiB, which is skipped; without this function, a line of this
        size is an error
    :raises UnavailableError: the file cannot be read
    :raises DocumentError: the file is not a recording, or a line is broken;
        the message names the line
    """
    try:
        with open(path, 'rb') as file:
            found = _read_lines(
                path, _decompressed(file), unfinished, too_long
            )
            for count, line in enumerate(found):
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


def _read_lines(
    path: str,
    file: BinaryIO,
    unfinished: Report | None,
    too_long: Report | None,
) -> Iterator[lines.Line]:
    for number in itertools.count(1):
        line, size = _next_line(file)
        if not size:
            return
        if size > lines.MAX_LINE:
            skip(path, number, size, too_long)
            continue
        if not line.endswith(b'\n') and (
            number > 1 or lines.FIRST_LINE.startswith(line)
        ):
            if unfinished is not None:
                unfinished(
                    f'recording {path}, line {number}: ignored the last line, '
                    'which has no newline: its writer was stopped, or is '
                    'still writing'
                )
            return
        decoded = decode(path, number, line)
        if decoded is not None:
            yield decoded


def _next_line(file: BinaryIO) -> tuple[bytes, int]:
    """Return a line and its size; the size is 0 at the end of the file.

    :returns: instead of a line that is too long, no bytes
    """
    line = file.readline(_CHUNK)
    size = len(line)
    if size < _CHUNK:
        return line, size
    parts = [line]
    while line and not line.endswith(b'\n'):
        line = file.readline(_CHUNK)
        size += len(line)
        if size > lines.MAX_LINE:
            parts.clear()
        else:
            parts.append(line)
    return b''.join(parts), size


def skip(path: str, number: int, size: int, too_long: Report | None) -> None:
    """Report a line that is too long.

    :param number: of the line, from 1
    :raises DocumentError: no function takes the message, or it is the first
        line: the file is not a recording
    """
    message = (
        f'recording {path}, line {number}: a line of {size} bytes; the '
        f'maximum is {lines.MAX_LINE}'
    )
    if too_long is None or number == 1:
        raise errors.DocumentError(message)
    too_long(message)


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
    """Return the paths of a recording and its rotated files, oldest first.

    Rotated files may be compressed by gzip: ``FILE.1.gz``.

    :param path: path of the newest file; it need not exist
    :raises UnavailableError: the directory cannot be read
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
