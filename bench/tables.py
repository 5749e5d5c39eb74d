# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The results as text: a table with plain columns for each job.

Rule: pure functions on rows. Larger numbers have fewer decimals, and a dash
stands for a value that was not measured.
"""

from collections.abc import Callable
from collections.abc import Iterable
import math
from typing import Any
from typing import Final

Rows = list[dict[str, Any]]

# Characters of a plot for a factor of ten.
_BAR: Final = 8


def render(title: str, rows: Iterable[Iterable[object]]) -> str:
    """Return a table with a title; the first row is the heading."""
    rows = [list(row) for row in rows]
    cells = [[_text(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    # Names to the left, numbers to the right.
    names = [isinstance(cell, str) for cell in rows[-1]]
    lines = [
        '  '.join(
            cell.ljust(width) if name else cell.rjust(width)
            for cell, width, name in zip(row, widths, names, strict=True)
        ).rstrip()
        for row in cells
    ]
    lines.insert(1, '  '.join('-' * width for width in widths))
    return '\n'.join(['', title, '', *lines])


def _text(value: object) -> str:
    if value is None:
        return '-'
    if isinstance(value, float):
        if value >= 100:
            return f'{value:,.0f}'
        return f'{value:.1f}' if value >= 10 else f'{value:.3f}'
    return f'{value:,}' if isinstance(value, int) else str(value)


def cost(rows: Rows) -> str:
    """Return the tables of :mod:`bench.cost`."""
    found: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for row in rows:
        subscribers = row['subscribers']
        name = row['contender']
        if name.startswith('unix') and subscribers is not None:
            name += f', {subscribers} subscriber' + 's' * (subscribers != 1)
        columns = found.setdefault((name, row['serializer']), {})
        columns[f'{row["payload"]} {row["mode"]}'] = row
    heads = [
        f'{payload} {mode}'
        for payload in ('BIG', 'SMALL')
        for mode in ('hot', 'awake', 'cold')
    ]

    def table(title: str, field: str) -> str:
        return render(
            title,
            [
                ['driver', 'JSON', *heads],
                *(
                    [
                        *key,
                        *(columns.get(head, {}).get(field) for head in heads),
                    ]
                    for key, columns in found.items()
                ),
            ],
        )

    return '\n'.join(
        [
            table('Cost of Notifier.info() in microseconds', 'us'),
            table('The same, CPU time', 'cpu_us'),
            table(
                'Cost of Notifier.info() relative to the log driver', 'of_log'
            ),
        ]
    )


def plain(title: str) -> Callable[[Rows], str]:
    """Return a function that lays out rows, with a column for each key."""

    def show(rows: Rows) -> str:
        if not rows:
            return f'\n{title}: not measured'
        return render(
            title, [list(rows[0]), *(list(r.values()) for r in rows)]
        )

    return show


def growth(rows: Rows) -> str:
    """Return the table of :mod:`bench.growth`, with a logarithmic plot.

    The cost is linear if ten times the size makes the bar ``_BAR`` characters
    longer.
    """
    plotted = [
        {**row, 'log10(us)': '#' * round(_BAR * math.log10(max(1, row['us'])))}
        for row in rows
    ]
    return plain('Growth of the cost of a call, CPU time')(plotted)


def targets(rows: Rows) -> str:
    """Return the table of ``--check``."""
    heads = ['target', 'limit', 'measured', '']
    return render(
        'Targets',
        [
            heads,
            *(
                [r['target'], r['limit'], r['measured'], r['verdict']]
                for r in rows
            ),
        ],
    )
