# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Appends to recordings.

Rule: lines are appended whole, usually in one system call. A file has one
writer at a time. A writer never changes a file of another kind.
"""

from collections.abc import Iterable
from collections.abc import Iterator
import contextlib
import fcntl
import os
import stat
from typing import Self

from unixnotif import errors
from unixnotif import notification as notifications
from unixnotif.recording import lines

# Default mode of a new file, restricted by the umask.
_MODE = 0o644
#: Bytes that are read at a time.
CHUNK = 1 << 16


@contextlib.contextmanager
def explained(path: str) -> Iterator[None]:
    """Turn an OSError into an error that names the recording."""
    try:
        yield
    except OSError as e:
        raise errors.UnavailableError(f'recording {path}: {e.strerror}') from e


class Writer:
    """Appends to a recording, and creates the file if necessary.

    The file is locked (flock(2)) while it is open. The writer removes a line
    that a killed process did not finish, so that later lines can be read.

    :param path: path of the file
    :param mode: exact mode of a new file; None is 0644, restricted by the
        umask
    :raises InUseError: another writer has the file open
    :raises UnavailableError: the file cannot be written, or is a device or a
        pipe
    :raises DocumentError: the file is not a recording; it is not changed
    """

    def __init__(self, path: str, *, mode: int | None = None) -> None:
        self.path = path
        self._mode = mode
        self._fd = -1
        self._size = 0
        self.reopen()

    def reopen(self) -> None:
        """Reopen the path: another process may have renamed the file.

        :raises InUseError: another writer has the new file open
        :raises UnavailableError: the new file cannot be written
        :raises DocumentError: the new file is not a recording
        """
        self.close()
        with explained(self.path):
            self._fd = _open_locked(self.path, self._mode)
            try:
                self._size = _finished_size(self.path, self._fd)
                if not self._size:
                    self._write_whole(lines.FIRST_LINE)
            except BaseException:
                self.close()
                raise

    def write(
        self, records: Iterable[lines.Recorded | notifications.Lost]
    ) -> None:
        """Append notifications and losses, usually in one system call.

        :raises UnavailableError: the file cannot be written, for example
            because the disk is full
        """
        self.write_encoded([each.encode() for each in records])

    def write_encoded(self, encoded: Iterable[bytes]) -> None:
        """Append encoded notifications and losses.

        :param encoded: lines without a newline, as
            :meth:`unixnotif.recording.Recorded.encode` returns them

        :raises UnavailableError: the file cannot be written, for example
            because the disk is full
        """
        self._append([line + b'\n' for line in encoded])

    def write_lost(self, lost: notifications.Lost) -> None:
        """Append a line about lost notifications.

        :raises UnavailableError: the file cannot be written, for example
            because the disk is full
        """
        self.write([lost])

    def _append(self, encoded: list[bytes]) -> None:
        self._write_whole(b''.join(encoded))

    def _write_whole(self, data: bytes) -> None:
        """Write lines; if that fails, remove an unfinished line."""
        written = 0
        try:
            while written < len(data):
                written += os.write(self._fd, memoryview(data)[written:])
        except OSError as e:
            whole = data.rfind(b'\n', 0, written) + 1
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, self._size + whole)
            self._size += whole
            raise errors.UnavailableError(
                f'recording {self.path}: {e.strerror}'
            ) from e
        self._size += written

    def close(self) -> None:
        """Close the file; closing twice is allowed."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def has_name(fd: int, path: str) -> bool:
    """Return True if an open file still has this path."""
    try:
        return os.path.samestat(os.fstat(fd), os.stat(path))
    except FileNotFoundError:
        return False


def _open_locked(path: str, mode: int | None) -> int:
    """Return a descriptor of the file, with the lock.

    :raises InUseError: another process writes to it
    :raises UnavailableError: this is a device or a pipe
    :raises OSError: the file cannot be opened
    """
    while True:
        fd = _open(path, mode)
        try:
            # A device or a pipe keeps nothing that could be read again.
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise errors.UnavailableError(
                    f'recording {path}: not a regular file. Choose another '
                    'file'
                )
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Another process may have renamed the file since it was opened.
            if has_name(fd, path):
                return fd
        except BlockingIOError:
            os.close(fd)
            raise errors.InUseError(
                f'recording {path}: another process is writing to it'
            ) from None
        except BaseException:
            os.close(fd)
            raise
        os.close(fd)


def _open(path: str, mode: int | None) -> int:
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    try:
        fd = os.open(path, flags | os.O_EXCL, _MODE if mode is None else mode)
    except FileExistsError:
        # The path may also be a link to a file that does not exist yet.
        return os.open(path, flags, _MODE)
    if mode is not None:
        # Add the bits that the umask removed. The file is new, and its mode
        # was never wider.
        os.fchmod(fd, mode)
    return fd


def _finished_size(path: str, fd: int) -> int:
    """Cut off an unfinished line; return the size of the rest in bytes.

    :raises DocumentError: the file is not a recording
    """
    size = os.fstat(fd).st_size
    if not size:
        return 0
    check_head(path, os.pread(fd, CHUNK, 0))
    finished = _end_of_lines(fd, size)
    if finished < size:
        os.ftruncate(fd, finished)
    return finished


def check_head(path: str, head: bytes) -> None:
    """Refuse a file that does not begin as a recording does.

    :param head: the first bytes of a file; an empty file, or an unfinished
        first line, is accepted
    :raises DocumentError: this is another kind of file
    """
    line, newline, _ = head.partition(b'\n')
    if not newline and lines.FIRST_LINE.startswith(line):
        return
    try:
        lines.check_format(line)
    except errors.DocumentError as e:
        raise errors.DocumentError(
            f'{path}, line 1: {e}; the file is not a recording, and was not '
            'changed. Choose another file'
        ) from None


def _end_of_lines(fd: int, size: int) -> int:
    """Search from the end; return the offset of the end of the last line."""
    end = size
    while end:
        start = max(0, end - CHUNK)
        newline = os.pread(fd, end - start, start).rfind(b'\n')
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0
