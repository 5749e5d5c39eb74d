# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The programs of the guide to pytest."""

from unixnotif.tests.examples import base


class PytestTest(base.ExampleTest):
    def setUp(self) -> None:
        super().setUp()
        self.write('programs/thing.py', 'thing.py')

    def assert_passes(self, name: str, count: int) -> None:
        """Run a file of tests as a reader would."""
        self.write(f'programs/{name}.py', f'test_{name}.py')
        pytest = self.shell(f'python -m pytest -q test_{name}.py')
        output = pytest.finish()
        self.assertEqual(0, pytest.process.returncode, output)
        self.assertIn(f'{count} passed', output)

    def test_notifier(self) -> None:
        """Each test has a fixture of its own, with parameters too."""
        self.assert_passes('pytest_notifier', 3)

    def test_conftest(self) -> None:
        """A project gives the fixture its own configuration."""
        self.write('programs/pytest_conftest.py', 'conftest.py')
        self.assert_passes('pytest_services', 1)
        (self.work / 'test_conf.py').write_text(
            'from oslo_config import cfg\n'
            'def test_conf(unix_notifier):\n'
            '    assert unix_notifier.conf is not cfg.CONF\n'
        )
        pytest = self.shell('python -m pytest -q test_conf.py')
        self.assertIn('1 passed', pytest.finish())

    def test_with_statement(self) -> None:
        """The class is a context manager."""
        self.assert_passes('pytest_with', 1)

    def test_consumer(self) -> None:
        """The consumer alone captures what a program publishes."""
        self.assert_passes('pytest_consumer', 1)

    def test_failing(self) -> None:
        """A failure shows the difference and the capture."""
        self.write('programs/pytest_failing.py', 'test_thing.py')
        self.check_session('console/pytest.console', code=1)
