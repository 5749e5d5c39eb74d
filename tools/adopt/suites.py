# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Run the tests of a project once, and lay out the outcomes.

Rule: a run of adopted tests passes only if notifications went over sockets.
"""

from collections.abc import Callable
from collections.abc import Sequence
import dataclasses
import json
from pathlib import Path
import shutil

from tools import runs
from tools import tables
from tools import workdirs
from tools.adopt import environments

_HEAD = (
    'project',
    'run',
    'passed',
    'failed',
    'skipped',
    'cpu s',
    'ratio',
    'captured',
)


@dataclasses.dataclass
class Result(runs.Run):
    """The outcome of one run.

    :ivar project: name of the project
    :ivar kind: ``baseline`` or ``adopted``
    :ivar captured: number of notifications that went over sockets
    """

    _: dataclasses.KW_ONLY
    project: str
    kind: str
    captured: int = 0


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
    name = where.project.name
    result = Result(where.logs / f'{kind}.log', project=name, kind=kind)
    recording = where.logs / f'{kind}.recording'
    shutil.rmtree(recording, ignore_errors=True)
    result.follow(
        name,
        [
            where.python,
            '-m',
            'stestr',
            'run',
            f'--concurrency={concurrency}',
            '--suppress-attachments',
        ],
        filters,
        source=where.adopted if kind == 'adopted' else where.baseline,
        environ=workdirs.clean_environ()
        | runs.ENVIRON
        | {
            'OS_TEST_TIMEOUT': '600',
            'PYTHONWARNINGS': 'ignore',
            'UNIXNOTIF_RECORD': str(recording),
            # Where stestr and its workers find the programs of venv.
            'PATH': f'{where.python.parent}:/usr/bin:/bin',
        },
        timeout=timeout,
        show=show,
    )
    result.captured = sum(map(_notifications, recording.glob('*.jsonl')))
    if kind == 'adopted' and not result.captured:
        result.problems.append('no notification went over a socket')
    return result


def _notifications(path: Path) -> int:
    """Return the number of notifications in a recording."""
    with path.open(encoding='utf-8') as lines:
        # Other lines are a header, and lost records.
        return sum('document' in json.loads(line) for line in lines)


def table(results: Sequence[Result]) -> str:
    """Lay out pairs of results, one row each."""
    rows = [_HEAD]
    for before, after in zip(results[::2], results[1::2], strict=True):
        for each in (before, after):
            ratio = (
                f'{after.cpu_seconds / before.cpu_seconds:.2f}'
                if each is after and before.cpu_seconds
                else ''
            )
            passed, failed, skipped = (
                str(each.count(outcome))
                for outcome in ('ok', 'FAILED', 'SKIPPED')
            )
            rows.append(
                (
                    each.project,
                    each.kind,
                    passed,
                    failed,
                    skipped,
                    f'{each.cpu_seconds:.1f}',
                    ratio,
                    str(each.captured) if each is after else '',
                )
            )
    return '\n'.join(tables.lay_out(rows, 2))
