# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The asyncio consumer: the methods of Consumer, in an event loop."""

import asyncio
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Coroutine
import inspect
import os
import shutil
from typing import Any

from unixnotif import address
from unixnotif import aio
from unixnotif import consumer as consumers
from unixnotif import errors
from unixnotif import filter as filters
from unixnotif import notification
from unixnotif.consumer import connections
from unixnotif.tests import base

#: Public methods of consumer.Consumer that aio.Consumer does not offer.
DRIVING = frozenset(
    {
        'advance',
        'after_fork',
        'at_exit',
        'buffered',
        'discard',
        'discarded',
        'drain_steps',
        'finish',
        'follow',
        'leave',
        'take',
        'take_of',
    }
)


class AioCase(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.loop = asyncio.new_event_loop()
        self.addCleanup(self.loop.close)

    def run_in_loop(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(coroutine)

    def readers(self) -> int:
        """Return the number of descriptors that the loop has and watches."""
        selector = self.loop._selector  # type: ignore[attr-defined]
        return len(selector.get_map())


class SameMethodsTest(AioCase):
    """The methods of consumer.Consumer, with the same arguments."""

    def public(self, instance: object) -> set[str]:
        return {name for name in dir(instance) if not name.startswith('_')}

    def test_names(self) -> None:
        """Every public method and property is there, and no other."""
        where = self.new_directory()

        self.assertEqual(
            self.public(consumers.Consumer(where)) - DRIVING,
            self.public(aio.Consumer(where)),
        )

    def parameters(self, function: Any) -> list[inspect.Parameter]:
        return list(inspect.signature(function).parameters.values())

    def test_signatures(self) -> None:
        """Every method has the same parameters, defaults and types."""
        names = self.public(aio.Consumer) | {'__init__'}
        for name in names:
            ours = inspect.getattr_static(aio.Consumer, name)
            others = inspect.getattr_static(consumers.Consumer, name, None)
            if inspect.isfunction(ours):
                self.assertEqual(
                    self.parameters(others), self.parameters(ours), name
                )
                self.assertEqual(
                    inspect.isgeneratorfunction(others),
                    inspect.isasyncgenfunction(ours),
                    name,
                )
            else:
                self.assertIsInstance(ours, property, name)

    def test_values(self) -> None:
        """Every property has the value that the other consumer has."""
        where = self.new_directory()
        arguments = (where, 'audit')
        ours = aio.Consumer(*arguments, priority='error')
        others = consumers.Consumer(*arguments, priority='error')
        compared = 0
        for name in self.public(aio.Consumer):
            if isinstance(
                inspect.getattr_static(aio.Consumer, name), property
            ):
                self.assertEqual(
                    str(getattr(others, name)), str(getattr(ours, name))
                )
                compared += 1

        self.assertEqual(7, compared)
        self.assertEqual(repr(others), repr(ours))


class ConsumerTest(AioCase):
    def test_with_and_for(self) -> None:
        """``async with`` subscribes, ``async for`` yields in order."""
        for where in self.new_directory(), self.new_socket():
            publisher = self.new_publisher(where)

            async def main(
                where: address.Address = where,
                publisher: Any = publisher,
            ) -> list[Any]:
                found: list[Any] = []
                async with aio.Consumer(str(where)) as receiver:
                    self.assertTrue(receiver.subscribed)
                    publisher.publish(base.document(0))
                    async for received in receiver:
                        found.append(received.payload)
                        if len(found) == 5:
                            break
                        # While the consumer waits.
                        self.loop.call_soon(
                            publisher.publish, base.document(len(found))
                        )
                self.assertFalse(receiver.subscribed)
                return found

            self.assertEqual(list(range(5)), self.run_in_loop(main()))

    def test_arguments(self) -> None:
        """Filters, groups and counts work as in consumer.Consumer."""
        where = self.new_directory()
        publisher = self.new_publisher(where, max_message_size=1000)

        async def main() -> Any:
            async with aio.Consumer(
                where, 'audit', event_type='volume.*'
            ) as receiver:
                publisher.publish(b' ' * 1001)
                publisher.publish(b'garbage')
                publisher.publish(base.document(1))
                publisher.publish(base.document(2, event_type='volume.x'))
                received = await receiver.receive()
                assert received
                return (
                    received.payload,
                    receiver.lost,
                    receiver.lost_reasons,
                    receiver.rejected,
                )

        self.assertEqual(
            (2, 1, {'too_large': 1}, {'DocumentError': 1}),
            self.run_in_loop(main()),
        )

    def test_timeout(self) -> None:
        """receive() ends after its timeout and leaves no reader behind."""
        where = self.new_directory()

        async def main() -> None:
            async with aio.Consumer(where) as receiver:
                before = self.readers()
                self.assertIsNone(await receiver.receive(0))
                self.assertIsNone(await receiver.receive(0.001))
                self.assertEqual(before, self.readers())

        self.run_in_loop(main())

    def test_canceled(self) -> None:
        """A canceled receive() leaves no reader, and loses nothing."""
        where = self.new_directory()
        publisher = self.new_publisher(where)

        async def main() -> Any:
            async with aio.Consumer(where) as receiver:
                before = self.readers()
                task = asyncio.create_task(receiver.receive())
                for _ in range(10):
                    await asyncio.sleep(0)
                self.assertEqual(before + 1, self.readers())
                publisher.publish(base.document('late'))
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                self.assertTrue(task.cancelled())
                self.assertEqual(before, self.readers())
                return await receiver.receive(0)

        self.assertEqual('late', self.run_in_loop(main()).payload)

    def test_other_tasks_run(self) -> None:
        """While receive() waits, other tasks run."""
        where = self.new_directory()
        publisher = self.new_publisher(where)

        async def main() -> Any:
            async with aio.Consumer(where) as receiver:
                first = asyncio.create_task(receiver.receive())
                for _ in range(10):
                    await asyncio.sleep(0)
                self.assertFalse(first.done())
                publisher.publish(base.document('now'))
                return await first

        self.assertEqual('now', self.run_in_loop(main()).payload)

    def test_canceled_at_any_point(self) -> None:
        """A receive() that is canceled at any point loses nothing."""
        where = self.new_directory()
        publisher = self.new_publisher(where)
        published = 0
        found: list[Any] = []

        async def receive(
            receiver: aio.Consumer, publish_at: int, cancel_at: int
        ) -> None:
            nonlocal published
            task = asyncio.create_task(receiver.receive())
            for step in range(cancel_at + 1):
                if step == publish_at:
                    for _ in range(2):
                        publisher.publish(base.document(published))
                        published += 1
                if step < cancel_at:
                    await asyncio.sleep(0)
            task.cancel()
            (result,) = await asyncio.gather(task, return_exceptions=True)
            if not isinstance(result, asyncio.CancelledError):
                assert isinstance(result, notification.Notification)
                found.append(result.payload)

        async def main() -> None:
            async with aio.Consumer(where) as receiver:
                before = self.readers()
                for cancel_at in range(12):
                    for publish_at in range(cancel_at + 1):
                        await receive(receiver, publish_at, cancel_at)
                        self.assertEqual(before, self.readers())
                        # Otherwise, the next receive() would never wait.
                        while received := await receiver.receive(0):
                            found.append(received.payload)

        self.run_in_loop(main())

        self.assertEqual(list(range(published)), found)

    def test_canceled_after_unwanted_notification(self) -> None:
        """A receive() that is woken for nothing can still be canceled."""
        where = self.new_directory()
        publisher = self.new_publisher(where)

        async def cancel(receiver: aio.Consumer, cancel_at: int) -> bool:
            task = asyncio.create_task(receiver.receive())
            for _ in range(10):
                await asyncio.sleep(0)
            publisher.publish(base.document())
            for _ in range(cancel_at):
                await asyncio.sleep(0)
            task.cancel()
            for _ in range(10):
                await asyncio.sleep(0)
            return task.cancelled()

        async def main() -> list[int]:
            async with aio.Consumer(where, event_type='no.*') as receiver:
                return [
                    cancel_at
                    for cancel_at in range(10)
                    if not await cancel(receiver, cancel_at)
                ]

        self.assertEqual([], self.run_in_loop(main()))

    def flood(
        self,
        receive: Callable[[aio.Consumer], Awaitable[int]],
        count: int = 500,
    ) -> tuple[int, int]:
        """Return how much was received, and how often another task ran."""
        where = self.new_directory()
        publisher = self.new_publisher(where)
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0)

        async def main() -> int:
            async with aio.Consumer(where) as receiver:
                for n in range(count):
                    publisher.publish(base.document(n))
                task = asyncio.create_task(tick())
                received = await receive(receiver)
                task.cancel()
                return received

        return self.run_in_loop(main()), ticks

    def test_flood(self) -> None:
        """In a flood another task runs after each slice of time."""
        clock = self.new_clock()
        clock.stop()

        async def receive(receiver: aio.Consumer) -> int:
            for n in range(500):
                if n % 50 == 49:
                    clock.advance(aio._SLICE)
                received = await receiver.receive()
                assert received
                self.assertEqual(n, received.payload)
            return 500

        # Once at the start, and once after each of ten slices.
        self.assertEqual((500, 11), self.flood(receive))

    def test_flood_of_unwanted(self) -> None:
        """Another task runs during a flood of unwanted notifications."""
        self.patch(aio, '_SLICE', 0.0)

        async def receive(receiver: aio.Consumer) -> int:
            receiver._consumer.filter = filters.Filter(event_type='no.*')
            self.assertIsNone(await receiver.receive(0))
            return receiver._consumer.buffered

        count, ticks = self.flood(receive, 2000)

        self.assertEqual(0, count)
        self.assertGreaterEqual(ticks, 2000 // aio._DOCUMENTS)

    def test_drain(self) -> None:
        """Draining gives the rest, and other tasks run meanwhile."""
        self.patch(aio, '_SLICE', 0.0)

        async def receive(receiver: aio.Consumer) -> int:
            found = [received.payload async for received in receiver.drain(0)]
            self.assertFalse(receiver.subscribed)
            self.assertEqual(list(range(500)), found)
            e = None
            try:
                await receiver.receive(0)
            except errors.UnavailableError as raised:
                e = raised
            self.assertIn('not subscribed', str(e))
            return len(found)

        count, ticks = self.flood(receive)

        self.assertEqual(500, count)
        # Once for each batch, at least.
        self.assertGreaterEqual(ticks, 500 // connections.BATCH)

    def test_drain_waits(self) -> None:
        """Draining waits for the last lost record of an emitter."""
        where = self.new_directory()
        publisher = self.new_publisher(where, max_message_size=2000)

        async def main() -> Any:
            async with aio.Consumer(where) as receiver:
                publisher.publish(base.document(1))
                first = await receiver.receive()
                publisher.publish(base.document('x' * 2000))
                rest = receiver.drain(60)
                self.loop.call_soon(publisher.refresh)
                found = [received.payload async for received in rest]
                return first and first.payload, found, receiver.lost_reasons

        self.assertEqual((1, [], {'too_large': 1}), self.run_in_loop(main()))

    def test_fork(self) -> None:
        """In a forked child an error names the parent of the subscription."""
        where = self.new_directory()
        publisher = self.new_publisher(where)
        receiver = aio.Consumer(where)
        self.addCleanup(receiver.close)
        self.run_in_loop(receiver.subscribe())
        for n in range(3):
            publisher.publish(base.document(n))
        # After the loop, the consumer holds the third one, already read.
        for n in range(2):
            received = self.run_in_loop(receiver.receive())
            self.assertEqual(n, received.payload)

        def receive() -> str:
            loop = asyncio.new_event_loop()
            try:
                return repr(loop.run_until_complete(receiver.receive(0)))
            except errors.UnavailableError as e:
                return str(e)

        for fork in os.fork, base.fork_without_hooks:
            self.assertIn(
                f'belongs to process {os.getpid()};',
                self.in_child(receive, fork),
            )
        received = self.run_in_loop(receiver.receive(0))
        self.assertEqual(2, received.payload)

    def test_missing_path(self) -> None:
        """If the path does not exist, subscribe() fails at once."""
        receiver = aio.Consumer(self.new_socket())

        self.assertRaises(
            errors.UnavailableError, self.run_in_loop, receiver.subscribe()
        )

    def test_subscribe_times_out(self) -> None:
        """subscribe() waits until its timeout expires."""
        receiver = aio.Consumer(self.new_socket())

        self.assertRaises(
            errors.UnavailableError,
            self.run_in_loop,
            receiver.subscribe(0.001),
        )

    def test_subscribe_waits(self) -> None:
        """subscribe() waits for the directory, while other tasks run."""
        where = address.Address(self.new_directory().path + '/later')
        receiver = aio.Consumer(where)
        self.addCleanup(receiver.close)

        async def main() -> None:
            task = asyncio.create_task(receiver.subscribe(None))
            for _ in range(10):
                await asyncio.sleep(0)
            self.assertFalse(task.done())
            os.mkdir(where.path)
            await task

        self.run_in_loop(main())

        self.assertTrue(receiver.subscribed)
        self.assertEqual(1, len(os.listdir(where.path)))

    def test_resubscribes(self) -> None:
        """A waiting consumer resubscribes if the directory is recreated."""
        clock = self.new_clock()
        where = self.new_directory()
        publisher = self.new_publisher(where)

        async def main() -> Any:
            async with aio.Consumer(where) as receiver:
                await receiver.receive(0)
                shutil.rmtree(where.path)
                os.mkdir(where.path)
                clock.advance(consumers.CHECK_INTERVAL)
                await receiver.receive(0)
                publisher.publish(base.document('back'))
                return await receiver.receive()

        self.assertEqual('back', self.run_in_loop(main()).payload)

    def test_not_subscribed(self) -> None:
        """Receiving without subscribing is an error that says so."""
        receiver = aio.Consumer(self.new_directory())

        e = self.assertRaises(
            errors.UnavailableError, self.run_in_loop, receiver.receive(0)
        )

        self.assertIn('not subscribed', str(e))

    def test_bad_arguments(self) -> None:
        """The constructor refuses bad arguments."""
        self.assertRaises(errors.AddressError, aio.Consumer, '/x')
        self.assertRaises(
            errors.AddressError, aio.Consumer, self.new_socket(), 'audit'
        )
