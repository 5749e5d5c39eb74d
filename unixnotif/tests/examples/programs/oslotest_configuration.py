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

"""Tests with other configurations than ``cfg.CONF``."""

from oslo_config import cfg
from oslotest import base
import thing

from unixnotif.fixtures import UnixNotifierFixture


class ConfigurationTest(base.BaseTestCase):
    def test_own_conf(self) -> None:
        conf = cfg.ConfigOpts()
        fixture = self.useFixture(UnixNotifierFixture(conf))
        thing.init(conf)

        thing.create('thing-1')

        self.assertEqual(3, len(fixture.consumer))

    def test_two_services(self) -> None:
        api = self.useFixture(UnixNotifierFixture(cfg.ConfigOpts()))
        agent = self.useFixture(UnixNotifierFixture(cfg.ConfigOpts()))

        api.notifier('thing-api:host1').info({}, 'thing.create', {})
        agent.notifier('agent:host2').info({}, 'thing.ready', {})

        self.assertEqual(['thing.create'], api.consumer.event_types())
        self.assertEqual(['thing.ready'], agent.consumer.event_types())

    def test_topics(self) -> None:
        topics = ['versioned_notifications']
        fixture = self.useFixture(UnixNotifierFixture(topics=topics))

        fixture.notifier('thing-api:host1').info({}, 'thing.create', {})

        fixture.consumer.wait_for(topic='versioned_notifications')
