# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The comparison of a recording with the calls of nova's own fixture.

Rule: the comparison counts notifications that only a socket receives, because
nova's fixture cannot. Any other difference between the two runs is a failure.
"""

from collections.abc import Sequence
import dataclasses
import itertools

from tools import traces
from tools.nova import comparison
from tools.nova import seen
from tools.nova import suite

_SHOWN = 20


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Two runs in the same mode, nova's and unixnotif's.

    :ivar given: number of notifications that nova's fixture received
    :ivar missed: number of notifications that went to real Notifiers instead
    :ivar recorded: number of notifications in the recording of the other run
    """

    mode: str
    given: int
    missed: int
    recorded: int
    differences: list[comparison.Difference]

    @property
    def passed(self) -> bool:
        """True if both runs have the same notifications, and at least one."""
        return bool(self.given) and not self.differences

    @property
    def text(self) -> str:
        """Return the result as text."""
        head = (
            f"{self.mode}: nova's fixture received {self.given} "
            f'notifications, and did not see {self.missed} more; the '
            f'recording has {self.recorded}'
        )
        if self.passed:
            return f'{head}; they agree'
        return '\n'.join([f'{head}; they differ:', *self._differing()])

    def _differing(self) -> list[str]:
        lines = []
        for test, group in itertools.groupby(
            self.differences[:_SHOWN], key=lambda one: one.test
        ):
            lines.append(f'  {traces.short(test)}')
            for one in group:
                lines += [f'    {line}' for line in one.lines()]
        hidden = len(self.differences) - _SHOWN
        return lines + ([f'  and {hidden} more'] if hidden > 0 else [])


def compare(baseline: suite.Result, swapped: suite.Result) -> Comparison:
    """Compare two runs of the same tests.

    :param baseline: the run with nova's own fixture
    :param swapped: the run with the fixture of unixnotif
    :raises ToolError: a recording cannot be read
    """
    given = seen.observed(baseline.notes, 'fixture')
    missed = seen.observed(baseline.notes, 'real')
    recorded = seen.recorded(swapped.recording)
    return Comparison(
        baseline.plan.mode,
        seen.count(given),
        seen.count(missed),
        seen.count(recorded),
        comparison.compare(seen.together(given, missed), recorded),
    )


def compare_all(results: Sequence[suite.Result]) -> list[Comparison]:
    """Compare, in each mode, the two runs whose tests have passed."""
    runs = {
        (result.plan.mode, result.plan.swap): result
        for result in results
        if result.passed
    }
    return [
        compare(baseline, runs[mode, True])
        for (mode, swap), baseline in runs.items()
        if not swap and (mode, True) in runs
    ]
