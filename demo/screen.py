# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The output of the demonstration, from its first line to its last.

Rule: plain text, which a terminal shows in color.
"""

import textwrap

from rich import console as consoles

from demo import tables
from demo import verdict

#: Maximum number of lines of a log.
MOST_LINES = 20


def announce(config: str, uri: str, console: consoles.Console) -> None:
    """Print the steps of the demonstration."""
    console.print("The service's configuration:\n", style='bold')
    console.print(textwrap.indent(config, '    '), soft_wrap=True)
    console.print(
        'Captured by a fixture and, at the same time, by:\n', style='bold'
    )
    console.print(f'    unixnotif tail {uri} --json', soft_wrap=True)
    console.print(
        '    oslo_messaging.get_notification_listener(...), with '
        f'transport_url = {uri}\n',
        soft_wrap=True,
    )


def show(
    outcome: verdict.Outcome, seconds: float, console: consoles.Console
) -> None:
    """Print the captured notifications, the publishers and the result."""
    console.print(tables.captured(outcome.fixture))
    console.print()
    console.print(tables.publishers(outcome))
    console.print()
    console.print(tables.figures(outcome, seconds))
    if outcome.page:
        console.print(f'\nReport page: {outcome.page}', soft_wrap=True)
    problems = list(outcome.problems())
    if problems:
        for run in outcome.runs:
            show_log(run, console)
    console.print()
    for problem in problems:
        console.print(f'FAILED: {problem}', style='red')
    if not problems:
        console.print(
            'OK: the fixture, tail and the listener received every '
            'notification',
            style='green',
        )


def show_log(run: verdict.Run, console: consoles.Console) -> None:
    """Print the beginning of a log, which has the first error."""
    lines = run.log.splitlines()
    if lines:
        console.print(f'\n"{run.command}" logged:', style='bold')
    for line in lines[:MOST_LINES]:
        console.print(f'    {line}', soft_wrap=True)
    if len(lines) > MOST_LINES:
        console.print(f'    and {len(lines) - MOST_LINES} lines more')
