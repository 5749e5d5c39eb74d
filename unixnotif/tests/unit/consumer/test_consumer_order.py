# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The order of a process's notifications, over all of its connections."""

import os
import shutil
from typing import Any

from unixnotif import address
from unixnotif import consumer as consumers
from unixnotif import publisher as publishers
from unixnotif.consumer import connections
from unixnotif.consumer import limits
from unixnotif.tests import base
from unixnotif.tests.unit.consumer import cases

#: More than a consumer reads from one connection in one round.
MANY = 3 * connections.BATCH + 1


class Emitter:
    """Another process, which publishes at :meth:`publish`."""

    def __init__(self, where: address.Address) -> None:
        orders, self._orders = os.pipe()
        self._done, done = os.pipe()

        def run() -> int:
            # Close this copy, so that the child ends with the test.
            os.close(self._orders)
            delivered = 0
            with publishers.Publisher(where) as publisher:
                for n in range(10**6):
                    if os.read(orders, 1) != b'.':
                        break
                    document = base.document([os.getpid(), n])
                    delivered += publisher.publish(document).delivered
                    os.write(done, b'.')
            return delivered

        self._child = base.Child(run)
        self.pid = self._child.pid
        self.published = 0
        os.close(orders)
        os.close(done)

    def publish(self, count: int = 1) -> None:
        """Publish the next numbers, each with the process id."""
        for _ in range(count):
            os.write(self._orders, b'.')
            os.read(self._done, 1)
        self.published += count

    def end(self) -> int:
        """Return how many notifications were delivered."""
        # Closing is not enough: later children have copies of this end.
        os.write(self._orders, b'e')
        os.close(self._orders)
        os.close(self._done)
        return int(self._child.result())


class OrderCase(cases.ConsumerCase):
    def setUp(self) -> None:
        super().setUp()
        self.clock = self.new_clock()
        self.clock.stop()

    def recreate(self, where: address.Address) -> None:
        shutil.rmtree(where.path)
        # An emitter may have recreated the directory already.
        os.makedirs(where.path, exist_ok=True)

    def look(self, receiver: consumers.Consumer) -> list[Any]:
        """Have the consumer look at the path; receive at most one."""
        self.clock.advance(consumers.CHECK_INTERVAL)
        received = receiver.receive(0)
        return [received.payload] if received else []


class EmittersTest(OrderCase):
    """Several processes, while the directory is recreated."""

    def emit(self, *counts: tuple[int, int]) -> None:
        """Publish with two processes, and recreate in between.

        :param counts: for each directory, how many each process publishes
        """
        where = self.new_directory()
        receiver = self.new_consumer(where)
        emitters = [Emitter(where) for _ in range(2)]
        found: list[Any] = []
        for numbers in counts:
            for emitter, count in zip(emitters, numbers, strict=True):
                emitter.publish(count)
            self.recreate(where)
            found += self.look(receiver)
        for emitter in emitters:
            emitter.publish()
        found += base.payloads(receiver)

        for emitter in emitters:
            self.assertEqual(
                list(range(emitter.published)),
                [n for pid, n in found if pid == emitter.pid],
            )
            self.assertEqual(emitter.published, emitter.end())
        self.assertEqual(0, receiver.lost)
        self.assertEqual([], self.logged)

    def test_recreated(self) -> None:
        """Both emitters publish before the consumer reads."""
        self.emit((1, 1))

    def test_one_had_no_connection(self) -> None:
        """An emitter publishes in the new directory for the first time."""
        self.emit((0, 1))
        self.emit((1, 0))

    def test_one_is_far_behind(self) -> None:
        """An emitter has much unread in the former directory."""
        self.emit((MANY, 1))

    def test_several_directories(self) -> None:
        """An emitter has much unread in two former directories."""
        self.emit((MANY, 1), (MANY, 1))

    def test_all_are_far_behind(self) -> None:
        """Both emitters have much unread in three former directories."""
        self.emit((MANY, MANY), (MANY, MANY), (1, MANY))


class OneProcessTest(OrderCase):
    """One process with several connections, one after the other."""

    def check(
        self, receiver: consumers.Consumer, found: list[Any], count: int
    ) -> None:
        found += base.payloads(receiver)

        self.assertEqual(list(range(count)), found)
        self.assertEqual(0, receiver.lost)

    def test_far_behind(self) -> None:
        """Each former directory has documents that are not yet read."""
        where = self.new_directory()
        publisher = self.new_publisher(where)
        receiver = self.new_consumer(where)
        found = []
        for n in range(4):
            for m in range(MANY):
                delivery = publisher.publish(base.document(n * MANY + m))
                self.assertEqual((1, 1, {}), delivery)
            self.recreate(where)
            found += self.look(receiver)

        self.check(receiver, found, 4 * MANY)

    def test_opened_again(self) -> None:
        """A publisher is closed, and another one of the process opened."""
        where = self.new_directory()
        receiver = self.new_consumer(where)
        for n in range(3):
            with publishers.Publisher(where) as publisher:
                for m in range(MANY):
                    publisher.publish(base.document(n * MANY + m))

        self.check(receiver, [], 3 * MANY)

    def test_opened_again_while_reading(self) -> None:
        """A new connection comes before the former one was read to its end."""
        where = self.new_directory()
        receiver = self.new_consumer(where)
        found = []
        for n in range(3):
            with publishers.Publisher(where) as publisher:
                for m in range(MANY):
                    publisher.publish(base.document(n * MANY + m))
            for _ in range(connections.BATCH + 2):
                received = receiver.receive(0)
                assert received
                found.append(received.payload)

        self.check(receiver, found, 3 * MANY)

    def test_reader_of_one_opened_again(self) -> None:
        """A reader reconnects before it has read the old connection."""
        where = self.new_socket()
        publisher = self.new_publisher(where)
        receiver = self.new_consumer(where)
        found = []
        for n in range(3):
            for m in range(MANY):
                delivery = publisher.publish(base.document(n * MANY + m))
                self.assertEqual((1, 1, {}), delivery)
            publisher.close()
            publisher = self.new_publisher(where)
            found += self.look(receiver)

        self.check(receiver, found, 3 * MANY)

    def test_waiting_for_room(self) -> None:
        """A connection that waits keeps the newer ones waiting."""
        self.patch(limits, 'MAX_CONNECTIONS', 1)
        where = self.new_directory()
        receiver = self.new_consumer(where)
        peer = self.connect(where)
        self.assertEqual([], base.payloads(receiver))
        publisher = self.new_publisher(where)
        for n in range(3):
            self.assertEqual((1, 1, {}), publisher.publish(base.document(n)))
            self.recreate(where)
            self.assertEqual([], self.look(receiver))
        publisher.publish(base.document(3))
        self.assertEqual([], base.payloads(receiver))

        peer.close()
        found = base.payloads(receiver)
        publisher.refresh()

        self.check(receiver, found, 4)

    def test_waiting_in_a_crowd(self) -> None:
        """The newer ones wait until all have been accepted."""
        self.patch(limits, 'MAX_CONNECTIONS', 4)
        self.patch(connections, 'BATCH', 2)
        where = self.new_directory()
        receiver = self.new_consumer(where)
        peers = [self.connect(where) for _ in range(4)]
        self.assertEqual([], base.payloads(receiver))
        for _ in range(2):
            self.connect(where)
        publisher = self.new_publisher(where)
        publisher.publish(base.document(0))
        self.recreate(where)
        self.assertEqual([], self.look(receiver))
        publisher.publish(base.document(1))

        for peer in peers:
            peer.close()

        self.check(receiver, [], 2)

    def test_drop_counts_come_last(self) -> None:
        """A lost record of a former connection does not stop a newer one."""
        where = self.new_directory()
        publisher = self.new_publisher(where, send_buffer_size=4096)
        receiver = self.new_consumer(where)
        n = 0
        while not publisher.publish(base.document(n)).dropped:
            n += 1
        self.recreate(where)
        found = self.look(receiver)
        for m in range(n, n + 5):
            publisher.publish(base.document(m))

        found += base.payloads(receiver)
        publisher.refresh()
        found += base.payloads(receiver)

        self.assertEqual(list(range(n + 5)), found)
        self.assertEqual({'buffer_full': 1}, receiver.lost_reasons)
