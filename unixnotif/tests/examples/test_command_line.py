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
