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

"""Tests of whole notifications."""

from oslotest import base
import servers
from testtools.matchers import MatchesListwise

from unixnotif.fixtures import UnixNotifierFixture
from unixnotif.matchers import HasPayload
from unixnotif.matchers import IsLegacy
from unixnotif.matchers import MatchesNotification


class NotificationTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        fixture = self.useFixture(UnixNotifierFixture())
        servers.create(
            fixture.notifier(
                'nova-compute:host1', ['versioned_notifications']
            ),
            fixture.notifier('nova-compute:host1', ['notifications']),
        )
        self.emitted = fixture.consumer

    def test_envelope(self) -> None:
        sent, _ = self.emitted.notifications
        self.assertThat(
            sent,
            MatchesNotification(
                'instance.create.*',
                publisher_id='nova-compute:*',
                priority='info',
                topic='versioned_notifications',
                payload=HasPayload('InstancePayload', uuid=servers.UUID),
            ),
        )

    def test_wait_for(self) -> None:
        self.emitted.wait_for(
            'instance.*', payload=HasPayload(uuid=servers.UUID)
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
