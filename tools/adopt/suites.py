# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Run the tests of a project once, and read their outcomes.

Rule: a run of adopted tests passes only if notifications went over sockets.
"""

from collections.abc import Callable
from collections.abc import Sequence
import dataclasses
import json
from pathlib import Path
import shutil

from tools import errors
from tools.adopt import environments
from tools.nova import environment
from tools.nova import process
from tools.nova import traces


@dataclasses.dataclass
class Result:
    """The outcome of one run.

    :ivar project: name of the project
    :ivar kind: ``baseline`` or ``adopted``
    :ivar log: everything that the tests printed
    :ivar trace: the outcomes of the tests
    :ivar captured: number of notifications that went over sockets
    :ivar problems: what else was wrong, in sentences
    """

    project: str
    kind: str
    log: Path
    trace: traces.Trace = dataclasses.field(default_factory=traces.Trace)
    captured: int = 0
    problems: list[str] = dataclasses.field(default_factory=list)
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    def count(self, outcome: str) -> int:
        """Return the number of tests with an outcome."""
        return len(self.trace.tests(outcome))

    @property
    def passed(self) -> bool:
        """Return True if nothing failed."""
        return not self.problems and not self.count('FAILED')


def run(
    where: environments.Environment,
    kind: str,
    filters: Sequence[str],
    *,
    concurrency: int,
    timeout: float,
    show: Callable[[str], None],
) -> Result:
    """Run the tests of one source tree.

    :param where: a prepared environment
    :param kind: ``baseline`` or ``adopted``
    :param filters: regular expressions of test ids
    :param concurrency: number of worker processes
    :param timeout: seconds until the run is ended
    :param show: called with a line of text for each finished test
    :raises ToolError: no test matches the filters
    """
    source = where.adopted if kind == 'adopted' else where.baseline
    result = Result(where.project.name, kind, where.logs / f'{kind}.log')
    recording = where.logs / f'{kind}.recording'
    shutil.rmtree(recording, ignore_errors=True)
    # stestr deals the tests out by the times of earlier runs: without them,
    # and with fixed hashes, both runs are dealt the same.
    shutil.rmtree(source / '.stestr', ignore_errors=True)
    with result.log.open('w', buffering=1) as log:

        def keep(line: str) -> None:
            log.write(f'{line}\n')
            result.trace.feed(line, show)

        finished = process.run(
            [
                where.python,
                '-m',
                'stestr',
                'run',
                f'--concurrency={concurrency}',
                '--suppress-attachments',
                *filters,
            ],
            cwd=source,
            env=environment.clean_environ()
            | {
                'OS_TEST_TIMEOUT': '600',
                'OS_STDOUT_CAPTURE': '1',
                'OS_STDERR_CAPTURE': '1',
                'PYTHONHASHSEED': '0',
                'PYTHONWARNINGS': 'ignore',
                'UNIXNOTIF_RECORD': str(recording),
                # Where stestr and its workers find the programs of venv.
                'PATH': f'{where.python.parent}:/usr/bin:/bin',
            },
            timeout=timeout,
            on_line=keep,
            errors=log,
        )
    result.seconds = finished.seconds
    result.cpu_seconds = finished.cpu_seconds
    result.captured = sum(map(_notifications, recording.glob('*.jsonl')))
    _judge(result, finished, filters)
    return result


def _judge(
    result: Result, finished: process.Finished, filters: Sequence[str]
) -> None:
    if finished.timed_out:
        result.problems.append(
            f'not done after {finished.seconds:.0f} seconds and ended; '
            f'{len(result.trace.outcomes)} tests had finished'
        )
    elif not result.trace.outcomes:
        lines = result.log.read_text(errors='replace').splitlines()[-20:]
        last = '\n'.join(f'    {line}' for line in lines if line.strip())
        if "doesn't match with anything" in last:
            raise errors.ToolError(
                f'no test of {result.project} matches '
                + ' or '.join(repr(one) for one in filters)
            )
        result.problems.append(f'no test ran; the last lines were\n{last}')
    elif finished.returncode and not result.count('FAILED'):
        result.problems.append(f'stestr ended with {finished.returncode}')
    if result.kind == 'adopted' and not result.captured:
        result.problems.append('no notification went over a socket')


def _notifications(path: Path) -> int:
    """Return the number of notifications in a recording."""
    with path.open(encoding='utf-8') as lines:
        # Other lines are a header, and what was lost.
        return sum('document' in json.loads(line) for line in lines)


def table(results: Sequence[Result]) -> str:
    """Lay out pairs of results, one row each."""
    rows: list[tuple[str, ...]] = [
        (
            'project',
            'run',
            'passed',
            'failed',
            'skipped',
            'cpu s',
            'ratio',
            'captured',
        )
    ]
    for before, after in zip(results[::2], results[1::2], strict=True):
        for each in (before, after):
            ratio = (
                f'{after.cpu_seconds / before.cpu_seconds:.2f}'
                if each is after and before.cpu_seconds
                else ''
            )
            rows.append(
                (
                    each.project,
                    each.kind,
                    *(
                        str(each.count(outcome))
                        for outcome in ('ok', 'FAILED', 'SKIPPED')
                    ),
                    f'{each.cpu_seconds:.1f}',
                    ratio,
                    str(each.captured) if each is after else '',
                )
            )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        '  '.join(
            cell.ljust(width) if number < 2 else cell.rjust(width)
            for number, (cell, width) in enumerate(
                zip(row, widths, strict=True)
            )
        ).rstrip()
        for row in rows
    ]
    lines.insert(1, '  '.join('-' * width for width in widths))
    return '\n'.join(lines)


def troubles(result: Result) -> str:
    """Return what went wrong in a run, and where to read on."""
    if result.passed:
        return ''
    lines = [f'{result.project}, {result.kind}:']
    lines += [f'  {problem}' for problem in result.problems]
    for test in result.trace.tests('FAILED'):
        lines.append(f'  FAILED {test}')
        if test in result.trace.reasons:
            lines.append(f'      {result.trace.reasons[test][:300]}')
    return '\n'.join([*lines, f'  all of the output: {result.log}'])
