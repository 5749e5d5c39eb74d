# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Runs of other projects' tests with stestr, and their outcomes.

Rule: a run passes only if tests ran, none failed, and stestr says so too.
"""

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
import dataclasses
from pathlib import Path
import shutil

from tools import errors
from tools import process
from tools import traces

#: Fixed hashes, so that each run assigns the same tests to the same worker.
ENVIRON = {
    'OS_STDOUT_CAPTURE': '1',
    'OS_STDERR_CAPTURE': '1',
    'PYTHONHASHSEED': '0',
}


@dataclasses.dataclass
class Run:
    """The outcome of one run.

    :ivar log: everything that the tests printed
    :ivar trace: the outcomes of the tests
    :ivar problems: sentences about everything else that was wrong
    :ivar cpu_seconds: CPU time of all processes of the run; other load on the
        machine changes it less than it changes the duration
    """

    log: Path
    trace: traces.Trace = dataclasses.field(default_factory=traces.Trace)
    problems: list[str] = dataclasses.field(default_factory=list)
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    def tests(self, outcome: str) -> list[str]:
        """Return the ids of the tests with an outcome."""
        return self.trace.tests(outcome)

    def count(self, outcome: str) -> int:
        """Return the number of tests with an outcome."""
        return len(self.tests(outcome))

    @property
    def passed(self) -> bool:
        """True if nothing failed."""
        return not self.problems and not self.count('FAILED')

    def follow(
        self,
        project: str,
        command: Sequence[str | Path],
        filters: Sequence[str],
        *,
        source: Path,
        environ: Mapping[str, str],
        timeout: float,
        show: Callable[[str], None],
    ) -> None:
        """Run stestr to its end.

        :param project: name for messages
        :param command: the arguments that start stestr, without filters
        :param filters: regular expressions of test ids
        :param source: directory of the tests
        :param timeout: seconds until the run is ended
        :param show: called with a line of text for each finished test
        :raises ToolError: no test matches the filters
        """
        # stestr assigns tests by the times of earlier runs. Without them both
        # runs are split alike, so that their times can be compared.
        shutil.rmtree(source / '.stestr', ignore_errors=True)
        # The workers write errors directly to the log: between the lines of
        # the trace, errors would garble the trace. This process and the
        # workers append to the log.
        self.log.unlink(missing_ok=True)
        with self.log.open('a', buffering=1) as log:

            def keep(line: str) -> None:
                log.write(f'{line}\n')
                self.trace.feed(line, show)

            finished = process.run(
                [*command, *filters],
                cwd=source,
                env=environ,
                timeout=timeout,
                on_line=keep,
                errors=log,
            )
        self.seconds = finished.seconds
        self.cpu_seconds = finished.cpu_seconds
        self._judge(project, filters, finished)

    def _judge(
        self, project: str, filters: Sequence[str], finished: process.Finished
    ) -> None:
        if finished.timed_out:
            self.problems.append(
                f'stopped after {finished.seconds:.0f} seconds; '
                f'{len(self.trace.outcomes)} tests had finished'
            )
        elif not self.trace.outcomes:
            lines = self.log.read_text(errors='replace').splitlines()[-20:]
            last = '\n'.join(f'    {line}' for line in lines if line.strip())
            if "doesn't match with anything" in last:
                raise errors.ToolError(
                    f'no test of {project} matches '
                    + ' or '.join(map(repr, filters))
                )
            self.problems.append(f'no test ran; the last lines were\n{last}')
        elif finished.returncode and not self.count('FAILED'):
            self.problems.append(f'stestr ended with {finished.returncode}')

    def troubles(self, title: str) -> str:
        """Return everything that went wrong, and the log; '' if nothing did.

        :param title: names the run
        """
        if self.passed:
            return ''
        lines = [f'{title}:']
        lines += [f'  {problem}' for problem in self.problems]
        for test in self.tests('FAILED'):
            lines.append(f'  FAILED {traces.short(test)}')
            if test in self.trace.reasons:
                lines.append(f'      {self.trace.reasons[test][:300]}')
        return '\n'.join([*lines, f'  all of the output: {self.log}'])
