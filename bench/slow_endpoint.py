# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Memory of a listener with a slow endpoint: python -m bench.slow_endpoint.

Rule: the listener has its own process. The command measures its memory before
the first notification, and again when the emitter has dropped more
notifications than it has delivered.
"""

import multiprocessing
from multiprocessing.connection import Connection
import os
import pathlib
import tempfile
import threading
from typing import Any

from oslo_config import cfg
import oslo_messaging

from bench import payloads
from bench import stages
from bench import tables
from bench import throughput
from unixnotif import opts
from unixnotif import Publisher


class _Endpoint:
    def info(self, *args: Any) -> None:
        threading.Event().wait()


def main() -> None:
    """Measure; show one row for each limit and payload."""
    print(
        tables.plain('Memory of a listener while its endpoint sleeps')(
            [
                _measure(payload, limit)
                for payload in payloads.PAYLOADS.values()
                for limit in (100, 1000)
            ]
        )
    )


def _measure(payload: payloads.Payload, limit: int) -> dict[str, Any]:
    document = throughput.ready_made(payload)
    context = multiprocessing.get_context('spawn')
    pipe, theirs = context.Pipe()
    with tempfile.TemporaryDirectory() as directory:
        uri = f'unix+dir://{directory}'
        listening = context.Process(
            target=_listen, args=(theirs, uri, limit), daemon=True
        )
        listening.start()
        theirs.close()
        before = pipe.recv()
        with Publisher(uri) as publisher:
            delivered = dropped = 0
            while dropped <= max(delivered, 2 * limit):
                delivery = publisher.publish(document)
                delivered += delivery.delivered
                dropped += sum(delivery.dropped.values())
            pipe.send('measure')
            after = pipe.recv()
        listening.join()
    return {
        'payload': payload.name,
        'max_unacknowledged': limit,
        'delivered': delivered,
        'dropped': dropped,
        'growth_mib': (after - before) / 2**20,
    }


def _listen(pipe: Connection, uri: str, limit: int) -> None:
    conf = cfg.ConfigOpts()
    conf([], project='bench', default_config_files=[])
    opts.register(conf)
    conf.set_override('max_unacknowledged', limit, group=opts.GROUP)
    server = oslo_messaging.get_notification_listener(
        oslo_messaging.get_notification_transport(conf, uri),
        [oslo_messaging.Target(topic=stages.TOPIC)],
        [_Endpoint()],
        executor='threading',
    )
    server.start()
    pipe.send(_resident())
    pipe.recv()
    pipe.send(_resident())
    os._exit(0)


def _resident() -> int:
    pages = pathlib.Path('/proc/self/statm').read_text().split()[1]
    return int(pages) * os.sysconf('SC_PAGE_SIZE')


if __name__ == '__main__':
    main()
