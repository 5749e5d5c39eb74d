# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A small suite of tests that a real test runner runs."""

import os
import pathlib
import subprocess
import sys

import fixtures

from unixnotif.tests import base as support
from unixnotif.tests.functional import base


class SuiteCase(base.TestCase):
    """A test of a suite in a folder of its own, for stestr and pytest."""

    def setUp(self) -> None:
        super().setUp()
        self.folder = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        (self.folder / '.stestr.conf').write_text(
            '[DEFAULT]\ntest_path=.\ntop_dir=.\n'
        )
        (self.folder / 'pytest.ini').write_text('[pytest]\n')

    def run_in_folder(self, code: int, *command: str, **env: str) -> str:
        """Return the output of a runner.

        :param code: the expected exit code
        """
        done = subprocess.run(
            [sys.executable, '-m', *command],
            cwd=self.folder,
            env={
                **os.environ,
                'PYTHONPATH': str(support.ROOT),
                'PYTHONWARNINGS': 'ignore',
                **env,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=base.DEADLINE,
            check=False,
        )
        self.assertEqual(code, done.returncode, done.stdout)
        return done.stdout
