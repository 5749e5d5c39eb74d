# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Standard output of the command.

Rule: a closed pipe is a normal end of the output. Any other failure to write
is an :class:`OutputError`, which names standard output. It is not an OSError,
which argparse ignores.
"""

from collections.abc import Iterator
import contextlib
import io
import os
import sys
from typing import Any
from typing import Final
from typing import IO

from unixnotif import errors

_CLOSED: Final = 'standard output is closed'


class OutputError(errors.UnixNotifError):
    """Standard output is closed, or cannot be written."""


class _Descriptor(io.RawIOBase):
    """The descriptor of standard output; -1 if it is closed.

    :meth:`write` raises the first failure, and discards all later data:
    Python flushes its buffers again at exit, which must not fail.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._has_failed = False

    def fileno(self) -> int:
        return self._fd

    def isatty(self) -> bool:
        return os.isatty(self._fd)

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        """Write a part of the data; return its length.

        :raises BrokenPipeError: the reader has closed the pipe
        :raises OutputError: the data cannot be written
        """
        if self._has_failed:
            return memoryview(data).nbytes
        try:
            return os.write(self._fd, data)
        except BrokenPipeError:
            self._has_failed = True
            raise
        except OSError as e:
            self._has_failed = True
            if self._fd < 0:
                raise OutputError(_CLOSED) from None
            raise OutputError(f'standard output: {e.strerror}') from e


class _Closed(io.TextIOWrapper):
    """Standard output of a process that was started without one."""


@contextlib.contextmanager
def checked() -> Iterator[None]:
    """Raise failures to write standard output; flush it at the end.

    A pipe that is closed at the end does not matter: everybody who wants the
    rest is gone.

    :raises OutputError: standard output is closed, or cannot be written
    """
    former = sys.stdout
    sys.stdout = _checked(former)
    try:
        yield
    finally:
        try:
            with contextlib.suppress(BrokenPipeError):
                sys.stdout.flush()
        finally:
            sys.stdout = former


def _checked(stream: Any) -> Any:
    """Return a stream with the same descriptor that reports failures."""
    if stream is None:
        return _Closed(io.BufferedWriter(_Descriptor(-1)))
    try:
        fd = stream.fileno()
    except OSError:
        # The stream is in memory.
        return stream
    stream.flush()
    # Always buffered, also with PYTHONUNBUFFERED: before cliff has read the
    # options, it cannot report an error.
    return io.TextIOWrapper(
        io.BufferedWriter(_Descriptor(fd)), stream.encoding, stream.errors
    )


def require() -> IO[str]:
    """Return the stream of standard output.

    :raises OutputError: standard output is closed
    """
    if sys.stdout is None or isinstance(sys.stdout, _Closed):
        raise OutputError(_CLOSED)
    return sys.stdout


def put(text: str) -> None:
    """Write text; ignore a closed pipe.

    :raises OutputError: standard output is closed, or cannot be written
    """
    stream = require()
    with contextlib.suppress(BrokenPipeError):
        stream.write(text)
        stream.flush()
