# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Messages: acknowledgments, and deliveries after a requeue."""

import math
import threading

from unixnotif.tests.unit.transport_driver import cases
from unixnotif.transport_driver import messages


class LedgerTest(cases.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.clock = self.new_clock()
        self.clock.stop()
        self.wakes = 0
        self.ledger = messages.Ledger(2, self.wake)

    def wake(self) -> None:
        self.wakes += 1

    def deliver(self, payload: object = None) -> messages.Message:
        return self.ledger.new_message(cases.new_notification(payload))

    def test_room(self) -> None:
        """There is room up to the limit, and after an acknowledgment."""
        first = self.deliver()
        self.assertTrue(self.ledger.has_room())
        second = self.deliver()
        self.assertFalse(self.ledger.has_room())

        first.acknowledge()

        self.assertEqual(1, self.wakes)
        self.assertTrue(self.ledger.has_room())
        # The listener did not wait for this one.
        second.acknowledge()
        self.assertEqual(1, self.wakes)
        self.assertEqual(0, self.ledger.count)

    def test_acknowledged_twice(self) -> None:
        """A message counts once."""
        first, _ = self.deliver(), self.deliver()
        for _ in range(3):
            first.acknowledge()
        first.requeue()

        self.assertEqual(1, self.ledger.count)
        self.assertEqual(math.inf, self.ledger.due_at)

    def test_requeue(self) -> None:
        """A requeued message is delivered again after a delay."""
        first, second = self.deliver(1), self.deliver(2)
        first.requeue()
        self.clock.advance(messages.REQUEUE_DELAY / 2)
        second.requeue()
        self.assertIsNone(self.ledger.take_due())
        self.assertEqual(2, self.ledger.count)
        self.assertEqual(2, self.wakes)

        self.clock.advance(self.ledger.due_at - self.clock.monotonic())

        self.assertIs(first, self.ledger.take_due())
        self.assertIsNone(self.ledger.take_due())
        first.requeue()
        self.clock.advance(messages.REQUEUE_DELAY)
        self.assertIs(second, self.ledger.take_due())
        self.assertIs(first, self.ledger.take_due())

    def test_requeued_twice(self) -> None:
        """A message that waits already is delivered once."""
        first = self.deliver()
        first.requeue()
        first.requeue()
        self.clock.advance(messages.REQUEUE_DELAY)

        self.assertIs(first, self.ledger.take_due())
        self.assertIsNone(self.ledger.take_due())

    def test_stop(self) -> None:
        """Requeued messages are delivered once more at the end, at once."""
        first = self.deliver()
        first.requeue()

        self.ledger.stop()

        self.assertIs(first, self.ledger.take_due())
        for _ in range(2):
            first.requeue()
            self.assertIsNone(self.ledger.take_due())
        self.assertEqual(0, self.ledger.count)
        (warning,) = self.logged
        self.assertIn('instance.create.end', warning)
        self.assertIn('requeued it after the listener was stopped', warning)

    def test_threads(self) -> None:
        """Any number of threads may acknowledge and requeue."""
        ledger = messages.Ledger(10_000, self.wake)
        delivered = [
            ledger.new_message(cases.new_notification(n)) for n in range(6400)
        ]

        def finish(number: int) -> None:
            for each in delivered[number::64]:
                if each.message['payload'] % 3:
                    each.acknowledge()
                else:
                    each.requeue()

        threads = [
            threading.Thread(target=finish, args=(n,)) for n in range(64)
        ]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        ledger.stop()

        again = list(iter(ledger.take_due, None))
        self.assertEqual(
            [n for n in range(6400) if n % 3 == 0],
            sorted(cases.payloads(again)),
        )
        self.assertEqual(len(again), ledger.count)


class MessageTest(cases.TestCase):
    def test_content(self) -> None:
        """The message is the envelope of oslo.messaging, and nothing else."""
        received = cases.new_notification({'x': 1})

        found = messages.Message(received, messages.Ledger(1, lambda: None))

        self.assertEqual(
            {
                'message_id': received.message_id,
                'publisher_id': received.publisher_id,
                'event_type': received.event_type,
                'priority': received.priority,
                'payload': {'x': 1},
                'timestamp': received.timestamp,
            },
            found.message,
        )
        self.assertIs(received.context, found.ctxt)
        self.assertEqual(received.message_id, found.msg_id)
