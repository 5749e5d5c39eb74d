# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The connections of a consumer: turns, order, ends, and descriptors."""

import _socket
import collections
from collections.abc import Callable
import contextlib
import os
import resource
import socket
import subprocess
import sys
from typing import Any

from unixnotif import closer
from unixnotif import errors
from unixnotif import notification
from unixnotif import packet
from unixnotif import polling
from unixnotif import shares
from unixnotif.consumer import batch
from unixnotif.consumer import connections
from unixnotif.consumer import limits
from unixnotif.packet import sockets
from unixnotif.tests import base

BATCH = connections.BATCH


def _call(function: Callable[..., object], args: tuple[Any, ...]) -> None:
    function(*args)


class ConnectionsCase(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        # A thread of close() would go on in the next test.
        self.patch(polling, 'start_thread', _call)
        self.items: collections.deque[batch.Item] = collections.deque()
        self.connections = connections.Connections(1000, self.items)
        self.addCleanup(self.connections.close)

    def connect(
        self, kind: type[connections.Reader] = packet.PacketReader
    ) -> tuple[connections.Reader, socket.socket]:
        """Add a connection; return its reader and the peer's socket."""
        near, far = socket.socketpair(
            socket.AF_UNIX,
            socket.SOCK_STREAM
            if kind is packet.LineReader
            else socket.SOCK_SEQPACKET,
        )
        self.addCleanup(far.close)
        sock = packet.Socket(fileno=near.detach())
        sock.setblocking(False)
        return self.connections.add(sock, kind), far

    def read(self, most: int = BATCH) -> list[bytes]:
        """Read once; return the documents that were read."""
        self.connections.read(most)
        found = [item[0] for item in self.items if isinstance(item, tuple)]
        self.items.clear()
        return found


class ReadTest(ConnectionsCase):
    def test_nothing(self) -> None:
        """Without connections or documents nothing is read."""
        self.assertEqual([], self.read())
        self.connect()

        self.assertEqual([], self.read())
        self.assertFalse(polling.wait_readable(self.connections.fd, 0))

    def test_sender(self) -> None:
        """A document comes with its sender, as the kernel recorded it."""
        _, peer = self.connect()
        peer.send(b'{}')
        self.assertTrue(polling.wait_readable(self.connections.fd, 0))

        self.connections.read(BATCH)

        self.assertEqual(
            [(b'{}', (os.getpid(), os.geteuid(), os.getegid()))],
            list(self.items),
        )

    def test_peer_error(self) -> None:
        """A document over the limit is an error; the next one is read."""
        for kind in packet.PacketReader, packet.LineReader:
            _, peer = self.connect(kind)
            peer.send(b'x' * 1001 + b'\n')
            peer.send(b'{}\n')

            self.connections.read(BATCH)

            error, document = self.items
            self.assertIsInstance(error, errors.PeerError)
            assert isinstance(document, tuple)
            self.assertEqual(b'{}', document[0].strip())
            self.items.clear()

    def test_batch(self) -> None:
        """One read takes at most a batch of each connection."""
        (_, busy), (_, other) = self.connect(), self.connect()
        for n in range(BATCH + 10):
            busy.send(b'%d' % n)

        self.assertEqual([b'%d' % n for n in range(BATCH)], self.read())
        other.send(b'other')
        self.assertEqual([b'64'], self.read(1)[:1])
        rest = self.read() + self.read()
        self.assertEqual([b'%d' % n for n in range(65, BATCH + 10)], rest[:-1])
        self.assertEqual(b'other', rest[-1])

    def test_lines_in_user_space(self) -> None:
        """The descriptor is readable while complete lines are buffered."""
        _, peer = self.connect(packet.LineReader)
        peer.send(b'1\n2\n3\n4')

        for expected in b'1', b'2', b'3':
            self.assertTrue(polling.wait_readable(self.connections.fd, 0))
            self.assertEqual([expected], self.read(1))

        self.assertFalse(polling.wait_readable(self.connections.fd, 0))
        peer.send(b'\n5\n')
        self.assertEqual([b'4'], self.read(1))
        peer.close()
        self.assertEqual([b'5'], self.read(1))
        self.assertEqual([], self.read(1))
        self.assertEqual(0, len(self.connections))

    def test_part_of_a_line(self) -> None:
        """A partial line and empty lines count as work."""
        _, peer = self.connect(packet.LineReader)
        for data in b'x', b'\n' * 9999:
            peer.send(data)
            self.connections.read(BATCH)
            self.assertGreater(self.connections.work, 0)
            self.items.clear()
        self.connections.read(BATCH)
        self.assertEqual(0, self.connections.work)

    def test_turns(self) -> None:
        """A busy process does not keep other processes waiting."""
        _, busy = self.connect()
        for _ in range(3 * BATCH):
            busy.send(b'busy')
        other = self.other_process()
        other.send(b'other')

        found = self.read()

        self.assertEqual(BATCH + 1, len(found))
        self.assertIn(b'other', found)

    def other_process(self) -> _socket.socket:
        """Return the peer's end of a connection of another process."""
        directory = self.new_directory()
        listener = self.bind(directory, 'x.sock', _socket.SOCK_SEQPACKET)
        code = (
            'import socket, sys\n'
            's = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)\n'
            's.connect(sys.argv[1])\n'
            'socket.send_fds(socket.socket(fileno=0), [b"."], [s.fileno()])\n'
        )
        near, far = socket.socketpair()
        with near, far:
            subprocess.run(
                [sys.executable, '-c', code, f'{directory.path}/x.sock'],
                stdin=far.fileno(),
                check=True,
            )
            _, (fd,), _, _ = socket.recv_fds(near, 1, 1)
        self.connections.add(packet.accept(listener), packet.PacketReader)
        peer = _socket.socket(fileno=fd)
        self.addCleanup(peer.close)
        return peer


class RoundTest(ConnectionsCase):
    """The bounds of one round, and whose turn is next."""

    def setUp(self) -> None:
        super().setUp()
        self.patch(batch, 'COST', 10)
        self.patch(batch, '_LEAST_WEIGHED', 10)
        self.patch(connections, 'ROUND', 100)

    def connect_as(self, uid: int, pid: int) -> socket.socket:
        sender = notification.Sender(pid, uid, 0)
        self.patch(sockets, 'peer', lambda sock: sender)
        return self.connect()[1]

    def test_documents(self) -> None:
        """A round ends after a number of documents."""
        peers = [self.connect_as(0, pid) for pid in range(5)]
        for peer in peers:
            for n in range(4):
                peer.send(b'%d' % n)

        self.assertEqual(
            [b'0', b'1', b'2', b'3'] * 2 + [b'0', b'1'], self.read()
        )
        self.assertEqual(100, self.connections.work)

    def test_bytes(self) -> None:
        """A round ends with the document that reaches the byte limit."""
        _, peer = self.connect()
        for size in 80, 500, 20:
            peer.send(bytes(size))

        self.assertEqual([bytes(80), bytes(500)], self.read())
        self.assertEqual([bytes(20)], self.read())

    def test_rotation(self) -> None:
        """Each round begins where the last one ended."""
        peers = [self.connect_as(0, pid) for pid in range(7)]
        for pid, peer in enumerate(peers):
            for _ in range(20):
                peer.send(b'%d' % pid)

        found = [b''.join(self.read(3)) for _ in range(5)]

        # A round has room for ten documents.
        self.assertEqual(
            [b'0001112223', b'4445556660', b'1112223334', b'5556660001',
             b'2223334445'],
            found,
        )  # fmt: skip

    def test_users(self) -> None:
        """Each user has the same part of a round."""
        for pid in range(30):
            peer = self.connect_as(5, pid)
            for _ in range(9):
                peer.send(b'5')
        honest = self.connect_as(6, 99)
        for _ in range(5):
            honest.send(b'6')

        found = self.read()

        self.assertEqual([5, 5], [found.count(b'5'), found.count(b'6')])

    def test_containers(self) -> None:
        """Large documents of many containers use more of a round."""
        self.patch(connections, 'ROUND', 1000)
        for data, count in ((b'[' * 200, 1), (b'x' * 200, 5)):
            _, peer = self.connect()
            for _ in range(10):
                peer.send(data)
            self.assertEqual([data] * count, self.read())
            peer.close()
            while self.read():
                pass

    def test_order_in_rotation(self) -> None:
        """In rotation, too, a newer connection waits for the older ones."""
        peers = [self.connect_as(0, pid) for pid in (1, 2, 1, 3, 1)]
        sent = [0, 0, 0, 0, 0]
        for n, peer in enumerate(peers):
            for _ in range(7):
                peer.send(b'%d' % n)
                sent[n] += 1
        found = b''
        while more := self.read(3):
            found += b''.join(more)

        self.assertEqual(35, len(found))
        own = bytes(each for each in found if each in b'024')
        self.assertEqual(bytes(sorted(own)), own)

    def test_errors(self) -> None:
        """Invalid data uses more of a round than a document."""
        _, peer = self.connect()
        for _ in range(3):
            peer.send(bytes(1001))

        self.connections.read(BATCH)

        self.assertEqual(1, len(self.items))


class UserCase(ConnectionsCase):
    """Connections of several users."""

    limit = 8

    def setUp(self) -> None:
        super().setUp()
        self.patch(limits, 'MAX_CONNECTIONS', self.limit)
        # The share does not limit the process's own user: let that be user 1.
        self.patch(shares, '_geteuid', lambda: 1)
        self.uid = 5
        self.patch(sockets, 'peer', self.peer)
        self.connections = connections.Connections(1000, self.items, 'X')
        self.addCleanup(self.connections.close)
        self.clock = self.new_clock()

    def peer(self, sock: _socket.socket) -> notification.Sender:
        return notification.Sender(self.uid, self.uid, 0)


class SharesTest(UserCase):
    """The share of one user."""

    def test_over_the_share(self) -> None:
        """A connection over the share is read once, and ends."""
        for _ in range(2):
            self.connect()
        _, third = self.connect()
        self.assertRaises(BrokenPipeError, third.send, b'x')
        self.read()
        self.assertEqual(2, len(self.connections))
        self.uid = 6
        _, peer = self.connect()
        peer.send(b'x')
        self.assertEqual([b'x'], self.read())
        self.assertEqual(
            [
                'WARNING User 5 has 2 connections to the consumer of X, the '
                'maximum for one user (8 for all users). The consumer reads '
                'each further connection once and closes it (1 so far).'
            ],
            self.logged,
        )

    def test_documents_over_the_share(self) -> None:
        """The consumer reads a connection over the share to its end."""
        for _ in range(2):
            self.connect()
        near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.addCleanup(far.close)
        for n in range(BATCH + 5):
            far.send(b'%d' % n)
        sock = packet.Socket(fileno=near.detach())
        sock.setblocking(False)
        self.connections.add(sock, packet.PacketReader)

        self.assertEqual(
            [b'%d' % n for n in range(BATCH + 5)], self.read() + self.read()
        )
        self.assertEqual(2, len(self.connections))

    def test_places_are_given_back(self) -> None:
        """The end of a connection makes room for another one."""
        for _ in range(10):
            peers = [self.connect()[1] for _ in range(2)]
            peers[0].send(b'x')
            self.assertEqual([b'x'], self.read())
            for peer in peers:
                peer.close()
            self.read()
        self.assertEqual([], self.logged)

    def test_trusted_users(self) -> None:
        """Root and the process's own user may take all places."""
        for uid in 0, 1:
            self.uid = uid
            for _ in range(4):
                _, peer = self.connect()
                peer.send(b'x')
        self.assertEqual([b'x'] * 8, self.read())
        self.assertTrue(self.connections.is_full)

    def connect_holding(self, *documents: bytes) -> None:
        """Add a connection that already holds documents."""
        near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.addCleanup(far.close)
        for each in documents:
            far.send(each)
        sock = packet.Socket(fileno=near.detach())
        sock.setblocking(False)
        self.connections.add(sock, packet.PacketReader)

    def test_too_many_over_the_share(self) -> None:
        """The oldest connection over the share is closed to make room."""
        for _ in range(2):
            self.connect()
        for n in range(BATCH + 5):
            self.assertFalse(self.connections.is_full)
            self.connect_holding(b'%d' % n)
        self.assertFalse(self.connections.is_full)
        self.assertEqual(3, len(self.connections))
        self.assertEqual(BATCH + 4, len(self.items))
        error = self.items[0]
        self.assertIsInstance(error, errors.PeerError)
        self.assertEqual(
            'the consumer closed a connection of process 5 with unread data: '
            'user 5 sent too much, opened too many connections or sockets, '
            'or sent descriptors that take long to close',
            str(error),
        )
        self.uid = 6
        self.connect_holding(b'honest')

        self.assertEqual([b'%d' % (BATCH + 4), b'honest'], self.read())

    def test_many_users_over_the_share(self) -> None:
        """Only several users can fill the places over the shares."""
        taken = limits.Places('')
        for uid in range(5, 9):
            self.assertFalse(taken.is_full)
            self.assertIsNone(taken.take_over(uid, uid))
        self.assertTrue(taken.is_full)
        taken.release_over(5, 5)
        self.assertFalse(taken.is_full)

    def test_one_warning_a_minute(self) -> None:
        """The log has one line a minute, with the count."""
        for _ in range(5):
            self.connect()
        self.assertEqual(1, len(self.logged))
        self.clock.advance(60)
        self.connect()
        self.assertIn('(4 so far)', self.logged[1])

    def test_descriptor_limit(self) -> None:
        """Connections may use half of the descriptors of the process."""
        for soft, expected in (
            (10, 5),
            (0, 1),
            (100, 8),
            (resource.RLIM_INFINITY, 8),
        ):
            self.patch(resource, 'getrlimit', lambda _, soft=soft: (soft, 0))
            self.assertEqual(expected, limits.Places('').limit)


class RestTest(UserCase):
    """Reading after the consumer has stopped receiving."""

    limit = 32

    def setUp(self) -> None:
        super().setUp()
        self.patch(batch, 'COST', 10)
        self.patch(batch, '_LEAST_WEIGHED', 10)
        self.patch(connections, 'ROUND', 100)
        self.patch(limits, 'MAX_REST', 200)

    def send(self, *uids: int) -> None:
        for uid in uids:
            self.uid = uid
            for _ in range(4):
                _, peer = self.connect()
                for _ in range(20):
                    peer.send(b'%d' % uid)

    def read_rest(self) -> tuple[str, int]:
        """Return the users whose documents were read, and the errors."""
        self.connections.stop()
        found = b''
        failed = 0
        while len(self.connections):
            self.connections.read(BATCH)
            for item in self.items:
                if isinstance(item, tuple):
                    found += item[0]
                else:
                    failed += 1
            self.items.clear()
        return found.decode(), failed

    def test_bound(self) -> None:
        """Each user's rest has a limit; errors report unread connections."""
        self.send(5, 6)
        self.uid = 7
        _, peer = self.connect()
        peer.send(b'7')

        found, failed = self.read_rest()

        self.assertEqual(1, found.count('7'))
        for uid in '56':
            self.assertIn(found.count(uid), range(20, 31))
        # One error for each connection that was not read to its end.
        self.assertIn(failed, range(4, 9))

    def test_before_the_end(self) -> None:
        """Until the consumer stops receiving, it reads without a bound."""
        self.send(5)
        found: list[bytes] = []
        while more := self.read():
            found += more
        self.assertEqual(80, len(found))
        self.assertEqual(('', 0), self.read_rest())

    def test_trusted_users(self) -> None:
        """The whole rest of root and of the consumer's own user is read."""
        self.send(0, 1)
        found, failed = self.read_rest()
        self.assertEqual([80, 80, 0], [*map(found.count, '01'), failed])


class PausedTest(UserCase):
    """Users who passed descriptors that wait to be closed."""

    limit = 400

    def setUp(self) -> None:
        super().setUp()
        self.stuck: list[Callable[[], object]] = []
        self.addCleanup(self.close_all)
        self.patch(
            closer, 'in_background', lambda x, n=1: self.stuck.append(x)
        )
        self.patch(closer, 'is_stuck', lambda: len(self.stuck) >= 2)

    def close_all(self) -> None:
        while self.stuck:
            self.stuck.pop()()

    def pass_descriptors(self, peer: socket.socket) -> None:
        socket.send_fds(peer, [b'x'], [0])

    def block(self) -> socket.socket:
        """Return the peer's end of a connection whose user is blocked."""
        _, peer = self.connect()
        for _ in range(3):
            self.pass_descriptors(peer)
        self.read()
        self.read()
        self.assertEqual(2, len(self.stuck))
        return peer

    def test_blocked(self) -> None:
        """A blocked user waits until a close ends; other users are read."""
        peer = self.block()
        _, second = self.connect()
        second.send(b'second')
        self.uid = 6
        _, other = self.connect()
        other.send(b'other')

        self.assertEqual([b'other'], self.read() + self.read())
        # Otherwise a consumer that waits for a document would spin.
        self.assertFalse(polling.wait_readable(self.connections.fd, 0))
        self.assertEqual(2, len(self.stuck))
        # The cause may be the number of descriptors, or a close that blocks.
        [logged] = self.logged
        self.assertIn('User 5 passed descriptors to the consumer', logged)
        self.assertIn('passed many descriptors, or closing them blo', logged)

        self.stuck.pop(0)()
        peer.send(b'last')
        found = self.read()
        self.assertEqual([], found)
        self.close_all()
        self.assertEqual(
            [b'last', b'second'], self.read() + self.read() + self.read()
        )

    def test_other_user_with_the_same_process_id(self) -> None:
        """A process of another user with the same pid does not wait."""
        peer = self.block()
        peer.send(b'first')
        self.read()
        self.patch(
            sockets,
            'peer',
            lambda sock: notification.Sender(5, 6, 0),
        )
        _, newer = self.connect()
        newer.send(b'second')
        self.assertEqual([b'second'], self.read() + self.read())
        self.close_all()
        found = self.read() + self.read() + self.read() + self.read()
        self.assertEqual([b'first'], found)

    def test_trusted(self) -> None:
        """Connections of root are still read."""
        self.uid = 0
        _, peer = self.connect()
        for _ in range(5):
            self.pass_descriptors(peer)
        peer.send(b'last')
        found = [each for _ in range(6) for each in self.read()]
        self.assertEqual([b'last'], found)
        self.assertEqual(5, len(self.stuck))

    def test_end(self) -> None:
        """At the end what a blocked user has sent is discarded."""
        peer = self.block()
        self.pass_descriptors(peer)
        self.read()
        _, second = self.connect()
        self.pass_descriptors(second)

        self.connections.stop()
        self.read()

        self.assertEqual(0, len(self.connections))
        self.assertEqual(4, len(self.stuck))

    def test_end_with_descriptors(self) -> None:
        """A user who passes descriptors after an empty record is blocked."""
        for _ in range(2):
            _, peer = self.connect()
            peer.send(b'')
            self.pass_descriptors(peer)
        self.read()
        self.assertEqual(2, len(self.stuck))
        _, peer = self.connect()
        peer.send(b'x')
        self.assertEqual([], self.read())

    def test_over_the_share_and_blocked(self) -> None:
        """A blocked user keeps no other user from being accepted."""
        self.block()
        for number in range(100 + 2 * BATCH):
            self.assertFalse(self.connections.is_full, number)
            _, peer = self.connect()
            with contextlib.suppress(BrokenPipeError):
                peer.send(b'x')
            self.read()
        self.assertEqual(100, len(self.connections))

    def test_blocked_after_the_share(self) -> None:
        """A user that is blocked later keeps no other user out, either."""
        for _ in range(100):
            self.connect()
        for _ in range(BATCH):
            near, far = socket.socketpair(
                socket.AF_UNIX, socket.SOCK_SEQPACKET
            )
            self.addCleanup(far.close)
            for _ in range(3):
                self.pass_descriptors(far)
            sock = packet.Socket(fileno=near.detach())
            sock.setblocking(False)
            self.connections.add(sock, packet.PacketReader)
        self.assertFalse(self.connections.is_full)
        for _ in range(3):
            self.read()
        self.assertEqual(100, len(self.connections))
        self.patch(closer, 'pending', lambda: len(self.stuck))
        self.assertLess(len(self.stuck), BATCH + 3)
        self.assertFalse(self.connections.is_full)
        self.stuck += [int] * 200
        self.assertTrue(self.connections.is_full)


class OrderTest(ConnectionsCase):
    def test_older_connection_first(self) -> None:
        """A process's newer connection waits for its older one."""
        peers = [self.connect()[1] for _ in range(3)]
        for n, peer in enumerate(peers):
            for m in range(BATCH + 1):
                peer.send(b'%d' % (n * (BATCH + 1) + m))
        found = []
        while more := self.read():
            found += more

        self.assertEqual([b'%d' % n for n in range(3 * (BATCH + 1))], found)

    def test_one_document(self) -> None:
        """A newer connection also waits if the consumer reads one by one."""
        peers = [self.connect()[1] for _ in range(2)]
        for n, peer in enumerate(peers):
            peer.send(b'%d' % (2 * n))
            peer.send(b'%d' % (2 * n + 1))
        found = []
        while more := self.read(1):
            found += more

        self.assertEqual([b'0', b'1', b'2', b'3'], found)

    def test_reused_number(self) -> None:
        """The age decides, not the number of the descriptor."""
        reader, first = self.connect()
        _, second = self.connect()
        number = reader.fileno()
        first.close()
        self.read()
        third, peer = self.connect()
        self.assertEqual(number, third.fileno())
        peer.send(b'3')
        second.send(b'1')
        second.send(b'2')

        found = self.read(1) + self.read(1) + self.read(1) + self.read(1)

        self.assertEqual([b'1', b'2', b'3'], found)

    def test_many_connections(self) -> None:
        """One read sees all connections, however many are ready."""
        peers = [self.connect()[1] for _ in range(200)]
        for n, peer in enumerate(peers):
            peer.send(b'%d' % n)

        self.assertEqual([b'%d' % n for n in range(200)], self.read())


class EndTest(ConnectionsCase):
    def test_close_many(self) -> None:
        """close() ends all connections; a thread closes all but one batch."""
        before = base.descriptors_before()
        started: list[tuple[Callable[[Any], object], tuple[Any]]] = []
        self.patch(polling, 'start_thread', lambda *args: started.append(args))
        created = connections.Connections(1000, self.items)
        near, far = [], []
        for _ in range(3 * BATCH):
            ours, theirs = _socket.socketpair(
                _socket.AF_UNIX, _socket.SOCK_SEQPACKET
            )
            near.append(packet.Socket(fileno=ours.detach()))
            near[-1].setblocking(False)
            far.append(theirs)
            created.add(near[-1], packet.PacketReader)

        created.close()

        self.assertEqual(0, len(created))
        ((close, args),) = started
        self.assertEqual(2 * BATCH, sum(each.fileno() >= 0 for each in near))
        for peer in far:
            self.assertRaises(BrokenPipeError, peer.send, b'x')
            peer.close()
        close(*args)
        self.assertEqual(before, base.open_descriptors())

    def test_close_many_without_threads(self) -> None:
        """If the system allows no thread, close() closes all of them."""
        before = base.descriptors_before()

        def refuse(*args: object) -> None:
            raise RuntimeError("can't start new thread")

        self.patch(polling, 'start_thread', refuse)
        created = connections.Connections(1000, self.items)
        far = []
        for _ in range(2 * BATCH):
            ours, theirs = _socket.socketpair(
                _socket.AF_UNIX, _socket.SOCK_SEQPACKET
            )
            near = packet.Socket(fileno=ours.detach())
            near.setblocking(False)
            created.add(near, packet.PacketReader)
            far.append(theirs)

        created.close()

        for peer in far:
            peer.close()
        self.assertEqual(before, base.open_descriptors())

    def test_end(self) -> None:
        """After its last document a connection is closed."""
        before = base.descriptors_before()
        for kind in packet.PacketReader, packet.LineReader:
            reader, peer = self.connect(kind)
            self.assertIn(reader, self.connections)
            peer.send(b'last\n')
            peer.close()

            self.assertEqual([b'last'], [each.strip() for each in self.read()])
            self.read()

            self.assertNotIn(reader, self.connections)
            self.assertEqual(0, len(self.connections))
            self.assertEqual(before, base.open_descriptors())

    def test_stop(self) -> None:
        """After stop() a peer cannot send; its former documents are read."""
        _, peer = self.connect()
        peer.send(b'before')

        self.connections.stop()

        self.assertRaises(BrokenPipeError, peer.send, b'after')
        self.assertEqual([b'before'], self.read())
        self.read()
        self.assertEqual(0, len(self.connections))

    def test_drop(self) -> None:
        """A dropped connection is closed; dropping twice is allowed."""
        (reader, peer), (_, other) = self.connect(), self.connect()

        self.connections.drop(reader)
        self.connections.drop(reader)

        self.assertEqual(1, len(self.connections))
        self.assertEqual(b'', peer.recv(1))
        other.send(b'other')
        self.assertEqual([b'other'], self.read())

    def test_listener(self) -> None:
        """A listening socket is ready while a connection waits."""
        directory = self.new_directory()
        listener = packet.new_socket(_socket.SOCK_SEQPACKET)
        self.addCleanup(listener.close)
        path = f'{directory.path}/x.sock'
        listener.bind(path)
        listener.listen(8)
        self.connections.watch(listener)
        self.assertEqual([], list(self.connections.read(BATCH)))

        client = packet.connect(_socket.SOCK_SEQPACKET, path)
        self.addCleanup(client.close)

        for _ in range(2):
            self.assertEqual(
                [listener.fileno()], list(self.connections.read(BATCH))
            )
        self.connections.ignore(listener)
        self.assertEqual([], list(self.connections.read(BATCH)))


class DescriptorsTest(ConnectionsCase):
    def test_close(self) -> None:
        """Closing closes everything; closing twice is allowed."""
        _, peer = self.connect()
        fd = self.connections.fd

        self.connections.close()
        self.connections.close()

        self.assertEqual(b'', peer.recv(1))
        self.assertRaises(OSError, os.fstat, fd)
        self.assertEqual(0, len(self.connections))

    def test_abandon(self) -> None:
        """A forked child that abandons leaves the epoll to its parent."""
        _, peer = self.connect()

        def abandon() -> bool:
            self.connections.abandon()
            return len(self.connections) > 0

        self.assertFalse(self.in_child(abandon))

        peer.send(b'{}')
        self.assertTrue(polling.wait_readable(self.connections.fd, 0))
        self.assertEqual([b'{}'], self.read())

    def test_closed_behind_our_back(self) -> None:
        """A closed epoll is an OSError of read()."""
        self.connect()
        os.close(self.connections.fd)

        self.assertRaises(OSError, self.connections.read, BATCH)

        self.connections.forget()

    def test_forget(self) -> None:
        """Forgetting closes no descriptor that has another owner by now."""
        reader, _ = self.connect()
        null = os.open(os.devnull, os.O_RDONLY)
        self.addCleanup(os.close, null)
        numbers = [reader.fileno(), self.connections.fd]
        for number in numbers:
            os.dup2(null, number)

        self.connections.forget()

        for number in numbers:
            self.assertTrue(os.path.samestat(os.fstat(null), os.fstat(number)))
            os.close(number)
