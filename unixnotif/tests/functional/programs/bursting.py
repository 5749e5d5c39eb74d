# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A suite of 500 tests that emit bursts, for any runner and worker.

The environment selects the bursts: ``BURSTS_LARGEST`` is the largest size, and
``BURSTS_SEED`` is the seed of the others. The logarithms of the sizes are
evenly distributed, so that all orders of magnitude occur.
"""

from collections.abc import Callable
import math
import os
import random
import threading
from typing import NamedTuple

from oslo_config import cfg
import oslo_messaging
from oslotest import base

from unixnotif import fixtures

TESTS = 500


class Burst(NamedTuple):
    """The notifications of one test.

    :ivar counts: notifications of each thread
    :ivar size: of a payload, in characters
    """

    counts: list[int]
    size: int


def burst(number: int, largest: int, seed: str) -> Burst:
    """Return the burst of a test; the first test has the largest one."""
    chance = random.Random(f'{seed} {number}')
    total = round(math.exp(chance.uniform(0, math.log(largest))))
    if number == 0:
        total = largest
    threads = chance.choice([1, 2, 3, 4])
    counts = [total // threads] * threads
    counts[0] += total % threads
    return Burst(counts, chance.choice([0, 100, 1000, 3000]))


def total(largest: int, seed: str) -> int:
    """Return the number of notifications of all tests."""
    return sum(
        sum(burst(number, largest, seed).counts) for number in range(TESTS)
    )


class BurstTest(base.BaseTestCase):
    """The tests are added below."""

    def check(self, number: int) -> None:
        """Emit a burst from several threads; all of it is captured."""
        counts, size = burst(
            number,
            int(os.environ['BURSTS_LARGEST']),
            os.environ['BURSTS_SEED'],
        )
        # Created before the fixture, and used by all threads, as in a service.
        transport = oslo_messaging.get_notification_transport(
            cfg.CONF, 'fake://'
        )
        early = oslo_messaging.Notifier(transport, self.id(), driver='log')
        fixture = self.useFixture(fixtures.UnixNotifierFixture())
        late = fixture.notifier(self.id())

        def emit(slot: int, count: int) -> None:
            notifier = (early, late)[slot % 2]
            for n in range(count):
                notifier.info(
                    {},
                    f'burst.{slot}',
                    {'of': number, 'n': n, 'data': f'{n % 10}' * size},
                )

        threads = [
            threading.Thread(target=emit, args=(slot, count))
            for slot, count in enumerate(counts)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        consumer = fixture.consumer
        self.assertEqual(sum(counts), len(consumer))
        self.assertEqual(
            {(self.id(), os.getpid())},
            {(n.publisher_id, n.sender and n.sender.pid) for n in consumer},
        )
        for slot, count in enumerate(counts):
            expected = [
                {'of': number, 'n': n, 'data': f'{n % 10}' * size}
                for n in range(count)
            ]
            found = [each.payload for each in consumer.find(f'burst.{slot}')]
            # Not assertEqual, which would print megabytes.
            self.assertTrue(expected == found, f'{slot}: {len(found)}')
        self.assertEqual([], consumer.driver_errors)


def _make(number: int) -> Callable[[BurstTest], None]:
    def test(self: BurstTest) -> None:
        self.check(number)

    return test


for _number in range(TESTS):
    setattr(BurstTest, f'test_{_number:03}', _make(_number))
