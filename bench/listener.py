# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""CPU time of a listener of oslo.messaging, with and without a transport.

Rule: both contenders use the same listener, executor and endpoint, in a
separate process. Without a transport, the listener decodes one document in
memory, with the same function. With sockets, all documents are in socket
buffers before the measurement begins.

The rates depend on other programs. The CPU time of the listening process
depends on them less. The GIL limits a busy listener to one processor.
"""

import contextlib
import multiprocessing
from multiprocessing.connection import Connection
import os
import statistics
import threading
import time
from typing import Any
from typing import Final

from oslo_config import cfg
import oslo_messaging
from oslo_messaging import transport
from oslo_messaging._drivers import base

from bench import payloads
from bench import stages
from bench import throughput
from unixnotif import notification
from unixnotif import Publisher
from unixnotif.transport_driver import listeners

FULL: Final = (5, 20_000)
QUICK: Final = (2, 5_000)
_FREE: Final = 'no transport'


class _Message(base.IncomingMessage):  # type: ignore[misc]
    def requeue(self) -> None:
        """Do nothing: the benchmark never calls this method."""


class _FreeListener(base.PollStyleListener):  # type: ignore[misc]
    """Decodes one document again and again."""

    def __init__(self, document: bytes, count: int) -> None:
        super().__init__()
        self._document = document
        self._rest = count

    def poll(
        self,
        timeout: float | None = None,
        batch_size: int = 1,
        batch_timeout: float | None = None,
    ) -> list[_Message]:
        """Return the next message; after the last one, wait."""
        if not self._rest:
            time.sleep(0.01)
            return []
        self._rest -= 1
        read = notification.decode(self._document)
        assert isinstance(read, notification.Notification)
        envelope = {
            'message_id': read.message_id,
            'publisher_id': read.publisher_id,
            'event_type': read.event_type,
            'priority': read.priority,
            'payload': read.payload,
            'timestamp': read.timestamp,
        }
        return [_Message(read.context, envelope, read.message_id)]


class _FreeDriver(base.BaseDriver):  # type: ignore[misc]
    def __init__(
        self, conf: cfg.ConfigOpts, document: bytes, count: int
    ) -> None:
        super().__init__(conf, None)
        self._document = document
        self._count = count

    def listen_for_notifications(
        self,
        targets_and_priorities: Any,
        pool: str | None,
        batch_size: int,
        batch_timeout: float | None,
    ) -> Any:
        """Return the listener."""
        return base.PollStyleListenerAdapter(
            _FreeListener(self._document, self._count),
            batch_size,
            batch_timeout,
        )

    def send(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: the benchmark never calls this method."""

    def listen(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: the benchmark never calls this method."""

    def send_notification(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: the benchmark never calls this method."""

    def cleanup(self) -> None:
        """Do nothing."""


class _Endpoint:
    """Counts to a number.

    :ivar done: set when it is reached
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._lock = threading.Lock()
        self.done = threading.Event()

    def info(self, *args: Any) -> None:
        """Count a notification, as the listener calls it."""
        with self._lock:
            self._count -= 1
            if not self._count:
                self.done.set()


def run(stage: stages.Stage, extent: tuple[int, int]) -> list[dict[str, Any]]:
    """Measure; one row for each transport and payload.

    :param extent: rounds, and messages of each
    """
    rounds, count = extent
    rows = []
    for payload in payloads.PAYLOADS.values():
        found: dict[str, list[tuple[float, float]]] = {}
        for _ in range(rounds):
            for name in _FREE, 'unix+dir':
                uri = '' if name == _FREE else stage.uri(name)
                found.setdefault(name, []).append(
                    _measure(uri, payload, count)
                )
        free = statistics.median(cpu for _, cpu in found[_FREE])
        for name, each in found.items():
            rates, cpus = zip(*each, strict=True)
            cpu = statistics.median(cpus)
            rows.append(
                {
                    'contender': name,
                    'payload': payload.name,
                    'received_per_s': round(statistics.median(rates)),
                    'listener_us': cpu * 10**6,
                    'of_no_transport': free / cpu,
                }
            )
    return rows


def _measure(
    uri: str, payload: payloads.Payload, count: int
) -> tuple[float, float]:
    """Return the rate, and the seconds of CPU time for each message."""
    document = throughput.ready_made(payload)
    if uri:
        # Creates the directory.
        with Publisher(uri):
            pass
    context = multiprocessing.get_context('spawn')
    pipe, theirs = context.Pipe()
    listening = context.Process(
        target=_listen, args=(theirs, uri, document, count), daemon=True
    )
    listening.start()
    theirs.close()
    pipe.recv()
    with contextlib.ExitStack() as stack:
        if uri:
            _fill(stack, uri, document, count)
        pipe.send('go')
        rate, cpu = pipe.recv()
    listening.join()
    return rate, cpu


def _fill(
    stack: contextlib.ExitStack, uri: str, document: bytes, count: int
) -> None:
    """Publish everything; each publisher has a buffer of its own."""
    while count:
        publisher = stack.enter_context(Publisher(uri))
        if not publisher.refresh():
            raise RuntimeError(f'nobody listens at {uri}')
        while count and publisher.publish(document).delivered:
            count -= 1


def _listen(pipe: Connection, uri: str, document: bytes, count: int) -> None:
    conf = cfg.ConfigOpts()
    conf([], project='bench')
    endpoint = _Endpoint(count)
    if uri:
        found = oslo_messaging.get_notification_transport(conf, uri)
    else:
        found = transport.NotificationTransport(
            _FreeDriver(conf, document, count)
        )
    server = oslo_messaging.get_notification_listener(
        found,
        [oslo_messaging.Target(topic=stages.TOPIC)],
        [endpoint],
        executor='threading',
    )
    start = threading.Event()
    kind = listeners.UnixListener if uri else _FreeListener
    poll = kind.poll

    def wait_and_poll(*args: Any, **kwargs: Any) -> Any:
        start.wait()
        kind.poll = poll  # type: ignore[method-assign]
        return poll(*args, **kwargs)

    kind.poll = wait_and_poll  # type: ignore[method-assign]
    server.start()
    pipe.send('listening')
    pipe.recv()
    cpu = time.process_time()
    begun = time.monotonic()
    start.set()
    endpoint.done.wait()
    elapsed = time.monotonic() - begun
    cpu = time.process_time() - cpu
    pipe.send((count / elapsed, cpu / count))
    # Without a wait for the threads of the executor.
    os._exit(0)
