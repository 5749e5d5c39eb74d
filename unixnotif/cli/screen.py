# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The screen of ``unixnotif top``.

Rule: the picture depends only on the values here and on the size of the
terminal, and fits the terminal.
"""

from collections.abc import Callable
import dataclasses
from typing import Final

from rich import console as consoles
from rich import text

from unixnotif import terminal
from unixnotif.cli import reports
from unixnotif.cli import statistics
from unixnotif.cli import tables

#: Dimensions in the order of their keys.
VIEWS: Final = ('event_type', 'publisher', 'payload', 'process')
_SORT_KEYS: Final = {key[0]: key for key in tables.SORTING}
# Lines besides the rows: the head, the head of the table, the keys.
_LINES: Final = 8


@dataclasses.dataclass
class Screen:
    """The choices of a person, and the picture that they give.

    :ivar source: the address or the file
    :ivar view: the dimension
    :ivar sort: sorting key of rows
    :ivar is_paused: if True, the counts stand still
    :ivar is_over: if True, the person has quit
    """

    source: str
    clock: tables.Clock
    view: str = VIEWS[0]
    sort: str = 'rate'
    is_paused: bool = False
    is_over: bool = False

    def press(self, keys: str) -> None:
        """Obey keys; unknown keys have no effect."""
        for key in keys:
            if key == 'q':
                self.is_over = True
            elif key == ' ':
                self.is_paused = not self.is_paused
            elif key == '\t':
                position = VIEWS.index(self.view) + 1
                self.view = VIEWS[position % len(VIEWS)]
            elif key in '1234':
                self.view = VIEWS[int(key) - 1]
            elif key in _SORT_KEYS:
                self.sort = _SORT_KEYS[key]

    def draw(
        self,
        counted: statistics.Statistics,
        rate: Callable[[statistics.Row], float],
        state: str,
        size: consoles.ConsoleDimensions,
        *,
        has_unicode: bool = True,
    ) -> consoles.Group:
        """Return what the terminal shows.

        :param state: of the subscription, for example ``subscribed``
        """
        cells = tables.Cells(counted, self.view, rate, self.clock)
        table = counted.tables[self.view]
        most = max(1, size.height - _LINES - bool(table.removed))
        rows = list(cells.rows(self.sort, most))
        title = text.Text.assemble(
            ('unixnotif top ', 'bold'),
            ('paused  ' if self.is_paused else '', 'bold yellow'),
            (f'{state}  ' if state else '', 'yellow'),
            terminal.escape(self.source),
        )
        shown = f'{reports.TITLES[self.view]}, sorted by {self.sort}'
        if len(table.rows) > most:
            shown += f': {most} of {len(table.rows)}'
        keys = (
            'keys: 1 event types  2 publishers  3 payloads  4 processes  '
            'space pause  q quit\n'
            'sort: c count  r rate  s size  n name  l last'
        )
        lines = [
            title,
            reports.head(counted, rate),
            reports.spark(counted, size.width, has_unicode),
            text.Text(''),
            text.Text(shown, 'bold'),
        ]
        for line in lines:
            line.truncate(size.width, overflow='ellipsis')
        return consoles.Group(
            *lines,
            tables.rich_table(cells, rows, size.width),
            text.Text(keys, 'dim', no_wrap=True, overflow='ellipsis'),
        )
