# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A consumer in a service that closes all descriptors, as daemons do."""

from collections.abc import Callable
import contextlib
import functools
import os
import shutil
from typing import Any

from unixnotif import address
from unixnotif import consumer as consumers
from unixnotif import errors
from unixnotif import publisher as publishers
from unixnotif.tests import base
from unixnotif.tests.unit import foreign
from unixnotif.tests.unit.consumer import cases


class Closed:
    """Both ends, after the descriptors of the consumer were closed.

    :param kind: of the files that have the numbers by then
    """

    def __init__(self, case: base.TestCase, where: address.Address, kind: str):
        self.clock = case.new_clock()
        self.service = foreign.Service(case.new_directory().path)
        self.publisher = publishers.Publisher(where)
        self.publisher.open()
        before = foreign.open_descriptors()
        self.consumer = consumers.Consumer(where)
        self.consumer.subscribe()
        numbers = foreign.open_descriptors() - before
        self.publisher.publish(base.document('before'))
        before = foreign.open_descriptors()
        assert base.payloads(self.consumer) == ['before']
        numbers |= foreign.open_descriptors() - before
        case.logged.clear()
        self.service.take_over(numbers, kind)

    def look(self) -> list[Any]:
        """Receive when the consumer's check of its address is due."""
        self.clock.advance(consumers.CHECK_INTERVAL)
        return base.payloads(self.consumer)


class ClosedDescriptorsTest(cases.ConsumerCase):
    def in_children(
        self, function: Callable[[address.Address, str], Any]
    ) -> list[tuple[str, Any]]:
        """Run a function in children, for each address and kind of file."""
        return [
            (
                f'{kind} at {where}',
                self.in_child(functools.partial(function, where, kind)),
            )
            for where in self.new_addresses()
            for kind in foreign.KINDS
        ]

    def test_subscribes_again(self) -> None:
        """The consumer logs a warning, and receives later notifications."""

        def receive(where: address.Address, kind: str) -> Any:
            closed = Closed(self, where, kind)
            found = [*base.payloads(closed.consumer), *closed.look()]
            logged = list(self.logged)
            for n in range(3):
                closed.publisher.publish(base.document(n))
                found += base.payloads(closed.consumer)
            state = closed.consumer.subscribed
            closed.consumer.close()
            return [found, state, logged, closed.service.damage()]

        for message, result in self.in_children(receive):
            found, subscribed, logged, damage = result
            self.assertEqual([0, 1, 2], found, message)
            self.assertIs(True, subscribed, message)
            self.assertEqual(1, len(logged), message)
            self.assertIn(
                'closed the descriptors of the consumer of', logged[0]
            )
            self.assertEqual('', damage, message)

    def test_notifications_already_read(self) -> None:
        """Notifications that were read before are received."""

        def receive(where: address.Address, kind: str) -> Any:
            closed = Closed(self, where, 'nothing')
            # One connection more, from which the consumer reads a batch.
            before = foreign.open_descriptors()
            closed.look()
            numbers = foreign.open_descriptors() - before
            for n in range(5):
                closed.publisher.publish(base.document(n))
            before = foreign.open_descriptors()
            found = []
            for _ in range(2):
                received = closed.consumer.receive(0)
                assert received
                found.append(received.payload)
            numbers |= foreign.open_descriptors() - before
            closed.service.take_over(numbers, kind)
            return [found + closed.look(), closed.service.damage()]

        for message, result in self.in_children(receive):
            self.assertEqual([[0, 1, 2, 3, 4], ''], result, message)

    def test_waiting(self) -> None:
        """A waiting consumer recovers from closed descriptors."""

        def receive(where: address.Address, kind: str) -> Any:
            closed = Closed(self, where, kind)
            received = closed.consumer.receive(0.001)
            closed.look()
            closed.publisher.publish(base.document('after'))
            after = closed.consumer.receive()
            return [received, after and after.payload]

        for message, result in self.in_children(receive):
            self.assertEqual([None, 'after'], result, message)

    def test_missing_address(self) -> None:
        """Without the address the consumer raises nothing, and retries."""

        def receive(where: address.Address, kind: str) -> Any:
            closed = Closed(self, where, kind)
            closed.publisher.close()
            if where.is_directory:
                shutil.rmtree(where.path)
            found = [*base.payloads(closed.consumer), *closed.look()]
            states = [closed.consumer.subscribed]
            with publishers.Publisher(where) as publisher:
                found += closed.look()
                states.append(closed.consumer.subscribed)
                publisher.publish(base.document('after'))
                found += base.payloads(closed.consumer)
            return [found, states, closed.service.damage()]

        for message, result in self.in_children(receive):
            self.assertEqual([['after'], [False, True], ''], result, message)

    def test_waiting_for_a_listener(self) -> None:
        """A consumer without a connection notices its closed epoll."""

        def receive(kind: str, is_back: bool) -> Any:
            closed = Closed(self, self.new_socket(), 'nothing')
            closed.look()
            closed.publisher.close()
            closed.look()
            closed.service.take_over({closed.consumer.fileno()}, kind)
            found = [] if is_back else closed.look()
            with publishers.Publisher(closed.consumer.address) as publisher:
                found += closed.look()
                publisher.publish(base.document('after'))
                found += closed.look()
            closed.consumer.close()
            return [found, closed.service.damage()]

        # The consumer cannot distinguish another epoll from its own.
        for kind in foreign.KINDS.keys() - {'epoll'}:
            for is_back in False, True:
                self.assertEqual(
                    [['after'], ''],
                    self.in_child(functools.partial(receive, kind, is_back)),
                    kind,
                )

    def test_every_verb(self) -> None:
        """No verb raises anything but UnavailableError, or does harm."""
        verbs: dict[str, Callable[[consumers.Consumer], object]] = {
            'drain': lambda receiver: list(receiver.drain(0)),
            'close': consumers.Consumer.close,
            'fileno': consumers.Consumer.fileno,
            'advance': consumers.Consumer.advance,
            'subscribe': consumers.Consumer.subscribe,
            'fork': consumers.Consumer.after_fork,
        }

        def call(
            verb: Callable[[consumers.Consumer], object],
            where: address.Address,
            kind: str,
        ) -> str:
            closed = Closed(self, where, kind)
            with contextlib.suppress(errors.UnavailableError):
                verb(closed.consumer)
            closed.consumer.close()
            return closed.service.damage()

        for name, verb in verbs.items():
            for message, damage in self.in_children(
                functools.partial(call, verb)
            ):
                self.assertEqual('', damage, f'{name}, {message}')

    def test_former_socket(self) -> None:
        """The consumer has another socket; publishers remove the former."""

        def receive() -> Any:
            closed = Closed(self, where, 'nothing')
            former = os.listdir(where.path)
            closed.look()
            closed.publisher.publish(base.document('after'))
            found = base.payloads(closed.consumer)
            # Long enough for the former socket to count as dead.
            closed.clock.advance(60)
            closed.publisher.publish(base.document('later'))
            found += base.payloads(closed.consumer)
            return [former, os.listdir(where.path), found]

        where = self.new_directory()
        former, current, found = self.in_child(receive)

        self.assertEqual(['after', 'later'], found)
        self.assertEqual(1, len(current))
        self.assertNotEqual(former, current)
