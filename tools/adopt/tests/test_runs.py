# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Runs of a small project that stands in for those of the registry.

Rule: the runner, the fixtures and the sockets are real; only the project is
small, and already installed.
"""

from pathlib import Path
import shutil
import sys
import textwrap
from typing import Any
from unittest import mock

import fixtures
from oslotest import base

from tools.adopt import __main__ as command
from tools.adopt import environments
from tools.adopt import projects
from tools.adopt import suites

TESTS = """
    from oslo_config import cfg
    import oslo_messaging
    import testtools

    from unixnotif.fixtures import compat


    class ThingTest(testtools.TestCase):
        def setUp(self):
            super().setUp()
            self.transport = oslo_messaging.get_notification_transport(
                cfg.CONF, 'fake://'
            )
            self.notifier = oslo_messaging.Notifier(self.transport, 'x:y')
            # adopt

        def test_emits(self):
            self.notifier.info({}, 'thing.create', {})

        def test_other(self):
            pass

        def test_skipped(self):
            self.skipTest('no reason')
"""
ADOPTION = '            self.useFixture(compat.NotificationList(self))'


def change(*lines: str) -> str:
    """Return a change that replaces the line with the comment."""
    number = TESTS.splitlines()[1:].index('            # adopt') + 1
    added = ''.join(f'+{line[4:]}\n' for line in lines)
    return (
        '--- a/tests/test_it.py\n+++ b/tests/test_it.py\n'
        f'@@ -{number} +{number} @@\n-        # adopt\n{added}'
    )


class SmallEnvironment(environments.Environment):
    """Stands in for what a registry provides."""

    def prepare(self) -> None:
        shutil.rmtree(self.baseline, ignore_errors=True)
        (self.baseline / 'tests').mkdir(parents=True)
        (self.baseline / 'tests' / '__init__.py').touch()
        (self.baseline / 'tests' / 'test_it.py').write_text(
            textwrap.dedent(TESTS[1:])
        )
        (self.baseline / '.stestr.conf').write_text(
            '[DEFAULT]\ntest_path=./tests\ntop_dir=./\n'
        )
        self.python = Path(sys.executable)
        self._adopt()


class RunTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.root = Path(self.useFixture(fixtures.TempDir()).path)
        self.change = self.root / 'it.diff'
        self.project = mock.create_autospec(
            projects.Project, instance=True, spec_set=False
        )
        self.project.configure_mock(
            name='it',
            release='1.0',
            change=self.change,
            quick=('test_it',),
            every=('test_it',),
        )
        self.useFixture(
            fixtures.MonkeyPatch(
                'tools.adopt.environments.Environment', SmallEnvironment
            )
        )
        self.useFixture(
            fixtures.MonkeyPatch(
                'tools.adopt.projects.PROJECTS', {'it': self.project}
            )
        )
        self.useFixture(
            fixtures.MonkeyPatch('tools.adopt.__main__._NAMES', ('it',))
        )
        self.output: list[str] = []
        self.useFixture(
            fixtures.MonkeyPatch('tools.commands.say', self.output.append)
        )

    def run_tool(self, *arguments: str) -> int:
        return command.main(['it', f'--workdir={self.root}', *arguments])

    def test_passes(self) -> None:
        """The table has both runs, and counts captured notifications."""
        self.change.write_text(change(ADOPTION))
        self.assertEqual(0, self.run_tool(), str(self.output))
        self.assertIn('it 1.0, adopted (2 changed lines)', self.output)
        [table] = [each for each in self.output if 'captured' in each]
        before, after = (row.split() for row in table.splitlines()[3:5])
        self.assertEqual(['it', 'baseline', '2', '0', '1'], before[:5])
        self.assertEqual(['it', 'adopted', '2', '0', '1'], after[:5])
        self.assertEqual('1', after[-1])

    def test_nothing_captured(self) -> None:
        """A suite that passes without a socket has adopted nothing."""
        self.change.write_text(change('            # no change'))
        self.assertEqual(1, self.run_tool())
        self.assertIn('no notification went over a socket', str(self.output))

    def test_fails(self) -> None:
        """A test that fails after the change is named, with its reason."""
        self.change.write_text(change(ADOPTION, '            1 / 0'))
        self.assertEqual(1, self.run_tool('test_emits'))
        self.assertIn(
            'FAILED tests.test_it.ThingTest.test_emits', str(self.output)
        )
        self.assertIn('ZeroDivisionError', str(self.output))

    def test_ratio(self) -> None:
        """The tool fails if the tests use more CPU time than allowed."""
        self.change.write_text(change(ADOPTION))
        self.assertEqual(1, self.run_tool('--max-ratio=0.001'))
        self.assertIn(
            'it: the adopted tests use more than 0.001 times the CPU time of '
            'the baseline',
            self.output,
        )

    def test_change_does_not_fit(self) -> None:
        """A change that does not fit gives a message and exit code 2."""
        self.change.write_text(change(ADOPTION).replace('# adopt', '# x'))
        self.assertEqual(2, self.run_tool())

    def test_no_match(self) -> None:
        """A filter that matches nothing is a mistake of the user."""
        self.change.write_text(change(ADOPTION))
        self.assertEqual(2, self.run_tool('no_such_test'))

    def test_table_without_time(self) -> None:
        """A baseline that used no time has no ratio."""
        results: list[Any] = [
            suites.Result(self.root, project='it', kind=kind)
            for kind in command._KINDS
        ]
        self.assertIn('adopted', suites.table(results))


class OptionsTest(base.BaseTestCase):
    def assert_refused(self, expected: str, *arguments: str) -> None:
        output = self.useFixture(fixtures.StringStream('stderr')).stream
        with fixtures.MonkeyPatch('sys.stderr', output):
            self.assertRaises(SystemExit, command.parse, arguments)
            output.seek(0)
            self.assertIn(expected, output.read())

    def test_mistakes(self) -> None:
        """Each mistake has a message that says what to write."""
        self.assert_refused('name a project, for example "watcher"')
        self.assert_refused('exclude each other', 'cinder', 'x', '--all')
        self.assert_refused('is not a regular expression', 'cinder', '(')
        self.assert_refused('invalid choice', 'glance')
        self.assert_refused('invalid count', 'cinder', '--concurrency=0')

    def test_good(self) -> None:
        """A project with filters is accepted, and --all without a project."""
        self.assertEqual(['x'], command.parse(['cinder', 'x']).filters)
        self.assertIsNone(command.parse(['--all']).project)
