# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Notification tests as ironic, masakari and watcher could have them.

Rule: a test says in one matcher what its service must emit, whatever the
prefix of its objects.
"""

import textwrap
from typing import Any
from typing import ClassVar

import fixtures
from oslo_config import cfg
from oslo_versionedobjects import base as versionedobjects
from oslo_versionedobjects import fields
from oslotest import base
from testtools import matchers

from unixnotif.fixtures import UnixNotifierFixture
from unixnotif.matchers import ANY
from unixnotif.matchers import Compatible
from unixnotif.matchers import HasFields
from unixnotif.matchers import HasPayload
from unixnotif.matchers import IsVersioned
from unixnotif.matchers import MatchesNotification
from unixnotif.matchers import MatchesSample
from unixnotif.tests.functional.downstream import services

UUID = '1be26c0b-03f2-4d2e-ae87-c02d7f33c123'
OTHER_UUID = '8d2b4e7e-1a4f-4e2b-bb1e-3c4f0f6f0d11'


class DownstreamTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.conf = cfg.ConfigOpts()
        self.conf([])
        fixture = self.useFixture(UnixNotifierFixture(self.conf))
        self.emitted = fixture.consumer


class IronicTest(DownstreamTest):
    def setUp(self) -> None:
        super().setUp()
        self.service = services.Ironic(self.conf)

    def test_set_power(self) -> None:
        """A start and an end, with the power before and after."""
        self.service.set_power(UUID, 'power on')
        expected = [
            MatchesNotification(
                f'baremetal.node.power_set.{status}',
                publisher_id='ironic-conductor.*',
                topic='ironic_versioned_notifications',
                payload=HasPayload(
                    'NodePayload',
                    Compatible('1.14'),
                    namespace='ironic',
                    uuid=UUID,
                    power_state=power_state,
                    traits=matchers.Contains('CUSTOM_GPU'),
                    ports=matchers.MatchesListwise(
                        [HasPayload('PortPayload')]
                    ),
                ),
            )
            for status, power_state in (
                ('start', 'power off'),
                ('end', 'power on'),
            )
        ]
        self.assertThat(
            self.emitted.notifications, matchers.MatchesListwise(expected)
        )

    def test_error(self) -> None:
        """An error has its own event and priority, and no end."""
        self.service.set_power(UUID, 'power on', broken=True)
        [sent] = self.emitted.wait_for('*.error', priority='error')
        self.assertThat(sent, HasPayload(power_state='error'))
        # A field called "name", as against the name of the object.
        self.assertThat(sent, HasFields({'name': 'node-1'}))
        self.emitted.assert_none('*.end')


class OctaviaTest(DownstreamTest):
    def test_create(self) -> None:
        """A context without a serializer arrives without its token."""
        services.Octavia(self.conf).create('p1', 'secret')
        [sent] = self.emitted.wait_for('octavia.loadbalancer.create.end')
        self.assertIsNone(sent.publisher_id)
        self.assertEqual('p1', sent.context['project_id'])
        self.assertNotIn(b'secret', sent.encode())


class MasakariTest(DownstreamTest):
    def setUp(self) -> None:
        super().setUp()
        self.service = services.Masakari(self.conf)

    def test_create(self) -> None:
        """A segment without a fault."""
        self.service.create_segment('rack1')
        [sent] = self.emitted.wait_for('segment.create.end')
        self.assertThat(
            sent,
            MatchesNotification(
                topic='versioned_notifications',
                payload=HasPayload(
                    'SegmentPayload', '>=1.0,<2', enabled=True, fault=None
                ),
            ),
        )

    def test_fault(self) -> None:
        """The fault is an object of its own."""
        self.service.create_segment('')
        [sent] = self.emitted.wait_for('segment.create.error')
        self.assertThat(
            sent,
            HasPayload(
                fault=HasPayload('ExceptionPayload', exception='ValueError'),
                **{'fault.exception_message': matchers.Contains('name')},
            ),
        )


class WatcherTest(DownstreamTest):
    def test_apply(self) -> None:
        """Each state follows from the one before."""
        services.Watcher(self.conf).apply(UUID)
        steps = self.emitted.wait_for('action_plan.update', count=3)
        states = ['PENDING', 'ONGOING', 'SUCCEEDED']
        before: list[str | None] = [None, *states]
        for sent, old, new in zip(steps, before, states, strict=False):
            self.assertThat(
                sent,
                HasPayload(
                    'ActionPlanPayload',
                    **{
                        'state_update': IsVersioned('watcher_object'),
                        'state_update.old_state': old,
                        'state_update.state': new,
                    },
                ),
            )


def thing(prefix: str) -> Any:
    """An object with objects in it, of a project with this prefix."""

    class Thing(versionedobjects.VersionedObject):
        OBJ_SERIAL_NAMESPACE = prefix
        OBJ_PROJECT_NAMESPACE = prefix.removesuffix('_object')

    @services.unregistered
    class PartPayload(Thing):
        VERSION = '1.0'
        fields = {'size': fields.IntegerField()}  # noqa: RUF012

    @services.unregistered
    class ThingPayload(Thing):
        VERSION = '1.2'
        fields = {  # noqa: RUF012
            'parts': fields.ListOfObjectsField('PartPayload')
        }

    return ThingPayload(parts=[PartPayload(size=2), PartPayload(size=3)])


class PrefixTest(DownstreamTest):
    def test_any_prefix(self) -> None:
        """One matcher matches the objects of every project."""
        for prefix in (
            'nova_object',
            'ironic_object',
            'masakari_object',
            'watcher_object',
            'versioned_object',
        ):
            service = services.Service(self.conf, 'x:host1', 'notifications')
            service.emit('thing.create', thing(prefix))
            [sent] = self.emitted.notifications
            self.emitted.reset()
            self.assertThat(sent, IsVersioned(prefix))
            self.assertThat(
                sent,
                HasPayload(
                    'ThingPayload',
                    '1.2',
                    namespace=prefix.removesuffix('_object'),
                    **{'parts[1].size': 3},
                ),
            )


class BumpTest(DownstreamTest):
    """The failure of a test when a payload has changed."""

    SAMPLE: ClassVar[Any] = {
        'event_type': 'baremetal.node.power_set.start',
        'priority': 'INFO',
        'publisher_id': ANY,
        'payload': {
            'ironic_object.name': 'NodePayload',
            'ironic_object.namespace': 'ironic',
            'ironic_object.version': '1.15',
            'ironic_object.data': {
                'uuid': OTHER_UUID,
                'name': 'node-1',
                'power_state': 'power off',
                'target_power_state': 'power on',
                'instance_uuid': None,
                'ports': [
                    {
                        'ironic_object.name': 'PortPayload',
                        'ironic_object.namespace': 'ironic',
                        'ironic_object.version': '1.0',
                        'ironic_object.data': {'address': '00:00:00:00:00:00'},
                    }
                ],
                'updated_at': '2020-01-01T00:00:00Z',
            },
        },
    }

    def setUp(self) -> None:
        super().setUp()
        services.Ironic(self.conf).set_power(UUID, 'power on')
        self.sent = self.emitted.wait_for('*.start')[0]

    def assert_says(self, expected: str, matcher: Any) -> None:
        error = self.assertRaises(
            AssertionError, self.assertThat, self.sent, matcher
        )
        self.assertEqual(textwrap.dedent(expected).strip(), str(error))

    def test_sample(self) -> None:
        """The sample shows the changed version and field by their paths."""
        self.assert_says(
            """
            baremetal.node.power_set.start differs from the sample:
              payload: expected ironic:NodePayload 1.15, got ironic:NodePayload 1.16
              payload.instance_uuid: expected None, got nothing
              payload.traits: not expected, got ['CUSTOM_GPU']
            """,  # noqa: E501
            MatchesSample(
                self.SAMPLE, {'uuid': UUID}, ['ports', 'updated_at']
            ),
        )

    def test_nested(self) -> None:
        """A mask does not hide a changed version of a nested object."""
        sample = self.sent.document
        sample['payload'] = {
            **sample['payload'],
            'ironic_object.data': {
                **sample['payload']['ironic_object.data'],
                'ports': self.SAMPLE['payload']['ironic_object.data']['ports'],
            },
        }
        matcher = MatchesSample(sample, ignore=['ports'])
        self.assertThat(self.sent, matcher)
        self.useFixture(
            fixtures.MonkeyPatch(
                f'{services.__name__}.PortPayload.VERSION', '2.0'
            )
        )
        self.emitted.reset()
        services.Ironic(self.conf).set_power(UUID, 'power on')
        self.sent = self.emitted.wait_for('*.start')[0]
        sample['message_id'] = sample['timestamp'] = ANY
        self.assert_says(
            """
            baremetal.node.power_set.start differs from the sample:
              payload.ports[0]: expected ironic:PortPayload 1.0, got ironic:PortPayload 2.0
            """,  # noqa: E501
            MatchesSample(sample, ignore=['ports']),
        )

    def test_version(self) -> None:
        """An older version, or another major version, is a mismatch."""
        self.assertThat(self.sent, HasPayload(version=Compatible('1.16')))
        self.assert_says(
            """
            ironic:NodePayload 1.16 differs:
              version: 1.16 is older than 1.17
            """,
            HasPayload(version=Compatible('1.17')),
        )
        self.assert_says(
            """
            ironic:NodePayload 1.16 differs:
              version: 1.16 is not compatible with 2.0: another major version
            """,
            HasPayload(version=Compatible('2.0')),
        )
