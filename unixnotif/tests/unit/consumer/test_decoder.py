# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Documents that are slow to decode when a consumer ends."""

import os

import fixtures

from unixnotif import clock
from unixnotif import lost_record
from unixnotif import notification
from unixnotif import publisher as publishers
from unixnotif import shares
from unixnotif.consumer import decoder
from unixnotif.tests import base

LOST = lost_record.encode({'buffer_full': 3})


class SlowCase(base.TestCase):
    """Each look at the processor time finds 2 seconds more."""

    def setUp(self) -> None:
        super().setUp()
        self.looks = 0
        self.patch(clock, 'thread_time', self.thread_time)

    def thread_time(self) -> float:
        self.looks += 1
        return 2.0 * self.looks


class RestTest(SlowCase):
    """The rest of the documents, from several users."""

    def setUp(self) -> None:
        super().setUp()
        self.log = self.useFixture(fixtures.FakeLogger('unixnotif'))
        self.decoder = decoder.Decoder('unix:///a')

    def read(self, uid: int, number: int, data: bytes = b'') -> int:
        """Read documents of a user; return the number of notifications."""
        sender = notification.Sender(5, uid, uid)
        item = data or base.document(), sender
        found = [self.decoder.read(item) for _ in range(number)]
        return number - found.count(None)

    def test_limit(self) -> None:
        """Each user has 5 seconds; one document may exceed them."""
        self.decoder.limit()
        for uid in 1001, 1002:
            self.assertEqual(3, self.read(uid, 8))
        self.assertEqual({'DiscardedError': 10}, self.decoder.rejected)
        self.assertEqual(
            [
                'The consumer of unix:///a has unsubscribed, and discards '
                f'the remaining documents of user {uid}: decoding the earlier '
                'documents took more than 5 seconds.'
                for uid in (1001, 1002)
            ],
            self.log.output.splitlines(),
        )

    def test_exempt(self) -> None:
        """Root and the user of the process have no limit."""
        self.decoder.limit()
        for uid in 0, os.geteuid():
            self.assertEqual(20, self.read(uid, 20))
        self.assertEqual({}, self.decoder.rejected)

    def test_invalid(self) -> None:
        """The time of invalid documents counts, and that of lost records."""
        self.decoder.limit()
        self.read(1001, 2, b'{')
        self.read(1001, 1, LOST)
        self.assertEqual(0, self.read(1001, 2))
        self.assertEqual(
            {'DocumentError': 2, 'DiscardedError': 2}, self.decoder.rejected
        )

    def test_subscribed(self) -> None:
        """A subscribed consumer has no limit, also after an end."""
        self.assertEqual(20, self.read(1001, 20))
        self.decoder.discard()
        self.assertEqual(0, self.read(1001, 20))
        self.decoder.start()
        self.assertEqual(20, self.read(1001, 20))

    def test_warnings(self) -> None:
        """Discarded documents do not use up the warnings of invalid ones."""
        self.decoder.discard()
        self.read(1001, 20)
        self.decoder.start()
        self.read(1001, 20, b'{')
        lines = self.log.output.splitlines()
        self.assertEqual(10, len(lines))
        self.assertIn('further rejections are not logged', lines[-1])

    def test_discard(self) -> None:
        """Only lost records are decoded, within their size."""
        self.decoder.discard()
        self.assertEqual(0, self.read(1001, 2))
        self.read(0, 2, LOST)
        self.read(0, 1, LOST + b' ' * 1024)
        self.assertEqual({'buffer_full': 6}, self.decoder.lost_reasons)
        self.assertEqual({'DiscardedError': 3}, self.decoder.rejected)
        self.assertEqual('', self.log.output)


class ConsumerTest(SlowCase):
    def setUp(self) -> None:
        super().setUp()
        self.where = self.new_directory()
        self.receiver = self.new_consumer(self.where)
        self.out = self.new_publisher(self.where, max_message_size=4096)

    def publish(self, out: publishers.Publisher, number: int) -> None:
        for n in range(number):
            out.publish(base.document(n))

    def test_drain(self) -> None:
        """drain() ends, even if the documents of a user are slow."""
        self.patch(shares, 'is_exempt', lambda uid: False)
        self.publish(self.out, 8)
        received = self.receiver.receive(0)
        assert received is not None
        self.assertEqual(3, sum(1 for _ in self.receiver.drain(0)))
        self.assertEqual(4, self.receiver.discarded)

    def test_discard(self) -> None:
        """discard() counts the documents, and reads lost records."""
        self.publish(self.out, 3)
        self.out.publish(base.document('x' * 4096))
        self.publish(self.out, 4)
        received = self.receiver.receive(0)
        assert received is not None
        self.receiver.discard()
        self.assertEqual(6, self.receiver.discarded)
        self.assertEqual({'too_large': 1}, self.receiver.lost_reasons)
        self.assertFalse(self.receiver.subscribed)

    def test_steps(self) -> None:
        """A caller can stop after each document, wanted or not."""
        self.receiver = self.new_consumer(self.where, event_type='b')
        self.publish(self.out, 3)
        self.out.publish(base.document(event_type='b'))
        found = []
        for received in self.receiver.drain_steps(0):
            found.append(received)
            if len(found) == 2:
                break
        # The first step has accepted the connection.
        self.assertEqual([None, None], found)
        self.receiver.discard()
        self.assertEqual(3, self.receiver.discarded)
