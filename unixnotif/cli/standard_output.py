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


class _Nowhere(io.RawIOBase):
    """A closed descriptor: :meth:`write` fails once, then discards data.

    Python flushes its buffers again at exit, which must not fail.
    """

    def __init__(self) -> None:
        self._has_failed = False

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        """Raise an error, or discard the data.

        :raises OutputError: at the first call
        """
        if not self._has_failed:
            self._has_failed = True
            raise OutputError(_CLOSED)
        return memoryview(data).nbytes


class _Closed(io.TextIOWrapper):
    """Standard output of a process that was started without one."""


class _Checked(io.TextIOWrapper):
    """A stream that names standard output in its errors.

    The stream discards all data after a failure. The layers below are those
    of the interpreter: an exception of a signal handler between a write and
    the update of the buffer would print the data twice.
    """

    def write(self, text: str) -> int:
        """Write text.

        :raises BrokenPipeError: the reader has closed the pipe
        :raises OutputError: the text cannot be written
        """
        with self._failures():
            return super().write(text)

    def flush(self) -> None:
        """Write the content of the buffers; see :meth:`write`."""
        with self._failures():
            super().flush()

    @contextlib.contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except OSError as e:
            with open(os.devnull, 'w') as nowhere:
                os.dup2(nowhere.fileno(), self.fileno())
            if isinstance(e, BrokenPipeError):
                raise
            raise OutputError(f'standard output: {e.strerror}') from e


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
        return _Closed(io.BufferedWriter(_Nowhere()))
    try:
        fd = stream.fileno()
    except OSError:
        # The stream is in memory.
        return stream
    stream.flush()
    # Always buffered, also with PYTHONUNBUFFERED: before cliff has read the
    # options, it cannot report an error.
    return _Checked(
        io.BufferedWriter(io.FileIO(fd, 'w', closefd=False)),
        stream.encoding,
        stream.errors,
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
