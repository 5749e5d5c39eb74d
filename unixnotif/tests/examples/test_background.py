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

"""The commands that the background pages show."""

from unixnotif.tests.examples import base as examples


class BackgroundTest(examples.ExampleTest):
    def test_parallel(self) -> None:
        """The command is for the tests that it is said to be for."""
        [(command, _)] = self.commands('console/parallel.console')
        module = 'unixnotif.tests.functional.test_parallel'
        self.assertIn(module, command)
        listed = command.replace(module, f'--list {module}')
        self.env['PYTHONPATH'] = str(examples.ROOT)

        output = self.shell(listed).finish()

        for name in ('test_pytest_xdist', 'test_stestr'):
            self.assertIn(f'{module}.ParallelTest.{name}\n', output)

    def test_cost(self) -> None:
        """The commands that measure it."""
        self.check_session('console/cost.console')
