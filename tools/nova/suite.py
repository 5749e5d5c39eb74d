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

"""Run nova's notification sample tests once, and read what became of them.

Rule: a run counts as passed only if the tests say so *and* each of them used
the fixture that it was meant to use.
"""

from collections.abc import Callable
from collections.abc import Sequence
import dataclasses
import json
from pathlib import Path
import re
import shutil

from tools.nova import environment
from tools.nova import errors
from tools.nova import process

HOOK = Path(__file__).with_name('hook')
TEST_PATH = './nova/tests/functional/notification_sample_tests'

# One line of stestr's trace: worker, test, duration, outcome.
_OUTCOME = re.compile(
    r'^\{\d+\} (?P<test>.+?) (?:\[(?P<seconds>[\d.]*)s?[^\]]*\] )?'
    r'\.\.\. (?P<outcome>ok|FAILED|SKIPPED|\w+)(?:$|:)'
)


@dataclasses.dataclass(frozen=True)
class Plan:
    """What to run.

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
    """What became of one run.

    :ivar outcomes: the outcome of each test, by its id
    :ivar reasons: the last line of the traceback of each failed test
    :ivar problems: what else was wrong, in sentences
    :ivar received: how many notifications came through a socket, by kind
    :ivar cpu_seconds: what all processes of the run used together; other
        load on the machine changes it less than the time that has passed
    """

    plan: Plan
    log: Path
    outcomes: dict[str, str] = dataclasses.field(default_factory=dict)
    reasons: dict[str, str] = dataclasses.field(default_factory=dict)
    problems: list[str] = dataclasses.field(default_factory=list)
    received: dict[str, int] = dataclasses.field(default_factory=dict)
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    def tests(self, outcome: str) -> list[str]:
        """The ids of the tests with this outcome."""
        return sorted(
            test for test, found in self.outcomes.items() if found == outcome
        )

    @property
    def passed(self) -> bool:
        """Whether everything was as it should be."""
        return not self.problems and not self.tests('FAILED')


class _Trace:
    """Read stestr's trace line by line into a result."""

    def __init__(self, result: Result, show: Callable[[str], None]) -> None:
        self._result = result
        self._show = show
        self._failed: str | None = None

    def feed(self, line: str) -> None:
        found = _OUTCOME.match(line)
        if found:
            test, outcome = found['test'], found['outcome']
            self._result.outcomes[test] = outcome
            self._failed = test if outcome == 'FAILED' else None
            self._show(
                f'{len(self._result.outcomes):4}  {outcome:7}'
                f'{float(found["seconds"] or 0):6.1f} s  {short(test)}'
            )
        elif self._failed and re.match(r'    [A-Za-z_][\w.]*: ', line):
            # Later tracebacks of a test are its cleanups' troubles.
            self._result.reasons.setdefault(self._failed, line.strip())


def short(test: str) -> str:
    """A test's id without the part that all of them share."""
    return test.partition('notification_sample_tests.')[2] or test


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
    name = f'{plan.mode}-{plan.fixture}'
    result = Result(plan, where.logs / f'{name}.log')
    record = where.logs / f'{name}.jsonl'
    record.unlink(missing_ok=True)
    # stestr deals the tests out by the times of earlier runs: without them
    # every run is dealt the same, so that times can be compared.
    shutil.rmtree(where.source / '.stestr', ignore_errors=True)
    trace = _Trace(result, show)
    result.log.unlink(missing_ok=True)
    # The workers' error output goes there directly: between the lines of the
    # trace it would garble them. Both only ever add to the end of the file.
    with result.log.open('a', buffering=1) as log:

        def keep(line: str) -> None:
            log.write(f'{line}\n')
            trace.feed(line)

        finished = process.run(
            _command(where, plan),
            cwd=where.source,
            env=_environ(plan, record),
            timeout=plan.timeout,
            on_line=keep,
            errors=log,
        )
    result.seconds = finished.seconds
    result.cpu_seconds = finished.cpu_seconds
    if finished.timed_out:
        result.problems.append(
            f'not done after {plan.timeout:.0f} seconds and ended; '
            f'{len(result.outcomes)} tests had finished'
        )
    elif not result.outcomes:
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
        _check_swap(result, record)
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


def _environ(plan: Plan, record: Path) -> dict[str, str]:
    environ = environment.clean_environ()
    environ.update(
        OS_TEST_TIMEOUT='160',
        OS_STDOUT_CAPTURE='1',
        OS_STDERR_CAPTURE='1',
        NOVA_RAISE_ON_GREENLET_LEAK='True',
        OS_NOVA_DISABLE_EVENTLET_PATCHING=str(plan.mode == 'threading'),
    )
    if plan.swap:
        environ.update(PYTHONPATH=str(HOOK), UNIXNOTIF_NOVA_RECORD=str(record))
    return environ


def _check_swap(result: Result, record: Path) -> None:
    """Hold the tests that passed against the fixtures' own record."""
    used: set[str] = set()
    received = {'versioned': 0, 'legacy': 0}
    if record.exists():
        for line in record.read_text().splitlines():
            entry = json.loads(line)
            used.add(entry['test'])
            for kind in received:
                received[kind] += entry[kind]
    result.received = received
    missing = [test for test in result.tests('ok') if test not in used]
    if missing:
        result.problems.append(
            f'{len(missing)} tests passed without the fixture of unixnotif, '
            f'the first is {missing[0]}'
        )
