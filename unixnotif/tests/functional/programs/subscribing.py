# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Subscribes again and again, and sees whether anything was missed.

Usage: ``python -m ... URI COUNTERS SLOTS TIMES``. When
``subscribe()`` has returned, it is looked up how many calls of ``notify()``
each thread of the service has begun; the next one of each must come. What a
thread skips must be reported as lost, to the last one.
"""

import argparse
import contextlib
import json
import pathlib
import sys

from unixnotif import consumer
from unixnotif.tests.functional.programs import counters

# As many subscribe in a row, before any of them looks what has come.
_BATCH = 20


def missed(source: consumer.Consumer, begun: list[int], slots: int) -> int:
    """Return how many notifications a consumer missed without a record.

    :param begun: calls that each thread had begun when it had subscribed
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
    """Do it many times; tell what was missed."""
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
