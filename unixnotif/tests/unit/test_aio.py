#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""The asyncio consumer: the same verbs, in an event loop."""

import asyncio
from collections.abc import Coroutine
import os
import shutil
from typing import Any

from unixnotif import address
from unixnotif import aio
from unixnotif import consumer as consumers
from unixnotif import errors
from unixnotif.consumer import consumer as core
from unixnotif.tests import base


class ConsumerTest(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.loop = asyncio.new_event_loop()
        self.addCleanup(self.loop.close)

    def run_in_loop(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(coroutine)

    def readers(self) -> int:
        """How many descriptors the loop itself has, and watches."""
        selector = self.loop._selector  # type: ignore[attr-defined]
        return len(selector.get_map())

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
        """It takes the other consumer's arguments, and counts like it."""
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
        """Receiving ends with its time, and leaves no reader behind."""
        where = self.new_directory()

        async def main() -> None:
            async with aio.Consumer(where) as receiver:
                before = self.readers()
                self.assertIsNone(await receiver.receive(0))
                self.assertIsNone(await receiver.receive(0.001))
                self.assertEqual(before, self.readers())

        self.run_in_loop(main())

    def test_cancelled(self) -> None:
        """A cancelled receive() leaves no reader, and loses nothing."""
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
        """While it waits, other tasks run."""
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

    def test_nothing_there(self) -> None:
        """Nothing to subscribe to is an error at once."""
        receiver = aio.Consumer(self.new_socket())

        self.assertRaises(
            errors.UnavailableError, self.run_in_loop, receiver.subscribe()
        )

    def test_subscribe_times_out(self) -> None:
        """It waits no longer than told."""
        receiver = aio.Consumer(self.new_socket())

        self.assertRaises(
            errors.UnavailableError,
            self.run_in_loop,
            receiver.subscribe(0.001),
        )

    def test_subscribe_waits(self) -> None:
        """It waits for a directory to be made, and lets others run."""
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

    def test_comes_back(self) -> None:
        """It comes back while it waits, when the directory is made anew."""
        clock = self.new_clock(core)
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
        """Bad arguments are refused when it is made."""
        self.assertRaises(errors.AddressError, aio.Consumer, '/x')
        self.assertRaises(
            errors.AddressError, aio.Consumer, self.new_socket(), 'audit'
        )
