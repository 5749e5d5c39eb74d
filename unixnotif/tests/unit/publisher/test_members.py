# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Members: how one document reaches one consumer process."""

import _socket
import contextlib
import os
import socket
import tempfile
from typing import Any

from unixnotif import packet
from unixnotif import rendezvous
from unixnotif.packet import Outcome
from unixnotif.publisher import budgets
from unixnotif.publisher import members
from unixnotif.publisher import refusals
from unixnotif.rendezvous import connector
from unixnotif.tests import base
from unixnotif.tests.unit.publisher import cases

#: A user without any rights.
UID = 65532


def outgoing(data: bytes = b'{}') -> packet.Outgoing:
    return packet.Outgoing(data)


class ConnectedMemberTest(cases.MemberCase):
    def test_ready(self) -> None:
        """A reader that has connected is ready."""
        writer, _ = self.pair()

        self.assertIs(
            Outcome.READY, members.ConnectedMember(writer, UID).prepare()
        )

    def test_gone(self) -> None:
        """A reader that has left is gone."""
        writer, peer = self.pair()
        member = members.ConnectedMember(writer, UID)
        self.assertIs(Outcome.DELIVERED, member.write(outgoing()))
        peer.close()

        for _ in range(2):
            self.assertIs(Outcome.GONE, member.write(outgoing()))

    def test_user(self) -> None:
        """A reader uses the share of its user."""
        writer, _ = self.pair()

        self.assertEqual(UID, members.ConnectedMember(writer, UID).uid)

    def test_has_peer(self) -> None:
        """A reader of lines has left when it has closed its end."""
        near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self.addCleanup(far.close)
        sock = packet.Socket(fileno=near.detach())
        packet.stop_receiving(sock)
        member = members.ConnectedMember(packet.LineWriter(sock), UID)
        self.addCleanup(member.close)
        self.assertTrue(member.has_peer())
        member.write(outgoing())
        self.assertTrue(member.has_peer())

        far.close()

        self.assertFalse(member.has_peer())

    def test_close(self) -> None:
        """After close() the reader receives the rest, and then the end."""
        writer, peer = self.pair()
        member = members.ConnectedMember(writer, UID)
        member.expand()
        member.write(outgoing())

        member.close()
        member.close()
        member.expand()

        self.assertEqual([b'{}'], self.received(peer))
        self.assertEqual(b'', peer.recv(1))
        self.assertIs(Outcome.GONE, member.write(outgoing()))


class DirectoryMemberTest(cases.MemberCase):
    def setUp(self) -> None:
        super().setUp()
        self.clock = self.new_clock()
        self.where = self.new_directory()
        self.directory = rendezvous.Directory(self.where.path)
        self.addCleanup(self.directory.close)
        self.memfds = packet.Memfds()
        self.attempts = budgets.Attempts(refusals.Refusals('/run/x'))
        self.member = members.DirectoryMember(
            self.directory,
            'x.sock',
            UID,
            cases.SMALL_BUFFER,
            self.memfds,
            self.attempts,
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

    def receive_memfd(self, peer: _socket.socket) -> None:
        """Receive one memfd, and close it."""
        with socket.socket(fileno=os.dup(peer.fileno())) as copy:
            _, fds, _, _ = socket.recv_fds(copy, 1000, 1)
        os.close(fds[0])

    def test_memfds(self) -> None:
        """Unread memfds count for the socket's user, also after close()."""
        listener = self.listen()
        large = bytes(packet.MAX_PACKET + 1)
        self.assertEqual(0, self.memfds.descriptors.held(UID))
        for received in False, True:
            self.assertIs(Outcome.DELIVERED, self.write(large))
            self.assertEqual(1, self.memfds.descriptors.held(UID))
            self.assertEqual(len(large), self.memfds.size.held(UID))
            peer = self.accept(listener)
            if received:
                self.receive_memfd(peer)

            self.member.close()
            self.memfds.settle()

            self.assertEqual(
                0 if received else 1, self.memfds.descriptors.held(UID)
            )
            if not received:
                # The connection stays open until then.
                self.receive_memfd(peer)
                self.assertRaises(BlockingIOError, peer.recv, 1)
                self.memfds.settle()
            self.assertEqual(0, self.memfds.descriptors.held(UID))
            self.assertEqual(0, self.memfds.size.held(UID))
            self.assertEqual(b'', peer.recv(1))

    def test_lines_without_memfds(self) -> None:
        """A stream carries no memfds."""
        listener = self.listen(_socket.SOCK_STREAM)
        large = bytes(packet.MAX_PACKET + 1)

        for data in b'1', large:
            self.write(data)

        self.assertEqual(0, self.memfds.descriptors.held(UID))
        self.member.close()
        self.memfds.settle()
        peer = self.accept(listener)
        self.assertEqual([b'1\n'], self.received(peer))
        self.assertEqual(b'', peer.recv(1))

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
        """A document for a listener that closes each connection is a drop."""
        listener = self.listen(_socket.SOCK_STREAM)

        class Closing(packet.LineWriter):
            def write(self, outgoing: packet.Outgoing) -> Outcome:
                packet.accept(listener).close()
                return super().write(outgoing)

        self.patch(packet, 'LineWriter', Closing)

        self.assertIs(Outcome.UNREACHABLE, self.write())
        # The next document tries again.
        self.assertIs(Outcome.UNREACHABLE, self.write())

    def test_not_there(self) -> None:
        """A member without a socket is gone."""
        self.assert_outcome(Outcome.GONE)

    def test_directory_closed(self) -> None:
        """A member of a closed directory is gone."""
        self.listen()
        self.directory.close()

        self.assert_outcome(Outcome.GONE)

    def test_not_listening_yet(self) -> None:
        """A socket that refuses is absent, and each call tries it again."""
        listener = packet.new_socket(_socket.SOCK_STREAM)
        self.addCleanup(listener.close)
        listener.bind(self.directory.socket_path('x.sock'))
        self.assert_outcome(Outcome.ABSENT)

        listener.listen(1)

        self.assertIs(Outcome.DELIVERED, self.write())
        self.accept(listener)

    def test_old_socket_is_removed(self) -> None:
        """An old socket that refuses is removed, and gone."""
        self.listen().close()
        self.assertIs(Outcome.ABSENT, self.write())
        self.assertEqual(['x.sock'], os.listdir(self.where.path))
        self.clock.advance(60)

        self.assertIs(Outcome.GONE, self.write())

        self.assertEqual([], os.listdir(self.where.path))

    def test_not_a_socket(self) -> None:
        """A directory or file with a socket's name is not a subscriber."""
        os.mkdir(f'{self.where.path}/x.sock')
        self.assert_outcome(Outcome.GONE)
        os.rmdir(f'{self.where.path}/x.sock')
        with open(f'{self.where.path}/x.sock', 'w'):
            pass

        self.assert_outcome(Outcome.GONE)

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

    def count_connects(self) -> list[int]:
        """Return a list that gets the kind of each socket connected."""
        kinds: list[int] = []
        connect = connector.connect_handle

        def count(kind: int, *where: Any) -> packet.Socket:
            kinds.append(kind)
            return connect(kind, *where)

        self.patch(connector, 'connect_handle', count)
        return kinds

    def fill_backlog(self, kind: int) -> None:
        """Listen, and fill the backlog."""
        self.bind(self.where, 'x.sock', kind, 0)
        waiting, _ = rendezvous.connect(self.directory, 'x.sock')
        self.addCleanup(waiting.close)

    def test_kind_is_remembered(self) -> None:
        """Only the first attempt for a stream tries another kind."""
        self.fill_backlog(_socket.SOCK_STREAM)
        kinds = self.count_connects()
        for _ in range(3):
            self.assertIs(Outcome.BACKLOG_FULL, self.write())

        self.assertEqual(
            [_socket.SOCK_SEQPACKET, *[_socket.SOCK_STREAM] * 3], kinds
        )

    def test_other_kind_later(self) -> None:
        """A name may get a socket of another kind."""
        for kind in _socket.SOCK_STREAM, _socket.SOCK_SEQPACKET:
            listener = self.listen(kind)
            self.assertIs(Outcome.DELIVERED, self.write())
            self.accept(listener).close()
            listener.close()
            os.unlink(f'{self.where.path}/x.sock')

    def test_attempts_are_limited(self) -> None:
        """A member over the budget repeats its last outcome without trying."""
        self.fill_backlog(_socket.SOCK_SEQPACKET)
        kinds = self.count_connects()
        share = budgets.MOST_FAILURES // 4
        for _ in range(share + 5):
            self.assertIs(Outcome.BACKLOG_FULL, self.write())
        self.assertEqual(share, len(kinds))

        self.attempts.renew()
        self.assertIs(Outcome.BACKLOG_FULL, self.write())

        self.assertEqual(share + 1, len(kinds))

    def test_reconnects_are_limited(self) -> None:
        """A listener that closes each connection uses a budget."""
        listener = self.listen()
        kinds = self.count_connects()
        # The first one replaces no connection.
        share = 1 + budgets.MOST_RECONNECTS // 4
        outcomes = []
        for _ in range(share + 5):
            outcomes.append(self.write())
            while self.attempts.room(UID):
                self.attempts.fail(UID)
            with contextlib.suppress(BlockingIOError):
                packet.accept(listener).close()

        self.assertEqual(
            [Outcome.DELIVERED] * share + [Outcome.UNREACHABLE] * 5, outcomes
        )
        self.assertEqual(share, len(kinds))
        self.attempts.renew()
        self.assertIs(Outcome.DELIVERED, self.write())

    def test_reader_that_leaves_something(self) -> None:
        """A reader that stops receiving gets no further connection.

        The connection is kept, and counts as a place of the user.
        """
        listener = self.listen()
        kinds = self.count_connects()
        self.assertIs(Outcome.DELIVERED, self.write())
        peer = packet.accept(listener)
        self.addCleanup(peer.close)
        packet.stop_receiving(peer)

        self.assertIs(Outcome.GONE, self.write())

        self.assertEqual([UID], list(self.memfds.users_of_unread()))
        self.assertEqual(1, len(kinds))

    def test_connected_member_needs_no_attempt(self) -> None:
        """A connected member delivers although the budget is used up."""
        self.listen()
        self.assertIs(Outcome.READY, self.member.prepare())
        while self.attempts.room(UID):
            self.attempts.fail(UID)

        self.assertIs(Outcome.DELIVERED, self.write())

    def test_close(self) -> None:
        """Closing ends the connection; the next document opens another."""
        listener = self.listen()
        self.write(b'1')
        self.member.close()
        self.member.close()
        self.memfds.settle()
        self.write(b'2')

        first, second = self.accept(listener), self.accept(listener)
        self.assertEqual([b'1'], self.received(first))
        self.assertEqual(b'', first.recv(1))
        self.assertEqual([b'2'], self.received(second))
