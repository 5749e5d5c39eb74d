# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Statistics as text for a terminal, Markdown and JSON.

Rule: text of other processes is escaped. A report shows the number of rows
that a limit removed.
"""

from collections.abc import Sequence
import datetime
import json
from typing import Any
from typing import Final

from rich import console as consoles
from rich import text

from unixnotif import grammar
from unixnotif import terminal
from unixnotif.cli import statistics
from unixnotif.cli import tables

TITLES: Final = {
    'event_type': 'event types',
    'publisher': 'publishers',
    'payload': 'payloads',
    'process': 'processes',
    'event': 'events of services',
}
_ASCII_MARKS: Final = ' .:-=+*#'


def losses(counted: statistics.Statistics) -> str:
    """Return the lost notifications for people."""
    total = counted.lost.total()
    reasons = grammar.counts(counted.lost)
    return terminal.escape(f'{total} lost' + (f' ({reasons})' * bool(total)))


def head(counted: statistics.Statistics, rate: tables.Rate) -> text.Text:
    """Return the line with the sums."""
    total = counted.total
    return text.Text.assemble(
        f'{grammar.quantity(total.count, "notification")}, '
        f'{tables.number(rate(total))}/s, '
        f'{tables.size(total.size)}, largest {tables.size(total.largest)}, ',
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
    rate: tables.Rate,
    clock: tables.Clock,
    *,
    dimensions: Sequence[str],
    sort: str,
    problems: Sequence[str] = (),
    width: int = tables.UNLIMITED,
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
        cells = tables.Cells(counted, each, rate, clock)
        shown += [
            text.Text(''),
            text.Text(TITLES[each], 'bold'),
            tables.rich_table(cells, cells.rows(sort), width),
        ]
    return shown


def markdown(
    counted: statistics.Statistics,
    name: str,
    rate: tables.Rate,
    clock: tables.Clock,
    *,
    dimensions: Sequence[str],
    sort: str,
    problems: Sequence[str] = (),
) -> str:
    """Return the sums and a table for each dimension as Markdown."""
    shown = [
        f'# {tables.markdown_cell(terminal.escape(name))}\n',
        f'{head(counted, rate).plain}{_span(counted, clock)}\n',
    ]
    if problems:
        shown.append(
            ''.join(
                f'* {tables.markdown_cell(terminal.escape(each))}\n'
                for each in problems
            )
        )
    for each in dimensions:
        cells = tables.Cells(counted, each, rate, clock)
        shown.append(f'## {TITLES[each].capitalize()}\n')
        shown.append(tables.markdown_table(cells, cells.rows(sort)))
    return '\n'.join(shown)


def _span(counted: statistics.Statistics, clock: tables.Clock) -> str:
    """Return from when to when notifications arrived."""
    if not counted.total.count or counted.start is None:
        return ''
    first, last = (
        clock(datetime.datetime.fromtimestamp(each, datetime.UTC))
        for each in (counted.start, counted.total.last)
    )
    return f', {first:%Y-%m-%d %H:%M:%S} to {last:%Y-%m-%d %H:%M:%S %Z}'


def to_json(
    counted: statistics.Statistics, rate: tables.Rate
) -> dict[str, Any]:
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
            for key, row in tables.ordered(table, 'name', rate)
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
