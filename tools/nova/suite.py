# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Run nova's notification sample tests once, and read the outcomes.

Rule: a run counts as passed only if the tests say so *and* each of them used
the fixture that it was meant to use.
"""

from collections.abc import Callable
from collections.abc import Sequence
import dataclasses
from pathlib import Path
import shutil

from tools import errors
from tools import runs
from tools import traces
from tools import workdirs
from tools.nova import environment
from tools.nova import seen
from unixnotif import grammar

HOOK = Path(__file__).with_name('hook')
TEST_PATH = './nova/tests/functional/notification_sample_tests'


@dataclasses.dataclass(frozen=True)
class Plan:
    """The tests to run.

    :ivar mode: ``threading`` or ``eventlet``
    :ivar swap: True to replace nova's fixture
    :ivar filters: regular expressions of test ids; none means all
    :ivar concurrency: number of worker processes
    :ivar timeout: seconds until the run is ended
    """

    mode: str
    swap: bool
    filters: Sequence[str]
    concurrency: int
    timeout: float

    @property
    def fixture(self) -> str:
        """Owner of the NotificationFixture that the tests use."""
        return 'unixnotif' if self.swap else 'nova'


@dataclasses.dataclass
class Result(runs.Run):
    """The outcome of one run.

    :ivar notes: the directory of the fixtures' notes
    :ivar recording: the directory of unixnotif's recordings
    """

    _: dataclasses.KW_ONLY
    plan: Plan
    notes: Path
    recording: Path

    @property
    def title(self) -> str:
        """Name of the run for people."""
        return f'{self.plan.mode}, fixture of {self.plan.fixture}'


def run(
    where: environment.Environment, plan: Plan, show: Callable[[str], None]
) -> Result:
    """Run the tests once.

    :param where: a prepared environment
    :param plan: the tests, and how to run them
    :param show: called with a line of text for each finished test
    :raises ToolError: no test matches the filters
    """
    result = _fresh(where, plan)
    result.follow(
        'nova',
        _command(where, plan),
        plan.filters,
        source=where.source,
        environ=_environ(result),
        timeout=plan.timeout,
        show=show,
    )
    if plan.swap:
        _check_swap(result)
    return result


def _fresh(where: environment.Environment, plan: Plan) -> Result:
    """Return a result without the files of an earlier run like it."""
    name = where.logs / f'{plan.mode}-{plan.fixture}'
    result = Result(
        name.with_suffix('.log'),
        plan=plan,
        notes=name.with_suffix('.notes'),
        recording=name.with_suffix('.recording'),
    )
    for directory in (result.notes, result.recording):
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir()
    return result


def _command(where: environment.Environment, plan: Plan) -> list[str | Path]:
    return [
        where.python,
        '-m',
        'stestr',
        f'--test-path={TEST_PATH}',
        '--top-dir=.',
        'run',
        f'--concurrency={plan.concurrency}',
        '--suppress-attachments',
    ]


def _environ(result: Result) -> dict[str, str]:
    environ = workdirs.clean_environ() | runs.ENVIRON
    environ.update(
        OS_TEST_TIMEOUT='160',
        NOVA_RAISE_ON_GREENLET_LEAK='True',
        OS_NOVA_DISABLE_EVENTLET_PATCHING=str(result.plan.mode == 'threading'),
        PYTHONPATH=str(HOOK),
        UNIXNOTIF_NOVA_HOOK='replacement' if result.plan.swap else 'observer',
        UNIXNOTIF_NOVA_NOTES=str(result.notes),
    )
    if result.plan.swap:
        environ.update(UNIXNOTIF_RECORD=str(result.recording))
    return environ


def _check_swap(result: Result) -> None:
    """Check that each passed test has used the fixture of unixnotif."""
    shown = seen.shown(result.notes)
    passed = result.tests('ok')
    missing = [test for test in passed if test not in shown]
    if missing:
        result.problems.append(
            f'{grammar.plural(len(missing), "test")} passed without the '
            f'fixture of unixnotif, the first is {missing[0]}'
        )
    try:
        recorded = seen.recorded(result.recording)
    except errors.ToolError as error:
        result.problems.append(str(error))
        return
    for test in passed:
        if shown.get(test, 0) != (number := len(recorded.get(test, []))):
            result.problems.append(
                f'{traces.short(test)}: its fixture received '
                f'{shown.get(test, 0)} notifications, the recording has '
                f'{number}'
            )
