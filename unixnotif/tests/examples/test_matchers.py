# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The how-to guide of the matchers: what it shows is what runs here."""

from typing import Any

import fixtures
from testtools.matchers import AllMatch
from testtools.matchers import MatchesAll
from testtools.matchers import MatchesListwise
from testtools.matchers import StartsWith

from unixnotif import contract
from unixnotif import samples
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

SAMPLES = base.EXAMPLES / 'samples'
SAMPLE = SAMPLES / 'instance-create-end.json'
UUID = '9aa8f2a1-6e0f-4d4b-9a58-0d8f2a9d5a11'


class ServerTest(base.ExampleTest):
    """A test after a service has created a server."""

    def setUp(self) -> None:
        super().setUp()
        fixture = self.useFixture(UnixNotifierFixture())
        self.emitted = fixture.consumer
        self.payload = samples.load(SAMPLE)['payload']
        self.data: dict[str, Any] = self.payload['nova_object.data']
        self.data['uuid'] = UUID
        self.data['created_at'] = '2026-11-22T08:15:00Z'
        self.notifier: Any = fixture.notifier(
            'nova-compute:host1', ['versioned_notifications']
        )
        self.emit()
        fixture.notifier('nova-compute:host1', ['notifications']).info(
            {},
            'compute.instance.create.end',
            {'name': 'web', 'memory_mb': 512},
        )
        self.sent, self.legacy = self.emitted.notifications

    def emit(self) -> None:
        self.notifier.info({}, 'instance.create.end', self.payload)


class MatchersTest(ServerTest):
    def test_payload(self) -> None:
        self.assertThat(
            self.sent,
            HasPayload('InstancePayload', '>=2.0,<3', uuid=UUID),
        )

    def test_paths(self) -> None:
        self.assertThat(
            self.sent,
            HasPayload(
                **{
                    'flavor.vcpus': 2,
                    'ip_addresses[0].address': StartsWith('192.168.'),
                }
            ),
        )

    def test_nested(self) -> None:
        self.assertThat(
            self.sent,
            HasPayload(
                flavor=HasPayload('FlavorPayload', Compatible('1.3')),
                ip_addresses=AllMatch(HasPayload('IpPayload')),
                created_at=ANY,
            ),
        )

    def test_fields(self) -> None:
        self.assertThat(
            self.sent,
            MatchesAll(
                IsVersioned('nova_object'),
                HasFields({'flavor.name': 'small'}, name='web'),
                HasPayload('InstancePayload', name='web'),
            ),
        )

    def test_legacy(self) -> None:
        self.assertThat(self.legacy, IsLegacy())
        self.assertThat(self.legacy, HasPayload(memory_mb=512))

    def test_notification(self) -> None:
        self.assertThat(
            self.sent,
            MatchesNotification(
                'instance.create.*',
                publisher_id='nova-compute:*',
                priority='info',
                topic='versioned_notifications',
                payload=HasPayload('InstancePayload', uuid=UUID),
            ),
        )

    def test_all(self) -> None:
        self.assertThat(
            self.emitted.notifications,
            MatchesListwise(
                [
                    MatchesNotification('instance.create.end'),
                    MatchesNotification(payload=IsLegacy()),
                ]
            ),
        )

    def test_wait(self) -> None:
        [sent] = self.emitted.wait_for(
            'instance.*', payload=HasPayload(uuid=UUID)
        )
        self.assertEqual('INFO', sent.priority)

    def test_plain_assert(self) -> None:
        assert HasPayload(uuid=UUID).match(self.sent) is None

    def test_attributes(self) -> None:
        payload = self.sent.versioned
        assert payload is not None
        self.assertEqual((2, 1), payload.version)
        self.assertEqual(2, payload['flavor.vcpus'])
        self.assertEqual('FlavorPayload', payload['flavor'].name)

    def test_sample(self) -> None:
        self.assertThat(
            self.sent,
            MatchesSample(SAMPLE, {'uuid': UUID}, ignore=['created_at']),
        )

    def test_changed_sample(self) -> None:
        sample = samples.load(SAMPLE)
        sample['publisher_id'] = StartsWith('nova-compute:')
        self.assertThat(
            self.sent,
            MatchesSample(sample, {'uuid': UUID, 'created_at': ANY}),
        )


class PromiseTest(ServerTest):
    def test_broken(self) -> None:
        """The end of a test that emits what the catalogue does not say."""
        catalogue = self.work / 'notifications.json'
        found = contract.observe([self.sent])
        contract.write(str(catalogue), contract.encode(found))
        self.useFixture(
            fixtures.EnvironmentVariable('UNIXNOTIF_CONTRACT', str(catalogue))
        )
        fixture = UnixNotifierFixture(test='thing.tests.ThingTest.test_boot')
        fixture.setUp()
        self.data['uuid'] = 7

        self.emit()
        error = self.assertRaises(AssertionError, fixture.cleanUp)

        self.assert_prints(
            self.read('messages/failed_promise.txt'),
            str(error).replace(f'{self.work}/', ''),
        )


class MismatchTest(ServerTest):
    """What each matcher says of what it does not match."""

    def assert_says(self, name: str, matcher: Any) -> None:
        error = self.assertRaises(
            AssertionError, self.assertThat, self.sent, matcher
        )
        self.assert_prints(self.read(f'messages/{name}.txt'), str(error))

    def test_payload_differs(self) -> None:
        self.assert_says(
            'mismatch_payload',
            HasPayload(
                'InstancePayload',
                Compatible('2.2'),
                state='building',
                host='host1',
                **{'flavor.vcpus': 4},
            ),
        )

    def test_notification_differs(self) -> None:
        self.assert_says(
            'mismatch_notification',
            MatchesNotification(
                'instance.delete.*',
                topic='notifications',
                payload=HasPayload(state='deleted'),
            ),
        )

    def test_sample_differs(self) -> None:
        flavor = self.data['flavor']
        flavor['nova_object.version'] = '2.0'
        del flavor['nova_object.data']['extra_specs']
        self.data['host'] = 'host1'
        self.emit()
        self.sent = self.emitted.notifications[-1]

        self.assert_says(
            'mismatch_sample',
            MatchesSample(SAMPLE, {'uuid': UUID}, ignore=['created_at']),
        )

    def test_masked_differs(self) -> None:
        self.data['created_at'] = 1795421700
        self.data['flavor']['nova_object.data']['vcpus'] = '2'
        self.emit()
        self.sent = self.emitted.notifications[-1]

        self.assert_says(
            'mismatch_masked',
            MatchesSample(
                SAMPLE, {'uuid': UUID}, ignore=['created_at', 'flavor']
            ),
        )

    def assert_say(self, name: str, sent: Any, *wanted: Any) -> None:
        """Each matcher, with what it says of a notification."""
        said = ''
        for matcher in wanted:
            mismatch = matcher.match(sent)
            assert mismatch is not None, matcher
            said += f'{matcher}\n{mismatch.describe()}\n'
        self.assert_prints(self.read(f'messages/{name}.txt'), said)

    def test_versioned(self) -> None:
        self.assert_say(
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
        self.assert_say(
            'mismatches_legacy',
            self.legacy,
            IsVersioned(),
            HasPayload('InstancePayload', '2.1'),
            HasPayload(host=ANY),
            MatchesNotification(payload={'name': 'db', 'vcpus': 2}),
        )

    def test_no_such_path(self) -> None:
        error = self.assertRaises(
            KeyError, MatchesSample, SAMPLE, ignore=['flavor.cpus']
        )
        self.assert_prints(
            self.read('messages/mismatch_no_path.txt'), str(error.args[0])
        )
