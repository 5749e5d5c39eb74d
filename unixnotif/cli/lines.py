# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Notifications as one line each, for people.

Rule: on a terminal a line fits the width. A line that is too long loses parts
of UUIDs, then the publisher, then the payload's version; then it is cut. In a
pipe a line is complete. Text of other processes is escaped.
"""

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
import datetime
from typing import Any
from typing import Final
from typing import IO

from rich import cells
from rich import text

from unixnotif import grammar
from unixnotif import notification as notifications
from unixnotif import terminal
from unixnotif.cli import fields
from unixnotif.cli import output

Part = tuple[str, str]

# Columns up to which event types are aligned, on a terminal with room.
_MAX_ALIGNED: Final = 28
_WIDE: Final = 100


class LineView(output.View):
    """Shows notifications as one line each.

    :param chosen: labels and paths of fields to show; None shows well-known
        fields
    """

    def __init__(
        self,
        stream: IO[str],
        clock: Callable[[datetime.datetime], datetime.datetime],
        chosen: Sequence[tuple[str, fields.Steps]] | None = None,
    ) -> None:
        self._stream = stream
        self._console = output.console(stream)
        self._local = clock
        self._chosen = chosen
        self._aligned = 0
        self._day: datetime.date | None = None

    def show(
        self,
        notification: notifications.Notification,
        received: datetime.datetime,
    ) -> None:
        """See the base class."""
        local = self._show_day(received)
        versioned = notification.versioned
        event_type = notification.event_type
        known = list(
            fields.well_known(notification)
            if self._chosen is None
            else fields.chosen(notification, self._chosen)
        )
        self._put(
            [
                (_time(local), 'dim'),
                (
                    f'{notification.priority:<5}',
                    output.priority_style(notification.priority),
                ),
                (event_type, 'bold'),
            ],
            f'{versioned.name} {versioned.version_text}'
            if versioned
            else None,
            notification.publisher_id,
            known,
        )

    def show_lost(
        self, lost: notifications.Lost, received: datetime.datetime | None
    ) -> None:
        """See the base class."""
        time = '' if received is None else _time(self._show_day(received))
        self._put(
            [
                (f'{time:<12}', 'dim'),
                ('LOST ', 'bold red'),
                (grammar.quantity(lost.count, 'notification'), 'bold'),
            ],
            None,
            None,
            [(reason, str(count)) for reason, count in lost.reasons.items()],
        )

    def _show_day(self, received: datetime.datetime) -> datetime.datetime:
        """Print the date when it changes; return the local time."""
        local = self._local(received)
        if local.date() != self._day:
            self._day = local.date()
            self._write(
                text.Text(f'-- {self._day} {local.tzname()} --', 'dim')
            )
        return local

    def _put(
        self,
        head: list[Part],
        version: Any,
        publisher: str | None,
        known: list[Part],
    ) -> None:
        is_terminal = self._console.is_terminal
        width = self._console.width
        line = text.Text()
        for parts in self._levels(head, version, publisher, known):
            # Bound the work: the terminal has no room for more.
            line = _assemble(parts, width if is_terminal else None)
            if not is_terminal or line.cell_len <= width:
                break
        else:
            line.truncate(width, overflow='ellipsis')
        self._write(line)

    def _levels(
        self,
        head: list[Part],
        version: Any,
        publisher: str | None,
        known: list[Part],
    ) -> Iterator[list[Part]]:
        """Yield the parts of the line, then again with fewer parts."""
        *before, (event_type, style) = head
        event_type = terminal.escape(event_type)
        if self._console.is_terminal and self._console.width >= _WIDE:
            size = min(cells.cell_len(event_type[:_WIDE]), _MAX_ALIGNED)
            self._aligned = max(self._aligned, size)
            event_type = event_type.ljust(self._aligned)
        head = [*before, (event_type, style)]
        middle = [(version, 'cyan')] if version else []
        end = [(publisher, 'dim')] if publisher else []
        long = [(f'{label}={value}', '') for label, value in known]
        short = [
            (f'{label}={fields.shortened(value)}', '')
            for label, value in known
        ]
        yield [*head, *middle, *end, *long]
        yield [*head, *middle, *end, *short]
        yield [*head, *middle, *short]
        yield [*head, *short]

    def _write(self, line: text.Text) -> None:
        if self._console.is_terminal:
            self._console.print(line, soft_wrap=True)
        else:
            self._stream.write(f'{line.plain}\n')
            self._stream.flush()


def _assemble(parts: list[Part], width: int | None) -> text.Text:
    """Return a line of escaped parts.

    :param width: number of columns after which parts may be left out; None
        keeps all
    """
    line = text.Text(no_wrap=True)
    for content, style in parts:
        if line:
            line.append(' ')
        most = None if width is None else width + 1
        line.append(terminal.escape(content[:most]), style or None)
    return line


def _time(when: datetime.datetime) -> str:
    return when.strftime('%H:%M:%S.') + f'{when.microsecond // 1000:03}'
