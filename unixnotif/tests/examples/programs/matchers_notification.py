# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

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
