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

"""Who subscribes: directories and listening sockets, as publishers ask."""

import _socket
import grp
import os
import shutil

from unixnotif import address
from unixnotif import errors
from unixnotif import publisher as publishers
from unixnotif.publisher import sources
from unixnotif.tests import base

BUFFER = 65536


class NumericGroupTest(base.TestCase):
    def test_none(self) -> None:
        """No group is the process's own."""
        self.assertEqual(-1, sources.numeric_group(None))
        self.assertEqual(-1, sources.numeric_group(''))

    def test_number(self) -> None:
        """A number need not be known to the host."""
        self.assertEqual(4_000_000, sources.numeric_group('4000000'))

    def test_name(self) -> None:
        """A name is looked up."""
        known = grp.getgrall()[0]

        self.assertEqual(known.gr_gid, sources.numeric_group(known.gr_name))

    def test_unknown(self) -> None:
        """A name that is not known is named, with its option."""
        e = self.assertRaises(
            errors.UnavailableError, sources.numeric_group, 'no-such-group'
        )

        self.assertIn("'no-such-group'", str(e))
        self.assertIn('socket_group', str(e))


class _TestCase(base.TestCase):
    def open(self, where: address.Address) -> sources.Source:
        source = sources.open_source(where, 0o660, None, BUFFER)
        self.addCleanup(source.close)
        self.known: sources.Subscribers = {}
        return source


class DirectorySourceTest(_TestCase):
    def test_kind(self) -> None:
        """The address of a directory gives a source of its sockets."""
        source = self.open(self.new_directory())

        self.assertIsInstance(source, sources.DirectorySource)

    def test_come_and_go(self) -> None:
        """The map has who is in the directory now; others are kept as is."""
        where = self.new_directory()
        source = self.open(where)
        first = self.new_consumer(where)
        self.assertTrue(source.changed())
        self.assertEqual(0, source.update(self.known, 10))
        (name,) = self.known
        kept = self.known[name]
        self.assertEqual(os.listdir(where.path), [name])

        second = self.new_consumer(where)
        self.assertTrue(source.changed())
        source.update(self.known, 10)
        self.assertEqual(set(os.listdir(where.path)), set(self.known))
        self.assertIs(kept, self.known[name])
        second.close()
        self.assertTrue(source.changed())
        source.update(self.known, 10)
        self.assertEqual([name], list(self.known))
        first.close()
        source.update(self.known, 10)
        self.assertEqual({}, self.known)

    def test_group(self) -> None:
        """The members of a group are one subscriber."""
        where = self.new_directory()
        source = self.open(where)
        members = [self.new_consumer(where, 'audit') for _ in range(3)]
        self.new_consumer(where, 'bills')

        source.update(self.known, 10)

        self.assertEqual({'audit/', 'bills/'}, set(self.known))
        self.assertEqual(3, len(self.known['audit/'].members))
        members[1].close()
        source.update(self.known, 10)
        self.assertEqual(2, len(self.known['audit/'].members))

    def test_ignored(self) -> None:
        """Names with a leading dot or another ending are no subscribers."""
        where = self.new_directory()
        for name in '.x.sock', 'x.sock.tmp', 'README', '.sock':
            self.bind(where, name, _socket.SOCK_SEQPACKET)
        source = self.open(where)

        source.update(self.known, 10)

        self.assertEqual({}, self.known)

    def test_room(self) -> None:
        """Who finds no room is counted; a known one keeps its place."""
        where = self.new_directory()
        source = self.open(where)
        first = self.new_consumer(where)
        source.update(self.known, 1)
        (name,) = self.known
        for _ in range(3):
            self.new_consumer(where)

        self.assertEqual(3, source.update(self.known, 1))
        self.assertEqual([name], list(self.known))
        first.close()
        self.assertEqual(2, source.update(self.known, 1))
        self.assertEqual(1, len(self.known))

    def test_first_turn(self) -> None:
        """Short-lived emitters do not all begin with the same member."""
        where = self.new_directory()
        members = [self.new_consumer(where, 'audit') for _ in range(2)]

        for n in range(50):
            with publishers.Publisher(where) as publisher:
                publisher.publish(base.document(n))

        shares = [len(base.payloads(each)) for each in members]
        self.assertEqual(50, sum(shares))
        self.assertGreater(min(shares), 0)

    def test_group_has_no_limit(self) -> None:
        """A further member of a group takes no room."""
        where = self.new_directory()
        source = self.open(where)
        for _ in range(3):
            self.new_consumer(where, 'audit')

        self.assertEqual(0, source.update(self.known, 1))
        self.assertEqual(3, len(self.known['audit/'].members))

    def test_removed(self) -> None:
        """A directory that was removed ends the source."""
        where = self.new_directory()
        source = self.open(where)
        source.update(self.known, 10)
        shutil.rmtree(where.path)
        os.mkdir(where.path)

        self.assertTrue(source.changed())
        self.assertRaises(
            errors.UnavailableError, source.update, self.known, 10
        )

    def test_not_a_directory(self) -> None:
        """A file with the name is an error, and leaks no descriptor."""
        where = address.Address(self.new_directory().path + '/file')
        with open(where.path, 'w'):
            pass
        before = os.listdir('/proc/self/fd')

        e = self.assertRaises(
            errors.UnavailableError,
            sources.open_source,
            where,
            0o660,
            None,
            BUFFER,
        )

        self.assertIn('Not a directory', str(e))
        self.assertEqual(before, os.listdir('/proc/self/fd'))

    def test_mode_and_group(self) -> None:
        """A directory that is made gets the group and a mode that fits."""
        if os.geteuid():
            self.skipTest('only root can give a directory to any group')
        where = address.Address(self.new_directory().path + '/new')

        sources.open_source(where, 0o666, '4000000', BUFFER).close()

        found = os.stat(where.path)
        self.assertEqual(0o43777, found.st_mode)
        self.assertEqual(4_000_000, found.st_gid)


class ListeningSourceTest(_TestCase):
    def test_kind(self) -> None:
        """The address of a socket gives a source that listens there."""
        source = self.open(self.new_socket())

        self.assertIsInstance(source, sources.ListeningSource)

    def test_come(self) -> None:
        """Readers are in the map once they have connected."""
        where = self.new_socket()
        source = self.open(where)
        self.assertFalse(source.changed())

        for count in 1, 2:
            self.new_consumer(where)
            self.assertTrue(source.changed())
            self.assertEqual(0, source.update(self.known, 10))
            self.assertFalse(source.changed())
            self.assertEqual(count, len(self.known))

    def test_room(self) -> None:
        """Who finds no room is counted and sees the end at once."""
        where = self.new_socket()
        source = self.open(where)
        first, second = (self.new_consumer(where) for _ in range(2))

        self.assertEqual(1, source.update(self.known, 1))

        self.assertEqual(1, len(self.known))
        # It comes back by itself, and waits.
        self.assertEqual([], base.payloads(second))
        self.assertTrue(source.changed())
        self.assertEqual([], base.payloads(first))

    def test_close(self) -> None:
        """Closing removes the socket."""
        where = self.new_socket()
        source = self.open(where)

        source.close()

        self.assertEqual([], os.listdir(os.path.dirname(where.path)))

    def test_abandon(self) -> None:
        """Abandoning closes all, but leaves the files to the owner."""
        where = self.new_socket()
        before = base.open_sockets()
        source = self.open(where)

        source.abandon()

        self.assertEqual(before, base.open_sockets())
        self.assertIn('s.sock', os.listdir(os.path.dirname(where.path)))

    def test_mode_and_group(self) -> None:
        """The socket has the mode and the group that were asked for."""
        if os.geteuid():
            self.skipTest('only root can give a socket to any group')
        where = self.new_socket()

        source = sources.open_source(where, 0o620, '4000000', BUFFER)
        self.addCleanup(source.close)

        found = os.stat(where.path)
        self.assertEqual(0o140620, found.st_mode)
        self.assertEqual(4_000_000, found.st_gid)
