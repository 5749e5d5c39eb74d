#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""Show what became of the runs: one table, then what went wrong."""

from collections.abc import Sequence

from tools.nova import suite

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
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        names = [
            cell.ljust(width)
            for cell, width in zip(row[:2], widths[:2], strict=True)
        ]
        numbers = [
            cell.rjust(width)
            for cell, width in zip(row[2:], widths[2:], strict=True)
        ]
        lines.append('  '.join(names + numbers).rstrip())
    lines.insert(1, '  '.join('-' * width for width in widths))
    return '\n'.join(lines)


def troubles(result: suite.Result) -> str:
    """Say what went wrong in a run, and where to read on; empty if nothing."""
    if result.passed:
        return ''
    lines = [f'{result.plan.mode}, fixture of {result.plan.fixture}:']
    lines += [f'  {problem}' for problem in result.problems]
    for test in result.tests('FAILED'):
        lines.append(f'  FAILED {suite.short(test)}')
        if test in result.reasons:
            lines.append(f'      {result.reasons[test][:300]}')
    lines.append(f'  all of its output: {result.log}')
    return '\n'.join(lines)


def received(result: suite.Result) -> str:
    """Say what came through the sockets; empty for a run without them."""
    if not result.received:
        return ''
    return (
        f'{result.plan.mode}: {result.received["versioned"]} versioned and '
        f'{result.received["legacy"]} legacy notifications over real sockets'
    )
