# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The how-to guide of the command line: completion and suggestions."""

import pathlib
import sys

from unixnotif.tests.examples import base


class CommandLineTest(base.ExampleTest):
    def test_completion(self) -> None:
        """Each shell has a script."""
        self.check_session('console/completion.console')
        for name in ('unixnotif.bash', '_unixnotif', 'unixnotif.fish'):
            self.assertIn('unixnotif', (self.work / name).read_text())

    def test_misspelled(self) -> None:
        """The command suggests a name."""
        self.check_session('console/misspelled.console', code=2)

    def test_help(self) -> None:
        """The reference shows each help as a terminal of 79 columns does."""
        if sys.version_info >= (3, 13):
            self.skipTest('argparse of this version formats options otherwise')
        self.run_nova = pathlib.Path('/run/nova')
        for name in (
            'help_completion',
            'help_doctor',
            'help_record',
            'help_relay',
            'help_replay',
            'help_report',
            'help_send',
            'help_show',
            'help_summary',
            'help_tail',
            'help_top',
        ):
            [(command, expected)] = self.commands(f'console/{name}.console')
            running = self.shell(command)
            self.assertEqual(expected, running.finish())
            self.assertEqual(0, running.process.returncode)
