# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The consumer: what is received, and what is wanted."""

import os
import select
import threading
from typing import Any

from unixnotif import clock
from unixnotif import consumer as consumers
from unixnotif import errors
from unixnotif import notification
from unixnotif import polling
from unixnotif.consumer import batch
from unixnotif.consumer import connections
from unixnotif.consumer import consumer
from unixnotif.tests import base
from unixnotif.tests.unit.consumer import cases


class ReceiveTest(cases.ConsumerCase):
    def test_whole(self) -> None:
        """A consumer receives a published notification field by field."""
        for where in self.new_addresses():
            publisher = self.new_publisher(where)
            receiver = self.new_consumer(where)
            sent = base.new_notification(
                {'deep': [1, {'é': None}]},
                topics=('versioned_notifications',),
                exchange='nova',
                context={'project_id': 'p'},
            )
            publisher.publish(sent.encode())

            self.assertEqual(sent, receiver.receive())

    def test_sender(self) -> None:
        """The sender has the credentials that the kernel reports."""
        where = self.new_directory()
        receiver = self.new_consumer(where)
        publisher = self.new_publisher(where)

        child = base.Child(lambda: publisher.publish(base.document('child')))
        child.result()
        publisher.publish(base.document('parent'))

        senders = {}
        for _ in range(2):
            received = receiver.receive(0)
            assert received
            senders[received.payload] = received.sender
        user = os.geteuid(), os.getegid()
        self.assertEqual(
            {'child': (child.pid, *user), 'parent': (os.getpid(), *user)},
            senders,
        )

    def test_iteration(self) -> None:
        """Iterating yields notifications in order of arrival."""
        where = self.new_directory()
        publisher = self.new_publisher(where)
        with consumers.Consumer(where) as receiver:
            for n in range(5):
                publisher.publish(base.document(n))

            found = []
            for received in receiver:
                found.append(received.payload)
                if len(found) == 5:
                    break

        self.assertEqual(list(range(5)), found)

    def test_no_notification(self) -> None:
        """Without a notification, receive() ends after its timeout."""
        for where in self.new_addresses():
            self.new_publisher(where)
            receiver = self.new_consumer(where)

            self.assertIsNone(receiver.receive(0))
            self.assertIsNone(receiver.receive(0.001))
            self.assertIsNone(receiver.receive(-1))

    def test_waiting_notification(self) -> None:
        """A waiting notification is received, whatever the timeout is."""
        for where in self.new_addresses():
            publisher = self.new_publisher(where)
            receiver = self.new_consumer(where)
            for timeout in 0, 0.001, 60, None:
                publisher.publish(base.document(timeout))

                received = receiver.receive(timeout)

                assert received
                self.assertEqual(timeout, received.payload)

    def test_waits(self) -> None:
        """receive() without a timeout waits until a notification arrives."""
        for where in self.new_addresses():
            publisher = self.new_publisher(where)
            receiver = self.new_consumer(where)
            waiting = threading.Event()
            found: list[Any] = []

            def wait(
                receiver: consumers.Consumer = receiver,
                found: list[Any] = found,
            ) -> None:
                found.append(receiver.receive())

            def wait_readable(
                fd: int,
                timeout: float,
                wait_readable: Any = polling.wait_readable,
                waiting: threading.Event = waiting,
            ) -> bool:
                waiting.set()
                return bool(wait_readable(fd, timeout))

            self.patch(polling, 'wait_readable', wait_readable)
            thread = threading.Thread(target=wait)
            thread.start()
            waiting.wait()
            publisher.publish(base.document('at last'))
            thread.join()

            self.assertEqual(['at last'], [each.payload for each in found])

    def test_one_nap(self) -> None:
        """After a burst the consumer naps once, then waits to be woken."""
        clock = self.new_clock(sleeping=True)
        naps: list[float] = []
        self.patch(clock, 'sleep', naps.append)
        where = self.new_directory()
        publisher = self.new_publisher(where)
        receiver = self.new_consumer(where)
        self.assertIsNone(receiver.receive(0.01))
        self.assertEqual([], naps)
        for n in range(3):
            publisher.publish(base.document(n))
        self.assertEqual([0, 1, 2], base.payloads(receiver))

        self.assertIsNone(receiver.receive(0.01))

        self.assertEqual(1, len(naps))

    def test_fileno(self) -> None:
        """The descriptor is readable while a notification waits."""
        for where in self.new_addresses():
            publisher = self.new_publisher(where)
            receiver = self.new_consumer(where)
            # The consumer accepts the connection and reads the document.
            publisher.publish(base.document(0))
            base.payloads(receiver)
            with select.epoll() as poll:
                poll.register(receiver.fileno(), select.EPOLLIN)
                self.assertEqual([], poll.poll(0))

                publisher.publish(base.document(1))
                publisher.publish(base.document(2))

                self.assertEqual(
                    [(receiver.fileno(), select.EPOLLIN)], poll.poll(0)
                )
                self.assertEqual([1, 2], base.payloads(receiver))
                self.assertEqual([], poll.poll(0))

    def test_repr(self) -> None:
        """A consumer shows its address, its state and what it lost."""
        where = self.new_directory()
        receiver = consumers.Consumer(where)
        self.assertEqual(
            f'<Consumer {where} not subscribed lost=0>', repr(receiver)
        )
        with receiver:
            receiver.lost_reasons['buffer_full'] = 3
            self.assertEqual(
                f'<Consumer {where} subscribed lost=3>', repr(receiver)
            )


class FilterTest(cases.ConsumerCase):
    def test_filters(self) -> None:
        """Only what passes all filters is received."""
        where = self.new_directory()
        publisher = self.new_publisher(where)
        cases: list[tuple[dict[str, Any], list[int]]] = [
            ({}, [0, 1, 2, 3]),
            ({'event_type': 'instance.*'}, [0, 1]),
            ({'event_type': ['volume.*', '*.end']}, [1, 2]),
            ({'priority': 'error'}, [1, 3]),
            ({'topic': 'versioned_notifications'}, [2]),
            ({'event_type': '*.end', 'priority': 'INFO'}, []),
        ]
        receivers = [self.new_consumer(where, **each) for each, _ in cases]

        emitted: list[dict[str, Any]] = [
            {'event_type': 'instance.create.start'},
            {'event_type': 'instance.create.end', 'priority': 'ERROR'},
            {
                'event_type': 'volume.create',
                'topics': ('notifications', 'versioned_notifications'),
            },
            {'event_type': 'other', 'priority': 'ERROR'},
        ]
        for n, changes in enumerate(emitted):
            publisher.publish(base.document(n, **changes))

        for receiver, (_, expected) in zip(receivers, cases, strict=True):
            self.assertEqual(
                expected, base.payloads(receiver), str(receiver.filter)
            )

    def test_wanted_is_far_behind(self) -> None:
        """A wanted notification is found behind many others in one call."""
        self.new_clock(sleeping=True).stop()
        for where in self.new_addresses():
            publisher = self.new_publisher(where)
            receiver = self.new_consumer(where, event_type='wanted')
            for n in range(500):
                publisher.publish(base.document(n))
            publisher.publish(base.document('x', event_type='wanted'))

            self.assertEqual(['x'], base.payloads(receiver))

    def test_skipping_ends(self) -> None:
        """A flood of unwanted documents does not extend the timeout."""
        self.patch(consumer, 'MAX_SKIPPED', 0)
        where = self.new_directory()
        publisher = self.new_publisher(where)
        receiver = self.new_consumer(where, event_type='wanted')
        for n in range(500):
            publisher.publish(base.document(n))
        publisher.publish(base.document('x', event_type='wanted'))

        self.assertIsNone(receiver.receive(0))
        received = receiver.receive(60)
        assert received
        self.assertEqual('x', received.payload)

    def endless(self, receiver: consumers.Consumer, count: int) -> list[int]:
        """Let each round add documents; return one entry for each round."""
        rounds: list[int] = []
        attached = receiver._attached
        assert attached is not None
        document = base.document(event_type='no')
        sender = notification.Sender(1, 1, 1)

        def advance(most: int) -> int:
            rounds.append(1)
            receiver._items.extend([(document, sender)] * count)
            return count * (len(document) + batch.COST)

        self.patch(attached, 'advance', advance)
        return rounds

    def test_endless_flood(self) -> None:
        """A call ends in time, whatever number of documents arrives."""
        receiver = self.new_consumer(self.new_directory(), event_type='yes')
        rounds = self.endless(receiver, 1000)

        self.assertIsNone(receiver.receive(0))

        self.assertLessEqual(len(rounds), 5)
        self.assertEqual([], list(receiver._items))

    def test_deadline_in_a_flood(self) -> None:
        """After a number of documents the deadline ends the call."""
        fake = self.new_clock()
        fake.stop()
        receiver = self.new_consumer(self.new_directory(), event_type='yes')
        rounds = self.endless(receiver, 1000)
        take = receiver.take

        def take_slowly(*limit: float) -> notification.Notification | None:
            fake.advance(0.01)
            return take(*limit)

        self.patch(receiver, 'take', take_slowly)
        self.assertIsNone(receiver.receive(0.5))

        self.assertLessEqual(len(rounds), 51)

    def test_large_documents_at_the_end(self) -> None:
        """A large document that arrives late waits for the next call."""
        self.new_clock().stop()
        where = self.new_directory()
        publisher = self.new_publisher(where)
        receiver = self.new_consumer(where, event_type='wanted')
        for n in range(4):
            publisher.publish(base.document([n, 'x' * connections.ROUND]))
        publisher.publish(base.document('x', event_type='wanted'))

        # Each call decodes one; there is no time for another.
        for _ in range(2):
            self.assertIsNone(receiver.receive(0.001))
            self.assertEqual(1, receiver.buffered)
        # A program that polls fileno() must not miss a buffered document.
        received = receiver.receive(0)
        assert received
        self.assertEqual('x', received.payload)

    def test_time_to_decode(self) -> None:
        """The time depends on the size and the number of items."""
        self.new_clock().stop()
        sender = notification.Sender(1, 1, 1)
        now = clock.monotonic()
        for data, seconds, late in (
            (b'x' * 60_000, 0, False),
            (b'x' * 100_000, 0, True),
            (b'x' * 100_000, 0.5, False),
            (b'x' * 100_000_000, 0.5, True),
            (b'x,' * 300_000, 0.1, True),
            (b'x,' * 300_000, 0.5, False),
        ):
            self.assertIs(
                late,
                batch.is_late((data, sender), now + seconds),
                f'{len(data)} bytes, {seconds} s',
            )
        self.assertFalse(batch.is_late(errors.PeerError('x'), now))

    def test_comings_and_goings_end(self) -> None:
        """A call ends in time although peers connect and leave for ever."""
        receiver = self.new_consumer(self.new_directory())
        attached = receiver._attached
        assert attached is not None
        rounds = []

        def advance(most: int) -> int:
            rounds.append(1)
            return connections.BATCH * batch.COST

        self.patch(attached, 'advance', advance)

        self.assertIsNone(receiver.receive(0))
        self.assertLessEqual(len(rounds), 65)

    def test_take_few(self) -> None:
        """take_of() decodes at most the given number of documents."""
        where = self.new_directory()
        publisher = self.new_publisher(where)
        receiver = self.new_consumer(where, event_type='yes')
        for _ in range(5):
            publisher.publish(base.document(event_type='no'))
        publisher.publish(base.document('x', event_type='yes'))
        while receiver.buffered < 6:
            receiver.advance()

        self.assertIsNone(receiver.take_of(2))
        self.assertEqual(4, receiver.buffered)
        received = receiver.take()
        assert received
        self.assertEqual('x', received.payload)

    def test_lost_is_not_filtered(self) -> None:
        """Filters do not affect the count of lost notifications."""
        where = self.new_directory()
        publisher = self.new_publisher(where, max_message_size=1000)
        receiver = self.new_consumer(where, event_type='nothing')
        publisher.publish(b' ' * 1001)
        publisher.publish(base.document())

        self.assertIsNone(receiver.receive(0))
        self.assertEqual(1, receiver.lost)
