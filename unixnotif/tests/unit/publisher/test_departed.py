# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Departed subscribers: their drop counts are reported, or they are closed."""

from unixnotif.packet import Outcome
from unixnotif.publisher import departed
from unixnotif.publisher import subscriber
from unixnotif.tests import base
from unixnotif.tests.unit.publisher import cases


class DepartedTest(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.departed = departed.Departed()

    def add(
        self, outcome: Outcome, drops: int = 1, uid: int = 0
    ) -> cases.FakeMember:
        """Add a subscriber whose member gives an outcome."""
        member = cases.FakeMember(outcome)
        member.uid = uid
        target = subscriber.Subscriber(member)
        for _ in range(drops):
            target.drop(Outcome.DENIED)
        self.departed.add([target])
        return member

    def test_added(self) -> None:
        """Adding neither reports nor closes."""
        members = [self.add(Outcome.DELIVERED, drops) for drops in (0, 1)]

        self.assertEqual(2, len(self.departed.targets))
        for each in members:
            self.assertEqual((0, False), (each.attempts, each.closed))

    def test_added_twice(self) -> None:
        """A subscriber that is added twice is reported to once."""
        member = self.add(Outcome.DELIVERED)
        self.departed.add(list(self.departed.targets))

        self.assertEqual(1, len(self.departed.targets))
        self.departed.settle()
        self.assertEqual((1, True), (member.attempts, member.closed))

    def test_settle(self) -> None:
        """A subscriber that took its lost record is closed."""
        member = self.add(Outcome.DELIVERED, 3)

        self.departed.settle()

        self.assertEqual((1, True), (member.attempts, member.closed))
        self.assertEqual({}, self.departed.targets)

    def test_settle_later(self) -> None:
        """A subscriber with a full buffer stays until it has room."""
        member = self.add(Outcome.BUFFER_FULL)
        for attempts in 1, 2:
            self.departed.settle()
            self.assertEqual(
                (attempts, False), (member.attempts, member.closed)
            )

        member.outcome = Outcome.DELIVERED
        self.departed.settle()

        self.assertTrue(member.closed)
        self.assertEqual({}, self.departed.targets)

    def test_ended(self) -> None:
        """A subscriber that has ended is closed."""
        members = [self.add(Outcome.GONE), self.add(Outcome.ABSENT)]

        self.departed.settle()

        self.assertTrue(all(each.closed for each in members))
        self.assertEqual({}, self.departed.targets)

    def test_without_drops(self) -> None:
        """Subscribers without drop counts are all closed at once."""
        members = [self.add(Outcome.DELIVERED, 0) for _ in range(100)]

        self.departed.settle()

        self.assertEqual({}, self.departed.targets)
        for each in members:
            self.assertEqual((0, True), (each.attempts, each.closed))

    def test_bounded_attempts(self) -> None:
        """One call tries a few subscribers, and each has its turn."""
        members = [self.add(Outcome.BUFFER_FULL) for _ in range(10)]

        self.departed.settle()
        self.assertEqual(
            departed._MAX_TRIED, sum(each.attempts for each in members)
        )
        for _ in range(4):
            self.departed.settle()

        self.assertEqual({2}, {each.attempts for each in members})

    def test_bounded_number(self) -> None:
        """Over the limit, the oldest subscriber is closed."""
        self.patch(departed, '_MAX_KEPT', 2)
        members = [self.add(Outcome.BUFFER_FULL) for _ in range(4)]

        self.assertEqual(
            [True, True, False, False], [each.closed for each in members]
        )
        self.assertEqual(2, len(self.departed.targets))

    def test_share(self) -> None:
        """A user with too many subscribers displaces only its own."""
        self.patch(departed, '_MAX_KEPT', 8)
        other = self.add(Outcome.BUFFER_FULL, uid=60001)
        members = [self.add(Outcome.BUFFER_FULL, uid=60002) for _ in range(20)]

        self.assertFalse(other.closed)
        self.assertEqual(
            [True] * 18 + [False] * 2, [each.closed for each in members]
        )

    def test_close(self) -> None:
        """Closing reports to all subscribers, and closes them."""
        members = [self.add(Outcome.DELIVERED) for _ in range(10)]

        self.departed.close()

        self.assertEqual({}, self.departed.targets)
        for each in members:
            self.assertEqual((1, True), (each.attempts, each.closed))

    def test_close_when_full(self) -> None:
        """Closing makes room for the lost record in a full buffer."""
        full = self.add(Outcome.BUFFER_FULL)
        ready = self.add(Outcome.DELIVERED)

        self.departed.close()

        self.assertTrue(full.expanded)
        self.assertFalse(ready.expanded)

    def test_close_without_a_lost_record(self) -> None:
        """Closing closes subscribers that take no lost record."""
        members = [self.add(outcome) for outcome in Outcome if outcome.is_drop]

        self.departed.close()

        self.assertEqual({}, self.departed.targets)
        self.assertTrue(all(each.closed for each in members))

    def test_abandon(self) -> None:
        """Abandoning closes the connections and reports nothing."""
        members = [self.add(Outcome.DELIVERED) for _ in range(10)]

        self.departed.abandon()

        self.assertEqual({}, self.departed.targets)
        for each in members:
            self.assertEqual((0, True), (each.attempts, each.closed))
