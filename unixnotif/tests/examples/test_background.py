# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The commands that the background pages show."""

from unixnotif.tests.examples import base as examples


class BackgroundTest(examples.ExampleTest):
    def test_parallel(self) -> None:
        """The command runs the tests that the page names."""
        [(command, _)] = self.commands('console/parallel.console')
        module = 'unixnotif.tests.functional.test_parallel'
        self.assertIn(module, command)
        listed = command.replace(module, f'--list {module}')
        self.env['PYTHONPATH'] = str(examples.ROOT)

        output = self.shell(listed).finish()

        for name in ('test_pytest_xdist', 'test_stestr'):
            self.assertIn(f'{module}.ParallelTest.{name}\n', output)

    def test_cost(self) -> None:
        """The commands that measure the cost print what the page shows."""
        self.check_session('console/cost.console')
