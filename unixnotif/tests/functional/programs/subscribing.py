# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A consumer that subscribes repeatedly, and checks that it misses nothing.

Usage: ``python -m ... URI COUNTERS SLOTS TIMES``. After ``subscribe()``, the
program reads how many calls of ``notify()`` each thread of the service has
begun. The notification of the next call of each thread must arrive, or be
reported as lost.
"""

import argparse
import contextlib
import json
import pathlib
import sys

from unixnotif import consumer
from unixnotif.tests.functional.programs import counters

# Number of consumers that subscribe before the first of them is read.
_BATCH = 20


def missed(source: consumer.Consumer, begun: list[int], slots: int) -> int:
    """Return how many notifications a consumer missed without a record.

    :param begun: number of calls that each thread had begun when the consumer
        was subscribed
    """
    skipped = 0
    unseen = set(range(slots))
    while unseen:
        received = source.receive(timeout=200)
        if received is None:
            raise AssertionError(f'nothing comes from {unseen}')
        slot = received.payload['slot']
        if slot in unseen:
            unseen.remove(slot)
            skipped += max(0, received.payload['n'] - begun[slot] - 1)
    return max(0, skipped - source.lost)


def main() -> None:
    """Subscribe many times; print the number of missed notifications."""
    parser = argparse.ArgumentParser()
    parser.add_argument('uri')
    parser.add_argument('counters', type=pathlib.Path)
    parser.add_argument('slots', type=int)
    parser.add_argument('times', type=int)
    args = parser.parse_args()
    shared = counters.Counters(args.counters, args.slots)
    failures = []
    for _ in range(args.times // _BATCH):
        with contextlib.ExitStack() as stack:
            subscribed = [
                (
                    stack.enter_context(consumer.Consumer(args.uri)),
                    list(shared.begun),
                )
                for _ in range(_BATCH)
            ]
            failures += [
                number
                for source, begun in subscribed
                if (number := missed(source, begun, args.slots))
            ]
    json.dump({'missed': failures}, sys.stdout)
    sys.stdout.write('\n')


if __name__ == '__main__':
    main()
