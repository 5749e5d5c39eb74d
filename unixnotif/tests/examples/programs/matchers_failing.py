# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Tests that fail, one for each way to differ."""

from typing import Any

from oslotest import base
import servers

from unixnotif.fixtures import UnixNotifierFixture
from unixnotif.matchers import Compatible
from unixnotif.matchers import HasPayload
from unixnotif.matchers import MatchesNotification
from unixnotif.matchers import MatchesSample

SAMPLE = 'samples/instance-create-end.json'


class FailingTest(base.BaseTestCase):
    def emit(self, payload: dict[str, Any]) -> Any:
        fixture = self.useFixture(UnixNotifierFixture())
        notifier = fixture.notifier(
            'nova-compute:host1', ['versioned_notifications']
        )
        notifier.info({}, 'instance.create.end', payload)
        [sent] = fixture.consumer.notifications
        return sent

    def test_payload(self) -> None:
        self.assertThat(
            self.emit(servers.payload()),
            HasPayload(
                'InstancePayload',
                Compatible('2.2'),
                state='building',
                host='host1',
                **{'flavor.vcpus': 4},
            ),
        )

    def test_notification(self) -> None:
        self.assertThat(
            self.emit(servers.payload()),
            MatchesNotification(
                'instance.delete.*',
                topic='notifications',
                payload=HasPayload(state='deleted'),
            ),
        )

    def test_sample(self) -> None:
        payload = servers.payload()
        data = payload['nova_object.data']
        data['host'] = 'host1'
        data['flavor']['nova_object.version'] = '2.0'
        del data['flavor']['nova_object.data']['extra_specs']
        self.assertThat(
            self.emit(payload),
            MatchesSample(
                SAMPLE, {'uuid': servers.UUID}, ignore=['created_at']
            ),
        )

    def test_ignored(self) -> None:
        payload = servers.payload()
        data = payload['nova_object.data']
        data['created_at'] = 1795421700
        data['flavor']['nova_object.data']['vcpus'] = '2'
        self.assertThat(
            self.emit(payload),
            MatchesSample(
                SAMPLE,
                {'uuid': servers.UUID},
                ignore=['created_at', 'flavor'],
            ),
        )
