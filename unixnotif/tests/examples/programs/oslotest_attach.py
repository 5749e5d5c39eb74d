# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

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
