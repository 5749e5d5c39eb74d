# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A small service that emits notifications: a pool of workers, and a command.

Rule: it uses the Notifier of oslo.messaging, and no driver. Only its
configuration file says where the notifications go::

    python -m demo.service --config-file demo.conf serve
    python -m demo.service --config-file demo.conf create-flavor m1.tiny

Each publisher prints one line of JSON at its end: its publisher_id, its
process id, and the number of notifications that it emitted.
"""

from collections.abc import Iterable
import itertools
import json
import logging
import multiprocessing
import os
import sys
import threading
from typing import Any

from oslo_config import cfg
import oslo_messaging

from demo import objects
from demo import work


def main() -> int:
    """Run a command of the service.

    :returns: the exit code, 0 after success
    """
    logging.basicConfig(format='%(levelname)s %(name)s: %(message)s')
    conf = cfg.ConfigOpts()
    conf.register_cli_opt(cfg.SubCommandOpt('command', handler=_commands))
    conf(sys.argv[1:], project=objects.SERVICE)
    oslo_messaging.set_transport_defaults(control_exchange=objects.SERVICE)
    notifier = oslo_messaging.Notifier(
        oslo_messaging.get_notification_transport(conf),
        topics=['versioned_notifications'],
    )
    if conf.command.name == 'serve':
        return serve(notifier, conf.command.workers, conf.command.count)
    emit(notifier, 'demo-manage', work.flavors(conf.command.flavor))
    return 0


def _commands(parsers: Any) -> None:
    server = parsers.add_parser('serve', help='run a pool of workers')
    server.add_argument('--workers', type=int, default=3)
    server.add_argument(
        '--count', type=int, default=6, help='notifications of each worker'
    )
    command = parsers.add_parser('create-flavor', help='create a flavor')
    command.add_argument('flavor', metavar='NAME')


def serve(notifier: oslo_messaging.Notifier, workers: int, count: int) -> int:
    """Fork a pool of workers, and watch over it in a thread.

    :param notifier: created before the fork, and used by all
    :param count: number of notifications of each worker and of the thread
    """
    fork = multiprocessing.get_context('fork')
    pool = [
        fork.Process(
            target=emit,
            args=(notifier, f'demo-compute:{n}', work.instances(), count),
        )
        for n in range(1, workers + 1)
    ]
    for worker in pool:
        worker.start()
    # After the fork: a child has only the thread that forked.
    watch = threading.Thread(
        target=emit, args=(notifier, 'demo-monitor', work.states(), count)
    )
    watch.start()
    for worker in pool:
        worker.join()
    watch.join()
    return int(any(worker.exitcode for worker in pool))


def emit(
    notifier: oslo_messaging.Notifier,
    publisher_id: str,
    notifications: Iterable[objects.Notification],
    count: int | None = None,
) -> None:
    """Emit notifications, and report their number.

    :param count: stop after N notifications
    """
    notifier = notifier.prepare(publisher_id=publisher_id)
    emitted = 0
    for each in itertools.islice(notifications, count):
        each.emit(notifier)
        emitted += 1
    report = {
        'publisher_id': publisher_id,
        'pid': os.getpid(),
        'emitted': emitted,
    }
    # One write: the lines of several processes must not mix in the pipe.
    os.write(sys.stdout.fileno(), f'{json.dumps(report)}\n'.encode())


if __name__ == '__main__':
    sys.exit(main())
