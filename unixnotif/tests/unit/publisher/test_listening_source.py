# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The source of a listening socket: its readers, and the socket itself."""

import os
import socket

from unixnotif import errors
from unixnotif import notification
from unixnotif import packet
from unixnotif import polling
from unixnotif import rendezvous
from unixnotif import shares
from unixnotif.packet import Outcome
from unixnotif.publisher import departed
from unixnotif.publisher import listening_source
from unixnotif.publisher import sources
from unixnotif.tests import base

#: The user of this process, and users without any rights.
UID = os.geteuid()
OTHERS = (60001, 60002)


class ListeningSourceCase(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.clock = self.new_clock()
        self.clock.stop()
        self.where = self.new_socket()
        self.left = departed.Departed()
        self.memfds = packet.Memfds()

    def open(
        self, max_subscribers: int = 10, mode: int = 0o660, gid: int = -1
    ) -> listening_source.ListeningSource:
        settings = sources.Settings(mode, None, 65536, max_subscribers)
        opened = listening_source.ListeningSource(
            self.where.path, gid, settings, self.memfds
        )
        self.addCleanup(self.release, opened)
        return opened

    def release(self, opened: listening_source.ListeningSource) -> None:
        for target in opened.targets.values():
            target.close()
        opened.close()

    def offer(
        self, opened: listening_source.ListeningSource, payload: object
    ) -> list[str]:
        """Offer a document to all; return the outcomes."""
        outgoing = packet.Outgoing(base.document(payload))
        return [
            target.offer(outgoing).value for target in opened.targets.values()
        ]

    def close_listener(self, opened: listening_source.ListeningSource) -> None:
        """Close the descriptor of the socket behind its back."""
        assert opened._socket is not None
        assert opened._socket._listener is not None
        os.close(opened._socket._listener.fileno())

    def connect(self) -> socket.socket:
        """A reader that is no consumer: it does not connect again."""
        sock = socket.socket(socket.AF_UNIX)
        self.addCleanup(sock.close)
        sock.connect(self.where.path)
        return sock

    def count_accepted(
        self, opened: listening_source.ListeningSource
    ) -> list[int]:
        """Update while there is a change; return the numbers of targets."""
        counts = []
        while opened.changed():
            opened.update(self.left)
            counts.append(len(opened.targets))
        return counts

    def files(self) -> list[str]:
        return sorted(os.listdir(os.path.dirname(self.where.path)))


class UpdateTest(ListeningSourceCase):
    def test_new_target(self) -> None:
        """A reader is a target once it has connected."""
        opened = self.open()
        self.assertFalse(opened.changed())

        for count in 1, 2:
            self.new_consumer(self.where)
            self.assertTrue(opened.changed())
            self.assertTrue(opened.update(self.left))
            self.assertFalse(opened.changed())
            self.assertEqual(count, len(opened.targets))
            self.assertEqual({}, opened.refused)

    def test_many(self) -> None:
        """One update accepts a bounded number of readers."""
        self.patch(listening_source, '_MAX_ACCEPTED', 2)
        opened = self.open()
        for _ in range(5):
            self.new_consumer(self.where)

        self.assertEqual([2, 4, 5], self.count_accepted(opened))

    def test_limit(self) -> None:
        """Over the limit, readers are counted and disconnected."""
        opened = self.open(max_subscribers=1)
        first, second = (self.new_consumer(self.where) for _ in range(2))

        opened.update(self.left)

        self.assertEqual({UID: 1}, opened.refused)
        self.assertEqual(1, len(opened.targets))
        # The consumer reconnects, and waits.
        self.assertEqual([], base.payloads(second))
        self.assertTrue(opened.changed())
        self.assertEqual([], base.payloads(first))
        opened.update(self.left)
        self.assertEqual({UID: 1}, opened.refused)

    def test_accepts_of_one_call(self) -> None:
        """One update accepts 64 readers."""
        opened = self.open(max_subscribers=1000)
        readers = [self.connect() for _ in range(150)]

        self.assertEqual([64, 128, 150], self.count_accepted(opened))

        self.assertEqual({'delivered'}, set(self.offer(opened, 1)))
        for each in readers:
            self.assertNotEqual(b'', each.recv(65536))

    def test_accepts_of_refused_readers(self) -> None:
        """Refused readers count like others: each costs the same."""
        self.patch(listening_source, '_MAX_ACCEPTED', 4)
        opened = self.open(max_subscribers=1)
        for _ in range(10):
            self.connect()
        counts = []
        while opened.changed():
            opened.update(self.left)
            counts.append(opened.refused[UID])

        self.assertEqual([3, 4, 2], counts)

    def test_discard(self) -> None:
        """A discarded reader is disconnected, and no target."""
        opened = self.open()
        receiver = self.new_consumer(self.where)
        opened.update(self.left)
        (key,) = opened.targets

        opened.discard([])
        self.assertEqual([key], list(opened.targets))
        opened.discard([key])

        self.assertEqual({}, opened.targets)
        # The consumer notices, and connects again.
        receiver.receive(0)
        self.assertTrue(opened.changed())

    def test_keys_are_unique(self) -> None:
        """A reader that comes later does not have an earlier one's key."""
        opened = self.open()
        self.new_consumer(self.where)
        opened.update(self.left)
        (first,) = opened.targets
        opened.discard([first])
        self.new_consumer(self.where)

        opened.update(self.left)

        self.assertNotIn(first, opened.targets)


class RemovedSocketTest(ListeningSourceCase):
    def test_bound_again(self) -> None:
        """A removed socket is bound again at the next interval."""
        opened = self.open()
        receiver = self.new_consumer(self.where)
        opened.update(self.left)
        targets = dict(opened.targets)
        os.unlink(self.where.path)
        self.assertFalse(opened.changed())
        opened.update(self.left)
        self.assertNotIn('s.sock', self.files())

        self.clock.advance(rendezvous.CHECK_INTERVAL)
        self.assertTrue(opened.changed())
        self.assertTrue(opened.update(self.left))

        self.assertFalse(opened.changed())
        self.assertEqual(['.s.sock.lock', 's.sock'], self.files())
        # The readers that were connected notice nothing.
        self.assertEqual(targets, opened.targets)
        self.assertEqual(['delivered'], self.offer(opened, 1))
        self.assertEqual([1], base.payloads(receiver))

    def test_new_reader(self) -> None:
        """A new reader connects to the new socket."""
        opened = self.open()
        os.unlink(self.where.path)
        self.clock.advance(rendezvous.CHECK_INTERVAL)
        opened.update(self.left)
        receiver = self.new_consumer(self.where)
        opened.update(self.left)

        self.offer(opened, 1)

        self.assertEqual([1], base.payloads(receiver))

    def test_reader_in_the_backlog(self) -> None:
        """A reader that connected before the removal is accepted."""
        opened = self.open()
        receiver = self.new_consumer(self.where)
        os.unlink(self.where.path)
        self.clock.advance(rendezvous.CHECK_INTERVAL)

        opened.update(self.left)

        self.assertEqual(['delivered'], self.offer(opened, 1))
        self.assertEqual([1], base.payloads(receiver))

    def test_many_readers_in_the_backlog(self) -> None:
        """However many have connected before the removal, none is lost."""
        opened = self.open(max_subscribers=1000)
        before = base.descriptors_before()
        readers = [self.connect() for _ in range(150)]
        os.unlink(self.where.path)
        self.clock.advance(rendezvous.CHECK_INTERVAL)
        opened.update(self.left)
        self.assertIn('s.sock', self.files())
        # Those who connect to the new socket wait no longer than the others.
        readers += [self.connect() for _ in range(10)]

        self.assertEqual([138, 160], self.count_accepted(opened))

        self.assertEqual({'delivered'}, set(self.offer(opened, 1)))
        for each in readers:
            self.assertNotEqual(b'', each.recv(65536))
        # Nothing is left of the former socket.
        self.assertEqual(before + 2 * 160, base.open_descriptors())

    def test_removed_again_and_again(self) -> None:
        """Readers in several backlogs are all accepted."""
        opened = self.open(max_subscribers=1000)
        before = base.descriptors_before()
        for _ in range(3):
            for _ in range(80):
                self.connect()
            os.unlink(self.where.path)
            self.clock.advance(rendezvous.CHECK_INTERVAL)
            opened.update(self.left)
            self.assertIn('s.sock', self.files())

        self.count_accepted(opened)

        self.assertEqual(240, len(opened.targets))
        self.assertEqual(before + 2 * 240, base.open_descriptors())

    def test_backlog_without_a_directory(self) -> None:
        """The source accepts the readers before it can bind a socket."""
        parent = os.path.dirname(self.where.path)
        before = base.descriptors_before()
        opened = self.open(max_subscribers=1000)
        readers = [self.connect() for _ in range(100)]
        os.rename(parent, parent + '.old')
        self.clock.advance(rendezvous.CHECK_INTERVAL)

        self.assertRaises(errors.UnavailableError, opened.update, self.left)

        self.assertEqual(64, len(opened.targets))
        self.assertEqual([100], self.count_accepted(opened))
        self.assertEqual({'delivered'}, set(self.offer(opened, 1)))
        for each in readers:
            self.assertNotEqual(b'', each.recv(65536))
        # Nothing remains of the former socket.
        self.assertEqual(before + 2 * 100, base.open_descriptors())
        # The source binds a socket as soon as the directory is back.
        os.rename(parent + '.old', parent)
        self.clock.advance(rendezvous.CHECK_INTERVAL)
        opened.update(self.left)
        self.assertIn('s.sock', self.files())

    def test_closed_with_a_backlog(self) -> None:
        """Closing and abandoning close the former sockets as well."""
        for verb in 'close', 'abandon':
            before = base.descriptors_before()
            opened = self.open(max_subscribers=1000)
            readers = [self.connect() for _ in range(100)]
            os.unlink(self.where.path)
            self.clock.advance(rendezvous.CHECK_INTERVAL)
            opened.update(self.left)
            self.assertEqual(64, len(opened.targets))

            getattr(opened, verb)()
            self.release(opened)

            self.assertEqual(before + 100, base.open_descriptors())
            for each in readers:
                each.close()

    def test_former_descriptors_closed(self) -> None:
        """A new socket with the inode number of the former one stays."""
        opened = self.open()
        for _ in range(3):
            self.close_listener(opened)
            self.clock.advance(rendezvous.CHECK_INTERVAL)
            for _ in range(2):
                opened.update(self.left)
                self.assertEqual(['.s.sock.lock', 's.sock'], self.files())
                self.clock.advance(rendezvous.CHECK_INTERVAL)

    def test_other_owner(self) -> None:
        """A socket of another process is an error; readers stay."""
        opened = self.open()
        self.new_consumer(self.where)
        opened.update(self.left)
        for name in self.files():
            os.unlink(f'{os.path.dirname(self.where.path)}/{name}')
        self.open()
        for _ in range(2):
            self.clock.advance(rendezvous.CHECK_INTERVAL)
            self.assertTrue(opened.changed())
            self.assertRaises(errors.InUseError, opened.update, self.left)
            # No update is due until the next interval.
            self.assertFalse(opened.changed())

        self.assertEqual(1, len(opened.targets))
        opened.close()
        self.assertEqual(['.s.sock.lock', 's.sock'], self.files())

    def test_no_directory(self) -> None:
        """Without its directory the socket is tried again, with readers."""
        parent = os.path.dirname(self.where.path)
        opened = self.open()
        receiver = self.new_consumer(self.where)
        opened.update(self.left)
        os.rename(parent, parent + '.old')
        self.clock.advance(rendezvous.CHECK_INTERVAL)
        self.assertRaises(errors.UnavailableError, opened.update, self.left)
        self.assertFalse(opened.changed())
        self.assertFalse(opened.is_lost())
        self.assertEqual(['delivered'], self.offer(opened, 1))
        self.assertEqual([1], base.payloads(receiver))
        os.rename(parent + '.old', parent)

        self.clock.advance(rendezvous.CHECK_INTERVAL)
        self.assertTrue(opened.changed())
        self.assertTrue(opened.update(self.left))

        self.assertIn('s.sock', self.files())


class PlacesTest(ListeningSourceCase):
    """Readers with a place, and refused readers."""

    def setUp(self) -> None:
        super().setUp()
        # User ids of the next readers; later readers are of this user.
        self.users: list[int] = []
        peer = packet.peer

        def find_peer(sock: packet.Socket) -> notification.Sender:
            found = peer(sock)
            uid = self.users.pop(0) if self.users else found.uid
            return notification.Sender(found.pid, uid, found.gid)

        self.patch(packet, 'peer', find_peer)

    def users_served(
        self, opened: listening_source.ListeningSource
    ) -> list[int]:
        """Update; return the users of all readers."""
        opened.update(self.left)
        return [
            member.uid
            for target in opened.targets.values()
            for member in target.all_members
        ]

    def test_share(self) -> None:
        """Over its share a user is refused at once; others are not."""
        opened = self.open(max_subscribers=8)
        self.users = [OTHERS[0]] * 4 + [OTHERS[1]]
        readers = [self.connect() for _ in range(5)]

        self.assertEqual(
            [OTHERS[0], OTHERS[0], OTHERS[1]], self.users_served(opened)
        )

        self.assertEqual({OTHERS[0]: 2}, opened.refused)
        for each in readers[2:4]:
            self.assertEqual(b'', each.recv(1))
        self.offer(opened, 1)
        for each in readers[0], readers[1], readers[4]:
            self.assertNotEqual(b'', each.recv(1))

    def test_exempt(self) -> None:
        """Root and the user of this process may have all places."""
        opened = self.open(max_subscribers=8)
        self.users = [0] * 4
        for _ in range(10):
            self.connect()

        served = self.users_served(opened)

        self.assertEqual([0] * 4 + [UID] * 4, served)
        self.assertEqual({UID: 2}, opened.refused)

    def test_refused_now(self) -> None:
        """The next update does not count readers that were refused before."""
        opened = self.open(max_subscribers=1)
        for _ in range(3):
            self.connect()
        opened.update(self.left)
        self.assertEqual({UID: 2}, opened.refused)

        opened.update(self.left)

        self.assertEqual({}, opened.refused)

    def test_room_again(self) -> None:
        """A reader that has left frees its place, also of a share."""
        opened = self.open(max_subscribers=8)
        self.users = [OTHERS[0]] * 2
        readers = [self.connect() for _ in range(2)]
        opened.update(self.left)
        readers[0].close()
        self.users = [OTHERS[0]] * 2
        for _ in range(2):
            self.connect()

        self.assertEqual([OTHERS[0]] * 2, self.users_served(opened))

        self.assertEqual({OTHERS[0]: 1}, opened.refused)
        self.assertEqual(['delivered'] * 2, self.offer(opened, 1))

    def test_all_have_left(self) -> None:
        """All places of readers that have left are free at once."""
        opened = self.open(max_subscribers=4)
        for _ in range(3):
            readers = [self.connect() for _ in range(4)]
            opened.update(self.left)
            self.assertEqual({}, opened.refused)
            self.assertEqual(4, len(opened.targets))
            for each in readers:
                each.close()

    def test_readers_that_come_and_go(self) -> None:
        """An update looks for ended readers once, however many come."""
        opened = self.open(max_subscribers=3)
        for _ in range(2):
            self.connect()
        opened.update(self.left)
        for _ in range(20):
            self.connect().close()
        asked = []
        remove = listening_source.ListeningSource._remove_ended

        def count_and_remove(each: listening_source.ListeningSource) -> None:
            asked.append(each)
            remove(each)

        self.patch(
            listening_source.ListeningSource, '_remove_ended', count_and_remove
        )
        opened.update(self.left)

        self.assertEqual([opened], asked)

    def test_left_with_unread_documents(self) -> None:
        """A reader that closed its end has left, whatever it left unread."""
        opened = self.open(max_subscribers=1)
        reader = self.connect()
        opened.update(self.left)
        self.offer(opened, 1)
        reader.close()
        self.connect()

        opened.update(self.left)

        self.assertEqual({}, opened.refused)
        self.assertEqual(['delivered'], self.offer(opened, 1))

    def test_reader_keeps_its_place(self) -> None:
        """A reader keeps its place as long as it can read."""
        opened = self.open(max_subscribers=2)
        readers = [self.connect() for _ in range(2)]
        # It has nothing to say; socat does this at the end of its input.
        readers[0].shutdown(socket.SHUT_WR)
        opened.update(self.left)
        self.connect()

        opened.update(self.left)

        self.assertEqual({UID: 1}, opened.refused)
        self.assertEqual(['delivered'] * 2, self.offer(opened, 1))

    def test_nobody_is_examined_without_need(self) -> None:
        """As long as there is a place, no reader is looked at."""
        looked: list[int] = []
        hung_up = polling.is_hung_up

        def is_hung_up(fd: int) -> bool:
            looked.append(fd)
            return hung_up(fd)

        self.patch(polling, 'is_hung_up', is_hung_up)
        opened = self.open(max_subscribers=20)
        for _ in range(20):
            self.connect()
        opened.update(self.left)
        self.assertEqual([], looked)
        for _ in range(10):
            self.connect()

        opened.update(self.left)

        # Once, however many are refused.
        self.assertEqual(20, len(looked))
        self.assertEqual({UID: 10}, opened.refused)

    @base.as_root
    def test_real_users(self) -> None:
        """A reader uses the share of the user of its process."""
        self.patch(shares, '_geteuid', lambda: 1)
        opened = self.open(max_subscribers=8, mode=0o666)

        def child() -> list[list[int]]:
            readers = []
            # No path from the root is open to the other users.
            os.chdir(os.path.dirname(self.where.path))
            os.chmod('.', 0o755)
            for uid in OTHERS:
                with base.as_user(uid):
                    for _ in range(3):
                        sock = socket.socket(socket.AF_UNIX)
                        sock.connect('s.sock')
                        readers.append(sock)
            served = self.users_served(opened)
            return [served, sorted(opened.refused)]

        self.assertEqual(
            [[OTHERS[0]] * 2 + [OTHERS[1]] * 2, list(OTHERS)],
            self.in_child(child),
        )


class LifeTest(ListeningSourceCase):
    @base.as_root
    def test_mode_and_group(self) -> None:
        """The socket has the mode and the group of the settings."""
        self.open(mode=0o620, gid=4_000_000)

        found = os.stat(self.where.path)
        self.assertEqual(0o140620, found.st_mode)
        self.assertEqual(4_000_000, found.st_gid)

    def test_in_use(self) -> None:
        """A socket with a living owner is an error."""
        self.open()

        e = self.assertRaises(errors.InUseError, self.open)

        self.assertEqual(os.getpid(), e.pid)

    def test_is_lost(self) -> None:
        """A source with readers is lost once its descriptor is closed."""
        opened = self.open()
        self.new_consumer(self.where)
        opened.update(self.left)
        self.assertTrue(opened.is_open())
        self.assertFalse(opened.is_lost())
        self.assertFalse(opened.changed())

        self.close_listener(opened)

        self.assertFalse(opened.is_open())
        self.assertTrue(opened.is_lost())
        self.assertTrue(opened.changed())

    def test_is_lost_without_readers(self) -> None:
        """Without readers it is lost as well."""
        opened = self.open()
        self.close_listener(opened)
        self.assertTrue(opened.is_lost())
        self.assertTrue(opened.changed())

    def test_leave(self) -> None:
        """Leaving removes the socket for good, and keeps the readers."""
        opened = self.open()
        receiver = self.new_consumer(self.where)
        opened.update(self.left)

        opened.leave()

        self.assertEqual([], self.files())
        self.clock.advance(10 * rendezvous.CHECK_INTERVAL)
        self.assertFalse(opened.changed())
        opened.update(self.left)
        self.assertEqual([], self.files())
        self.assertEqual(['delivered'], self.offer(opened, 1))
        self.assertEqual([1], base.payloads(receiver))

    def test_close(self) -> None:
        """Closing removes the socket, and leaves readers to the caller."""
        before = base.open_sockets()
        opened = self.open()
        receiver = self.new_consumer(self.where)
        opened.update(self.left)

        opened.close()
        opened.close()

        self.assertEqual([], self.files())
        (target,) = opened.targets.values()
        self.assertIs(
            Outcome.DELIVERED, target.offer(packet.Outgoing(base.document()))
        )
        target.close()
        self.assertEqual([0], base.payloads(receiver))
        receiver.close()
        self.assertEqual(before, base.open_sockets())

    def test_abandon(self) -> None:
        """Abandoning closes all descriptors, and removes no file."""
        before = base.descriptors_before()
        opened = self.open()

        opened.abandon()

        self.assertEqual(before, base.open_descriptors())
        self.assertEqual(['.s.sock.lock', 's.sock'], self.files())
