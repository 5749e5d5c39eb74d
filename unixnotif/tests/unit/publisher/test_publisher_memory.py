# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Large documents that nobody reads: their memory is limited."""

import _socket
from collections.abc import Iterator
import contextlib
import os
import socket

from unixnotif import notification
from unixnotif import packet
from unixnotif import polling
from unixnotif import publisher as publishers
from unixnotif import rendezvous
from unixnotif.packet import copies
from unixnotif.packet import inflight
from unixnotif.publisher import departed
from unixnotif.publisher import drops
from unixnotif.rendezvous import listings
from unixnotif.tests import base
from unixnotif.tests.unit.publisher import cases
from unixnotif.tests.unit.rendezvous import helpers

#: The user of this process, and others without any rights.
UID = os.geteuid()
OTHERS = (60001, 60002)

# Just too large for a record.
_SIZE = packet.MAX_PACKET + 1
# The share of one user is 10 of them.
_MOST_BYTES = 40 * _SIZE + 4


class Reader:
    """A listening socket in a directory, which its user may stop reading."""

    def __init__(self, listener: _socket.socket, path: str) -> None:
        self._listener = listener
        self.path = path
        self.connections: list[packet.Socket] = []

    def accept(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                self.connections.append(packet.accept(self._listener))

    def receive(self) -> list[int]:
        """Receive everything; return the sizes of the memfds."""
        return [size for _, size in self.receive_memfds()]

    def receive_memfds(self) -> list[tuple[int, int]]:
        """Receive everything; return the number and size of each memfd."""
        self.accept()
        return [found for each in self.connections for found in _receive(each)]

    def shut_down(self) -> None:
        """Receive nothing more, and keep what is unread."""
        self.accept()
        for each in self.connections:
            each.shutdown(socket.SHUT_RD)

    def ended(self) -> list[bool]:
        """Return True for each connection that has ended."""
        self.receive()
        return [polling.has_ended(x.fileno()) for x in self.connections]

    def leave(self) -> None:
        """Remove the socket; its connections stay open, and unread."""
        self.accept()
        os.unlink(self.path)

    def close(self) -> None:
        self._listener.close()
        for each in self.connections:
            each.close()


def _receive(connection: packet.Socket) -> Iterator[tuple[int, int]]:
    """Receive everything; yield the number and size of each memfd."""
    copy = socket.socket(fileno=os.dup(connection.fileno()))
    # ConnectionResetError: the publisher has left, and has unread data.
    with copy, contextlib.suppress(BlockingIOError, ConnectionResetError):
        while True:
            data, fds, _, _ = socket.recv_fds(copy, _SIZE, 1)
            if not data:
                return
            for fd in fds:
                found = os.fstat(fd)
                os.close(fd)
                yield found.st_ino, found.st_size


class MemoryTest(cases.PublisherCase):
    def setUp(self) -> None:
        super().setUp()
        self.patch(inflight, 'MOST_BYTES', _MOST_BYTES)
        # One reader may have the share of its user.
        self.patch(inflight, '_READERS', 1)
        self.disguise = helpers.Disguise()
        self.patch(listings.Listing, '_examine', self.disguise.examine())
        self.clock = self.new_clock()
        self.where = self.new_directory()
        self.publisher = self.new_publisher(self.where)
        self.readers: dict[Reader, int] = {}

    def new_reader(self, uid: int, name: str = '') -> Reader:
        name = name or f'{len(self.readers)}.sock'
        self.disguise.users[name] = uid
        listener = self.bind(self.where, name, _socket.SOCK_SEQPACKET)
        reader = Reader(listener, f'{self.where.path}/{name}')
        self.addCleanup(reader.close)
        self.readers[reader] = uid
        return reader

    def publish(self, size: int = _SIZE) -> publishers.Delivery:
        return self.publisher.publish(b' ' * size)

    def unread(self) -> dict[int, int]:
        """Receive everything; return the memory of memfds by user id.

        All readers of a memfd share its memory.
        """
        found: dict[int, dict[int, int]] = {}
        for reader, uid in self.readers.items():
            found.setdefault(uid, {}).update(reader.receive_memfds())
        return {uid: sum(memfds.values()) for uid, memfds in found.items()}

    def assert_nothing_held(self, publisher: publishers.Publisher) -> None:
        """Nothing counts any more, and no connection is kept."""
        memfds = publisher._route.memfds
        for each in memfds.descriptors, memfds.size:
            self.assertEqual({}, dict(each._held))
            self.assertEqual(0, each._total)
        self.assertEqual({}, dict(memfds._holders))
        self.assertEqual(set(), memfds.readers)
        self.assertEqual(set(), memfds._left)

    def test_share(self) -> None:
        """The readers of one user leave no more than its share."""
        for _ in range(4):
            self.new_reader(OTHERS[0])
        self.new_reader(OTHERS[1])
        for _ in range(20):
            self.publish()

        self.assertEqual(
            {OTHERS[0]: 10 * _SIZE, OTHERS[1]: 10 * _SIZE}, self.unread()
        )

    def test_one_document(self) -> None:
        """The readers of one user are charged once for a document."""
        readers = [self.new_reader(OTHERS[0]) for _ in range(4)]
        for _ in range(20):
            self.publish()

        self.assertEqual(
            10 * _SIZE, self.publisher._route.memfds.size.held(OTHERS[0])
        )
        for reader in readers:
            self.assertEqual([_SIZE] * 10, reader.receive())

    def test_larger_than_the_share(self) -> None:
        """A user that holds nothing receives a document of any size."""
        readers = [self.new_reader(OTHERS[0]) for _ in range(3)]
        for size in 11 * _SIZE, 50 * _SIZE:
            for _ in range(3):
                self.publish(size)
            # No second one before all have received the first.
            for reader in readers:
                self.assertEqual((3, 0, {'buffer_full': 3}), self.publish())
                self.assertEqual([size], reader.receive())

    def test_readers_that_keep_up(self) -> None:
        """All readers of a user receive all, if they receive all at once."""
        readers = [self.new_reader(OTHERS[0]) for _ in range(6)]
        for size in 3 * _SIZE, 6 * _SIZE, 20 * _SIZE:
            for _ in range(10):
                self.assertEqual((6, 6, {}), self.publish(size))
                for reader in readers:
                    self.assertEqual([size], reader.receive())

        self.assertEqual({}, dict(self.publisher.dropped))

    def test_stopped_reader_beside_others(self) -> None:
        """A stopped reader and the others have the share together."""
        self.patch(inflight, 'MOST_BYTES_OF_READER', 6 * _SIZE)
        stopped = self.new_reader(OTHERS[0])
        readers = [self.new_reader(OTHERS[0]) for _ in range(5)]
        for _ in range(30):
            self.publish()
            for reader in readers:
                self.assertEqual([_SIZE], reader.receive())

        # Four are left of the share.
        for _ in range(4):
            self.publish(2 * _SIZE)
            for reader in readers:
                self.assertEqual([2 * _SIZE], reader.receive())
        self.publish(5 * _SIZE)
        for reader in readers:
            self.assertEqual([], reader.receive())
        self.assertEqual([_SIZE] * 6, stopped.receive())
        self.publish(5 * _SIZE)
        for reader in readers:
            self.assertEqual([5 * _SIZE], reader.receive())

    def test_stopped_reader_with_the_share(self) -> None:
        """Others of its user receive small documents, and later the rest."""
        stopped = self.new_reader(OTHERS[0])
        other = self.new_reader(OTHERS[0])
        for number in range(20):
            self.publish()
            self.assertEqual([_SIZE] * (number < 10), other.receive())
        self.assertEqual((2, 2, {}), self.publish(10))

        self.assertEqual([_SIZE] * 10, stopped.receive())

        self.publish()
        self.assertEqual([_SIZE], other.receive())

    def test_shuts_down_again_and_again(self) -> None:
        """A reader that shuts down and keeps its queue gains nothing."""
        reader = self.new_reader(OTHERS[0])
        for _ in range(20):
            for _ in range(5):
                self.publish()
            # The publisher notices that with a small document, or a large.
            reader.shut_down()
            self.publish(10)
            self.publish()
        self.assertGreater(len(reader.connections), 10)

        self.assertEqual(
            10 * _SIZE, self.publisher._route.memfds.size.held(OTHERS[0])
        )
        self.assertEqual({OTHERS[0]: 10 * _SIZE}, self.unread())

    def test_shuts_down_with_a_document_over_the_share(self) -> None:
        """At most one document is larger than the share."""
        reader = self.new_reader(OTHERS[0])
        for _ in range(20):
            self.publish(30 * _SIZE)
            self.publish()
            reader.shut_down()
            self.publish(10)

        self.assertEqual({OTHERS[0]: 30 * _SIZE}, self.unread())

    def test_members_shut_down(self) -> None:
        """Members of a group that shut down gain nothing either."""
        readers = [
            self.new_reader(OTHERS[0], f'audit@{n}.sock') for n in range(3)
        ]
        for _ in range(20):
            for _ in range(5):
                self.publish()
            for reader in readers:
                reader.shut_down()
                self.publish(10)

        self.assertEqual({OTHERS[0]: 10 * _SIZE}, self.unread())

    def test_kept_connection_closes(self) -> None:
        """A connection closes at the next look after all was received."""
        reader = self.new_reader(OTHERS[0])
        for _ in range(3):
            self.publish()
        reader.leave()
        for _ in range(3):
            self.publisher.refresh()
            self.assertFalse(polling.has_ended(reader.connections[0].fileno()))
        self.assertEqual([_SIZE] * 3, reader.receive())
        self.assertEqual([False], reader.ended())

        self.clock.advance(rendezvous.CHECK_INTERVAL)
        self.publish()

        self.assertEqual([True], reader.ended())
        self.assert_nothing_held(self.publisher)

    def test_close_with_kept_connections(self) -> None:
        """At close() the reader still receives everything, and the end."""
        reader = self.new_reader(OTHERS[0])
        for _ in range(3):
            self.publish()
        reader.leave()
        self.publisher.refresh()

        self.publisher.close()

        self.assertEqual([_SIZE] * 3, reader.receive())
        self.assertEqual([True], reader.ended())
        self.assert_nothing_held(self.publisher)

    def test_healthy_reader(self) -> None:
        """Stopped readers of another user keep nothing from a healthy one."""
        for _ in range(3):
            self.new_reader(OTHERS[0])
        healthy = self.new_reader(UID)
        for _ in range(50):
            self.publish()
            self.assertEqual([_SIZE], healthy.receive())

    def test_other_documents(self) -> None:
        """A user over its share receives small documents."""
        reader = self.new_reader(OTHERS[0])
        for _ in range(20):
            self.publish()

        self.assertEqual((1, 1, {}), self.publish(10))

        self.assertEqual(10, len(reader.receive()))

    def test_reads_again(self) -> None:
        """A user that has read has its whole share again."""
        reader = self.new_reader(OTHERS[0])
        for _ in range(3):
            for _ in range(20):
                self.publish()
            # A lost record that is unread may hide that one was received.
            self.assertIn(reader.receive(), ([_SIZE] * 10, [_SIZE] * 9))

    def test_leaves_and_comes_back(self) -> None:
        """A user who leaves and subscribes again gains nothing."""
        for number in range(15):
            # By the same name, or by another one.
            name = 'x.sock' if number % 2 else ''
            reader = self.new_reader(OTHERS[0], name)
            for _ in range(5):
                self.publish()
            reader.leave()
            self.publish()
        self.assertEqual({OTHERS[0]: 10 * _SIZE}, self.unread())

        # Those who left have read everything by now.
        self.publish()
        self.assert_nothing_held(self.publisher)

    def test_member_leaves_and_comes_back(self) -> None:
        """A user whose members leave and subscribe again gains nothing."""
        self.new_reader(UID, 'audit@first.sock')
        for number in range(10):
            reader = self.new_reader(OTHERS[0], f'audit@{number}.sock')
            for _ in range(10):
                self.publish()
            reader.leave()
            self.publish()

        self.assertLessEqual(self.unread()[OTHERS[0]], 10 * _SIZE)

    def test_directory_is_replaced(self) -> None:
        """Unread documents in a former directory count as well."""
        for number in range(4):
            self.new_reader(OTHERS[0])
            for _ in range(5):
                self.publish()
            for reader in self.readers:
                reader.accept()
            os.rename(self.where.path, f'{self.where.path}.{number}')
            os.mkdir(self.where.path)
            self.clock.advance(rendezvous.CHECK_INTERVAL)

        self.assertEqual({OTHERS[0]: 10 * _SIZE}, self.unread())

    def test_many_leave(self) -> None:
        """More subscribers leave than the publisher remembers."""
        self.patch(departed, '_MAX_KEPT', 20)
        publisher = self.new_publisher(
            self.where, send_buffer_size=cases.SMALL_BUFFER
        )
        for _ in range(3):
            reader = self.new_reader(OTHERS[0])
            for _ in range(4):
                publisher.publish(b' ' * _SIZE)
            reader.leave()
            for _ in range(30):
                other = self.new_reader(OTHERS[1])
                cases.fill(publisher)
                other.leave()
                publisher.refresh()
            kept = [
                member.uid
                for target in publisher._route.departed.targets
                for member in target.all_members
            ]
            # The share of one user.
            self.assertEqual(5, kept.count(OTHERS[1]))

        self.assertLessEqual(self.unread()[OTHERS[0]], 10 * _SIZE)

    def test_stopped_reader_leaves_the_rest(self) -> None:
        """A reader that has stopped takes a quarter of the share."""
        self.patch(inflight, '_READERS', 4)
        stopped = self.new_reader(OTHERS[0])
        healthy = self.new_reader(OTHERS[0])
        for _ in range(50):
            self.publish()
            self.assertEqual([_SIZE], healthy.receive())

        self.assertEqual([_SIZE] * 2, stopped.receive())

    def test_warning(self) -> None:
        """The log names the users that leave too much unread, seldom."""
        for uid in OTHERS:
            self.new_reader(uid)
        for _ in range(20):
            self.publish()

        texts = [line for line in self.warnings_logged() if 'unread' in line]
        self.assertEqual(1, len(texts))
        self.assertIn(f'(users {OTHERS[0]}, {OTHERS[1]})', texts[0])
        self.assertIn(str(self.where), texts[0])
        self.clock.advance(drops.WARN_INTERVAL)
        self.publish()
        self.publish()
        self.assertEqual(
            2, len([x for x in self.warnings_logged() if 'unread' in x])
        )

    def test_nothing_is_left(self) -> None:
        """A closed publisher holds no descriptor, target or count."""
        before = base.open_sockets()
        publisher = publishers.Publisher(self.where)
        leaving = [self.new_reader(OTHERS[0]) for _ in range(2)]
        self.new_reader(OTHERS[1])
        self.new_reader(OTHERS[1], 'audit@x.sock')
        publisher.publish(b' ' * _SIZE)
        for each in leaving:
            each.leave()
        publisher.publish(b' ' * _SIZE)
        route = publisher._route
        self.assertEqual(2, len(route.memfds._left))
        self.assertEqual(2, len(route.source.targets))

        publisher.close()

        for reader in self.readers:
            reader.close()
        self.assertEqual(before, base.open_sockets())
        self.assertEqual({}, route.departed.targets)
        self.assertEqual({}, route.source.targets)
        self.assert_nothing_held(publisher)

    def test_forked_child(self) -> None:
        """A child counts for itself, and closes what its parent counts."""
        for _ in range(2):
            self.new_reader(OTHERS[0])
        for _ in range(20):
            self.publish()
        before = self.publisher._route

        def child() -> list[int]:
            # Its own share is whole.
            found = [self.publish().delivered for _ in range(2)]
            self.assertIsNot(before, self.publisher._route)
            self.assertEqual({}, dict(before.memfds.size._held))
            return found

        self.assertEqual([2, 2], self.in_child(child))
        self.assertEqual(12 * _SIZE, self.unread()[OTHERS[0]])

    def test_forked_child_and_kept_connections(self) -> None:
        """A child closes its copies, and the parent's stay open."""
        reader = self.new_reader(OTHERS[0])
        self.publish()
        reader.leave()
        self.publisher.refresh()
        memfds = self.publisher._route.memfds
        (kept,) = memfds._left

        def child() -> bool:
            return kept.sock.is_open() or bool(memfds._left)

        self.assertFalse(self.in_child(child))

        self.assertEqual({kept}, memfds._left)
        self.assertTrue(kept.sock.is_open())
        self.assertEqual(_SIZE, memfds.size.held(OTHERS[0]))
        self.assertEqual([_SIZE], reader.receive())
        self.assertEqual([False], reader.ended())
        self.publisher.refresh()
        self.assertEqual([True], reader.ended())


class PlacesTest(cases.PublisherCase):
    """Small documents that nobody reads: places limit their memory.

    A subscriber that leaves and reads nothing keeps its place.
    """

    def setUp(self) -> None:
        super().setUp()
        self.disguise = helpers.Disguise()
        self.patch(listings.Listing, '_examine', self.disguise.examine())
        self.clock = self.new_clock()
        self.where = self.new_directory()
        self.publisher = self.new_publisher(self.where, max_subscribers=12)
        self.connections: list[packet.Socket] = []
        self.number = 0

    def subscribe(
        self, uid: int = OTHERS[0], kind: int = _socket.SOCK_SEQPACKET
    ) -> bool:
        """Let a user receive a document, and leave; return if it arrived."""
        self.number += 1
        name = f'{self.number}.sock'
        self.disguise.users[name] = uid
        listener = self.bind(self.where, name, kind)
        self.publisher.publish(b'{}')
        try:
            connection = packet.accept(listener)
        except BlockingIOError:
            return False
        else:
            self.addCleanup(connection.close)
            self.connections.append(connection)
            return True
        finally:
            listener.close()
            os.unlink(f'{self.where.path}/{name}')

    def look(self) -> None:
        self.clock.advance(rendezvous.CHECK_INTERVAL)
        self.publisher.publish(b'{}')

    def test_leave_and_come_back(self) -> None:
        """A user has no more connections than places, whatever it removes."""
        for kind in _socket.SOCK_SEQPACKET, _socket.SOCK_STREAM:
            for _ in range(20):
                self.subscribe(kind=kind)
            # A subscriber that leaves counts from the next look.
            self.assertEqual(3 + 1, len(self.connections))
            # Another user has its own places.
            self.assertTrue(self.subscribe(OTHERS[1], kind))
            for each in self.connections:
                each.close()
            self.connections.clear()
            self.look()

    def test_shut_down_and_come_back(self) -> None:
        """A reader that stops receiving gains no connection either."""
        for _ in range(20):
            if self.subscribe():
                self.connections[-1].shutdown(socket.SHUT_RD)

        self.assertEqual(3 + 1, len(self.connections))

    def test_end(self) -> None:
        """A reader that reads later finds the end, and frees its place."""
        for _ in range(3):
            self.assertTrue(self.subscribe())
        self.look()
        self.assertFalse(self.subscribe())
        for each in self.connections[:2]:
            self.assertEqual(b'{}', each.recv(100))
            self.assertEqual(b'', each.recv(100))
        # Nobody reads this one any more.
        self.connections[2].close()
        self.look()

        self.assertEqual([True] * 3, [self.subscribe() for _ in range(3)])

    def test_trusted_user(self) -> None:
        """The service's own user and root may leave any number."""
        for _ in range(30):
            self.assertTrue(self.subscribe(UID))
        self.look()

        self.assertEqual(set(), self.publisher._route.memfds._left)

    def test_listening_socket(self) -> None:
        """Readers that connect, and stop receiving, keep their places."""
        self.patch(
            packet, 'peer', lambda sock: notification.Sender(1, OTHERS[0], 1)
        )
        where = self.new_socket()
        publisher = self.new_publisher(where, max_subscribers=12)
        delivered = 0
        for _ in range(20):
            reader = packet.connect(_socket.SOCK_STREAM, where.path)
            self.addCleanup(reader.close)
            delivered += publisher.publish(b'{}').delivered
            with contextlib.suppress(OSError):
                reader.shutdown(socket.SHUT_RD)

        self.assertEqual(3, delivered)

    def test_long_lines(self) -> None:
        """One call copies a limited number of bytes for a user."""
        self.patch(copies, 'MOST_COPIED', 4 * 5 * 40_000)
        uids = iter([OTHERS[0]] * 9 + [OTHERS[1]] * 2 + [UID] * 9)
        self.patch(
            packet, 'peer', lambda sock: notification.Sender(1, next(uids), 1)
        )
        where = self.new_socket()
        publisher = self.new_publisher(where, max_subscribers=80)
        for _ in range(20):
            reader = packet.connect(_socket.SOCK_STREAM, where.path)
            self.addCleanup(reader.close)
        for _ in range(3):
            self.assertEqual(
                (20, 15, {'buffer_full': 5}), publisher.publish(bytes(40_000))
            )
            self.assertEqual((20, 20, {}), publisher.publish(b'{}'))

    def test_forked_child(self) -> None:
        """A child that closes its copies ends nothing of its parent."""
        self.assertTrue(self.subscribe())
        name = 'x.sock'
        self.disguise.users[name] = OTHERS[0]
        listener = self.bind(self.where, name, _socket.SOCK_SEQPACKET)
        self.publisher.publish(b'1')
        reader = packet.accept(listener)
        self.addCleanup(reader.close)

        self.in_child(lambda: self.publisher.publish(b'child').delivered)

        self.publisher.publish(b'2')
        self.assertEqual([b'1', b'2'], [reader.recv(100) for _ in range(2)])
