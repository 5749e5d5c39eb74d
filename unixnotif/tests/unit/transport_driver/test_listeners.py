# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The listener: batches, limits, and its end."""

import os
import threading

from unixnotif import clock
from unixnotif import consumer
from unixnotif.tests import base
from unixnotif.tests.unit.transport_driver import cases
from unixnotif.transport_driver import messages
from unixnotif.transport_driver.listeners import UnixListener


class PollTest(cases.TestCase):
    def test_one_by_one(self) -> None:
        """By default, a batch has one message."""
        where = self.new_directory()
        listener = self.new_listener(where)
        publisher = self.new_publisher(where)
        for n in range(3):
            cases.publish(publisher, n)

        found = [cases.payloads(listener.poll()) for _ in range(3)]

        self.assertEqual([[0], [1], [2]], found)
        self.assertEqual([], listener.poll(timeout=0))

    def test_waits(self) -> None:
        """A call without a timeout waits for the next message."""
        where = self.new_directory()
        listener = self.new_listener(where)
        publisher = self.new_publisher(where)
        later = threading.Timer(0.01, cases.publish, (publisher, 'late'))
        later.start()

        self.assertEqual(['late'], cases.payloads(listener.poll()))
        later.join()

    def test_batch_size(self) -> None:
        """A full batch is returned at once, whatever the timeout."""
        where = self.new_directory()
        listener = self.new_listener(where)
        publisher = self.new_publisher(where)
        for n in range(5):
            cases.publish(publisher, n)

        for timeout in None, 3600:
            batch = listener.poll(batch_size=2, batch_timeout=timeout)
            self.assertEqual(2, len(batch))

    def test_batch_timeout(self) -> None:
        """The time of a batch starts at its first message."""
        time = self.new_clock()
        time.stop()
        where = self.new_directory()
        listener = self.new_listener(where)
        publisher = self.new_publisher(where)
        waits: list[float] = []
        subscribed = listener._subscriptions

        def wait(timeout: float, *args: object) -> None:
            waits.append(timeout)
            time.advance(min(timeout, 1.0))
            if len(waits) == 7:
                cases.publish(publisher, 'first')

        self.patch(subscribed, 'wait', wait)

        batch = listener.poll(batch_size=5, batch_timeout=3)

        self.assertEqual(['first'], cases.payloads(batch))
        # Without the first one there is no limit.
        self.assertEqual({float('inf')}, set(waits[:7]))
        self.assertEqual([3.0, 2.0, 1.0], waits[7:])

    def test_no_batch_size(self) -> None:
        """Without a size, a batch is what is there, up to the limit."""
        where = self.new_directory()
        listener = self.new_listener(where, limit=4)
        publisher = self.new_publisher(where)
        for n in range(6):
            cases.publish(publisher, n)

        first = listener.poll(batch_size=None)
        for each in first:
            each.acknowledge()
        second = listener.poll(batch_size=None, batch_timeout=0)

        self.assertEqual([0, 1, 2, 3], cases.payloads(first))
        self.assertEqual([4, 5], cases.payloads(second))

    def test_batch_of_requeued_messages(self) -> None:
        """Requeued messages join the batch in which they are due."""
        self.patch(messages, 'REQUEUE_DELAY', 0.0)
        where = self.new_directory()
        listener = self.new_listener(where, limit=2)
        publisher = self.new_publisher(where)
        for n in range(2):
            cases.publish(publisher, n)
        for each in listener.poll(batch_size=2):
            each.requeue()

        again = listener.poll(batch_size=2)

        self.assertEqual([0, 1], cases.payloads(again))

    def test_unwanted_notifications(self) -> None:
        """Unwanted notifications do not end a wait, nor prolong it."""
        self.patch(consumer, 'MAX_SKIPPED', 0)
        where = self.new_directory()
        listener = self.new_listener(where)
        publisher = self.new_publisher(where)
        for _ in range(100):
            cases.publish(publisher, 'x', topics=('other',))
        before = clock.monotonic()
        self.assertEqual([], listener.poll(timeout=0))

        cases.publish(publisher, 'wanted')

        self.assertEqual(['wanted'], cases.payloads(listener.poll(60)))
        self.assertLess(clock.monotonic() - before, 60)


class LimitTest(cases.TestCase):
    def test_further_ones_stay_in_the_socket(self) -> None:
        """Without acknowledgments the buffer fills, and losses count."""
        where = self.new_directory()
        listener = self.new_listener(where, limit=3)
        publisher = self.new_publisher(where, send_buffer_size=4096)
        sent = 0
        delivered: list[messages.Message] = []
        while True:
            delivery = cases.publish(publisher, 'x' * 500)
            sent += 1
            delivered += listener.poll(timeout=0)
            if delivery.dropped:
                break

        self.assertEqual(3, len(delivered))
        self.assertEqual(3, listener.unacknowledged)
        received = 0
        while delivered:
            received += 1
            delivered.pop().acknowledge()
            delivered += listener.poll(timeout=0)
        self.assertEqual(sent - 1, received)

    def test_acknowledgment_ends_the_wait(self) -> None:
        """A listener at its limit goes on after an acknowledgment."""
        self.patch(consumer, 'CHECK_INTERVAL', 3600.0)
        where = self.new_directory()
        listener = self.new_listener(where, limit=1)
        publisher = self.new_publisher(where)
        for n in range(2):
            cases.publish(publisher, n)
        (first,) = listener.poll()
        later = threading.Timer(0.01, first.acknowledge)
        later.start()

        self.assertEqual([1], cases.payloads(listener.poll()))
        later.join()

    def test_requeue_at_the_limit(self) -> None:
        """A requeued message needs no room of its own."""
        self.patch(messages, 'REQUEUE_DELAY', 0.01)
        self.patch(consumer, 'CHECK_INTERVAL', 3600.0)
        where = self.new_directory()
        listener = self.new_listener(where, limit=1)
        publisher = self.new_publisher(where)
        for n in range(2):
            cases.publish(publisher, n)

        for _ in range(3):
            (first,) = listener.poll()
            self.assertEqual(0, first.message['payload'])
            first.requeue()


class StopTest(cases.TestCase):
    def test_rest(self) -> None:
        """Delivered messages are returned at once, then nothing."""
        for where in self.new_directory(), self.new_socket():
            publisher = self.new_publisher(where)
            listener = self.new_listener(where, limit=10)
            for n in range(1500):
                self.assertEqual(1, cases.publish(publisher, n).delivered)
            found = cases.payloads(listener.poll())

            listener.stop()
            while batch := listener.poll(batch_size=7):
                found += cases.payloads(batch)

            self.assertEqual(list(range(1500)), found)
            self.assertEqual([], listener.poll())
            self.assertEqual(0, cases.publish(publisher, 'late').delivered)
            listener.cleanup()

    def test_ends_a_wait(self) -> None:
        """Another thread ends a call that waits."""
        self.patch(consumer, 'CHECK_INTERVAL', 3600.0)
        listener = self.new_listener(self.new_directory())
        later = threading.Timer(0.01, listener.stop)
        later.start()

        self.assertEqual([], listener.poll())
        later.join()

    def test_in_a_batch(self) -> None:
        """A batch that is not full is returned."""
        where = self.new_directory()
        listener = self.new_listener(where)
        publisher = self.new_publisher(where)
        cases.publish(publisher, 'x')
        later = threading.Timer(0.01, listener.stop)
        later.start()

        self.assertEqual(['x'], cases.payloads(listener.poll(batch_size=2)))
        later.join()

    def test_at_the_limit(self) -> None:
        """The rest is returned although endpoints acknowledge nothing."""
        where = self.new_directory()
        listener = self.new_listener(where, limit=1)
        publisher = self.new_publisher(where)
        for n in range(3):
            cases.publish(publisher, n)
        (first,) = listener.poll()
        listener.stop()

        self.assertEqual([1], cases.payloads(listener.poll()))
        self.assertEqual([2], cases.payloads(listener.poll()))
        self.assertEqual([], listener.poll())
        first.acknowledge()

    def test_requeue(self) -> None:
        """A requeued message is returned once more; later ones are lost."""
        where = self.new_directory()
        listener = self.new_listener(where)
        publisher = self.new_publisher(where)
        cases.publish(publisher, 'x')
        listener.poll()[0].requeue()

        listener.stop()
        listener.poll()[0].requeue()

        self.assertEqual([], listener.poll())
        self.assertIn('requeued it after', self.logged[-1])

    def test_shared_copy(self) -> None:
        """When one of two listeners stops, nothing is lost or doubled."""
        where = self.new_directory()
        staying, leaving = (self.new_listener(where) for _ in range(2))
        publisher = self.new_publisher(where)
        for n in range(10):
            cases.publish(publisher, n)
        leaving.stop()
        found = cases.payloads(leaving.poll(batch_size=100))
        for n in range(10, 20):
            cases.publish(publisher, n)

        found += cases.payloads(staying.poll(batch_size=None))
        self.assertCountEqual(range(20), found)

    def test_stop_before_subscribing(self) -> None:
        """A listener that is not subscribed stops as well."""
        listener = self.new_listener(self.new_socket())

        listener.stop()

        self.assertEqual([], listener.poll())

    def test_cleanup(self) -> None:
        """cleanup() closes everything, after stop() and without it."""
        for stop in True, False:
            where = self.new_directory()
            before = base.descriptors_before()
            listener = self.new_listener(where)
            if stop:
                listener.stop()
                self.assertEqual([], listener.poll())

            listener.cleanup()
            listener.cleanup()

            self.assertEqual(before, base.open_descriptors())
            self.assertEqual([], os.listdir(where.path))
            self.assertEqual([], listener.poll())
            listener.stop()


class ForkTest(cases.TestCase):
    def test_child(self) -> None:
        """A forked child delivers nothing, and stops only its own copy."""
        for fork in os.fork, base.fork_without_hooks:
            where = self.new_directory()
            listener = self.new_listener(where)
            publisher = self.new_publisher(where)
            cases.publish(publisher, 1)

            def end(listener: UnixListener = listener) -> int:
                found = len(listener.poll(timeout=0))
                listener.stop()
                found += len(listener.poll())
                listener.cleanup()
                return found

            self.assertEqual(0, self.in_child(end, fork))
            self.assertEqual([1], cases.payloads(listener.poll()))
            cases.publish(publisher, 2)
            self.assertEqual([2], cases.payloads(listener.poll()))
