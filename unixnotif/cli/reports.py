# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Statistics as tables, Markdown and JSON.

Rule: text of other processes is escaped. Reports name what a limit omitted.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
import datetime
import json
from typing import Any
from typing import Final

from rich import cells as rich_cells
from rich import console as consoles
from rich import filesize
from rich import table as tables
from rich import text

from unixnotif import grammar
from unixnotif import terminal
from unixnotif.cli import statistics

Rate = Callable[[statistics.Row], float]
Clock = Callable[[datetime.datetime], datetime.datetime]

#: Names of sorting keys.
SORTING: Final = ('count', 'rate', 'size', 'name', 'last')
TITLES: Final = {
    'event_type': 'event types',
    'publisher': 'publishers',
    'payload': 'payloads',
    'process': 'processes',
    'event': 'events of services',
}
_ASCII_MARKS: Final = ' .:-=+*#'
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
        """Yield the cells of each row.

        :param most: maximum number of rows
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
) -> tables.Table:
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
    made = tables.Table(box=None, pad_edge=False, header_style='bold')
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
    """Return the width of each column that shows all of it."""
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
        f'| {" | ".join(_markdown_cell(cell) for cell in line)} |\n'
        for line in lines
    )


def _markdown_cell(cell: str) -> str:
    for char in '\\`*_{}[]<>|':
        cell = cell.replace(char, f'\\{char}')
    return cell


def losses(counted: statistics.Statistics) -> str:
    """Return the lost notifications for people."""
    total = counted.lost.total()
    reasons = grammar.counts(counted.lost)
    return terminal.escape(f'{total} lost' + (f' ({reasons})' * bool(total)))


def head(counted: statistics.Statistics, rate: Rate) -> text.Text:
    """Return the line with the sums."""
    total = counted.total
    return text.Text.assemble(
        f'{grammar.quantity(total.count, "notification")}, '
        f'{number(rate(total))}/s, '
        f'{size(total.size)}, largest {size(total.largest)}, ',
        (losses(counted), 'bold red' if counted.lost else ''),
    )


def spark(
    counted: statistics.Statistics, width: int, has_unicode: bool
) -> text.Text:
    """Return the line with the counts over time."""
    timeline = counted.timeline
    label = f' notifications per {timeline.width:g} s'
    counts = timeline.counts[-max(1, width - len(label) - 14) :]
    most = max(counts, default=0)
    marks = () if has_unicode else (_ASCII_MARKS,)
    return text.Text.assemble(
        (statistics.sparkline(counts, *marks), 'green'),
        (f'{label}, max. {most}', 'dim'),
    )


def overview(
    counted: statistics.Statistics,
    name: str,
    rate: Rate,
    clock: Clock,
    *,
    dimensions: Sequence[str],
    sort: str,
    problems: Sequence[str] = (),
    width: int = UNLIMITED,
    has_unicode: bool = True,
) -> list[consoles.RenderableType]:
    """Return the sums and a table for each dimension.

    :param name: of the address or the file
    :param width: columns of the terminal
    """
    shown: list[consoles.RenderableType] = [
        text.Text(f'{terminal.escape(name)}{_span(counted, clock)}', 'bold'),
        head(counted, rate),
    ]
    shown += [
        text.Text(f'problem: {terminal.escape(each)}', 'bold red')
        for each in problems
    ]
    shown.append(spark(counted, 80, has_unicode))
    for each in dimensions:
        cells = Cells(counted, each, rate, clock)
        shown += [
            text.Text(''),
            text.Text(TITLES[each], 'bold'),
            rich_table(cells, cells.rows(sort), width),
        ]
    return shown


def markdown(
    counted: statistics.Statistics,
    name: str,
    rate: Rate,
    clock: Clock,
    *,
    dimensions: Sequence[str],
    sort: str,
    problems: Sequence[str] = (),
) -> str:
    """Return the sums and a table for each dimension as Markdown."""
    shown = [
        f'# {_markdown_cell(terminal.escape(name))}\n',
        f'{head(counted, rate).plain}{_span(counted, clock)}\n',
    ]
    if problems:
        shown.append(
            ''.join(
                f'* {_markdown_cell(terminal.escape(each))}\n'
                for each in problems
            )
        )
    for each in dimensions:
        cells = Cells(counted, each, rate, clock)
        shown.append(f'## {TITLES[each].capitalize()}\n')
        shown.append(markdown_table(cells, cells.rows(sort)))
    return '\n'.join(shown)


def _span(counted: statistics.Statistics, clock: Clock) -> str:
    """Return from when to when notifications arrived."""
    if not counted.total.count or counted.start is None:
        return ''
    first, last = (
        clock(datetime.datetime.fromtimestamp(each, datetime.UTC))
        for each in (counted.start, counted.total.last)
    )
    return f', {first:%Y-%m-%d %H:%M:%S} to {last:%Y-%m-%d %H:%M:%S %Z}'


def to_json(counted: statistics.Statistics, rate: Rate) -> dict[str, Any]:
    """Return the statistics as a value of JSON."""
    total = counted.total
    value: dict[str, Any] = {
        'notifications': total.count,
        'lost': dict(counted.lost),
        'bytes': total.size,
        'largest': total.largest,
        'rate': round(rate(total), 3),
        'first': _iso(counted.start) if total.count else None,
        'last': _iso(total.last) if total.count else None,
        'timeline': {
            'seconds': counted.timeline.width,
            'counts': counted.timeline.counts,
        },
    }
    for name, columns in statistics.DIMENSIONS.items():
        table = counted.tables[name]
        value[_JSON_KEYS[name]] = [
            {
                **dict(zip(columns, key, strict=True)),
                'count': row.count,
                'rate': round(rate(row), 3),
                'bytes': row.size,
                'largest': row.largest,
                'last': _iso(row.last),
            }
            for key, row in ordered(table, 'name', rate)
        ]
    value['not_shown'] = {
        _JSON_KEYS[name]: {
            'rows': table.removed,
            'notifications': table.others.count,
        }
        for name, table in counted.tables.items()
        if table.removed
    }
    return value


_JSON_KEYS: Final = {
    'event_type': 'event_types',
    'publisher': 'publishers',
    'payload': 'payloads',
    'process': 'processes',
    'event': 'events',
}


def _iso(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    when = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return when.isoformat()


def encode(value: dict[str, Any]) -> str:
    """Return JSON text; all ASCII, so that it is safe on a terminal."""
    return json.dumps(value, indent=2) + '\n'
