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

"""A small suite of tests that a runner of the real kind runs."""

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
