# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""A bus inside the process, and the stock listener of oslo.messaging."""

import threading
from typing import Any

from oslo_config import cfg
import oslo_messaging

from unixnotif.tests import base

URL = 'fake://'
TOPICS = ('notifications', 'versioned_notifications', 'third')


def _new_transport(url: str) -> Any:
    conf = cfg.ConfigOpts()
    conf([], default_config_files=[], default_config_dirs=[])
    return oslo_messaging.get_notification_transport(conf, url)


class Listener:
    """A stock listener that keeps everything.

    :ivar received: topic, context, and the envelope, in order
    """

    def __init__(self, url: str = URL, exchange: str = 'openstack') -> None:
        self._arrived = threading.Condition()
        self.received: list[tuple[str, dict[str, Any], dict[str, Any]]] = []
        self._listeners = [
            oslo_messaging.get_notification_listener(
                _new_transport(url),
                [oslo_messaging.Target(topic=topic, exchange=exchange)],
                [_Endpoint(topic, self._add)],
                executor='threading',
            )
            for topic in TOPICS
        ]
        for each in self._listeners:
            each.start()

    def _add(self, *received: Any) -> None:
        with self._arrived:
            self.received.append(received)
            self._arrived.notify_all()

    def wait(self, number: int) -> None:
        """Wait for a number of notifications."""
        with self._arrived:
            if not self._arrived.wait_for(
                lambda: len(self.received) >= number, 60
            ):
                raise AssertionError(f'only {self.received}')

    def stop(self) -> None:
        """Stop listening."""
        for each in self._listeners:
            each.stop()
            each.wait()


class _Endpoint:
    def __init__(self, topic: str, add: Any) -> None:
        for priority in ('info', 'warn', 'error'):
            setattr(self, priority, self._new_method(priority, topic, add))

    def _new_method(self, priority: str, topic: str, add: Any) -> Any:
        def method(
            ctxt: Any, publisher_id: Any, event_type: str, payload: Any,
            metadata: dict[str, Any],
        ) -> None:  # fmt: skip
            add(
                topic,
                ctxt,
                {
                    'publisher_id': publisher_id,
                    'event_type': event_type,
                    'payload': payload,
                    'priority': priority,
                    **metadata,
                },
            )

        return method


class TestCase(base.TestCase):
    """A test with a listener on the bus."""

    def setUp(self) -> None:
        super().setUp()
        # The bus is one for the process: other tests may have left messages.
        _new_transport(URL).cleanup()
        self.listener = Listener()
        self.addCleanup(self.listener.stop)
