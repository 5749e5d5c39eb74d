# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A consumer that counts the notifications of each thread of a service.

Usage: ``python -m ... URI COUNTERS SLOTS [--group GROUP]``. Each line on
standard input is a command, answered by a line on standard output:

- ``{"subscribe": true}`` answers with the counters of the service before and
  after it;
- ``{"wait": N}`` answers when N notifications were received or reported
  lost;
- ``{"report": true}`` receives the rest, and answers with the tally.
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

# Number of notifications to receive before the next look for commands.
_AT_ONCE = 1000


class Tally:
    """The received notifications.

    :ivar received: number of notifications
    :ivar disorder: number of notifications that arrived after a later one of
        the same thread
    :ivar pids: number of notifications by the pid from the kernel
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

        :param most: maximum number, since emitters may be faster than this
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
    """Create the consumer, and serve."""
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
