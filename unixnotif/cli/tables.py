# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Statistics as tables, for a terminal and as Markdown.

Rule: text of other processes is escaped.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
import datetime
from typing import Any
from typing import Final

from rich import cells as rich_cells
from rich import filesize
from rich import table as rich_tables
from rich import text

from unixnotif import terminal
from unixnotif.cli import statistics

Rate = Callable[[statistics.Row], float]
Clock = Callable[[datetime.datetime], datetime.datetime]

#: Names of sorting keys.
SORTING: Final = ('count', 'rate', 'size', 'name', 'last')
#: Columns of a terminal on which nothing is cut.
UNLIMITED: Final = 1000
# Minimum width of a column of names, and the width at which most names can
# be read.
_MIN_NAME: Final = 4
_MIN_READABLE: Final = 24
_NUMBERS: Final = ('count', '%', 'rate/s', 'size', 'mean', 'last')
# Columns that are left out if there is no room, the first ones first.
_OPTIONAL: Final = ('last', 'mean', '%', 'size', 'rate/s')


def ordered(
    table: statistics.Table, sort: str, rate: Rate
) -> list[tuple[statistics.Key, statistics.Row]]:
    """Return the rows of a table, sorted by a key."""
    keys: dict[str, Callable[[statistics.Row], Any]] = {
        'count': lambda row: -row.count,
        'rate': lambda row: -rate(row),
        'size': lambda row: -row.size,
        'name': lambda row: 0,
        'last': lambda row: -row.last,
    }
    key = keys[sort]
    return sorted(table.rows.items(), key=lambda item: (key(item[1]), item[0]))


def size(value: float) -> str:
    """Return a number of bytes for people."""
    return (
        filesize.decimal(int(value)).replace('bytes', 'B').replace('byte', 'B')
    )


def number(value: float) -> str:
    """Return a rate for people."""
    return f'{value:.0f}' if value >= 100 else f'{value:.1f}'


def clock_time(seconds: float, clock: Clock) -> str:
    """Return the time of day for people."""
    when = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return f'{clock(when):%H:%M:%S}'


class Cells:
    """The cells of a table as text, for one dimension.

    :param name: name of the dimension
    :param rate: notifications a second of a row
    :param clock: how times are shown
    """

    def __init__(
        self,
        counted: statistics.Statistics,
        name: str,
        rate: Rate,
        clock: Clock,
    ) -> None:
        self._counted = counted
        self._table = counted.tables[name]
        self._rate = rate
        self._clock = clock
        self.names = _used(statistics.DIMENSIONS[name], self._table)
        self.columns = (
            *(each.replace('_', ' ') for each in self.names),
            *_NUMBERS,
        )

    def rows(self, sort: str, most: int | None = None) -> Iterator[list[str]]:
        """Yield the cells of each row, and of the sum of removed rows.

        :param most: maximum number of rows, without the sum
        """
        found = ordered(self._table, sort, self._rate)
        for key, row in found[:most]:
            names = [part or '-' for part in key[: len(self.names)]]
            yield self._cells(names, row)
        if self._table.removed:
            label = f'({self._table.removed} other rows)'
            rest = [''] * (len(self.names) - 1)
            yield self._cells([label, *rest], self._table.others)

    def _cells(self, names: list[str], row: statistics.Row) -> list[str]:
        share = 100 * row.count / max(self._counted.total.count, 1)
        return [
            *map(terminal.escape, names),
            str(row.count),
            f'{share:.0f}',
            number(self._rate(row)),
            size(row.size),
            size(row.size / max(row.count, 1)),
            clock_time(row.last, self._clock),
        ]


def _used(names: statistics.Key, table: statistics.Table) -> statistics.Key:
    """Return the names of key parts; omit last parts that no row has."""
    used = max(
        (i for key in table.rows for i, part in enumerate(key, 1) if part),
        default=1,
    )
    return names[:used]


def rich_table(
    cells: Cells, rows: Iterable[list[str]], width: int
) -> rich_tables.Table:
    """Return a table for a terminal.

    If it is too wide, columns that matter less are left out, and then names
    are cut.

    :param width: columns of the terminal
    """
    shown = [list(cells.columns), *rows]
    names = len(cells.names)
    for column in _OPTIONAL:
        if _excess(_natural(shown), names, width, _MIN_READABLE) <= 0:
            break
        index = shown[0].index(column)
        shown = [row[:index] + row[index + 1 :] for row in shown]
    widths = _natural(shown)
    while (
        _excess(widths, names, width) > 0 and max(widths[:names]) > _MIN_NAME
    ):
        widths[max(range(names), key=widths.__getitem__)] -= 1
    made = rich_tables.Table(box=None, pad_edge=False, header_style='bold')
    for index, column in enumerate(shown[0]):
        made.add_column(
            column,
            justify='left' if index < names else 'right',
            no_wrap=True,
            overflow='ellipsis',
            style='cyan' if index == 0 else '',
            width=widths[index],
        )
    for row in shown[1:]:
        made.add_row(*map(text.Text, row))
    return made


def _natural(rows: list[list[str]]) -> list[int]:
    """Return the width that each column needs to show all its cells."""
    return [
        max(map(rich_cells.cell_len, column))
        for column in zip(*rows, strict=True)
    ]


def _excess(
    widths: list[int], names: int, width: int, most: int = UNLIMITED
) -> int:
    """Return by how many columns a table is too wide.

    :param most: maximum width to count for a column of names
    """
    needed = [min(each, most) for each in widths[:names]] + widths[names:]
    # Two spaces between two columns.
    return sum(needed) + 2 * (len(needed) - 1) - width


def markdown_table(cells: Cells, rows: Iterable[list[str]]) -> str:
    """Return a table of Markdown (GitHub's, GitLab's, Gerrit's)."""
    names = len(cells.names)
    marks = ['---'] * names + ['--:'] * (len(cells.columns) - names)
    lines = [list(cells.columns), marks, *rows]
    return ''.join(
        f'| {" | ".join(markdown_cell(cell) for cell in line)} |\n'
        for line in lines
    )


def markdown_cell(cell: str) -> str:
    """Return text; escape the characters that have a meaning."""
    for char in '\\`*_{}[]<>|':
        cell = cell.replace(char, f'\\{char}')
    return cell
