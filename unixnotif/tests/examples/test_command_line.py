# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The how-to guide of the command line: completion and suggestions."""

import pathlib

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
        """The reference shows the help, with its examples."""
        self.run_nova = pathlib.Path('/run/nova')
        self.check_session('console/help_completion.console')
        self.check_session('console/help_doctor.console')
