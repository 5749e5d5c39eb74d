# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The consumers of a reading process: unixnotif, zmq, oslo listeners.

Rule: each consumer follows its own documentation, and does equal work: it
returns a decoded payload.
"""

import select
import threading
from typing import Any

from oslo_config import cfg
import oslo_messaging

from bench.readers import Report
from unixnotif import Consumer
from unixnotif import notification

try:
    import zmq
except ImportError:
    zmq = None  # type: ignore[assignment]


def receive(consumer: Consumer) -> None:
    """Receive a notification that was emitted before.

    :raises RuntimeError: it did not arrive
    """
    if consumer.receive(5) is None:
        raise RuntimeError('a notification did not arrive')


class UnixIntake:
    """Any number of our consumers, of which some are watched.

    :param addresses: by name, a URI and the number of its consumers
    """

    # A notification is in the buffer when the call of the emitter returns.
    idle = 0.001

    def __init__(self, addresses: dict[str, tuple[str, int]]) -> None:
        self._consumers: dict[str, list[Consumer]] = {}
        for name, (uri, count) in addresses.items():
            consumers = [Consumer(uri) for _ in range(count)]
            for consumer in consumers:
                consumer.subscribe(10.0)
            self._consumers[name] = consumers
        self.watch(next(iter(addresses)))

    def watch(self, what: str) -> None:
        """See :class:`~bench.readers.Intake`."""
        self._watched = self._consumers[what]
        self._poll = select.poll()
        for consumer in self._watched:
            self._poll.register(consumer.fileno(), select.POLLIN)

    def read(self, report: Report, timeout: float) -> bool:
        """See :class:`~bench.readers.Intake`."""
        if len(self._watched) == 1:
            consumer = self._watched[0]
            received = consumer.receive(timeout)
            if received is None:
                report.lost = consumer.lost
                return False
            report.add(received.payload)
            return True
        if timeout:
            self._poll.poll(timeout * 1000)
        before = report.count
        for consumer in self._watched:
            while (received := consumer.receive(0)) is not None:
                report.add(received.payload)
        return report.count > before


class ZmqIntake:
    """A zmq subscriber.

    :param endpoint: that the publisher has bound
    """

    idle = 0.02

    def __init__(self, endpoint: str) -> None:
        self._socket = zmq.Context().socket(zmq.SUB)
        self._socket.setsockopt(zmq.SUBSCRIBE, b'')
        self._socket.connect(endpoint)
        self._timeout = -1.0

    def watch(self, what: str) -> None:
        """See :class:`~bench.readers.Intake`."""

    def read(self, report: Report, timeout: float) -> bool:
        """See :class:`~bench.readers.Intake`."""
        if timeout != self._timeout:
            self._socket.setsockopt(zmq.RCVTIMEO, int(timeout * 1000))
            self._timeout = timeout
        try:
            data = self._socket.recv()
        except zmq.Again:
            return False
        read = notification.decode(data)
        assert isinstance(read, notification.Notification)
        report.add(read.payload)
        return True


class ListenerIntake:
    """A notification listener of oslo.messaging.

    :param url: its transport_url
    :param topic: that the notifier has
    """

    # A broker takes its time.
    idle = 0.1

    def __init__(self, url: str, topic: str) -> None:
        conf = cfg.ConfigOpts()
        conf([], project='bench')
        self._arrived = threading.Event()
        self._report: Report | None = None
        listener = oslo_messaging.get_notification_listener(
            oslo_messaging.get_notification_transport(conf, url=url),
            [oslo_messaging.Target(topic=topic)],
            [self],
            executor='threading',
        )
        listener.start()

    def info(
        self,
        ctxt: dict[str, Any],
        publisher_id: str,
        event_type: str,
        payload: dict[str, Any],
        metadata: dict[str, Any],
    ) -> None:
        """Count a notification; oslo.messaging calls this method."""
        if self._report is not None:
            self._report.add(payload)
        self._arrived.set()

    def watch(self, what: str) -> None:
        """See :class:`~bench.readers.Intake`."""

    def read(self, report: Report, timeout: float) -> bool:
        """See :class:`~bench.readers.Intake`."""
        self._report = report
        arrived = self._arrived.wait(timeout)
        self._arrived.clear()
        return arrived
