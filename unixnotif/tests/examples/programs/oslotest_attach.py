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

"""Tests with Notifiers that exist before the fixture."""

from oslo_config import cfg
import oslo_messaging
from oslotest import base
import thing

from unixnotif.fixtures import UnixNotifierFixture


class LateFixtureTest(base.BaseTestCase):
    def test_existing_notifiers(self) -> None:
        thing.init(cfg.CONF)
        fixture = self.useFixture(UnixNotifierFixture())

        thing.create('thing-1')

        fixture.consumer.wait_for('thing.create.end', count=2)


class AttachTest(base.BaseTestCase):
    def test_attach(self) -> None:
        other_conf = cfg.ConfigOpts()
        notifier = oslo_messaging.Notifier(
            oslo_messaging.get_notification_transport(other_conf, 'fake://'),
            'thing-agent:host1',
        )
        fixture = self.useFixture(UnixNotifierFixture())
        fixture.attach(notifier)

        notifier.info({}, 'thing.ready', {})

        fixture.consumer.wait_for(publisher_id='thing-agent:*')
