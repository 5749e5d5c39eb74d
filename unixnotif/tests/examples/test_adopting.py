# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The how-to guide of migrating from a fake: its changes, applied."""

import fixtures
import testtools

from unixnotif.fixtures import UnixNotifierFixture
from unixnotif.tests.examples import base


class AdoptingTest(base.ExampleTest):
    def assert_passes(self, name: str) -> None:
        """The changed tests pass."""
        change = self.read(f'programs/{name}.diff').splitlines()
        self.assertEqual(
            set(), {line[:1] for line in change} - {'', ' ', '-', '+'}
        )
        after = [line[1:] for line in change if not line.startswith('-')]
        (self.work / 'test_it.py').write_text('\n'.join([*after, '']))
        self.write('programs/thing.py', 'thing.py')
        running = self.shell('python -m testtools.run test_it')
        output = running.finish()
        self.assertEqual(0, running.process.returncode, output)

    def test_nova(self) -> None:
        """A test of nova's fixture, by its import line."""
        self.assert_passes('adopt_nova')

    def test_list(self) -> None:
        """A test of a list in a module."""
        self.assert_passes('adopt_list')

    def test_patched_class(self) -> None:
        """The fixture names the class that stands in for the Notifier."""

        class FakeNotifier:
            """Stands in for the Notifier."""

        FakeNotifier.__module__ = 'neutron_lib.tests.unit.fake_notifier'
        FakeNotifier.__qualname__ = 'FakeNotifier'
        with fixtures.MonkeyPatch('oslo_messaging.Notifier', FakeNotifier):
            error = self.assertRaises(
                testtools.MultipleExceptions, UnixNotifierFixture().setUp
            )
        self.assert_prints(
            self.read('messages/patched_class.txt'), str(error.args[0][1])
        )
