# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Run nova's notification sample tests once, and read what became of them.

Rule: a run counts as passed only if the tests say so *and* each of them used
the fixture that it was meant to use.
"""

from collections.abc import Callable
from collections.abc import Sequence
import dataclasses
from pathlib import Path
import shutil

from tools import errors
from tools.nova import environment
from tools.nova import process
from tools.nova import seen
from tools.nova import traces

HOOK = Path(__file__).with_name('hook')
TEST_PATH = './nova/tests/functional/notification_sample_tests'


@dataclasses.dataclass(frozen=True)
class Plan:
    """The tests to run.

    :ivar mode: ``threading`` or ``eventlet``
    :ivar swap: whether nova's fixture is replaced
    :ivar filters: regular expressions of test ids; none means all
    :ivar concurrency: how many worker processes
    :ivar timeout: seconds until the run is ended
    """

    mode: str
    swap: bool
    filters: Sequence[str]
    concurrency: int
    timeout: float

    @property
    def fixture(self) -> str:
        """Whose NotificationFixture the tests use."""
        return 'unixnotif' if self.swap else 'nova'


@dataclasses.dataclass
class Result:
    """The result of one run.

    :ivar log: all that the tests said
    :ivar notes: the directory of what the fixtures noted
    :ivar recording: the directory of unixnotif's recordings
    :ivar trace: the outcomes of the tests
    :ivar problems: what else was wrong, in sentences
    :ivar cpu_seconds: what all processes of the run used together; other
        load on the machine changes it less than the time that has passed
    """

    plan: Plan
    log: Path
    notes: Path
    recording: Path
    trace: traces.Trace = dataclasses.field(default_factory=traces.Trace)
    problems: list[str] = dataclasses.field(default_factory=list)
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    def tests(self, outcome: str) -> list[str]:
        """The ids of the tests with this outcome."""
        return self.trace.tests(outcome)

    @property
    def passed(self) -> bool:
        """True if everything was as it should be."""
        return not self.problems and not self.tests('FAILED')


def run(
    where: environment.Environment, plan: Plan, show: Callable[[str], None]
) -> Result:
    """Run the tests once.

    :param where: a prepared environment
    :param plan: what to run
    :param show: called with a line of text for each finished test
    :returns: what became of it
    :raises ToolError: no test matches the filters
    """
    result = _fresh(where, plan)
    # stestr deals the tests out by the times of earlier runs: without them,
    # and with the hashes of _environ, every run is dealt the same, so that
    # times can be compared.
    shutil.rmtree(where.source / '.stestr', ignore_errors=True)
    # The workers' error output goes there directly: between the lines of the
    # trace it would garble them. Both only ever add to the end of the file.
    with result.log.open('a', buffering=1) as log:

        def keep(line: str) -> None:
            log.write(f'{line}\n')
            result.trace.feed(line, show)

        finished = process.run(
            _command(where, plan),
            cwd=where.source,
            env=_environ(result),
            timeout=plan.timeout,
            on_line=keep,
            errors=log,
        )
    result.seconds = finished.seconds
    result.cpu_seconds = finished.cpu_seconds
    if finished.timed_out:
        result.problems.append(
            f'not done after {plan.timeout:.0f} seconds and ended; '
            f'{len(result.trace.outcomes)} tests had finished'
        )
    elif not result.trace.outcomes:
        lines = result.log.read_text(errors='replace').splitlines()[-20:]
        last = '\n'.join(f'    {line}' for line in lines if line.strip())
        if "doesn't match with anything" in last:
            raise errors.ToolError(
                'no notification test of nova matches '
                + ' or '.join(repr(one) for one in plan.filters)
            )
        result.problems.append(f'no test ran; the last lines were\n{last}')
    elif finished.returncode and not result.tests('FAILED'):
        result.problems.append(f'stestr ended with {finished.returncode}')
    if plan.swap:
        _check_swap(result)
    return result


def _fresh(where: environment.Environment, plan: Plan) -> Result:
    """A result without what an earlier run like it has left."""
    name = where.logs / f'{plan.mode}-{plan.fixture}'
    result = Result(
        plan,
        name.with_suffix('.log'),
        name.with_suffix('.notes'),
        name.with_suffix('.recording'),
    )
    result.log.unlink(missing_ok=True)
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
        *plan.filters,
    ]


def _environ(result: Result) -> dict[str, str]:
    environ = environment.clean_environ()
    environ.update(
        OS_TEST_TIMEOUT='160',
        OS_STDOUT_CAPTURE='1',
        OS_STDERR_CAPTURE='1',
        PYTHONHASHSEED='0',
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
    """Hold the tests that passed against the fixtures' notes."""
    shown = seen.shown(result.notes)
    passed = result.tests('ok')
    missing = [test for test in passed if test not in shown]
    if missing:
        result.problems.append(
            f'{len(missing)} tests passed without the fixture of unixnotif, '
            f'the first is {missing[0]}'
        )
    try:
        recorded = seen.recorded(result.recording)
    except errors.ToolError as error:
        result.problems.append(str(error))
        return
    for test in passed:
        if shown.get(test, 0) != (number := len(recorded.get(test, []))):
            result.problems.append(
                f'{traces.short(test)} was shown {shown.get(test, 0)} '
                f'notifications, the recording has {number}'
            )
