# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Tests of payloads and their versions."""

from oslotest import base
import servers
from testtools.matchers import AllMatch
from testtools.matchers import StartsWith

from unixnotif.fixtures import UnixNotifierFixture
from unixnotif.matchers import ANY
from unixnotif.matchers import Compatible
from unixnotif.matchers import HasFields
from unixnotif.matchers import HasPayload
from unixnotif.matchers import IsLegacy
from unixnotif.matchers import IsVersioned


class PayloadTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        fixture = self.useFixture(UnixNotifierFixture())
        servers.create(
            fixture.notifier(
                'nova-compute:host1', ['versioned_notifications']
            ),
            fixture.notifier('nova-compute:host1', ['notifications']),
        )
        self.sent, self.legacy = fixture.consumer.notifications

    def test_fields(self) -> None:
        self.assertThat(self.sent, HasPayload(name='web', state='active'))
        self.assertThat(self.legacy, HasPayload(memory_mb=512))

    def test_version(self) -> None:
        self.assertThat(
            self.sent,
            HasPayload('InstancePayload', Compatible('2.0'), name='web'),
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

    def test_nested_objects(self) -> None:
        self.assertThat(
            self.sent,
            HasPayload(
                flavor=HasPayload('FlavorPayload', Compatible('1.3')),
                ip_addresses=AllMatch(HasPayload('IpPayload')),
                created_at=ANY,
            ),
        )

    def test_fields_only(self) -> None:
        self.assertThat(
            self.sent, HasFields({'flavor.name': 'small'}, name='web')
        )

    def test_format(self) -> None:
        self.assertThat(self.sent, IsVersioned('nova_object'))
        self.assertThat(self.legacy, IsLegacy())
