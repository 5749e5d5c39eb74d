# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A stock listener of oslo.messaging, which counts notifications.

Rule: only the transport URL belongs to unixnotif.
"""

import collections
import threading
from typing import Any
from typing import Self

from oslo_config import cfg
import oslo_messaging


class Listener:
    """Counts the notifications of each publisher, in a ``with`` block.

    :param url: transport URL
    :param topics: of the notifications
    :param exchange: of the notifications; None selects any, for unixnotif only
    """

    def __init__(
        self, url: str, topics: list[str], exchange: str | None = None
    ) -> None:
        conf = cfg.ConfigOpts()
        conf([], project='demo', default_config_files=[])
        self._counts: collections.Counter[str] = collections.Counter()
        self._changed = threading.Condition()
        self._transport = oslo_messaging.get_notification_transport(conf, url)
        self._server = oslo_messaging.get_notification_listener(
            self._transport,
            [
                oslo_messaging.Target(topic=topic, exchange=exchange)
                for topic in topics
            ],
            [self],
            executor='threading',
        )

    def info(self, ctxt: Any, publisher_id: str, *rest: Any) -> None:
        """Count a notification, as oslo.messaging calls the endpoint."""
        with self._changed:
            self._counts[publisher_id] += 1
            self._changed.notify_all()

    error = info

    def wait(self, count: int, timeout: float) -> None:
        """Wait until the listener has counted N notifications."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._counts.total() >= count, timeout
            )

    @property
    def counts(self) -> collections.Counter[str]:
        """Notifications of each publisher."""
        with self._changed:
            return self._counts.copy()

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._server.stop()
        self._server.wait()
        self._transport.cleanup()
