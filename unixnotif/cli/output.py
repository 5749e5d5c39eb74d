# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Views of notifications: JSON for programs, colors for people.

Rule: colors and layout only on a terminal. Text of other processes is
escaped before anything prints it.
"""

import abc
from collections.abc import Sequence
import datetime
import io
import json
from typing import Any
from typing import Final
from typing import IO

from rich import console as consoles
from rich import highlighter
from rich import text

from unixnotif import filter as filters
from unixnotif import grammar
from unixnotif import notification as notifications
from unixnotif import terminal

_STYLES = {
    'DEBUG': 'dim',
    'SAMPLE': 'dim',
    'AUDIT': 'cyan',
    'INFO': 'green',
    'WARN': 'yellow',
    'ERROR': 'bold red',
    'CRITICAL': 'bold white on red',
}

_highlight = highlighter.JSONHighlighter()
# Maximum number of characters of a payload with colors, and of each of its
# lines. The time of rich grows with the number of lines, and with the square
# of the length of a line.
_MAX_COLORED: Final = 1 << 14
_MAX_COLORED_LINE: Final = 1000
# Maximum number of characters of a payload that is shown with a line for each
# item: on one line, and with indentation. A line inside a hundred lists begins
# with two hundred spaces.
_MAX_INDENTED: Final = 1 << 16
_MAX_INDENTATION: Final = 1 << 18
# Columns of a terminal that cuts nothing.
_WIDE: Final = 1000
# Maximum number of characters of the first line with colors.
_MAX_HEAD: Final = 1 << 12


class View(abc.ABC):
    """Shows notifications on a stream."""

    @abc.abstractmethod
    def show(
        self,
        notification: notifications.Notification,
        received: datetime.datetime,
    ) -> None:
        """Show a notification.

        :param received: when it arrived
        """

    def show_lost(  # noqa: B027
        self, lost: notifications.Lost, received: datetime.datetime | None
    ) -> None:
        """Show a gap in a recording, if the view has room for it."""


class _Console(consoles.Console):
    """A console that lets the base class of commands handle closed pipes."""

    def on_broken_pipe(self) -> None:
        """Raise BrokenPipeError again; rich would exit with code 1."""
        raise  # noqa: PLE0704


def console(stream: IO[str]) -> consoles.Console:
    """Return a console of rich that shows text as it is."""
    if isinstance(stream, io.TextIOWrapper):
        # Not every terminal shows every character.
        stream.reconfigure(errors='backslashreplace')
    return _Console(file=stream, highlight=False, markup=False, emoji=False)


def has_unicode(console: consoles.Console) -> bool:
    """Return True if a console shows every character."""
    return console.encoding.lower().startswith('utf')


def write_line(stream: IO[str], line: str) -> None:
    """Write a line and flush it, for the reader of a pipe."""
    stream.write(f'{line}\n')
    stream.flush()


def put_all(
    console: consoles.Console,
    renderables: Sequence[consoles.RenderableType],
) -> None:
    """Print on a terminal, cut to its width, or uncut into a pipe."""
    if console.is_terminal:
        for each in renderables:
            console.print(each)
    else:
        console.file.write(plain(renderables))
    console.file.flush()


def plain(renderables: Sequence[consoles.RenderableType]) -> str:
    """Return the text that a wide terminal without colors would show."""
    stream = io.StringIO()
    wide = consoles.Console(
        file=stream, width=_WIDE, color_system=None, highlight=False
    )
    for each in renderables:
        wide.print(each)
    lines = stream.getvalue().splitlines()
    return '\n'.join(line.rstrip() for line in lines) + '\n'


class JsonView(View):
    """Shows each notification as a line of JSON, with its sender."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def show(
        self,
        notification: notifications.Notification,
        received: datetime.datetime,
    ) -> None:
        """See the base class."""
        sender = notification.sender
        value = notification.document
        value['sender'] = sender and sender._asdict()
        # All ASCII, and no control character: json escapes them.
        write_line(self._stream, json.dumps(value, separators=(',', ':')))


class LongView(View):
    """Shows the envelope on a line, and the payload as indented JSON."""

    def __init__(self, stream: IO[str]) -> None:
        self._console = console(stream)

    def show(
        self,
        notification: notifications.Notification,
        received: datetime.datetime,
    ) -> None:
        """See the base class."""
        sender = notification.sender
        priority = notification.priority
        parts = [
            (f'{notification.timestamp} ', 'dim'),
            (f'{priority:<8} ', priority_style(priority)),
            (notification.event_type, 'bold'),
            (f'  {notification.publisher_id}', ''),
            (f'  pid {sender.pid}' if sender else '', 'dim'),
            (''.join(f'  {topic}' for topic in notification.topics), 'dim'),
        ]
        escaped = [(terminal.escape(part), style) for part, style in parts]
        if sum(len(part) for part, _ in escaped) > _MAX_HEAD:
            self._write(''.join(part for part, _ in escaped))
        else:
            head = text.Text.assemble(*escaped)
            # Long lines are wrapped by the terminal, so that they can be
            # copied.
            self._console.print(head, soft_wrap=True)
        body = terminal.escape_lines(_laid_out(notification.payload))
        if len(body) > _MAX_COLORED or any(
            len(line) > _MAX_COLORED_LINE for line in body.split('\n')
        ):
            self._write(body)
        else:
            self._console.print(_highlight(body), soft_wrap=True)

    def show_lost(
        self, lost: notifications.Lost, received: datetime.datetime | None
    ) -> None:
        """See the base class."""
        noun = grammar.plural(lost.count, 'notification')
        reasons = grammar.counts(lost.reasons)
        self._write(terminal.escape(f'LOST {noun} ({reasons})'))

    def _write(self, plain: str) -> None:
        write_line(self._console.file, plain)


def _laid_out(payload: Any) -> str:
    """Return a payload as JSON, on one line if it is large or deep."""
    compact = json.dumps(payload, ensure_ascii=False)
    if len(compact) > _MAX_INDENTED:
        return compact
    indented = json.dumps(payload, indent=2, ensure_ascii=False)
    return compact if len(indented) > _MAX_INDENTATION else indented


def priority_style(priority: str) -> str:
    """Return the style of a priority."""
    return _STYLES.get(filters.normalize_priority(priority), '')
