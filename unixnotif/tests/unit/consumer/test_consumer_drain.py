# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Leaving without losing what was delivered."""

import os
import threading

from unixnotif import errors
from unixnotif import publisher as publishers
from unixnotif.consumer import connections
from unixnotif.consumer import limits
from unixnotif.tests import base


class DrainTest(base.TestCase):
    def test_rest(self) -> None:
        """drain() yields delivered notifications; no new emitter connects."""
        for where in (self.new_directory(), self.new_socket()):
            out = self.new_publisher(where)
            receiver = self.new_consumer(where)
            out.publish(base.document(0))
            out.publish(base.document(1))
            received = receiver.receive()
            assert received is not None
            self.assertEqual(0, received.payload)
            rest = receiver.drain(0)
            self.assertFalse(receiver.subscribed)
            self.assertEqual([1], [each.payload for each in rest])
            self.assertRaises(errors.UnavailableError, receiver.receive, 0)
            self.assertEqual(0, out.publish(base.document(2)).delivered)

    def test_not_subscribed(self) -> None:
        """drain() yields nothing if nothing arrived, or if called again."""
        receiver = self.new_consumer(self.new_directory())
        self.assertEqual([], list(receiver.drain(0)))
        self.assertEqual([], list(receiver.drain(0)))

    def test_filtered(self) -> None:
        """drain() omits unwanted notifications, in any number."""
        where = self.new_directory()
        receiver = self.new_consumer(where, event_type='b')
        out = self.new_publisher(where)
        for n in range(200):
            out.publish(base.document(n, event_type='a'))
        out.publish(base.document('last', event_type='b'))
        self.assertEqual(
            ['last'], [each.payload for each in receiver.drain(0)]
        )

    def test_while_others_emit(self) -> None:
        """The consumer gets exactly what was reported as delivered."""
        for where in (self.new_directory(), self.new_socket()):
            out = self.new_publisher(where)
            receiver = self.new_consumer(where)
            delivered = [0]
            left = threading.Event()

            def emit(
                out: publishers.Publisher = out,
                left: threading.Event = left,
                delivered: list[int] = delivered,
            ) -> None:
                after = 0
                while after < 10:
                    delivered[0] += out.publish(base.document()).delivered
                    after += left.is_set()

            thread = threading.Thread(target=emit)
            thread.start()
            count = sum(receiver.receive() is not None for _ in range(500))
            count += sum(1 for _ in receiver.drain(0))
            left.set()
            thread.join()
            self.assertEqual(delivered[0], count)

    def test_not_yet_accepted(self) -> None:
        """drain() also reads from connections that are not accepted yet."""
        where = self.new_directory()
        receiver = self.new_consumer(where)
        outs = [
            self.new_publisher(where) for _ in range(3 * connections.BATCH)
        ]
        for n, out in enumerate(outs):
            out.publish(base.document(n))
        found = {each.payload for each in receiver.drain(0)}
        self.assertEqual(set(range(3 * connections.BATCH)), found)

    def test_more_connections_than_are_allowed(self) -> None:
        """drain() also reads connections that wait for room."""
        self.patch(limits, 'MAX_CONNECTIONS', 2)
        where = self.new_directory()
        receiver = self.new_consumer(where)
        for n in range(7):
            self.new_publisher(where).publish(base.document(n))
        found = {each.payload for each in receiver.drain(0)}
        self.assertEqual(set(range(7)), found)

    def test_losses(self) -> None:
        """drain() counts drops that an emitter reports in time."""
        where = self.new_directory()
        receiver = self.new_consumer(where)
        out = self.new_publisher(where, max_message_size=4096)
        out.publish(base.document(1))
        received = receiver.receive()
        assert received is not None
        out.publish(base.document('x' * 4096))
        rest = receiver.drain(200.0)
        # The publisher looks for subscribers, as at each publish().
        self.assertEqual(0, out.refresh())
        self.assertEqual([], list(rest))
        self.assertEqual({'too_large': 1}, receiver.lost_reasons)

    def test_directory_is_gone(self) -> None:
        """Earlier notifications are yielded all the same."""
        where = self.new_directory()
        out = self.new_publisher(where)
        receiver = self.new_consumer(where)
        out.publish(base.document(1))
        for name in os.listdir(where.path):
            os.unlink(f'{where.path}/{name}')
        os.rmdir(where.path)
        self.assertEqual([1], [each.payload for each in receiver.drain(0)])
