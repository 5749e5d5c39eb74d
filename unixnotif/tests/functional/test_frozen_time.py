# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A suite under freezegun and time-machine, with each test runner.

Rule: a wait for a missing notification fails after its timeout. A test here
fails if the runner never ends.
"""

import re

from unixnotif.tests.functional import suites
from unixnotif.tests.functional.programs import frozen

PASSED = frozen.PASSING * len(frozen.CLASSES)
FAILED = frozen.FAILING * len(frozen.CLASSES)


class FrozenTimeTest(suites.SuiteCase):
    def setUp(self) -> None:
        super().setUp()
        names = ', '.join(each.__name__ for each in frozen.CLASSES)
        (self.folder / 'test_suite.py').write_text(
            f'from unixnotif.tests.functional.programs.frozen import {names}\n'
        )

    def run_suite(self, *command: str) -> str:
        """Return the output of a runner; some tests have failed."""
        output = self.run_in_folder(1, *command)
        expected = f'expected at least 1 within {frozen.TIMEOUT} seconds'
        self.assertIn(expected, ' '.join(output.split()))
        return output

    def test_stestr(self) -> None:
        """Workers of stestr."""
        output = self.run_suite('stestr', 'run', '--concurrency', '2')
        self.assertIn(f' - Passed: {PASSED}\n', output)
        self.assertIn(f' - Failed: {FAILED}\n', output)
        # stestr prints each failure when it happens, and again at the end.
        failed = set(re.findall(r'(?m)^\S+\.test_missing$', output))
        self.assertEqual(FAILED, len(failed), output)

    def test_pytest(self) -> None:
        """A session of pytest."""
        output = self.run_suite('pytest', '-q', '-p', 'no:cacheprovider')
        self.assertIn(f'\n{FAILED} failed, {PASSED} passed in ', output)
        self.assertEqual(
            FAILED,
            len(re.findall(r'(?m)^FAILED .*::test_missing', output)),
            output,
        )

    def test_testtools(self) -> None:
        """The runner of testtools, in one process."""
        output = self.run_suite('testtools.run', 'test_suite')
        self.assertRegex(output, rf'\nRan {PASSED + FAILED} tests in ')
        self.assertIn(f'FAILED (failures={FAILED})', output)
        self.assertEqual(
            FAILED, len(re.findall(r'(?m)^FAIL: .*test_missing$', output))
        )
