# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Many tests at once, each with a burst, under each runner.

Rule: nothing is missed, mixed up or flaky. With ``UNIXNOTIF_TEST_SCALE=full``
bursts are of up to 5 000 notifications, and each runner does it 20 times.
"""

import os
import sys
import tempfile

from unixnotif.tests.functional import base
from unixnotif.tests.functional import suites
from unixnotif.tests.functional.programs import bursting

WORKERS = 4


class ParallelTest(suites.SuiteCase):
    def setUp(self) -> None:
        super().setUp()
        (self.folder / 'test_bursts.py').write_text(
            'from unixnotif.tests.functional.programs.bursting '
            'import BurstTest\n'
        )

    def repeat(self, *command: str, passed: str) -> None:
        """Run the suite as often as is asked for, with other bursts.

        :param passed: what the runner prints when all have passed
        """
        full = base.is_full_scale()
        largest = 5000 if full else 150
        emitted = 0
        for number in range(20 if full else 1):
            seed = f'{command[0]} {number}'
            output = self.run_suite(
                *command, BURSTS_LARGEST=str(largest), BURSTS_SEED=seed
            )
            self.assertIn(passed, output)
            emitted += bursting.total(largest, seed)
            if full:
                # Print the progress past the runner, which would capture it: a
                # full run takes half an hour.
                print(
                    f'{command[0]} {number}: {bursting.TESTS} tests passed, '
                    f'{emitted} notifications by now',
                    file=sys.__stderr__,
                )

    def run_suite(self, *command: str, **env: str) -> str:
        """Return the output of a runner; its temporary files are gone."""
        with tempfile.TemporaryDirectory(dir=self.folder) as temporary:
            output = self.run_in_folder(0, *command, TMPDIR=temporary, **env)
            left = [
                name
                for name in os.listdir(temporary)
                # pytest keeps the files of its last sessions.
                if not name.startswith('pytest-of-')
            ]
            self.assertEqual([], left)
        return output

    def test_stestr(self) -> None:
        """Workers of stestr."""
        self.repeat(
            'stestr',
            'run',
            '--concurrency',
            str(WORKERS),
            passed=f' - Passed: {bursting.TESTS}\n',
        )

    def test_pytest_xdist(self) -> None:
        """Workers of pytest-xdist."""
        self.repeat(
            'pytest',
            '-q',
            '-n',
            str(WORKERS),
            '-p',
            'no:cacheprovider',
            passed=f'\n{bursting.TESTS} passed in ',
        )
