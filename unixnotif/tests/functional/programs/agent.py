# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""An agent: a listener of oslo.messaging, and nothing of ours but its URL.

Usage: ``python -m ... URL [option ...]``. Each process of the agent writes a
line when it listens. Each line on standard input is a command; the agent
answers with a line:

- ``{"handle": N}`` waits until the endpoint has handled N notifications;
- ``{"stop": true}``, or the end of the input, stops the listener; the answer
  has the number of calls of the endpoint by notification.

With workers, the transport is made before they are forked.
"""

import argparse
import sys

_parser = argparse.ArgumentParser()
_parser.add_argument('url')
_parser.add_argument('--executor', default='threading')
_parser.add_argument('--topic', action='append')
_parser.add_argument('--pool')
_parser.add_argument('--batch', type=int)
_parser.add_argument('--requeue', type=int, help='requeue one of N')
_parser.add_argument('--end', default='stop,wait,cleanup')
_parser.add_argument('--workers', type=int, default=0)
args = _parser.parse_args()

if args.executor == 'eventlet':
    import eventlet  # type: ignore[import-untyped]

    eventlet.monkey_patch()

import collections  # noqa: E402
import json  # noqa: E402
import logging  # noqa: E402
import os  # noqa: E402
import select  # noqa: E402
import threading  # noqa: E402
from typing import Any  # noqa: E402

from oslo_config import cfg  # noqa: E402
import oslo_messaging  # noqa: E402

from unixnotif.tests.functional.programs import service  # noqa: E402


class Endpoint:
    """Counts handled notifications; requeues some of them once."""

    def __init__(self) -> None:
        self.handled: collections.Counter[str] = collections.Counter()
        self.refused: set[str] = set()
        self.first: Any = None
        self._changed = threading.Condition()

    def wait(self, count: int) -> None:
        """Wait until N notifications were handled."""
        with self._changed:
            self._changed.wait_for(lambda: self.handled.total() >= count)

    def _handle(self, payload: Any, everything: Any) -> str | None:
        key = str(payload['n'])
        with self._changed:
            if (
                args.requeue
                and payload['n'] % args.requeue == 0
                and key not in self.refused
            ):
                self.refused.add(key)
                return str(oslo_messaging.NotificationResult.REQUEUE)
            if self.first is None:
                self.first = everything
            self.handled[key] += 1
            self._changed.notify_all()
        return None

    def info(
        self,
        ctxt: Any,
        publisher_id: str,
        event_type: str,
        payload: Any,
        metadata: Any,
    ) -> str | None:
        """Handle one notification, as the listener calls it."""
        everything = [ctxt, publisher_id, event_type, payload, metadata]
        return self._handle(payload, everything)

    error = info


class BatchEndpoint(Endpoint):
    """The endpoint of a listener that delivers batches."""

    def info(self, messages: list[Any]) -> None:  # type: ignore[override]
        """Handle a batch."""
        for each in messages:
            self._handle(each['payload'], each)

    error = info  # type: ignore[assignment]


def _next_command() -> Any:
    # Other greenlets run meanwhile.
    select.select([sys.stdin], [], [])
    line = sys.stdin.readline()
    return json.loads(line) if line else {'stop': True}


def listen(transport: Any) -> None:
    """Listen, answer the commands, and report after the stop."""
    targets = [
        oslo_messaging.Target(topic=topic)
        for topic in args.topic or ['notifications']
    ]
    if args.batch:
        endpoint: Endpoint = BatchEndpoint()
        server = oslo_messaging.get_batch_notification_listener(
            transport, targets, [endpoint], args.executor,
            allow_requeue=True, pool=args.pool, batch_size=args.batch,
            batch_timeout=0.2,
        )  # fmt: skip
    else:
        endpoint = Endpoint()
        server = oslo_messaging.get_notification_listener(
            transport, targets, [endpoint], args.executor,
            allow_requeue=True, pool=args.pool,
        )  # fmt: skip
    server.start()
    service.answer(pid=os.getpid())
    while 'stop' not in (command := _next_command()):
        endpoint.wait(command['handle'])
        service.answer(handled=endpoint.handled.total())
    for verb in args.end.split(','):
        {
            'stop': server.stop,
            'wait': server.wait,
            'cleanup': transport.cleanup,
        }[verb]()
    if 'wait' not in args.end:
        # The executor continues, but no more messages arrive.
        server._work_executor.shutdown(wait=True)
    service.answer(handled=endpoint.handled, first=endpoint.first)


def main() -> None:
    """Create the transport, and fork the workers."""
    logging.basicConfig(level=logging.WARNING)
    conf = cfg.ConfigOpts()
    conf([], project='agent', default_config_files=[])
    transport = oslo_messaging.get_notification_transport(conf, args.url)
    if not args.workers:
        listen(transport)
    for _ in range(args.workers):
        if not os.fork():
            listen(transport)
            os._exit(0)
    for _ in range(args.workers):
        os.wait()


if __name__ == '__main__':
    main()
