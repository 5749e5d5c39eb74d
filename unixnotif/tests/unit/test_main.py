# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``python -m unixnotif`` in a process of its own."""

import subprocess
import sys

from unixnotif.tests import base

# Starts the module without the package that the first argument names.
WITHOUT = """
import runpy
import sys

sys.modules[sys.argv.pop(1)] = None
runpy.run_module('unixnotif', run_name='__main__', alter_sys=True)
"""


class MainTest(base.TestCase):
    """The module is the command."""

    def run_module(
        self, name: str, *args: str
    ) -> 'subprocess.CompletedProcess[str]':
        """Run ``python -m`` with a module that is the command."""
        return subprocess.run(
            [sys.executable, '-m', name, *args],
            cwd=base.ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def test_help(self) -> None:
        """The module prints the help of the command and exits with 0."""
        done = self.run_module('unixnotif', '--help')
        self.assertEqual(0, done.returncode, done.stdout)
        self.assertTrue(
            done.stdout.startswith('usage: unixnotif '), done.stdout
        )
        self.assertIn('\n  tail ', done.stdout)

        other = self.run_module('unixnotif.cli', '--help')
        self.assertEqual(done.stdout, other.stdout)

    def test_exit_code(self) -> None:
        """The exit code is that of the command."""
        done = self.run_module('unixnotif', 'tail', '/run/nova')
        self.assertEqual(2, done.returncode, done.stdout)
        self.assertIn('usage: unixnotif tail ', done.stdout)

    def test_missing_extra(self) -> None:
        """Without the extra, the module names the package and exits with 1."""
        for name in ('argcomplete', 'cliff', 'rich'):
            done = base.run_python(WITHOUT, name, '--help')
            self.assertEqual(1, done.returncode, done.stdout)
            self.assertEqual(
                f'unixnotif: the command needs {name}, which is not '
                "installed; try: pip install 'unixnotif[cli]'\n",
                done.stdout,
            )

    def test_quick_help(self) -> None:
        """The list of all commands imports no large library."""
        for name in (
            'jinja2',
            'oslo_config',
            'oslo_messaging',
            'prometheus_client',
        ):
            done = base.run_python(WITHOUT, name, '--help')
            self.assertEqual(0, done.returncode, done.stdout)
            self.assertIn('\n  doctor ', done.stdout)
