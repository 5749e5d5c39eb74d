# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A consumer that keeps a tally of what a service's threads emit.

Usage: ``python -m ... URI COUNTERS SLOTS [--group GROUP]``. Each line on
standard input is a command, answered by a line on standard output:

- ``{"subscribe": true}`` tells how far the service was before and after;
- ``{"wait": N}`` is answered when N were received or reported lost;
- ``{"report": true}`` receives what is left, and tells the tally.
"""

import argparse
import collections
import contextlib
import json
import pathlib
import select
import sys
from typing import Any

from unixnotif import consumer
from unixnotif.tests.functional.programs import counters

# Received before it looks for commands again.
_AT_ONCE = 1000


class Tally:
    """The received notifications.

    :ivar received: how many
    :ivar disorder: how many came after a later one of the same thread
    :ivar pids: how many by process, as the kernel names it
    """

    def __init__(self) -> None:
        self.received = 0
        self.disorder = 0
        self.pids: collections.Counter[int] = collections.Counter()
        self._last: dict[int, int] = {}

    def drain(
        self, source: consumer.Consumer, most: int = sys.maxsize
    ) -> None:
        """Receive all waiting notifications.

        :param most: where emitters may be faster for ever
        """
        for _ in range(most):
            received = source.receive(0)
            if received is None:
                return
            slot, number = received.payload['slot'], received.payload['n']
            self.disorder += number <= self._last.get(slot, 0)
            self._last[slot] = number
            self.received += 1
            assert received.sender is not None
            self.pids[received.sender.pid] += 1


def main() -> None:
    """Make the consumer, and serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument('uri')
    parser.add_argument('counters', type=pathlib.Path)
    parser.add_argument('slots', type=int)
    parser.add_argument('--group')
    args = parser.parse_args()
    shared = counters.Counters(args.counters, args.slots)
    source = consumer.Consumer(args.uri, args.group)
    with contextlib.closing(source):
        serve(source, shared)


def serve(source: consumer.Consumer, shared: counters.Counters) -> None:
    """Receive and answer, until standard input ends."""
    tally = Tally()
    wanted = 0
    # Not the fileno() of the consumer, which has none before it subscribes.
    poll = select.poll()
    poll.register(sys.stdin, select.POLLIN)

    def answer(**values: Any) -> None:
        sys.stdout.write(json.dumps(values) + '\n')
        sys.stdout.flush()

    while True:
        ready = poll.poll(consumer.CHECK_INTERVAL * 1000)
        if wanted or source.subscribed:
            tally.drain(source, _AT_ONCE)
        if wanted and tally.received + source.lost >= wanted:
            wanted = 0
            answer(received=tally.received, lost=source.lost)
        if (sys.stdin.fileno(), select.POLLIN) not in ready:
            if any(fd == sys.stdin.fileno() for fd, _ in ready):
                return
            continue
        line = sys.stdin.readline()
        if not line:
            return
        command = json.loads(line)
        if 'subscribe' in command:
            before = sum(shared.ended)
            source.subscribe(timeout=200)
            after = sum(shared.begun)
            poll.register(source.fileno(), select.POLLIN)
            answer(before=before, after=after)
        elif 'wait' in command:
            wanted = command['wait']
        else:
            tally.drain(source)
            answer(
                received=tally.received,
                lost=source.lost,
                reasons=source.lost_reasons,
                rejected=source.rejected,
                disorder=tally.disorder,
                pids=tally.pids,
            )


if __name__ == '__main__':
    main()
