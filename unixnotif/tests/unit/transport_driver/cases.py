# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Shared parts of the tests of the transport driver."""

from typing import Any

from oslo_config import cfg
import oslo_messaging

from unixnotif import address
from unixnotif import notification
from unixnotif import publisher as publishers
from unixnotif import targets
from unixnotif import transport_driver
from unixnotif.tests import base
from unixnotif.transport_driver import listeners
from unixnotif.transport_driver import messages
from unixnotif.transport_driver import subscription

MAX_SIZE = 2**20


class TestCase(base.TestCase):
    """A test with listeners, which no thread polls."""

    def new_subscriptions(
        self,
        where: address.Address,
        *topics: str,
        exchange: str | None = None,
        priorities: tuple[str, ...] = ('info',),
        pool: str | None = None,
    ) -> subscription.Subscriptions:
        """The consumers of a listener, closed at the end."""
        made = subscription.Subscriptions(
            where,
            targets.Targets(
                targets.Target(topic, exchange, priority)
                for topic in topics or ('notifications',)
                for priority in priorities
            ),
            pool,
            MAX_SIZE,
        )
        self.addCleanup(made.close)
        return made

    def new_listener(
        self,
        where: address.Address,
        *topics: str,
        limit: int = 1000,
        **options: Any,
    ) -> listeners.UnixListener:
        """A listener, which is ended at the end."""
        made = listeners.UnixListener(
            self.new_subscriptions(where, *topics, **options), limit
        )
        self.addCleanup(made.cleanup)
        return made

    def new_driver(
        self, url: str, config: str = ''
    ) -> transport_driver.UnixTransportDriver:
        """The driver for a URL, as oslo.messaging makes it."""
        transport = self.new_transport(url, config)
        made = transport._driver
        assert isinstance(made, transport_driver.UnixTransportDriver)
        return made

    def new_transport(self, url: str, config: str = '') -> Any:
        """A transport of oslo.messaging, which is cleaned up at the end."""
        made = oslo_messaging.get_notification_transport(
            self.new_conf(config), url
        )
        self.addCleanup(made.cleanup)
        return made

    def new_conf(self, config: str = '') -> cfg.ConfigOpts:
        """Options, read from a file with this text."""
        path = f'{self.new_directory().path}/service.conf'
        with open(path, 'w') as file:
            file.write(config)
        conf = cfg.ConfigOpts()
        conf([], project='test', default_config_files=[path])
        return conf


def publish(
    publisher: publishers.Publisher, payload: Any, **changes: Any
) -> publishers.Delivery:
    """Publish a notification of topic ``notifications``."""
    values = {'topics': ('notifications',), **changes}
    return publisher.publish(base.document(payload, **values))


def payloads(messages: list[messages.Message]) -> list[Any]:
    """The payloads of messages."""
    return [each.message['payload'] for each in messages]


def new_notification(payload: Any = None) -> notification.Notification:
    """A notification of topic ``notifications``."""
    return base.new_notification(payload, topics=('notifications',))
