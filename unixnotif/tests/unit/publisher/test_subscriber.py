#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""Subscribers: how a document reaches a consumer, and pending drop counts."""

import _socket
from collections.abc import Mapping
import os
import socket
import tempfile

from unixnotif import notification
from unixnotif import packet
from unixnotif import rendezvous
from unixnotif.packet import Outcome
from unixnotif.publisher import subscriber
from unixnotif.tests import base
from unixnotif.tests.unit.publisher import cases

#: Outcomes that need no lost record.
OVER = (Outcome.ABSENT, Outcome.GONE)


class SubscriberCase(base.TestCase):
    def accept(self, listener: _socket.socket) -> _socket.socket:
        accepted = packet.accept(listener)
        self.addCleanup(accepted.close)
        return accepted

    def pair(self) -> tuple[packet.PacketWriter, socket.socket]:
        """Return a writer with a small buffer, and the peer's socket."""
        near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        sock = packet.Socket(fileno=near.detach())
        for each in sock, far:
            each.setblocking(False)
            self.addCleanup(each.close)
        packet.set_send_buffer(sock, cases.SMALL_BUFFER)
        return packet.PacketWriter(sock), far

    def received(self, sock: _socket.socket | socket.socket) -> list[bytes]:
        """Return all records or bytes that have arrived."""
        found = []
        try:
            while data := sock.recv(65536):
                found.append(data)
        except BlockingIOError:
            pass
        return found


def outgoing(data: bytes = b'{}') -> packet.Outgoing:
    return packet.Outgoing(data)


def lost(**reasons: int) -> bytes:
    return notification.Lost(sum(reasons.values()), reasons).encode()


class FakeMember:
    """Gives the outcome that a test sets, and stores the documents."""

    def __init__(
        self,
        outcome: Outcome = Outcome.DELIVERED,
        prepared: Outcome = Outcome.READY,
    ) -> None:
        self.outcome = outcome
        self.prepared = prepared
        self.sent: list[bytes] = []
        self.preparations = 0
        self.after_expansion: Outcome | None = None
        self.closed = False

    def prepare(self) -> Outcome:
        self.preparations += 1
        return self.prepared

    def write(self, outgoing: packet.Outgoing) -> Outcome:
        if self.outcome is Outcome.DELIVERED:
            self.sent.append(outgoing.data)
            outgoing.sent.append(len(outgoing.data))
        return self.outcome

    def expand(self) -> None:
        """Take the outcome that a test has set for this case."""
        self.outcome = self.after_expansion or self.outcome

    def close(self) -> None:
        self.closed = True


class OneDocumentMember(FakeMember):
    """Has room for one record, the lost record for example."""

    def write(self, outgoing: packet.Outgoing) -> Outcome:
        outcome = super().write(outgoing)
        self.outcome = Outcome.BUFFER_FULL
        return outcome


class ReportTest(SubscriberCase):
    def test_sent(self) -> None:
        """The record has all counts, and clears them."""
        writer, peer = self.pair()
        counts = {'buffer_full': 2, 'denied': 1}

        outcome = subscriber.report(subscriber.ConnectedMember(writer), counts)

        self.assertIs(Outcome.DELIVERED, outcome)
        self.assertEqual({}, counts)
        self.assertEqual([lost(buffer_full=2, denied=1)], self.received(peer))

    def test_not_sent(self) -> None:
        """Without room for the record the counts stay."""
        writer, peer = self.pair()
        member = subscriber.ConnectedMember(writer)
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

        class Interrupted(FakeMember):
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

        class Interrupted(FakeMember):
            def write(self, outgoing: packet.Outgoing) -> Outcome:
                raise KeyboardInterrupt

        counts = {'denied': 1}

        self.assertRaises(
            KeyboardInterrupt, subscriber.report, Interrupted(), counts
        )

        self.assertEqual({'denied': 1}, counts)


class ConnectedMemberTest(SubscriberCase):
    def test_ready(self) -> None:
        """A reader that has connected is ready."""
        writer, _ = self.pair()

        self.assertIs(
            Outcome.READY, subscriber.ConnectedMember(writer).prepare()
        )

    def test_gone(self) -> None:
        """A reader that has left is gone."""
        writer, peer = self.pair()
        member = subscriber.ConnectedMember(writer)
        self.assertIs(Outcome.DELIVERED, member.write(outgoing()))
        peer.close()

        for _ in range(2):
            self.assertIs(Outcome.GONE, member.write(outgoing()))

    def test_close(self) -> None:
        """After close() the reader receives the rest, and then the end."""
        writer, peer = self.pair()
        member = subscriber.ConnectedMember(writer)
        member.expand()
        member.write(outgoing())

        member.close()
        member.close()
        member.expand()

        self.assertEqual([b'{}'], self.received(peer))
        self.assertEqual(b'', peer.recv(1))
        self.assertIs(Outcome.GONE, member.write(outgoing()))


class SettleAtLastTest(SubscriberCase):
    """The last lost record, over real connections."""

    def fill_and_settle(self, target: subscriber.Subscriber) -> None:
        """Fill the buffer, and report a drop at last."""
        while not (outcome := target.offer(outgoing())).is_drop:
            pass
        target.drop(outcome)
        self.assertFalse(target.settle())

        target.settle_at_last()

        self.assertEqual({}, target.lost)

    def test_reader(self) -> None:
        """A reader with a full buffer receives the record."""
        writer, peer = self.pair()
        member = subscriber.ConnectedMember(writer)

        self.fill_and_settle(subscriber.Subscriber(member))

        self.assertEqual(lost(buffer_full=1), self.received(peer)[-1])

    def test_directory(self) -> None:
        """A subscriber with a full buffer receives it, without its name."""
        where = self.new_directory()
        listener = self.bind(where, 'x.sock', _socket.SOCK_SEQPACKET)
        directory = rendezvous.Directory(where.path)
        self.addCleanup(directory.close)
        member = subscriber.DirectoryMember(
            directory, 'x.sock', cases.SMALL_BUFFER
        )
        self.addCleanup(member.close)
        member.prepare()
        os.unlink(f'{where.path}/x.sock')

        self.fill_and_settle(subscriber.Subscriber(member))

        peer = self.accept(listener)
        self.assertEqual(lost(buffer_full=1), self.received(peer)[-1])


class DirectoryMemberTest(SubscriberCase):
    def setUp(self) -> None:
        super().setUp()
        self.clock = self.new_clock()
        self.where = self.new_directory()
        self.directory = rendezvous.Directory(self.where.path)
        self.addCleanup(self.directory.close)
        self.member = subscriber.DirectoryMember(
            self.directory, 'x.sock', cases.SMALL_BUFFER
        )
        self.addCleanup(self.member.close)

    def listen(self, kind: int = _socket.SOCK_SEQPACKET) -> _socket.socket:
        return self.bind(self.where, 'x.sock', kind)

    def write(self, data: bytes = b'{}') -> Outcome:
        return self.member.write(outgoing(data))

    def assert_outcome(self, outcome: Outcome) -> None:
        """Both calls must give an outcome, so long as nothing changes."""
        self.assertIs(outcome, self.member.prepare())
        self.assertIs(outcome, self.write())

    def test_connects_once(self) -> None:
        """The first document connects, the next ones do not."""
        listener = self.listen()
        self.assertRaises(BlockingIOError, packet.accept, listener)

        self.assertIs(Outcome.DELIVERED, self.write(b'1'))
        self.assertIs(Outcome.DELIVERED, self.write(b'2'))

        self.assertEqual([b'1', b'2'], self.received(self.accept(listener)))
        self.assertRaises(BlockingIOError, packet.accept, listener)

    def test_prepare(self) -> None:
        """Preparing connects and sends nothing."""
        listener = self.listen()

        self.assertIs(Outcome.READY, self.member.prepare())
        self.assertIs(Outcome.READY, self.member.prepare())

        peer = self.accept(listener)
        self.assertEqual([], self.received(peer))
        self.assertRaises(BlockingIOError, packet.accept, listener)
        self.assertIs(Outcome.DELIVERED, self.write())
        self.assertEqual([b'{}'], self.received(peer))

    def test_stream(self) -> None:
        """A stream socket receives lines."""
        listener = self.listen(_socket.SOCK_STREAM)

        self.write(b'1')
        self.write(b'2')

        self.assertEqual([b'1\n2\n'], self.received(self.accept(listener)))

    def test_send_buffer(self) -> None:
        """The send buffer has the size of the setting."""
        self.listen()
        count = 0
        while self.write() is Outcome.DELIVERED:
            count += 1

        self.assertIs(Outcome.BUFFER_FULL, self.write())
        self.assertLess(count, 50)

    def test_reconnects(self) -> None:
        """After a broken connection the member connects again."""
        listener = self.listen()
        self.write(b'1')
        self.accept(listener).close()

        self.assertIs(Outcome.DELIVERED, self.write(b'2'))

        self.assertEqual([b'2'], self.received(self.accept(listener)))

    def test_gone_with_its_socket(self) -> None:
        """After a broken connection a member without a socket is gone."""
        listener = self.listen()
        self.write(b'1')
        self.accept(listener).close()
        listener.close()
        os.unlink(f'{self.where.path}/x.sock')

        self.assertIs(Outcome.GONE, self.write())
        self.assert_outcome(Outcome.GONE)

    def test_connected_without_its_socket(self) -> None:
        """A connection works after somebody removed the socket."""
        listener = self.listen()
        self.write(b'1')
        os.unlink(f'{self.where.path}/x.sock')

        self.assertIs(Outcome.DELIVERED, self.write(b'2'))

        self.assertEqual([b'1', b'2'], self.received(self.accept(listener)))

    def test_closed_at_once(self) -> None:
        """A listener that closes each connection is absent, not a loop."""
        listener = self.listen(_socket.SOCK_STREAM)

        class Closing(packet.LineWriter):
            def write(self, outgoing: packet.Outgoing) -> Outcome:
                packet.accept(listener).close()
                return super().write(outgoing)

        self.patch(packet, 'LineWriter', Closing)

        self.assertIs(Outcome.ABSENT, self.write())
        # The next document tries again.
        self.assertIs(Outcome.ABSENT, self.write())

    def test_not_there(self) -> None:
        """A member without a socket is gone."""
        self.assert_outcome(Outcome.GONE)

    def test_directory_closed(self) -> None:
        """A member of a closed directory is gone."""
        self.listen()
        self.directory.close()

        self.assert_outcome(Outcome.GONE)

    def test_not_listening_yet(self) -> None:
        """A socket that refuses is absent, and soon tried again."""
        listener = packet.new_socket(_socket.SOCK_STREAM)
        self.addCleanup(listener.close)
        listener.bind(self.directory.socket_path('x.sock'))
        self.assert_outcome(Outcome.ABSENT)

        listener.listen(1)
        self.clock.advance(1)

        self.assertIs(Outcome.DELIVERED, self.write())
        self.accept(listener)

    def test_pause(self) -> None:
        """A socket that refuses is not tried again for each document."""
        self.listen().close()
        self.clock.stop()
        self.clock.advance(5)
        self.assert_outcome(Outcome.ABSENT)
        os.unlink(f'{self.where.path}/x.sock')
        listener = self.listen()

        self.assert_outcome(Outcome.ABSENT)
        self.clock.advance(1)
        self.assertIs(Outcome.DELIVERED, self.write())
        self.accept(listener)

    def test_swept(self) -> None:
        """An old socket that refuses is removed, and gone."""
        self.listen().close()
        self.assertIs(Outcome.ABSENT, self.write())
        self.assertEqual(['x.sock'], os.listdir(self.where.path))
        self.clock.advance(60)

        self.assertIs(Outcome.GONE, self.write())

        self.assertEqual([], os.listdir(self.where.path))

    def test_unreachable(self) -> None:
        """A directory with a socket's name is unreachable."""
        os.mkdir(f'{self.where.path}/x.sock')

        self.assert_outcome(Outcome.UNREACHABLE)

    def test_no_descriptor_left(self) -> None:
        """Without a descriptor the member is unreachable, not gone."""
        listener = self.listen()

        def write() -> list[str]:
            with base.no_more_descriptors():
                found = [self.write().value]
            return [*found, self.write().value]

        self.assertEqual(['unreachable', 'delivered'], self.in_child(write))
        self.assertEqual([b'{}'], self.received(self.accept(listener)))

    @base.as_root
    def test_denied(self) -> None:
        """A socket that this user may not write to is a drop."""
        self.listen()
        for path in tempfile.gettempdir(), self.where.path:
            os.chmod(path, 0o755)

        def write_as_nobody() -> str:
            with base.as_user(65534):
                if not os.access(self.where.path, os.X_OK, effective_ids=True):
                    return 'hidden'
                return self.write().value

        outcome = self.in_child(write_as_nobody)
        if outcome == 'hidden':
            self.skipTest('TMPDIR is below a directory closed to others')
        self.assertEqual('denied', outcome)

    def test_other_kind(self) -> None:
        """A datagram socket is unreachable."""
        sock = packet.new_socket(_socket.SOCK_DGRAM)
        self.addCleanup(sock.close)
        sock.bind(self.directory.socket_path('x.sock'))

        self.assert_outcome(Outcome.UNREACHABLE)

    def test_backlog_full(self) -> None:
        """A full backlog is a drop, and the next document may go."""
        listener = self.bind(self.where, 'x.sock', _socket.SOCK_SEQPACKET, 0)
        waiting, _ = rendezvous.connect(self.directory, 'x.sock')
        self.addCleanup(waiting.close)

        self.assert_outcome(Outcome.BACKLOG_FULL)

        self.accept(listener)
        self.assertIs(Outcome.DELIVERED, self.write())

    def test_close(self) -> None:
        """Closing ends the connection; the next document opens another."""
        listener = self.listen()
        self.write(b'1')
        self.member.close()
        self.member.close()
        self.write(b'2')

        first, second = self.accept(listener), self.accept(listener)
        self.assertEqual([b'1'], self.received(first))
        self.assertEqual(b'', first.recv(1))
        self.assertEqual([b'2'], self.received(second))


class SubscriberTest(SubscriberCase):
    def setUp(self) -> None:
        super().setUp()
        self.member = FakeMember()
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

    def test_prepare(self) -> None:
        """Preparing gives the outcome of the member."""
        for outcome in Outcome.READY, Outcome.GONE, Outcome.BACKLOG_FULL:
            self.member.prepared = outcome
            self.assertIs(outcome, self.target.prepare())

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
            target = subscriber.Subscriber(FakeMember(outcome))
            target.drop(Outcome.DENIED)

            self.assertTrue(target.settle())

    def test_settle_at_last(self) -> None:
        """A full buffer is expanded, once."""
        for after, expected in (
            (Outcome.DELIVERED, {}),
            (Outcome.BUFFER_FULL, {'denied': 1}),
        ):
            member = FakeMember(Outcome.BUFFER_FULL)
            member.after_expansion = after
            target = subscriber.Subscriber(member, {'denied': 1})

            target.settle_at_last()

            self.assertEqual(expected, target.lost)

    def test_settle_at_last_with_room(self) -> None:
        """Without need the buffer is not expanded."""
        self.member.after_expansion = Outcome.BUFFER_FULL
        self.target.drop(Outcome.DENIED)

        self.target.settle_at_last()
        self.target.settle_at_last()

        self.assertIs(Outcome.DELIVERED, self.member.outcome)
        self.assertEqual([lost(denied=1)], self.member.sent)

    def test_close(self) -> None:
        """Closing closes the member and reports nothing."""
        self.target.drop(Outcome.DENIED)

        self.target.close()

        self.assertTrue(self.member.closed)
        self.assertEqual([], self.member.sent)


class GroupTest(SubscriberCase):
    def new_group(
        self, *outcomes: Outcome, turn: int = 0
    ) -> tuple[subscriber.Group, list[FakeMember]]:
        members = [FakeMember(each) for each in outcomes]
        named: Mapping[str, subscriber.Member] = {
            str(n): member for n, member in enumerate(members)
        }
        return subscriber.Group(dict(named), turn), members

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

    def test_first_turn(self) -> None:
        """The constructor sets the first member."""
        for turn in 1, 3, 101:
            group, members = self.new_group(
                Outcome.DELIVERED, Outcome.DELIVERED, turn=turn
            )

            self.offer(group, 1)

            self.assertEqual([[], [b'0']], [member.sent for member in members])

    def test_next_member(self) -> None:
        """The next member receives a document that one cannot take."""
        for outcome in Outcome.BUFFER_FULL, Outcome.ABSENT, Outcome.DENIED:
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

    def test_member_gone(self) -> None:
        """A member that is gone is closed and removed."""
        group, members = self.new_group(
            Outcome.DELIVERED, Outcome.GONE, Outcome.DELIVERED
        )

        self.offer(group, 5)

        self.assertEqual(['0', '2'], list(group.members))
        self.assertTrue(members[1].closed)
        shares = [len(member.sent) for member in members]
        self.assertEqual(0, shares[1])
        self.assertEqual({2, 3}, {shares[0], shares[2]})

    def test_all_gone(self) -> None:
        """A group without members is gone."""
        group, _ = self.new_group(Outcome.GONE, Outcome.GONE)

        for _ in range(2):
            self.assertIs(Outcome.GONE, group.offer(outgoing()))
            self.assertIs(Outcome.GONE, group.prepare())

        self.assertEqual({}, group.members)

    def test_all_absent(self) -> None:
        """A group of which no member listens now is absent."""
        for outcomes in (
            (Outcome.GONE, Outcome.ABSENT),
            (Outcome.ABSENT, Outcome.GONE),
        ):
            group, _ = self.new_group(*outcomes)

            self.assertIs(Outcome.ABSENT, group.offer(outgoing()))

    def test_all_hindered(self) -> None:
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
        first, second = OneDocumentMember(), FakeMember()
        group = subscriber.Group({'1': first, '2': second}, 0, {'denied': 1})

        self.offer(group, 1)

        self.assertEqual([lost(denied=1)], first.sent)
        self.assertEqual([b'0'], second.sent)

    def test_prepare(self) -> None:
        """One member that is ready is enough."""
        for outcomes, expected in (
            ((Outcome.GONE, Outcome.READY), Outcome.READY),
            ((Outcome.DENIED, Outcome.READY), Outcome.READY),
            ((Outcome.GONE, Outcome.ABSENT), Outcome.ABSENT),
            ((Outcome.DENIED, Outcome.GONE), Outcome.DENIED),
            ((Outcome.GONE, Outcome.GONE), Outcome.GONE),
        ):
            members: dict[str, subscriber.Member] = {
                str(n): FakeMember(prepared=each)
                for n, each in enumerate(outcomes)
            }

            self.assertIs(expected, subscriber.Group(members, 0).prepare())

    def test_prepare_one(self) -> None:
        """Preparing connects to the member that is first, and to no other."""
        group, members = self.new_group(*[Outcome.DELIVERED] * 3, turn=1)

        group.prepare()

        self.assertEqual([0, 1, 0], [each.preparations for each in members])

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

        group.settle_at_last()

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
