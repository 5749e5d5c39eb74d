# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Read stestr's trace of a run, line by line.

Rule: ignore each line that is neither the outcome of a test nor the reason of
a failure.
"""

from collections.abc import Callable
import dataclasses
import re

# One line of the trace: worker, test, duration, outcome.
_OUTCOME = re.compile(
    r'^\{\d+\} (?P<test>.+?) (?:\[(?P<seconds>[\d.]*)s?[^\]]*\] )?'
    r'\.\.\. (?P<outcome>ok|FAILED|SKIPPED|\w+)(?:$|:)'
)


@dataclasses.dataclass
class Trace:
    """The state that the lines have reported by now.

    :ivar outcomes: the outcome of each test, by its id
    :ivar reasons: the last line of the traceback of each failed test
    """

    outcomes: dict[str, str] = dataclasses.field(default_factory=dict)
    reasons: dict[str, str] = dataclasses.field(default_factory=dict)
    _failed: str | None = None

    def feed(self, line: str, show: Callable[[str], None]) -> None:
        """Read a line.

        :param show: called with a line of text when a test has finished
        """
        found = _OUTCOME.match(line)
        if found:
            test, outcome = found['test'], found['outcome']
            self.outcomes[test] = outcome
            self._failed = test if outcome == 'FAILED' else None
            show(
                f'{len(self.outcomes):4}  {outcome:7}'
                f'{float(found["seconds"] or 0):6.1f} s  {short(test)}'
            )
        elif self._failed and re.match(r'    [A-Za-z_][\w.]*: ', line):
            # Later tracebacks of a test belong to its cleanups.
            self.reasons.setdefault(self._failed, line.strip())

    def tests(self, outcome: str) -> list[str]:
        """Return the ids of the tests with an outcome."""
        return sorted(
            test for test, found in self.outcomes.items() if found == outcome
        )


def short(test: str) -> str:
    """Return the id of a test without the part that all tests share."""
    return test.partition('notification_sample_tests.')[2] or test
