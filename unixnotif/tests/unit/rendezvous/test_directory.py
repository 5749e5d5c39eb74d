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

"""A directory for sockets: made, opened, and told why it cannot be."""

import os
import socket
import stat
from unittest import mock

import fixtures

from unixnotif import errors
from unixnotif import packet
from unixnotif import rendezvous
from unixnotif.tests import base

OTHER = 65532


class DirectoryTest(base.TestCase):
    """An open directory."""

    def setUp(self) -> None:
        super().setUp()
        self.parent = self.useFixture(fixtures.TempDir()).path

    def open(self, path: str, listable: bool = False) -> rendezvous.Directory:
        directory = rendezvous.Directory(path, listable)
        self.addCleanup(directory.close)
        return directory

    def make(self, *names: str) -> str:
        path = os.path.join(self.parent, *names)
        os.makedirs(path)
        return path

    def test_it_is_closed_once(self) -> None:
        """It is a context manager, and closing again does nothing."""
        before = base.open_descriptors()
        with rendezvous.Directory(self.parent) as directory:
            self.assertEqual(before + 1, base.open_descriptors())
            self.assertFalse(os.get_inheritable(directory.fd))
        directory.close()
        self.assertEqual(before, base.open_descriptors())

    def test_only_a_listable_one_can_be_listed(self) -> None:
        """A consumer needs no permission to read the directory."""
        self.assertRaises(OSError, os.listdir, self.open(self.parent).fd)
        self.assertEqual([], os.listdir(self.open(self.parent, True).fd))

    def test_missing(self) -> None:
        """The error says so, and how a service manager makes it."""
        path = os.path.join(self.parent, 'nova')
        e = self.assertRaises(
            errors.UnavailableError, rendezvous.Directory, path
        )
        self.assertIn(f'directory {path}: No such file', str(e))
        self.assertIn('; make it, or let the service manager', str(e))

    def test_file_in_place_of_it(self) -> None:
        """The error says that it is no directory."""
        path = os.path.join(self.parent, 'file')
        with open(path, 'w'):
            pass
        for listable in (False, True):
            e = self.assertRaises(
                errors.UnavailableError,
                rendezvous.Directory,
                path,
                listable,
            )
            self.assertEqual(f'directory {path}: Not a directory', str(e))

    @base.as_root
    def test_refused(self) -> None:
        """The error names both sides: the process and the directory."""
        os.chmod(self.make('d'), 0o2710)
        os.chown(os.path.join(self.parent, 'd'), 0, 77)

        def child() -> list[str]:
            # No path from the root is open to the other user.
            os.chdir(self.parent)
            os.chmod('.', 0o711)
            said = []
            with base.as_user(OTHER, 78):
                try:
                    rendezvous.Directory('d', listable=True)
                except errors.UnavailableError as e:
                    said.append(str(e))
            with base.as_user(OTHER, 77):
                # Entering is enough.
                rendezvous.Directory('d').close()
            return said

        self.assertEqual(
            [
                'directory d: Permission denied; this process runs as user '
                f'{OTHER} with groups 78, and it belongs to user 0, group 77, '
                'with mode 2710'
            ],
            self.in_child(child),
        )

    def test_is_current(self) -> None:
        """It is not when the path is gone, or names another one."""
        path = self.make('d')
        directory = self.open(path)
        self.assertTrue(directory.is_current())
        os.rmdir(path)
        self.assertFalse(directory.is_current())
        os.mkdir(path)
        self.assertFalse(directory.is_current())
        self.assertTrue(self.open(path).is_current())

    def test_is_current_after_a_swap(self) -> None:
        """It is not when another directory was put in its place."""
        path, other = self.make('d'), self.make('e')
        directory = self.open(path)
        os.rename(path, f'{path}.old')
        os.rename(other, path)
        self.assertFalse(directory.is_current())

    def test_has(self) -> None:
        """A name in it counts, whatever it is, and no other does."""
        directory = self.open(self.parent)
        self.assertFalse(directory.has('x.sock'))
        os.symlink('nowhere', os.path.join(self.parent, 'x.sock'))
        self.assertTrue(directory.has('x.sock'))
        os.unlink(os.path.join(self.parent, 'x.sock'))
        self.assertFalse(directory.has('x.sock'))

    def test_socket_path(self) -> None:
        """The plain one as long as it fits, in bytes."""
        directory = self.open('/dev')
        for name in ('a', 'a' * 102, 'é' * 51):
            self.assertEqual(f'/dev/{name}', directory.socket_path(name))
        for name in ('a' * 103, 'é' * 51 + 'a'):
            self.assertEqual(
                f'/proc/self/fd/{directory.fd}/{name}',
                directory.socket_path(name),
            )

    def test_sockets_at_any_depth(self) -> None:
        """They are bound and connected to where no address reaches."""
        for kind in (socket.SOCK_SEQPACKET, socket.SOCK_STREAM):
            path = self.make(f'{int(kind)}', *['directory' * 5] * 7)
            self.assertGreater(len(path), 300)
            directory = self.open(path)
            listener = packet.new_socket(kind)
            self.addCleanup(listener.close)
            listener.bind(directory.socket_path('x.sock'))
            listener.listen(1)
            self.assertTrue(os.path.exists(os.path.join(path, 'x.sock')))
            packet.connect(kind, directory.socket_path('x.sock')).close()


class MakeTest(base.TestCase):
    """Making one."""

    def setUp(self) -> None:
        super().setUp()
        self.parent = self.useFixture(fixtures.TempDir()).path
        self.path = os.path.join(self.parent, 'd')
        # What a daemon may have; it must not matter.
        self.addCleanup(os.umask, os.umask(0o077))

    def assert_mode(self, mode: int) -> None:
        found = stat.S_IMODE(os.stat(self.path).st_mode)
        self.assertEqual(oct(mode), oct(found))

    def test_mode(self) -> None:
        """Who may write to the sockets may put one there."""
        for socket_mode, mode in (
            (0o660, 0o3770),
            (0o600, 0o3700),
            (0o640, 0o3700),
            (0o620, 0o3770),
            (0o666, 0o3777),
            (0o606, 0o3707),
        ):
            self.assertEqual(mode, rendezvous.directory_mode(socket_mode))
            rendezvous.make(self.path, socket_mode)
            self.assert_mode(mode)
            os.rmdir(self.path)

    @base.as_root
    def test_group(self) -> None:
        """It gets the group, and hands it on to the sockets in it."""
        rendezvous.make(self.path, 0o660, 77)
        self.assert_mode(0o3770)
        self.assertEqual(77, os.stat(self.path).st_gid)
        with rendezvous.Directory(self.path) as directory:
            name = rendezvous.Subscription(directory).name
        self.assertEqual(77, os.stat(os.path.join(self.path, name)).st_gid)

    def test_private_until_it_has_its_group(self) -> None:
        """Nobody gets in between, as a member of the wrong group."""
        seen = []

        def spy(path: str, *args: int) -> None:
            seen.append(oct(os.stat(path).st_mode & 0o7777))

        with mock.patch.object(os, 'chown', spy):
            rendezvous.make(self.path, 0o666, os.getegid())
        self.assertEqual(['0o700'], seen)
        self.assert_mode(0o3777)

    def test_one_that_is_there_stays_as_it_is(self) -> None:
        """The deployer's choice of mode counts."""
        os.mkdir(self.path)
        os.chmod(self.path, 0o751)
        rendezvous.make(self.path, 0o666, 12345)
        self.assert_mode(0o751)

    def test_missing_parent(self) -> None:
        """It is not made: the deployer's path is wrong, or not there yet."""
        path = os.path.join(self.path, 'deeper')
        e = self.assertRaises(
            errors.UnavailableError, rendezvous.make, path, 0o660
        )
        self.assertIn(f'directory {path}: No such file', str(e))
        self.assertFalse(os.path.exists(self.path))

    @base.as_root
    def test_refused(self) -> None:
        """The error tells who the process is."""

        def child() -> str:
            os.chdir(self.parent)
            os.chmod('.', 0o755)
            with base.as_user(OTHER, 78):
                try:
                    rendezvous.make('d', 0o660)
                except errors.UnavailableError as e:
                    return str(e)
            return 'made'

        self.assertEqual(
            'directory d: Permission denied; this process runs as user '
            f'{OTHER} with groups 78',
            self.in_child(child),
        )

    @base.as_root
    def test_half_made_is_undone(self) -> None:
        """A group that one is not in fails, and leaves nothing behind."""

        def child() -> list[str | bool]:
            os.chdir(self.parent)
            os.chmod('.', 0o777)
            with base.as_user(OTHER, 78):
                try:
                    rendezvous.make('d', 0o660, 79)
                except errors.UnavailableError as e:
                    said = str(e)
                left = os.path.exists('d')
                rendezvous.make('d', 0o660, 78)
            return [said, left]

        said, left = self.in_child(child)
        self.assertIn('directory d: Operation not permitted', said)
        self.assertFalse(left)
        self.assert_mode(0o3770)

    def test_file_in_place_of_it(self) -> None:
        """It is left alone; opening it tells."""
        with open(self.path, 'w'):
            pass
        rendezvous.make(self.path, 0o660)
        self.assertTrue(os.path.isfile(self.path))
