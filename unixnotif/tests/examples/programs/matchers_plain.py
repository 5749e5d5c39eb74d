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

"""A test with plain assertions."""

from oslotest import base
import servers

from unixnotif.fixtures import UnixNotifierFixture
from unixnotif.matchers import HasPayload


class PlainTest(base.BaseTestCase):
    def test_plain(self) -> None:
        fixture = self.useFixture(UnixNotifierFixture())
        notifier = fixture.notifier('nova-compute:host1')
        notifier.info({}, 'instance.create.end', servers.payload())

        [sent] = fixture.consumer.notifications
        assert HasPayload(uuid=servers.UUID).match(sent) is None

        assert sent.versioned is not None
        assert sent.versioned.version == (2, 1)
        assert sent.versioned['flavor.vcpus'] == 2
        assert sent.versioned['flavor'].name == 'FlavorPayload'
