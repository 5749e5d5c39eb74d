# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The conductor's record of a round."""

from oslotest import base

from tools.chaos import books
from tools.chaos import ledger
from tools.chaos.ledger import SeatWord
from tools.chaos.ledger import StreamWord


class BookTest(base.BaseTestCase):
    """One stream; the test writes in place of the processes."""

    def setUp(self) -> None:
        super().setUp()
        self.shared = ledger.Ledger(slots=4, extent=40, seats=4)
        self.streams = ledger.Allocator(self.shared)
        self.book = books.Book(self.shared)
        self.seat = 0
        self.slot = self.open()
        self.consumer = self.join('c')

    def open(self) -> int:
        """Open a stream."""
        slot = self.streams.reserve(10)
        self.book.streams.append(books.StreamEntry(slot, f'e{slot}', False))
        return slot

    def join(self, name: str) -> books.Subscriber:
        """Subscribe a consumer."""
        subscriber = books.Subscriber(name, name)
        self.book.subscribe(subscriber)
        self.book.seat(subscriber, self.seat)
        self.seat += 1
        return subscriber

    def publish(self, *seats: int) -> None:
        """Publish one notification; the consumers at the seats receive it."""
        words = self.shared.stream(self.slot)
        at = words[StreamWord.BASE] + words[StreamWord.DONE]
        for seat in seats:
            self.shared.seen(seat)[at] = 1
        self.shared.delivered[at] = len(seats)
        words[StreamWord.BEGUN] += 1
        words[StreamWord.DONE] += 1

    def rows(self) -> list[tuple[int, int, int]]:
        """Return emitted, received and faults of each subscriber."""
        found = self.book.settle()
        return [
            (row.emitted, row.received, row.faults)
            for row in (*found.subscribers, found.emitters)
        ]

    def test_late_subscriber(self) -> None:
        """A late subscriber is owed only later notifications."""
        self.publish(0)
        self.join('late')
        self.publish(0, 1)
        self.assertEqual([(2, 2, 0), (1, 1, 0), (2, 0, 0)], self.rows())

    def test_leaving_subscriber(self) -> None:
        """A subscriber that left is owed only earlier notifications."""
        self.publish(0)
        self.book.unsubscribe(self.consumer)
        self.publish()
        self.slot = self.open()
        self.publish()
        self.assertEqual([(1, 1, 0), (3, 0, 0)], self.rows())

    def test_replacement(self) -> None:
        """Notifications between two snapshots are owed to nobody."""
        self.publish(0)
        before = self.book.snapshot(StreamWord.DONE)
        self.publish()
        self.slot = self.open()
        self.publish()
        self.book.exempt(before)
        self.publish(0)
        self.assertEqual([(2, 2, 0), (4, 0, 0)], self.rows())
        self.publish()
        self.assertEqual((3, 2, 1), self.rows()[0])

    def test_unowed_at_first(self) -> None:
        """An emitter may declare its first notifications as unowed."""
        self.publish()
        self.shared.stream(self.slot)[StreamWord.UNOWED] = 1
        self.publish(0)
        self.assertEqual([(1, 1, 0), (2, 0, 0)], self.rows())

    def test_mute_stream(self) -> None:
        """Nobody is owed a notification of a mute stream."""
        self.book.streams[0].mute = True
        self.publish()
        self.assertEqual([(0, 0, 0), (1, 0, 0)], self.rows())

    def test_group(self) -> None:
        """A second copy within a group is a duplicate."""
        self.book.seat(self.consumer, self.seat)
        self.publish(0)
        self.publish(1)
        self.shared.seen(0)[1] = 1
        [row] = self.book.settle().subscribers
        self.assertEqual((2, 1), (row.received, row.duplicated))

    def test_counts_of_a_round(self) -> None:
        """A round has all counts since the last settlement."""
        for lost in (5, 7):
            self.shared.seat(0)[SeatWord.LOST] = lost
            self.book.begin(set())
            [row] = self.book.settle().subscribers
            self.assertEqual(lost if lost == 5 else 2, row.lost)
            self.assertEqual(row.lost, row.over_reported)

    def test_begin(self) -> None:
        """A round begins without the subscribers that have ended."""
        stays = self.join('stays')
        stays.seats.append(3)
        self.book.unsubscribe(self.consumer)
        killed = self.join('killed')
        killed.killed = True
        self.book.begin({3})
        self.assertEqual([stays], self.book.subscribers)
        self.assertEqual([1], stays.seats)

    def test_example(self) -> None:
        """An account names the stream of its first fault."""
        words = self.shared.seat(0)
        words[SeatWord.DUPLICATED] = 1
        words[SeatWord.FAULT_SLOT] = self.slot + 1
        words[SeatWord.FAULT_SEQ] = 6
        [offence] = self.book.settle().offences
        self.assertEqual('c: duplicated 1 (e0: 6)', str(offence))
