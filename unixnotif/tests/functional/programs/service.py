# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A service of several processes and threads, which emits on command.

Usage: ``python -m ... CONFIG [--workers N] [--threads N]``. The first
process creates the Notifier before it forks the workers, as services do.
Without workers, the first process emits itself. Each line on standard input is
a command for every emitting process. Each process answers with a line on
standard output:

- ``{"emit": N}`` emits N notifications in each thread;
- ``{"start": true}`` begins to emit without end, ``{"stop": true}`` ends it.

The payload is ``{"slot": thread, "n": 1, 2, ..., "pid": pid, "data": ...}``.
"""

import argparse
from collections.abc import Iterable
import itertools
import json
import logging
import os
import sys
import threading
import time
from typing import Any

from oslo_config import cfg
import oslo_messaging

from unixnotif.tests.functional.programs import counters


def answer(**values: Any) -> None:
    """Write one line that the lines of other processes cannot split."""
    os.write(sys.stdout.fileno(), json.dumps(values).encode() + b'\n')


def make_notifier(config: str) -> oslo_messaging.Notifier:
    """Return the Notifier of a service with this configuration file."""
    conf = cfg.ConfigOpts()
    conf([], project='test', default_config_files=[config])
    return oslo_messaging.Notifier(
        oslo_messaging.get_notification_transport(conf, url='fake://'),
        publisher_id='service:host',
        topics=['notifications'],
    )


class Emitter:
    """Emit in several threads of one process."""

    def __init__(
        self,
        notifier: oslo_messaging.Notifier,
        shared: counters.Counters,
        slots: range,
    ) -> None:
        self._notifier = notifier
        self._shared = shared
        self._slots = slots
        self._threads: list[threading.Thread] = []
        self._stopping = threading.Event()
        self._slowest = 0.0

    def serve(self, commands: Iterable[str]) -> None:
        """Perform the command of each line, until the input ends."""
        for line in commands:
            command = json.loads(line)
            if 'stop' in command:
                self._stopping.set()
                self._join()
                continue
            self._begin(**command)
            if 'emit' in command:
                self._join()

    def _begin(self, emit: int = 0, start: bool = False, **how: Any) -> None:
        self._stopping.clear()
        self._threads = [
            threading.Thread(target=self._run, args=(slot, emit), kwargs=how)
            for slot in self._slots
        ]
        for thread in self._threads:
            thread.start()
        if start:
            answer(pid=os.getpid())

    def _run(
        self, slot: int, count: int, size: int = 0, marks: Iterable[int] = ()
    ) -> None:
        begun, ended = self._shared.begun, self._shared.ended
        payload = {'slot': slot, 'pid': os.getpid(), 'data': 'x' * size}
        turns = range(count) if count else itertools.count()
        for i in turns:
            if self._stopping.is_set():
                return
            begun[slot] += 1
            payload['n'] = begun[slot]
            clock = time.monotonic()
            self._notifier.info({}, 'test.number', payload)
            self._slowest = max(self._slowest, time.monotonic() - clock)
            ended[slot] += 1
            if i in marks:
                answer(reached=i, slot=slot)

    def _join(self) -> None:
        for thread in self._threads:
            thread.join()
        answer(
            pid=os.getpid(),
            emitted=sum(self._shared.ended[slot] for slot in self._slots),
            slowest=self._slowest,
        )


def main() -> int:
    """Fork the workers, and pass the commands on to them."""
    parser = argparse.ArgumentParser()
    parser.add_argument('config')
    parser.add_argument('--workers', type=int, default=0)
    parser.add_argument('--threads', type=int, default=1)
    args = parser.parse_args()
    logging.basicConfig(
        level=logging.WARNING, format='%(process)d %(levelname)s %(message)s'
    )
    processes = max(1, args.workers)
    shared = counters.Counters(
        counters.path_beside(args.config), processes * args.threads
    )
    notifier = make_notifier(args.config)
    if not args.workers:
        answer(pid=os.getpid())
        Emitter(notifier, shared, range(args.threads)).serve(sys.stdin)
        return 0
    pipes: list[int] = []
    for number in range(args.workers):
        reader, writer = os.pipe()
        if not os.fork():
            for pipe in [*pipes, writer]:
                os.close(pipe)
            first = number * args.threads
            slots = range(first, first + args.threads)
            with open(reader) as commands:
                Emitter(notifier, shared, slots).serve(commands)
            return 0
        os.close(reader)
        pipes.append(writer)
    answer(pid=os.getpid())
    for line in sys.stdin:
        for pipe in pipes:
            os.write(pipe, line.encode())
    for pipe in pipes:
        os.close(pipe)
    return max(os.wait()[1] for _ in pipes)


if __name__ == '__main__':
    sys.exit(main())
