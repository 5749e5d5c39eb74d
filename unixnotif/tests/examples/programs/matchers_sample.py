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
