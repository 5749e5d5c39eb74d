# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The tables of the demonstration.

Rule: nothing here knows the payloads of the service. Name and version are
read from the wire, as any consumer of versioned notifications can.
"""

from collections.abc import Iterator
from typing import Any

from rich import box
from rich import table as tables

from demo import verdict
import unixnotif

#: Maximum number of rows of a table.
MOST_ROWS = 40


def captured(notifications: list[unixnotif.Notification]) -> tables.Table:
    """Return the first notifications, in the order of their time stamps."""
    table = _table('Time', 'Process', 'Event type', 'Payload')
    ordered = sorted(notifications, key=lambda each: each.timestamp)
    for each in ordered[:MOST_ROWS]:
        table.add_row(
            each.timestamp.partition(' ')[2][:12],
            str(each.sender and each.sender.pid),
            each.event_type,
            ', '.join(versions(each.payload)),
        )
    if len(ordered) > MOST_ROWS:
        table.add_row('...', '', f'{len(ordered) - MOST_ROWS} more')
    return table


def publishers(outcome: verdict.Outcome) -> tables.Table:
    """Return the table of each publisher's notifications."""
    table = _table(
        'Publisher', 'Process', 'Emitted', 'Fixture', 'Tail', 'Listener'
    )
    fixture = verdict.count(outcome.fixture)
    tail = verdict.count(outcome.tail)
    for who, pid, emitted in outcome.reports:
        counts = emitted, fixture[who], tail[who], outcome.listener[who]
        table.add_row(who, str(pid), *map(str, counts))
    return table


def figures(outcome: verdict.Outcome, seconds: float) -> tables.Table:
    """Return the table of the result."""
    processes = len({report.pid for report in outcome.reports})
    emitted = outcome.emitted.total()
    counts = {
        'fixture': len(outcome.fixture),
        'tail': len(outcome.tail),
        'listener': outcome.listener.total(),
    }
    table = tables.Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style='bold')
    for name, value in {
        'Emitted': f'{emitted} by {processes} processes',
        'Delivered': ', '.join(f'{k} {n}' for k, n in counts.items()),
        'Lost': ', '.join(f'{k} {emitted - n}' for k, n in counts.items()),
        'Fixture = tail': 'yes' if outcome.same else 'no',
        'Time': f'{seconds:.1f} s',
    }.items():
        table.add_row(name, value)
    return table


def versions(payload: Any) -> Iterator[str]:
    """Return name and version of a payload and of its nested payloads.

    Every project has a prefix of its own: nova has ``nova_object.name``,
    ``nova_object.version`` and ``nova_object.data``.
    """
    if isinstance(payload, dict):
        for key, value in payload.items():
            prefix, _, last = key.rpartition('.')
            if last == 'name' and prefix:
                yield f'{value} {payload.get(f"{prefix}.version")}'
        for value in payload.values():
            yield from versions(value)
    elif isinstance(payload, list):
        for each in payload:
            yield from versions(each)


_NUMBER: dict[str, Any] = {'justify': 'right'}
_COLUMNS: dict[str, dict[str, Any]] = {
    'Time': {'style': 'dim'},
    'Process': {'style': 'cyan', **_NUMBER},
    'Emitted': _NUMBER,
    'Fixture': _NUMBER,
    'Tail': _NUMBER,
    'Listener': _NUMBER,
}


def _table(*columns: str) -> tables.Table:
    # Wide enough for a gap, narrow enough for 80 columns.
    table = tables.Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for name in columns:
        table.add_column(name, **_COLUMNS.get(name, {}))
    return table
