# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The programs and messages of the guide to matchers."""

import re
import shutil
from typing import Any

import fixtures
from testtools.matchers import StartsWith

from unixnotif import contract
from unixnotif.fixtures import UnixNotifierFixture
from unixnotif.matchers import ANY
from unixnotif.matchers import Compatible
from unixnotif.matchers import HasFields
from unixnotif.matchers import HasPayload
from unixnotif.matchers import IsLegacy
from unixnotif.matchers import IsVersioned
from unixnotif.matchers import MatchesNotification
from unixnotif.matchers import MatchesSample
from unixnotif.tests.examples import base
from unixnotif.tests.examples.programs import servers

_PROGRAMS = (
    'matchers_payload',
    'matchers_notification',
    'matchers_sample',
    'matchers_plain',
)
_MISMATCHES = {
    'test_payload': 'mismatch_payload',
    'test_notification': 'mismatch_notification',
    'test_sample': 'mismatch_sample',
    'test_ignored': 'mismatch_masked',
}


class ProgramsTest(base.ExampleTest):
    def setUp(self) -> None:
        super().setUp()
        self.write('programs/servers.py', 'servers.py')
        shutil.copytree(base.EXAMPLES / 'samples', self.work / 'samples')

    def test_programs(self) -> None:
        """Every program passes beside the service that it tests."""
        for name in _PROGRAMS:
            self.write(f'programs/{name}.py', f'{name}.py')

        run = self.shell(f'python -m testtools.run {" ".join(_PROGRAMS)}')

        output = run.finish()
        self.assertEqual(0, run.process.returncode, output)
        self.assertIn('Ran 12 tests', output)

    def test_failing(self) -> None:
        """Every failing test prints the message that the page shows."""
        self.write('programs/matchers_failing.py', 'matchers_failing.py')

        run = self.shell('python -m testtools.run matchers_failing')

        output = run.finish()
        self.assertEqual(1, run.process.returncode, output)
        _, *failures = output.split('FAIL: matchers_failing.FailingTest.')
        found = {}
        for failure in failures:
            message = failure.partition('MismatchError: ')[2]
            test, _, _ = failure.partition('\n')
            found[test] = re.split(r'\n\n|\n=', message)[0]
        self.assertEqual(_MISMATCHES.keys(), found.keys())
        for test, name in _MISMATCHES.items():
            self.assert_prints(self.read(f'messages/{name}.txt'), found[test])


class ServerTest(base.ExampleTest):
    """A test of a service that has created a server."""

    def setUp(self) -> None:
        super().setUp()
        fixture = self.useFixture(UnixNotifierFixture())
        self.notifier: Any = fixture.notifier(
            'nova-compute:host1', ['versioned_notifications']
        )
        servers.create(
            self.notifier,
            fixture.notifier('nova-compute:host1', ['notifications']),
        )
        self.sent, self.legacy = fixture.consumer.notifications


class PromiseTest(ServerTest):
    def test_broken(self) -> None:
        """A test fails at its end if its payload breaks the catalogue."""
        catalogue = self.work / 'notifications.json'
        found = contract.observe([self.sent])
        contract.write(str(catalogue), contract.encode(found))
        self.useFixture(
            fixtures.EnvironmentVariable('UNIXNOTIF_CONTRACT', str(catalogue))
        )
        fixture = UnixNotifierFixture(test='thing.tests.ThingTest.test_boot')
        fixture.setUp()
        payload = servers.payload()
        payload['nova_object.data']['uuid'] = 7

        self.notifier.info({}, 'instance.create.end', payload)
        error = self.assertRaises(AssertionError, fixture.cleanUp)

        self.assert_prints(
            self.read('messages/failed_promise.txt'),
            str(error).replace(f'{self.work}/', ''),
        )


class MismatchTest(ServerTest):
    """The message of each matcher that does not match."""

    def assert_messages(self, name: str, sent: Any, *wanted: Any) -> None:
        """Assert the message of each matcher for a notification."""
        found = ''
        for matcher in wanted:
            mismatch = matcher.match(sent)
            assert mismatch is not None, matcher
            found += f'{matcher}\n{mismatch.describe()}\n'
        self.assert_prints(self.read(f'messages/{name}.txt'), found)

    def test_versioned(self) -> None:
        self.assert_messages(
            'mismatches_versioned',
            self.sent,
            IsLegacy(),
            IsVersioned('ironic_object'),
            HasPayload('FlavorPayload', namespace='ironic'),
            HasPayload(version='>=1.0,<2'),
            HasPayload(version=Compatible('1.3')),
            HasPayload(version=Compatible('2.4')),
            HasPayload(StartsWith('Flavor')),
            HasFields({'ip_addresses': [], 'flavor.vcpus': '2'}),
            HasFields({'flavor.cpus': ANY, 'flavor.vcpus': {}}),
            MatchesNotification(payload={'name': 'web'}),
        )

    def test_legacy_differs(self) -> None:
        self.assert_messages(
            'mismatches_legacy',
            self.legacy,
            IsVersioned(),
            HasPayload('InstancePayload', '2.1'),
            HasPayload(host=ANY),
            MatchesNotification(payload={'name': 'db', 'vcpus': 2}),
        )

    def test_no_such_path(self) -> None:
        sample = base.EXAMPLES / 'samples/instance-create-end.json'
        error = self.assertRaises(
            KeyError, MatchesSample, sample, ignore=['flavor.cpus']
        )
        self.assert_prints(
            self.read('messages/mismatch_no_path.txt'), str(error.args[0])
        )
