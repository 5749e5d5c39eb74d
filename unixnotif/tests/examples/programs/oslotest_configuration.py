# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

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
