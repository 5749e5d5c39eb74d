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

"""The source of a listening socket: its readers, and the socket itself."""

import os

from unixnotif import errors
from unixnotif import packet
from unixnotif import rendezvous
from unixnotif.packet import Outcome
from unixnotif.publisher import departed
from unixnotif.publisher import listening_source
from unixnotif.publisher import source
from unixnotif.tests import base


class ListeningSourceCase(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.clock = self.new_clock()
        self.clock.stop()
        self.where = self.new_socket()
        self.left = departed.Departed()

    def open(
        self, max_subscribers: int = 10, mode: int = 0o660, gid: int = -1
    ) -> listening_source.ListeningSource:
        settings = source.Settings(mode, None, 65536, max_subscribers)
        opened = listening_source.ListeningSource(
            self.where.path, gid, settings
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

    def files(self) -> list[str]:
        return sorted(os.listdir(os.path.dirname(self.where.path)))


class UpdateTest(ListeningSourceCase):
    def test_come(self) -> None:
        """A reader is a target once it has connected."""
        opened = self.open()
        self.assertFalse(opened.changed())

        for count in 1, 2:
            self.new_consumer(self.where)
            self.assertTrue(opened.changed())
            self.assertTrue(opened.update(self.left))
            self.assertFalse(opened.changed())
            self.assertEqual(count, len(opened.targets))
            self.assertEqual(0, opened.refused)

    def test_many(self) -> None:
        """One update accepts a bounded number of readers."""
        self.patch(listening_source, '_MAX_ACCEPTED', 2)
        opened = self.open()
        for _ in range(5):
            self.new_consumer(self.where)
        counts = []
        while opened.changed():
            opened.update(self.left)
            counts.append(len(opened.targets))

        self.assertEqual([2, 4, 5], counts)

    def test_limit(self) -> None:
        """Over the limit, readers are counted and disconnected."""
        opened = self.open(max_subscribers=1)
        first, second = (self.new_consumer(self.where) for _ in range(2))

        opened.update(self.left)

        self.assertEqual(1, opened.refused)
        self.assertEqual(1, len(opened.targets))
        # The consumer reconnects, and waits.
        self.assertEqual([], base.payloads(second))
        self.assertTrue(opened.changed())
        self.assertEqual([], base.payloads(first))
        opened.update(self.left)
        self.assertEqual(1, opened.refused)

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
            # Not due again before every notification.
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
        """Without readers it binds another socket at the next interval."""
        opened = self.open()
        self.close_listener(opened)
        self.assertFalse(opened.is_lost())
        self.assertFalse(opened.changed())

        self.clock.advance(rendezvous.CHECK_INTERVAL)
        self.assertTrue(opened.changed())
        opened.update(self.left)

        self.assertTrue(opened.is_open())
        self.new_consumer(self.where)
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
        before = base.open_descriptors()
        opened = self.open()

        opened.abandon()

        self.assertEqual(before, base.open_descriptors())
        self.assertEqual(['.s.sock.lock', 's.sock'], self.files())
