# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Subscribers: how a document reaches a consumer, and pending drop counts."""

import _socket
from collections.abc import Mapping
import itertools
import os

from unixnotif import notification
from unixnotif import packet
from unixnotif import rendezvous
from unixnotif.packet import Outcome
from unixnotif.publisher import budgets
from unixnotif.publisher import members
from unixnotif.publisher import refusals
from unixnotif.publisher import rotations
from unixnotif.publisher import subscriber
from unixnotif.tests.unit.publisher import cases

#: Outcomes that need no lost record.
OVER = (Outcome.ABSENT, Outcome.GONE)


def outgoing(data: bytes = b'{}') -> packet.Outgoing:
    return packet.Outgoing(data)


def lost(**reasons: int) -> bytes:
    return notification.Lost(sum(reasons.values()), reasons).encode()


class OneDocumentMember(cases.FakeMember):
    """Has room for one record, the lost record for example."""

    def write(self, outgoing: packet.Outgoing) -> Outcome:
        outcome = super().write(outgoing)
        self.outcome = Outcome.BUFFER_FULL
        return outcome


class ReportTest(cases.MemberCase):
    def test_sent(self) -> None:
        """The record has all counts, and clears them."""
        writer, peer = self.pair()
        counts = {'buffer_full': 2, 'denied': 1}

        outcome = subscriber.report(members.ConnectedMember(writer, 0), counts)

        self.assertIs(Outcome.DELIVERED, outcome)
        self.assertEqual({}, counts)
        self.assertEqual([lost(buffer_full=2, denied=1)], self.received(peer))

    def test_not_sent(self) -> None:
        """Without room for the record the counts stay."""
        writer, peer = self.pair()
        member = members.ConnectedMember(writer, 0)
        while member.write(outgoing()) is Outcome.DELIVERED:
            pass
        counts = {'buffer_full': 1}

        for _ in range(2):
            self.assertIs(
                Outcome.BUFFER_FULL, subscriber.report(member, counts)
            )

        self.assertEqual({'buffer_full': 1}, counts)
        self.assertEqual({b'{}'}, set(self.received(peer)))

    def test_exception_after_the_record_went(self) -> None:
        """A signal handler that raises does not make the count pending."""

        class Interrupted(cases.FakeMember):
            def write(self, outgoing: packet.Outgoing) -> Outcome:
                super().write(outgoing)
                raise KeyboardInterrupt

        counts = {'denied': 1}

        self.assertRaises(
            KeyboardInterrupt, subscriber.report, Interrupted(), counts
        )

        self.assertEqual({}, counts)

    def test_exception_before_the_record_went(self) -> None:
        """A signal handler that raises does not clear the count."""

        class Interrupted(cases.FakeMember):
            def write(self, outgoing: packet.Outgoing) -> Outcome:
                raise KeyboardInterrupt

        counts = {'denied': 1}

        self.assertRaises(
            KeyboardInterrupt, subscriber.report, Interrupted(), counts
        )

        self.assertEqual({'denied': 1}, counts)


class SettleAtLastTest(cases.MemberCase):
    """The last lost record, over real connections."""

    def fill_and_settle(self, target: subscriber.Subscriber) -> None:
        """Fill the buffer, and report a drop at last."""
        while not (outcome := target.offer(outgoing())).is_drop:
            pass
        target.drop(outcome)
        self.assertFalse(target.settle())

        target.settle_finally()

        self.assertEqual({}, target.lost)

    def test_reader(self) -> None:
        """A reader with a full buffer receives the record."""
        writer, peer = self.pair()
        member = members.ConnectedMember(writer, 0)

        self.fill_and_settle(subscriber.Subscriber(member))

        self.assertEqual(lost(buffer_full=1), self.received(peer)[-1])

    def test_directory(self) -> None:
        """A full subscriber whose socket was removed receives the record."""
        where = self.new_directory()
        listener = self.bind(where, 'x.sock', _socket.SOCK_SEQPACKET)
        directory = rendezvous.Directory(where.path)
        self.addCleanup(directory.close)
        member = members.DirectoryMember(
            directory,
            'x.sock',
            0,
            cases.SMALL_BUFFER,
            packet.Memfds(),
            budgets.Attempts(refusals.Refusals('/run/x')),
        )
        self.addCleanup(member.close)
        member.prepare()
        os.unlink(f'{where.path}/x.sock')

        self.fill_and_settle(subscriber.Subscriber(member))

        peer = self.accept(listener)
        self.assertEqual(lost(buffer_full=1), self.received(peer)[-1])


class SubscriberTest(cases.MemberCase):
    def setUp(self) -> None:
        super().setUp()
        self.member = cases.FakeMember()
        self.target = subscriber.Subscriber(self.member)

    def test_plain(self) -> None:
        """Without a pending drop count the document goes alone."""
        self.assertIs(Outcome.DELIVERED, self.target.offer(outgoing()))

        self.assertEqual([b'{}'], self.member.sent)

    def test_lost_record_comes_first(self) -> None:
        """The lost record goes once, before the next document."""
        self.target.drop(Outcome.BUFFER_FULL)
        self.target.drop(Outcome.BUFFER_FULL)
        self.target.drop(Outcome.TOO_LARGE)
        self.assertEqual({'buffer_full': 2, 'too_large': 1}, self.target.lost)

        for data in b'1', b'2':
            self.assertIs(Outcome.DELIVERED, self.target.offer(outgoing(data)))

        self.assertEqual(
            [lost(buffer_full=2, too_large=1), b'1', b'2'], self.member.sent
        )
        self.assertEqual({}, self.target.lost)

    def test_no_room_for_the_lost_record(self) -> None:
        """The document does not overtake the lost record."""
        self.target.drop(Outcome.DENIED)
        self.member.outcome = Outcome.BUFFER_FULL

        self.assertIs(Outcome.BUFFER_FULL, self.target.offer(outgoing()))

        self.assertEqual([], self.member.sent)
        self.assertEqual({'denied': 1}, self.target.lost)

    def test_room_for_the_lost_record_only(self) -> None:
        """A sent lost record is not sent again."""
        member = OneDocumentMember()
        target = subscriber.Subscriber(member)
        target.drop(Outcome.DENIED)

        self.assertIs(Outcome.BUFFER_FULL, target.offer(outgoing()))
        target.drop(Outcome.BUFFER_FULL)

        self.assertEqual([lost(denied=1)], member.sent)
        self.assertEqual({'buffer_full': 1}, target.lost)

    def test_former_counts(self) -> None:
        """A subscriber can start with counts of a former connection."""
        counts = {'denied': 2}
        target = subscriber.Subscriber(self.member, counts)

        target.offer(outgoing())

        self.assertEqual([lost(denied=2), b'{}'], self.member.sent)
        # The former subscriber shares the dict: it reports nothing now.
        self.assertEqual({}, counts)

    def test_all_members(self) -> None:
        """A subscriber uses one place."""
        self.assertEqual([self.member], list(self.target.all_members))

    def test_settle(self) -> None:
        """Settling sends the lost record alone, once."""
        self.target.drop(Outcome.DENIED)

        self.assertTrue(self.target.settle())
        self.assertTrue(self.target.settle())

        self.assertEqual([lost(denied=1)], self.member.sent)

    def test_settle_without_drops(self) -> None:
        """Without a pending drop count settling sends nothing."""
        self.assertTrue(self.target.settle())

        self.assertEqual([], self.member.sent)

    def test_settle_later(self) -> None:
        """A full buffer leaves the counts for the next attempt."""
        self.target.drop(Outcome.DENIED)
        self.member.outcome = Outcome.BUFFER_FULL
        self.assertFalse(self.target.settle())

        self.member.outcome = Outcome.DELIVERED
        self.assertTrue(self.target.settle())

        self.assertEqual([lost(denied=1)], self.member.sent)

    def test_settle_with_an_ended_subscriber(self) -> None:
        """A subscriber that has ended is settled."""
        for outcome in OVER:
            target = subscriber.Subscriber(cases.FakeMember(outcome))
            target.drop(Outcome.DENIED)

            self.assertTrue(target.settle())

    def test_settle_at_last(self) -> None:
        """A full buffer is expanded, once."""
        for after, expected in (
            (Outcome.DELIVERED, {}),
            (Outcome.BUFFER_FULL, {'denied': 1}),
        ):
            member = cases.FakeMember(Outcome.BUFFER_FULL)
            member.after_expansion = after
            target = subscriber.Subscriber(member, {'denied': 1})

            target.settle_finally()

            self.assertEqual(expected, target.lost)

    def test_settle_at_last_with_room(self) -> None:
        """Without need the buffer is not expanded."""
        self.member.after_expansion = Outcome.BUFFER_FULL
        self.target.drop(Outcome.DENIED)

        self.target.settle_finally()
        self.target.settle_finally()

        self.assertIs(Outcome.DELIVERED, self.member.outcome)
        self.assertEqual([lost(denied=1)], self.member.sent)

    def test_close(self) -> None:
        """Closing closes the member and reports nothing."""
        self.target.drop(Outcome.DENIED)

        self.target.close()

        self.assertTrue(self.member.closed)
        self.assertEqual([], self.member.sent)


class GroupTest(cases.MemberCase):
    def new_group(
        self, *outcomes: Outcome, turn: int = 0
    ) -> tuple[subscriber.Group, list[cases.FakeMember]]:
        fakes = [cases.FakeMember(each) for each in outcomes]
        named: Mapping[str, members.Member] = {
            str(n): member for n, member in enumerate(fakes)
        }
        return subscriber.Group(dict(named), rotations.Rotation(turn)), fakes

    def offer(self, group: subscriber.Group, count: int) -> None:
        for n in range(count):
            self.assertIs(Outcome.DELIVERED, group.offer(outgoing(b'%d' % n)))

    def test_round_robin(self) -> None:
        """The members take turns."""
        group, members = self.new_group(*[Outcome.DELIVERED] * 3)

        self.offer(group, 7)

        self.assertEqual(
            [[b'0', b'3', b'6'], [b'1', b'4'], [b'2', b'5']],
            [member.sent for member in members],
        )

    def test_kinds(self) -> None:
        """The members take turns for each kind of document."""
        group, members = self.new_group(*[Outcome.DELIVERED] * 2)

        for n in range(6):
            group.offer(packet.Outgoing(b'%d' % n, kind=n % 2))

        self.assertEqual(
            [[b'0', b'3', b'4'], [b'1', b'2', b'5']],
            [member.sent for member in members],
        )

    def test_first_turn(self) -> None:
        """The constructor sets the first member."""
        for turn in 1, 3, 101:
            group, members = self.new_group(
                Outcome.DELIVERED, Outcome.DELIVERED, turn=turn
            )

            self.offer(group, 1)

            self.assertEqual([[], [b'0']], [member.sent for member in members])

    def test_next_member(self) -> None:
        """If a member cannot take a document, the next member receives it."""
        for outcome in (
            Outcome.BUFFER_FULL,
            Outcome.BACKLOG_FULL,
            Outcome.DENIED,
        ):
            group, members = self.new_group(
                Outcome.DELIVERED, outcome, Outcome.DELIVERED
            )

            self.offer(group, 4)

            self.assertEqual(
                [[b'0', b'2'], [], [b'1', b'3']],
                [member.sent for member in members],
            )
            self.assertEqual({}, group.lost)
            self.assertEqual(3, len(group.members))
            self.assertFalse(group.shrunk)

    def test_member_over(self) -> None:
        """A member at which nobody listens is closed and removed."""
        for outcome in OVER:
            group, members = self.new_group(
                Outcome.DELIVERED, outcome, Outcome.DELIVERED
            )
            self.assertFalse(group.shrunk)

            self.offer(group, 5)

            self.assertEqual(['0', '2'], list(group.members))
            self.assertTrue(group.shrunk)
            self.assertTrue(members[1].closed)
            shares = [len(member.sent) for member in members]
            self.assertEqual(0, shares[1])
            self.assertEqual({2, 3}, {shares[0], shares[2]})

    def test_all_gone(self) -> None:
        """A group without members is gone."""
        group, _ = self.new_group(Outcome.GONE, Outcome.GONE)

        for _ in range(2):
            self.assertIs(Outcome.GONE, group.offer(outgoing()))

        self.assertEqual({}, group.members)

    def test_all_absent(self) -> None:
        """A group of which no member listens now is gone."""
        for outcomes in itertools.product(OVER, repeat=2):
            group, members = self.new_group(*outcomes)

            self.assertIs(Outcome.GONE, group.offer(outgoing()))

            self.assertEqual({}, group.members)
            self.assertTrue(all(member.closed for member in members))

    def test_all_members(self) -> None:
        """Each member that is still there uses a place."""
        group, members = self.new_group(Outcome.GONE, *[Outcome.DELIVERED] * 2)
        self.assertEqual(members, list(group.all_members))

        self.offer(group, 1)

        self.assertEqual(members[1:], list(group.all_members))

    def test_full_absent_and_gone_members(self) -> None:
        """A group in which a member is full drops the document."""
        for outcomes in (
            (Outcome.BUFFER_FULL, Outcome.ABSENT, Outcome.GONE),
            (Outcome.GONE, Outcome.ABSENT, Outcome.BUFFER_FULL),
            (Outcome.ABSENT, Outcome.BUFFER_FULL, Outcome.ABSENT),
        ):
            group, _ = self.new_group(*outcomes)

            self.assertIs(Outcome.BUFFER_FULL, group.offer(outgoing()))

    def test_lost_record(self) -> None:
        """One member receives the group's lost record and the document."""
        group, members = self.new_group(
            Outcome.BUFFER_FULL, Outcome.DELIVERED, Outcome.DELIVERED
        )
        group.drop(Outcome.BUFFER_FULL)
        group.drop(Outcome.TOO_LARGE)
        group.drop(Outcome.BUFFER_FULL)
        self.assertEqual({'buffer_full': 2, 'too_large': 1}, group.lost)

        self.offer(group, 1)

        self.assertEqual(
            [[], [lost(buffer_full=2, too_large=1), b'0'], []],
            [member.sent for member in members],
        )
        self.assertEqual({}, group.lost)

    def test_room_for_the_lost_record_only(self) -> None:
        """The next member receives the document without the lost record."""
        first, second = OneDocumentMember(), cases.FakeMember()
        group = subscriber.Group(
            {'1': first, '2': second}, rotations.Rotation(0), {'denied': 1}
        )

        self.offer(group, 1)

        self.assertEqual([lost(denied=1)], first.sent)
        self.assertEqual([b'0'], second.sent)

    def test_settle(self) -> None:
        """Settling reports to the first member that has room."""
        group, members = self.new_group(
            Outcome.BUFFER_FULL, Outcome.DELIVERED, Outcome.DELIVERED
        )
        self.assertTrue(group.settle())
        group.drop(Outcome.DENIED)

        self.assertTrue(group.settle())

        self.assertEqual(
            [[], [lost(denied=1)], []], [member.sent for member in members]
        )

    def test_settle_later(self) -> None:
        """A group with a full member is not settled."""
        group, members = self.new_group(Outcome.GONE, Outcome.BUFFER_FULL)
        group.drop(Outcome.DENIED)
        self.assertFalse(group.settle())
        self.assertEqual({'denied': 1}, group.lost)

        members[1].outcome = Outcome.DELIVERED
        self.assertTrue(group.settle())

    def test_settle_with_ended_members(self) -> None:
        """A group of which all members have ended is settled."""
        group, _ = self.new_group(*OVER)
        group.drop(Outcome.DENIED)

        self.assertTrue(group.settle())

    def test_settle_at_last(self) -> None:
        """One of the members receives the record in an expanded buffer."""
        group, members = self.new_group(
            Outcome.GONE, Outcome.BUFFER_FULL, Outcome.BUFFER_FULL
        )
        for each in members[1:]:
            each.after_expansion = Outcome.DELIVERED
        group.drop(Outcome.DENIED)

        group.settle_finally()

        self.assertEqual(
            [[], [lost(denied=1)], []], [member.sent for member in members]
        )
        self.assertEqual({}, group.lost)

    def test_close(self) -> None:
        """Closing closes all members and reports nothing."""
        group, members = self.new_group(*[Outcome.DELIVERED] * 2)
        group.drop(Outcome.DENIED)

        group.close()

        self.assertTrue(all(member.closed for member in members))
        self.assertEqual([[], []], [member.sent for member in members])
