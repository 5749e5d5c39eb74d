# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A consumer in forked children: the subscription is its parent's."""

from collections.abc import Callable
from collections.abc import Iterator
import functools
import os
from typing import Any

from unixnotif import address
from unixnotif import consumer as consumers
from unixnotif import errors
from unixnotif import notification
from unixnotif import publisher as publishers
from unixnotif.tests import base
from unixnotif.tests.unit.consumer import cases

#: With and without the hooks of Python.
FORKS = (os.fork, base.fork_without_hooks)


def _with(receiver: consumers.Consumer) -> None:
    receiver.__exit__(None, None, None)


def _drain(receiver: consumers.Consumer) -> list[Any]:
    return [each.payload for each in receiver.drain()]


def _finish(receiver: consumers.Consumer) -> bool:
    receiver.leave()
    return receiver.finish(True)


class ForkTest(cases.ConsumerCase):
    def subscribed(self) -> tuple[publishers.Publisher, consumers.Consumer]:
        """Return both ends at a new address, after one notification."""
        where = self.where
        publisher = self.new_publisher(where)
        receiver = self.new_consumer(where)
        publisher.publish(base.document('before'))
        self.assertEqual(['before'], base.payloads(receiver))
        return publisher, receiver

    def every_case(self) -> list[tuple[address.Address, Callable[[], int]]]:
        return [
            (where, fork) for fork in FORKS for where in self.new_addresses()
        ]

    def assert_untouched(
        self,
        publisher: publishers.Publisher,
        receiver: consumers.Consumer,
        message: str,
    ) -> None:
        """The subscription still works."""
        self.assertTrue(receiver.subscribed, message)
        for n in range(3):
            self.assertEqual(
                (1, 1, {}), publisher.publish(base.document(n)), message
            )
        self.assertEqual([0, 1, 2], base.payloads(receiver), message)
        self.assertEqual(0, receiver.lost, message)

    def test_ways_to_leave(self) -> None:
        """A child that leaves takes nothing from its parent."""
        leave: dict[str, Callable[[consumers.Consumer], object]] = {
            'close': consumers.Consumer.close,
            'with': _with,
            'drain': _drain,
            'finish': _finish,
        }
        for where, fork in self.every_case():
            self.where = where
            for name, function in leave.items():
                publisher, receiver = self.subscribed()
                publisher.publish(base.document('unread'))

                result = self.in_child(
                    functools.partial(function, receiver),
                    fork,
                )

                message = f'{name} at {self.where}'
                self.assertFalse(result, message)
                self.assertEqual(['unread'], base.payloads(receiver), message)
                self.assert_untouched(publisher, receiver, message)
                publisher.close()
                receiver.close()

    def test_ways_to_receive(self) -> None:
        """If a child tries to receive, the error names the parent."""
        receive: dict[str, Callable[[consumers.Consumer], object]] = {
            'receive': lambda receiver: receiver.receive(0),
            'iterate': lambda receiver: next(iter(receiver)),
            'advance': consumers.Consumer.advance,
            'fileno': consumers.Consumer.fileno,
        }

        def call(
            receiver: consumers.Consumer,
            function: Callable[[consumers.Consumer], object],
        ) -> Any:
            for _ in range(2):
                try:
                    return ['returned', str(function(receiver))]
                except errors.UnavailableError as e:
                    message = str(e)
            return [message, receiver.subscribed]

        for where, fork in self.every_case():
            self.where = where
            for name, function in receive.items():
                publisher, receiver = self.subscribed()
                publisher.publish(base.document('unread'))

                error, subscribed = self.in_child(
                    functools.partial(call, receiver, function),
                    fork,
                )

                message = f'{name} at {self.where}'
                self.assertIn(f'process {os.getpid()};', error, message)
                self.assertIn('call subscribe() in the child', error)
                self.assertIs(False, subscribed, message)
                self.assertEqual(['unread'], base.payloads(receiver), message)
                self.assert_untouched(publisher, receiver, message)
                publisher.close()
                receiver.close()

    def test_read_and_not_received(self) -> None:
        """A child receives nothing that its parent has read."""
        self.where = self.new_directory()
        publisher, receiver = self.subscribed()
        for n in range(10):
            publisher.publish(base.document(n))
        # The first one is read alone, and then a batch.
        for n in range(2):
            received = receiver.receive(0)
            assert received
            self.assertEqual(n, received.payload)

        def receive() -> Any:
            receiver.subscribe()
            return base.payloads(receiver)

        for fork in FORKS:
            self.assertEqual([], self.in_child(receive, fork))
        self.assertEqual(list(range(2, 10)), base.payloads(receiver))

    def test_drain_of_the_parent(self) -> None:
        """A child that continues to drain stops no emitter of its parent."""
        for fork in FORKS:
            clock = self.new_clock()
            where = self.new_directory()
            receiver = self.new_consumer(where)
            peer = self.connect(where)
            peer.send(base.document('before'))
            rest = receiver.drain_steps(60)
            self.assertIsNone(next(rest))

            def drain(
                rest: Iterator[notification.Notification | None] = rest,
                clock: base.Clock = clock,
            ) -> list[Any]:
                clock.advance(60)
                return [each.payload for each in rest if each is not None]

            self.assertEqual([], self.in_child(drain, fork))
            peer.send(base.document('after'))
            peer.close()
            found = [each.payload for each in rest if each is not None]
            self.assertEqual(['before', 'after'], found)

    def test_subscribe_in_the_child(self) -> None:
        """A child with its own subscription has its own copy."""
        for where, fork in self.every_case():
            self.where = where
            publisher, receiver = self.subscribed()
            ready, tell_ready = os.pipe()
            published, tell_published = os.pipe()

            def receive(
                receiver: consumers.Consumer = receiver,
                tell_ready: int = tell_ready,
                published: int = published,
                tell_published: int = tell_published,
            ) -> Any:
                # Close this copy, so that the read ends if the test ends.
                os.close(tell_published)
                receiver.subscribe()
                os.write(tell_ready, b'.')
                os.read(published, 1)
                received = receiver.receive(0)
                receiver.close()
                return received and received.payload

            child = base.Child(receive, fork)
            os.read(ready, 1)
            self.assertEqual((2, 2, {}), publisher.publish(base.document(1)))
            os.write(tell_published, b'.')

            self.assertEqual(1, child.result())
            self.assertEqual([1], base.payloads(receiver))
            publisher.refresh()
            # The child's end is noticed with the next notification.
            publisher.publish(base.document(2))
            self.assertEqual([2], base.payloads(receiver))
            self.assert_untouched(publisher, receiver, str(self.where))
            for fd in ready, tell_ready, published, tell_published:
                os.close(fd)
            publisher.close()
            receiver.close()

    def test_child_outlives_its_parent(self) -> None:
        """A child does not keep the subscription of a dead parent alive."""
        for where in self.new_addresses():
            publisher = self.new_publisher(where)
            ready, tell_ready = os.pipe()
            end, tell_end = os.pipe()
            # Not a Child: the grandchild would keep its pipe open.
            parent = os.fork()
            if not parent:
                try:
                    os.close(tell_end)
                    receiver = consumers.Consumer(where)
                    receiver.subscribe()
                    os.write(tell_ready, b'.')
                    os.read(end, 1)
                    if not os.fork():
                        os.write(tell_ready, b'.')
                        # Until the test closes the pipe.
                        os.read(end, 1)
                finally:
                    os._exit(0)
            os.read(ready, 1)
            self.assertEqual((1, 1, {}), publisher.publish(base.document()))
            os.write(tell_end, b'.')
            os.read(ready, 1)
            os.waitpid(parent, 0)

            self.assertEqual((0, 0, {}), publisher.publish(base.document()))

            for fd in ready, tell_ready, end, tell_end:
                os.close(fd)
