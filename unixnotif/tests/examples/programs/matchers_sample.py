# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Tests of notifications against sample files."""

from oslotest import base
import servers
from testtools.matchers import StartsWith

from unixnotif import samples
from unixnotif.fixtures import UnixNotifierFixture
from unixnotif.matchers import ANY
from unixnotif.matchers import MatchesSample

SAMPLE = 'samples/instance-create-end.json'


class SampleTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        fixture = self.useFixture(UnixNotifierFixture())
        notifier = fixture.notifier('nova-compute:host1')
        notifier.info({}, 'instance.create.end', servers.payload())
        [self.sent] = fixture.consumer.notifications

    def test_sample(self) -> None:
        self.assertThat(
            self.sent,
            MatchesSample(
                SAMPLE, {'uuid': servers.UUID}, ignore=['created_at']
            ),
        )

    def test_changed_sample(self) -> None:
        sample = samples.load(SAMPLE)
        sample['publisher_id'] = StartsWith('nova-compute:')
        self.assertThat(
            self.sent,
            MatchesSample(sample, {'uuid': servers.UUID, 'created_at': ANY}),
        )
