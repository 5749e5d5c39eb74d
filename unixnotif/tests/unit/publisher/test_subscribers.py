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

"""Who gets one copy: reconnecting, groups, what is owed."""

import _socket
import os
import tempfile

from unixnotif import notification
from unixnotif import packet
from unixnotif import rendezvous
from unixnotif.publisher import subscribers
from unixnotif.rendezvous import scanning
from unixnotif.tests import base

SMALL_BUFFER = 4096


class _TestCase(base.TestCase):
    def accept(self, listener: _socket.socket) -> _socket.socket:
        accepted = packet.accept(listener)
        self.addCleanup(accepted.close)
        return accepted

    def pair(self) -> tuple[packet.PacketWriter, _socket.socket]:
        ours, theirs = _socket.socketpair(
            _socket.AF_UNIX, _socket.SOCK_SEQPACKET | _socket.SOCK_NONBLOCK
        )
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        packet.set_send_buffer(ours, SMALL_BUFFER)
        return packet.PacketWriter(ours), theirs

    def received(self, sock: _socket.socket) -> list[bytes]:
        """All that is there."""
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


class DeliverTest(_TestCase):
    def test_plain(self) -> None:
        """When nothing is owed the document goes alone."""
        writer, reader = self.pair()

        self.assertIsNone(subscribers.deliver(writer, outgoing(), {}))

        self.assertEqual([b'{}'], self.received(reader))

    def test_owed(self) -> None:
        """What is owed is told first, and then no more."""
        writer, reader = self.pair()
        owed = {'buffer_full': 2, 'denied': 1}

        self.assertIsNone(subscribers.deliver(writer, outgoing(), owed))
        self.assertIsNone(subscribers.deliver(writer, outgoing(), owed))

        self.assertEqual({}, owed)
        self.assertEqual(
            [lost(buffer_full=2, denied=1), b'{}', b'{}'],
            self.received(reader),
        )

    def test_alone(self) -> None:
        """Without a document the record goes alone, or nothing at all."""
        writer, reader = self.pair()

        subscribers.deliver(writer, None, {})
        subscribers.deliver(writer, None, {'denied': 1})

        self.assertEqual([lost(denied=1)], self.received(reader))

    def test_no_room(self) -> None:
        """Without room for the record all stays owed."""
        writer, reader = self.pair()
        while subscribers.deliver(writer, outgoing(), {}) is None:
            pass
        owed = {'buffer_full': 1}

        for _ in range(2):
            self.assertEqual(
                'buffer_full', subscribers.deliver(writer, outgoing(), owed)
            )

        self.assertEqual({'buffer_full': 1}, owed)
        self.assertNotIn(lost(buffer_full=1), self.received(reader))


class ConnectedMemberTest(_TestCase):
    def test_gone(self) -> None:
        """A reader that has left is gone for ever."""
        writer, reader = self.pair()
        member = subscribers.ConnectedMember(writer)
        self.assertIsNone(member.offer(outgoing(), {}))
        reader.close()

        self.assertRaises(subscribers.GoneError, member.offer, outgoing(), {})

    def test_close(self) -> None:
        """After closing, what was sent is still there, and then the end."""
        writer, reader = self.pair()
        member = subscribers.ConnectedMember(writer)
        member.offer(outgoing(), {})

        member.close()

        self.assertEqual([b'{}'], self.received(reader))
        self.assertEqual(b'', reader.recv(1))


class DirectoryMemberTest(_TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.clock = self.new_clock(subscribers, scanning)
        self.where = self.new_directory()
        directory = rendezvous.Directory(self.where.path)
        self.addCleanup(directory.close)
        self.member = subscribers.DirectoryMember(
            directory, 'x.sock', SMALL_BUFFER
        )
        self.addCleanup(self.member.close)

    def listen(self, kind: int = _socket.SOCK_SEQPACKET) -> _socket.socket:
        return self.bind(self.where, 'x.sock', kind)

    def offer(self, data: bytes = b'{}') -> str | None:
        return self.member.offer(outgoing(data), {})

    def test_when_needed(self) -> None:
        """It is connected to with the first document, and only once."""
        listener = self.listen()
        self.assertRaises(BlockingIOError, packet.accept, listener)

        self.assertIsNone(self.offer(b'1'))
        self.assertIsNone(self.offer(b'2'))

        self.assertEqual([b'1', b'2'], self.received(self.accept(listener)))
        self.assertRaises(BlockingIOError, packet.accept, listener)

    def test_stream(self) -> None:
        """A stream socket gets lines."""
        listener = self.listen(_socket.SOCK_STREAM)

        self.offer(b'1')
        self.offer(b'2')

        self.assertEqual([b'1\n2\n'], self.received(self.accept(listener)))

    def test_send_buffer(self) -> None:
        """The buffer has the size that was asked for."""
        self.listen()
        count = 0
        while self.offer() is None:
            count += 1

        self.assertEqual('buffer_full', self.offer())
        self.assertLess(count, 50)

    def test_connects_again(self) -> None:
        """When the connection broke and it still listens, there is a new."""
        listener = self.listen()
        self.offer(b'1')
        self.accept(listener).close()

        self.assertIsNone(self.offer(b'2'))

        self.assertEqual([b'2'], self.received(self.accept(listener)))

    def test_closed_at_once(self) -> None:
        """A listener that closes each connection is absent, not a loop."""
        listener = self.listen(_socket.SOCK_STREAM)

        class Closing(packet.LineWriter):
            def write(self, outgoing: packet.Outgoing) -> str | None:
                packet.accept(listener).close()
                return super().write(outgoing)

        self.patch(packet, 'LineWriter', Closing)

        self.assertRaises(subscribers.AbsentError, self.offer)

    def test_not_there(self) -> None:
        """Without a socket it is gone."""
        self.assertRaises(subscribers.GoneError, self.offer)

    def test_not_listening_yet(self) -> None:
        """A socket that refuses is absent; it is looked at again soon."""
        listener = packet.new_socket(_socket.SOCK_STREAM)
        self.addCleanup(listener.close)
        with rendezvous.Directory(self.where.path) as directory:
            listener.bind(directory.socket_path('x.sock'))
        self.assertRaises(subscribers.AbsentError, self.offer)

        listener.listen(1)
        self.clock.advance(1)

        self.assertIsNone(self.offer())
        self.accept(listener)

    def test_pause(self) -> None:
        """A socket that refuses is not tried again with each document."""
        self.listen().close()
        self.clock.stop()
        self.clock.advance(5)
        self.assertRaises(subscribers.AbsentError, self.offer)
        os.unlink(f'{self.where.path}/x.sock')
        listener = self.listen()

        self.assertRaises(subscribers.AbsentError, self.offer)
        self.clock.advance(1)
        self.assertIsNone(self.offer())
        self.accept(listener)

    def test_swept(self) -> None:
        """A socket that has long refused is removed, and gone."""
        self.listen().close()
        self.assertRaises(subscribers.AbsentError, self.offer)
        self.assertEqual(['x.sock'], os.listdir(self.where.path))
        self.clock.advance(60)

        self.assertRaises(subscribers.GoneError, self.offer)

        self.assertEqual([], os.listdir(self.where.path))

    def test_unreachable(self) -> None:
        """What is not a socket at all is a drop."""
        os.mkdir(f'{self.where.path}/x.sock')

        self.assertEqual('unreachable', self.offer())

    def test_denied(self) -> None:
        """A socket that one may not write to is a drop with its reason."""
        if os.geteuid():
            self.skipTest('only root can become another user')
        self.listen()
        for path in tempfile.gettempdir(), self.where.path:
            os.chmod(path, 0o755)

        def offer_as_nobody() -> str | None:
            os.seteuid(65534)
            try:
                if not os.access(self.where.path, os.X_OK, effective_ids=True):
                    return 'hidden'
                return self.offer()
            finally:
                os.seteuid(0)

        reason = self.in_child(offer_as_nobody)
        if reason == 'hidden':
            self.skipTest('TMPDIR is below a directory closed to others')
        self.assertEqual('denied', reason)

    def test_other_kind(self) -> None:
        """A socket of a kind that we do not speak is a drop."""
        sock = packet.new_socket(_socket.SOCK_DGRAM)
        self.addCleanup(sock.close)
        with rendezvous.Directory(self.where.path) as directory:
            sock.bind(directory.socket_path('x.sock'))

        self.assertEqual('unreachable', self.offer())

    def test_backlog_full(self) -> None:
        """A full backlog is a drop, and the next one may go."""
        listener = self.bind(self.where, 'x.sock', _socket.SOCK_SEQPACKET, 0)
        with rendezvous.Directory(self.where.path) as directory:
            waiting, _ = rendezvous.connect(directory, 'x.sock')
        self.addCleanup(waiting.close)

        self.assertEqual('backlog_full', self.offer())

        self.accept(listener)
        self.assertIsNone(self.offer())

    def test_close(self) -> None:
        """Closing ends the connection; offering makes a new one."""
        listener = self.listen()
        self.offer(b'1')
        self.member.close()
        self.member.close()
        self.offer(b'2')

        first, second = self.accept(listener), self.accept(listener)
        self.assertEqual([b'1'], self.received(first))
        self.assertEqual([b'2'], self.received(second))


class _Member:
    """Answers as it is told, and remembers what it was offered."""

    def __init__(self, answer: str | Exception | None = None) -> None:
        self.answer = answer
        self.offered: list[bytes | None] = []
        self.closed = False

    def offer(
        self, outgoing: packet.Outgoing | None, lost: dict[str, int]
    ) -> str | None:
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer is None:
            self.offered.append(outgoing.data if outgoing else None)
            lost.clear()
        return self.answer

    def close(self) -> None:
        self.closed = True


class SubscriberTest(_TestCase):
    def make(
        self, *answers: str | Exception | None
    ) -> tuple[subscribers.Subscriber, list[_Member]]:
        members = [_Member(each) for each in answers]
        subscriber = subscribers.Subscriber(
            {str(n): member for n, member in enumerate(members)}
        )
        return subscriber, members

    def offer(self, subscriber: subscribers.Subscriber, count: int) -> None:
        for n in range(count):
            self.assertIsNone(subscriber.offer(outgoing(b'%d' % n)))

    def test_round_robin(self) -> None:
        """The members of a group take turns."""
        subscriber, members = self.make(None, None, None)

        self.offer(subscriber, 7)

        self.assertEqual(
            [[b'0', b'3', b'6'], [b'1', b'4'], [b'2', b'5']],
            [member.offered for member in members],
        )

    def test_first_turn(self) -> None:
        """Who is first is the maker's choice."""
        members: dict[str, subscribers.Member] = {
            'a': _Member(), 'b': _Member()
        }  # fmt: skip
        subscriber = subscribers.Subscriber(members, 1)

        subscriber.offer(outgoing())

        self.assertEqual([], members['a'].offered)  # type: ignore[attr-defined]

    def test_next_when_hindered(self) -> None:
        """The next member takes what one that is full or away cannot."""
        for hindrance in 'buffer_full', subscribers.AbsentError():
            subscriber, members = self.make(None, hindrance, None)

            self.offer(subscriber, 4)

            self.assertEqual(
                [[b'0', b'2'], [], [b'1', b'3']],
                [member.offered for member in members],
            )
            self.assertEqual({}, subscriber.lost)
            self.assertEqual(3, len(subscriber.members))

    def test_next_when_gone(self) -> None:
        """A member that is gone is closed and forgotten."""
        subscriber, members = self.make(None, subscribers.GoneError(), None)

        self.offer(subscriber, 5)

        self.assertEqual(['0', '2'], list(subscriber.members))
        self.assertTrue(members[1].closed)
        taken = [len(member.offered) for member in members]
        self.assertEqual(0, taken[1])
        self.assertEqual({2, 3}, {taken[0], taken[2]})

    def test_nobody_left(self) -> None:
        """When the last member is gone, so is the subscriber."""
        subscriber, _ = self.make(
            subscribers.GoneError(), subscribers.GoneError()
        )

        self.assertRaises(subscribers.GoneError, subscriber.offer, outgoing())
        self.assertEqual({}, subscriber.members)

    def test_all_away(self) -> None:
        """When nobody listens now, nothing is owed."""
        subscriber, _ = self.make(
            subscribers.GoneError(), subscribers.AbsentError()
        )

        self.assertRaises(
            subscribers.AbsentError, subscriber.offer, outgoing()
        )
        self.assertEqual({}, subscriber.lost)

    def test_all_hindered(self) -> None:
        """When all who are there are hindered, it is a drop."""
        subscriber, _ = self.make(
            'buffer_full', subscribers.AbsentError(), 'buffer_full'
        )

        self.assertEqual('buffer_full', subscriber.offer(outgoing()))

    def test_owed_to_the_group(self) -> None:
        """Whoever can be reached next is told what the group missed."""
        subscriber, members = self.make('buffer_full', 'buffer_full')
        subscriber.drop('buffer_full')
        subscriber.drop('buffer_full')
        subscriber.drop('too_large')
        self.assertEqual({'buffer_full': 2, 'too_large': 1}, subscriber.lost)
        members[1].answer = None

        self.offer(subscriber, 1)

        self.assertEqual({}, subscriber.lost)

    def test_close(self) -> None:
        """Closing tells what is owed, and closes all."""
        subscriber, members = self.make('buffer_full', None)
        subscriber.drop('denied')

        subscriber.close()

        self.assertEqual([None], members[1].offered)
        self.assertTrue(all(member.closed for member in members))

    def test_close_without_debt(self) -> None:
        """When nothing is owed, nothing is sent."""
        subscriber, members = self.make(None)

        subscriber.close()

        self.assertEqual([], members[0].offered)
        self.assertTrue(members[0].closed)

    def test_close_in_vain(self) -> None:
        """When nobody can be told any more, closing goes on."""
        for hindrance in (
            'buffer_full', subscribers.GoneError(), subscribers.AbsentError()
        ):  # fmt: skip
            subscriber, members = self.make(hindrance)
            subscriber.drop('denied')

            subscriber.close()

            self.assertTrue(members[0].closed)

    def test_close_when_full(self) -> None:
        """A full buffer does not keep a consumer from being told."""
        where = self.new_directory()
        listener = self.bind(where, 'x.sock', _socket.SOCK_SEQPACKET)
        directory = rendezvous.Directory(where.path)
        self.addCleanup(directory.close)
        subscriber = subscribers.Subscriber(
            {'x.sock': subscribers.DirectoryMember(
                directory, 'x.sock', SMALL_BUFFER
            )}
        )  # fmt: skip
        while (reason := subscriber.offer(outgoing())) is None:
            pass
        subscriber.drop(reason)

        subscriber.close()

        first, second = self.accept(listener), self.accept(listener)
        self.assertEqual({b'{}'}, set(self.received(first)))
        self.assertEqual([lost(buffer_full=1)], self.received(second))
