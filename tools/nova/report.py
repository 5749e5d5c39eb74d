# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Reports on the runs: a table, and the agreement of the sources."""

import collections
from collections.abc import Sequence
import textwrap

from tools import tables
from tools.nova import contract
from tools.nova import seen
from tools.nova import suite

_SEVERITIES = ('error', 'warning', 'note')
_HEAD = (
    'mode',
    'fixture',
    'passed',
    'failed',
    'skipped',
    'seconds',
    'ratio',
    'cpu s',
    'ratio',
)


def table(results: Sequence[suite.Result]) -> str:
    """Lay out the results, one row each.

    The ratios are to the run in the same mode with nova's own fixture.
    """
    baseline = {
        result.plan.mode: result for result in results if not result.plan.swap
    }
    rows = [_HEAD]
    for result in results:
        ratios = ['', '']
        before = baseline.get(result.plan.mode)
        if result.plan.swap and before:
            ratios = [
                f'{result.seconds / before.seconds:.2f}',
                f'{result.cpu_seconds / before.cpu_seconds:.2f}',
            ]
        rows.append(
            (
                result.plan.mode,
                result.plan.fixture,
                str(len(result.tests('ok'))),
                str(len(result.tests('FAILED'))),
                str(len(result.tests('SKIPPED'))),
                f'{result.seconds:.1f}',
                ratios[0],
                f'{result.cpu_seconds:.1f}',
                ratios[1],
            )
        )
    return '\n'.join(tables.lay_out(rows, 2))


def received(result: suite.Result) -> str:
    """Return the numbers of notifications that went over sockets."""
    kinds = collections.Counter(
        each['kind']
        for those in seen.recorded(result.recording).values()
        for each in those
    )
    return (
        f'{result.plan.mode}: {kinds["versioned"]} versioned and '
        f'{kinds["legacy"]} legacy notifications over real sockets'
    )


def contract_text(outcome: contract.Outcome) -> str:
    """Return the sizes of the three sources, and their differences."""
    sources: list[Sequence[str]] = [
        ('source', 'classes', 'events', 'payloads')
    ]
    for source in outcome.sources:
        found = source.catalogue
        counts = len(found.roots), len(found.events), len(found.payloads)
        sources.append((source.name, *map(str, counts)))
    checks: list[Sequence[str]] = [
        ('compared', 'payloads', *_SEVERITIES, 'accepted')
    ]
    for check in outcome.checks:
        found_so_bad = map(check.count, _SEVERITIES)
        row = check.compared, *found_so_bad, len(check.accepted)
        checks.append((check.name, *map(str, row)))
    lines = [*tables.lay_out(sources), '', *tables.lay_out(checks), '']
    for check in outcome.checks:
        for one in check.bad:
            lines += [
                f'{one["severity"]}: {check.name}: {one["rule"]} '
                f'{one["subject"]} {one["new"]}',
                _indented(one['message']),
            ]
        for entry in check.accepted:
            lines += [f'accepted: {entry}', _indented(entry.reason)]
    lines += [f'problem: {problem}' for problem in outcome.problems]
    verdict = 'agree' if outcome.passed else 'do not agree'
    return '\n'.join([*lines, f'The three sources {verdict}.'])


def _indented(text: str) -> str:
    return textwrap.fill(
        text, 79, initial_indent='    ', subsequent_indent='    '
    )
