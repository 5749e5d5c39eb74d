# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The figures as text and as JSON.

Rule: pure functions on values.
"""

import dataclasses
from typing import Any

from tools import tables
from tools.chaos import audit
from tools.chaos import conductor

_COLUMNS = [field.name for field in dataclasses.fields(audit.Figures)]


def render(result: conductor.Result) -> str:
    """Return the table, the disturbances and the first faults."""
    rows = dict(sorted(result.rows.items()))
    total = sum(rows.values(), audit.Figures())
    names = [name.replace('_', ' ') for name in _COLUMNS]
    *lines, faults = tables.lay_out(
        [
            ['', *names],
            *([name, *_cells(figures)] for name, figures in rows.items()),
            ['faults', *([''] * 4), *_cells(total)[4:]],
        ]
    )
    lines += [lines[1], faults]
    counts = sorted(result.disturbances.items())
    lines += ['', 'Disturbances', '']
    lines += [f'{count:>7,}  {name}' for name, count in counts]
    if result.offences:
        lines += ['', 'First faults', '', *result.offences]
    return '\n'.join(lines)


def _cells(figures: audit.Figures) -> list[str]:
    return [f'{getattr(figures, name):,}' for name in _COLUMNS]


def document(result: conductor.Result, seed: int) -> dict[str, Any]:
    """Return the result as a value for JSON."""
    return {
        'seed': seed,
        'published': result.published,
        'rounds': result.rounds,
        'seconds': round(result.seconds, 1),
        'exact': result.exact,
        'failure': result.failure,
        'rows': {
            name: dataclasses.asdict(figures)
            for name, figures in result.rows.items()
        },
        'disturbances': dict(result.disturbances),
        'offences': result.offences,
    }
