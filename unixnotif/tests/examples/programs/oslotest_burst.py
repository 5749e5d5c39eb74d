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

"""A test that emits more than the socket buffer holds."""

from oslotest import base

from unixnotif.fixtures import UnixNotifierFixture


class BurstTest(base.BaseTestCase):
    def test_burst(self) -> None:
        fixture = self.useFixture(UnixNotifierFixture())
        notifier = fixture.notifier('thing-api:host1')

        for number in range(10_000):
            notifier.info({}, 'thing.update', {'n': number, 'x': 'x' * 1000})

        self.assertEqual(
            list(range(10_000)),
            [each.payload['n'] for each in fixture.consumer],
        )
