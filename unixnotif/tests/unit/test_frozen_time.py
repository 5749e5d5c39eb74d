# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Timeouts under freezegun and time-machine.

Rule: a call that does not end is the failure; the timeout of the test run
ends such a call. No test measures a duration.
"""

import asyncio
from collections.abc import Callable
from collections.abc import Coroutine
from collections.abc import Iterator
import contextlib
import datetime
import time
from typing import Any

import freezegun
import time_machine

from unixnotif import address
from unixnotif import aio
from unixnotif import clock
from unixnotif import consumer as consumers
from unixnotif import errors
from unixnotif import fixtures as ours
from unixnotif import recording
from unixnotif.cli import send
from unixnotif.tests import base

# Before and after the present; a frozen clock has a small or a large number.
TIMES = ('1970-01-02', '2016-10-18T09:52:05.219414', '2100-01-01')
TOOLS: dict[str, Callable[[str], Any]] = {
    'freezegun': freezegun.freeze_time,
    'freezegun, ticking': lambda when: freezegun.freeze_time(when, tick=True),
    'time-machine': lambda when: time_machine.travel(when, tick=False),
    'time-machine, ticking': time_machine.travel,
}


def freezes() -> Iterator[contextlib.AbstractContextManager[Any]]:
    for freeze in TOOLS.values():
        for when in TIMES:
            yield freeze(when)


class FrozenTest(base.TestCase):
    def missing(self) -> address.Address:
        return address.Address(f'{self.new_directory().path}/missing')

    def run_in_loop(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run(coroutine)

    def test_tools_freeze(self) -> None:
        """The tools change the time that the package must not read."""
        for freeze in freezes():
            with freeze:
                now = datetime.datetime.now(datetime.UTC)
                self.assertGreater(abs(now - clock.now()).days, 300)
        with freezegun.freeze_time(TIMES[1]):
            self.assertEqual(time.monotonic(), time.monotonic())

    def test_clocks(self) -> None:
        """Each clock goes on while the time is frozen."""
        for freeze in freezes():
            for each in (clock.monotonic, clock.boottime, clock.file_time_ns):
                before = each()
                with freeze:
                    clock.sleep(0.02)
                    within = each()
                self.assertLess(before, within, each)
                self.assertLessEqual(within, each(), each)

    def test_consumer(self) -> None:
        """Each timeout of a consumer expires."""
        where = self.missing()
        receiver = self.new_consumer(self.new_directory())
        for freeze in freezes():
            with freeze:
                self.assertIsNone(receiver.receive(0.02))
                missing = consumers.Consumer(where)
                self.assertRaises(errors.MissingError, missing.subscribe, 0.02)
                draining = self.new_consumer(self.new_directory())
                self.assertEqual([], list(draining.drain(0.02)))

    def test_asyncio(self) -> None:
        """Each timeout expires in an event loop whose time is frozen."""
        where = self.new_directory()
        missing = aio.Consumer(self.missing())

        async def use() -> None:
            async with aio.Consumer(where) as receiver:
                self.assertIsNone(await receiver.receive(0.02))
                rest = [each async for each in receiver.drain(0.02)]
                self.assertEqual([], rest)
            try:
                await missing.subscribe(0.02)
            except errors.MissingError:
                return
            self.fail('subscribed')

        for freeze in freezes():
            with freeze:
                self.run_in_loop(use())

    def test_asyncio_other_tasks(self) -> None:
        """Other tasks run while a consumer waits in frozen time."""
        where = self.new_directory()
        publisher = self.new_publisher(where)

        async def emit() -> None:
            for _ in range(3):
                await asyncio.sleep(0)
            publisher.publish(base.document('late'))

        async def use() -> Any:
            async with aio.Consumer(where) as receiver:
                task = asyncio.ensure_future(emit())
                received = await receiver.receive(60)
                await task
                return received and received.payload

        for freeze in freezes():
            with freeze:
                self.assertEqual('late', self.run_in_loop(use()))

    def test_asyncio_after_the_freeze(self) -> None:
        """A wait that began in frozen time ends after the freeze, too."""
        where = self.new_directory()

        async def use(freeze: Any) -> None:
            async with aio.Consumer(where) as receiver:
                with freeze:
                    task = asyncio.ensure_future(receiver.receive(0.1))
                    # The task waits now.
                    for _ in range(3):
                        await asyncio.sleep(0)
                self.assertIsNone(await task)

        for freeze in freezes():
            self.run_in_loop(use(freeze))

    def test_capturing_consumer(self) -> None:
        """In frozen time, wait_for() fails only without the notification."""
        capturing = self.useFixture(ours.CapturingConsumer())
        publisher = self.new_publisher(address.Address.parse(capturing.uri))
        for freeze in freezes():
            capturing.reset()
            with freeze:
                publisher.publish(base.document(event_type='a.b'))
                [found] = capturing.wait_for('a.b')
                self.assertEqual('a.b', found.event_type)
                e = self.assertRaises(
                    AssertionError, capturing.wait_for, 'x.y', timeout=0.02
                )
                self.assertIn('at least 1 within 0.02 seconds', str(e))
                capturing.assert_none('x.y', within=0.02)

    def test_deadline_after_the_freeze(self) -> None:
        """A deadline set in frozen time is correct after the freeze."""
        for freeze in freezes():
            with freeze:
                deadline = clock.deadline(60)
            remaining = deadline - clock.monotonic()
            self.assertTrue(0 < remaining <= 60, remaining)

    def test_send(self) -> None:
        """The command waits for subscribers in real time."""
        publisher = self.new_publisher(self.new_directory())
        for freeze in freezes():
            with freeze:
                send.wait_for_subscribers(publisher, 0.02)

    def test_rate_limiter(self) -> None:
        """A limit that began in frozen time does not outlive the freeze."""
        for freeze in freezes():
            limiter = clock.RateLimiter(0.02)
            with freeze:
                self.assertTrue(limiter.allows('x'))
            base.wait_until(lambda: limiter.allows('x'), 60)  # noqa: B023

    def test_recording(self) -> None:
        """Lines of a recording have the real time: replay keeps the pace."""
        sent = base.new_notification()
        for freeze in freezes():
            before = clock.now()
            with freeze:
                line = recording.Recorded.now(sent)
                lost = recording.RecordedLost.now({'buffer_full': 1})
            for received in (line.received, lost.received):
                assert received is not None
                self.assertTrue(before <= received <= clock.now())
