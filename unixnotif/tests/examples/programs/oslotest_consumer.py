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

"""A test of a command that publishes without a Notifier."""

import subprocess

from oslotest import base

from unixnotif.fixtures import CapturingConsumer


class SendTest(base.BaseTestCase):
    def test_send(self) -> None:
        consumer = self.useFixture(CapturingConsumer())

        subprocess.run(
            [
                'unixnotif',
                'send',
                consumer.uri,
                '--event-type=thing.create.end',
                '{"id": "thing-1"}',
            ],
            check=True,
        )

        [sent] = consumer.notifications
        self.assertEqual({'id': 'thing-1'}, sent.payload)
