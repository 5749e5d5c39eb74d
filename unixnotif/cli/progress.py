# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Progress bars on stderr, for a terminal only.

Rule: a stopped command reports its progress.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
import contextlib
import os
import sys
from typing import Self

from rich import console
from rich import progress

from unixnotif import grammar
from unixnotif import recording
from unixnotif.cli import app


@contextlib.contextmanager
def counting(
    description: str, total: int | None
) -> Iterator[Callable[[], None]]:
    """Show how many notifications the command has processed.

    :param total: number of notifications; None if there is no end
    :returns: a function to call for each notification
    """
    with _bar(
        progress.TextColumn('{task.description}'),
        progress.BarColumn(),
        progress.TextColumn('{task.completed:.0f} of {task.fields[whole]}'),
        progress.TimeRemainingColumn(),
    ) as bar:
        whole = '∞' if total is None else str(total)
        task = bar.add_task(description, total=total, whole=whole)
        yield lambda: bar.advance(task)


class Reading:
    """Reads recordings, and shows how much is read.

    :param paths: of all files that will be read
    :param unfinished: the consequence of a stop, for the message

    :ivar count: number of lines that were read
    """

    def __init__(self, paths: Iterable[str], unfinished: str) -> None:
        self.count = 0
        self._unfinished = unfinished
        self._notes: list[str] = []
        self._before = 0
        self._bar = _bar(
            progress.TextColumn('{task.description}'),
            progress.BarColumn(),
            progress.DownloadColumn(),
            progress.TimeRemainingColumn(),
        )
        self._task = self._bar.add_task(
            'reading', total=sum(map(_size, paths))
        )

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, *exc_info: object
    ) -> None:
        self._bar.stop()
        for note in self._notes:
            app.say(note)
        if kind is app.Stopped:
            lines = grammar.quantity(self.count, 'line')
            app.say(f'stopped after {lines}; {self._unfinished}')

    def read(
        self, path: str, too_long: Callable[[str], object] | None = None
    ) -> Iterator[recording.Line]:
        """Yield the lines of a recording.

        Report an unfinished last line at the end.

        :param too_long: see :func:`unixnotif.recording.read`
        :raises UnixNotifError: as :func:`unixnotif.recording.read` does
        """
        for line in recording.read(
            path,
            self._update,
            unfinished=self._notes.append,
            too_long=too_long,
        ):
            self.count += 1
            yield line
        self._before += _size(path)
        self._update(0)

    def _update(self, position: int) -> None:
        self._bar.update(self._task, completed=self._before + position)


def _size(path: str) -> int:
    """Return the size of a file; 0 if it cannot be read."""
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


class _Bar(progress.Progress):
    """A bar that restores the terminal, also if it cannot start."""

    def start(self) -> None:
        """Show the bar."""
        try:
            super().start()
        except BaseException:
            # A signal handler has raised, perhaps after the cursor was hidden.
            self.stop()
            raise


def _bar(*columns: progress.ProgressColumn) -> _Bar:
    is_terminal = sys.stderr is not None and sys.stderr.isatty()
    return _Bar(
        *columns,
        console=console.Console(stderr=True),
        disable=not is_terminal,
        transient=True,
    )
