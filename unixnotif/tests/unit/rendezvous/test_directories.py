# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A directory for sockets: created, opened, and followed at its path."""

from collections.abc import Callable
import errno
import functools
import gc
import itertools
import os
import pathlib
import socket
import stat
from typing import Any
from typing import NoReturn
from unittest import mock

import fixtures

from unixnotif import address
from unixnotif import errors
from unixnotif import packet
from unixnotif import rendezvous
from unixnotif.rendezvous import directories
from unixnotif.tests import base
from unixnotif.tests.unit import foreign
from unixnotif.tests.unit.publisher import scenes

OTHER = 65532


class DirectoryCase(base.TestCase):
    """A parent directory."""

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


class DirectoryTest(DirectoryCase):
    """An open directory."""

    def test_missing(self) -> None:
        """The error says how a service manager creates the directory."""
        path = os.path.join(self.parent, 'nova')
        e = self.assertRaises(errors.MissingError, rendezvous.Directory, path)
        self.assertIn(f'directory {path}: No such file', str(e))
        self.assertIn('let the service manager', str(e))

    def assert_unavailable(self, path: str, reason: str) -> None:
        for listable in (False, True):
            e = self.assertRaises(
                errors.UnavailableError,
                rendezvous.Directory,
                path,
                listable,
            )
            self.assertEqual(f'directory {path}: {reason}', str(e))

    def test_file_at_the_path(self) -> None:
        """The error says that the path names no directory."""
        path = os.path.join(self.parent, 'file')
        pathlib.Path(path).touch()
        self.assert_unavailable(path, 'Not a directory')

    def test_socket_at_the_path(self) -> None:
        """The error advises the other scheme, for a stale socket as well."""
        path = os.path.join(self.parent, 's 1')
        packet.new_socket(socket.SOCK_STREAM).bind(path)
        self.assert_unavailable(
            path,
            'this is a socket; use '
            f'{address.Address(path, is_directory=False)}',
        )

    @base.as_root
    def test_refused(self) -> None:
        """The error names both sides: the process and the directory."""
        os.chmod(self.make('d'), 0o2710)
        os.chown(os.path.join(self.parent, 'd'), 0, 77)

        def child() -> list[str]:
            # No path from the root is open to the other user.
            os.chdir(self.parent)
            os.chmod('.', 0o711)
            found = []
            with base.as_user(OTHER, 78):
                try:
                    rendezvous.Directory('d', listable=True)
                except errors.UnavailableError as e:
                    found.append(str(e))
            with base.as_user(OTHER, 77):
                # Entering is enough.
                rendezvous.Directory('d').close()
            return found

        self.assertEqual(
            [
                'directory d: Permission denied; this process runs as user '
                f'{OTHER} with groups 78; the directory belongs to user 0, '
                'group 77, with mode 2710'
            ],
            self.in_child(child),
        )

    def test_lacks(self) -> None:
        """A name in the directory counts, whatever kind of file it is."""
        directory = self.open(self.parent)
        path = os.path.join(self.parent, 'x.sock')
        self.assertTrue(directory.lacks('x.sock'))
        os.symlink('nowhere', path)
        self.assertFalse(directory.lacks('x.sock'))
        os.unlink(path)
        self.assertTrue(directory.lacks('x.sock'))

    @base.as_root
    def test_lacks_where_it_may_not_look(self) -> None:
        """A process that may not look keeps its socket."""
        directory = self.open(self.make('d'))

        def child() -> list[bool]:
            with base.as_user(OTHER):
                found = [directory.lacks('x.sock')]
            return [*found, directory.lacks('x.sock')]

        os.chmod(os.path.join(self.parent, 'd'), 0o700)
        self.assertEqual([False, True], self.in_child(child))

    def test_socket_path(self) -> None:
        """The path is the plain one as long as it fits, in bytes."""
        directory = self.open('/dev')
        for name in ('a', 'a' * 102, 'é' * 51):
            self.assertEqual(f'/dev/{name}', directory.socket_path(name))
        for name in ('a' * 103, 'é' * 51 + 'a'):
            self.assertEqual(
                f'/proc/self/fd/{directory.fd}/{name}',
                directory.socket_path(name),
            )

    def test_sockets_at_any_depth(self) -> None:
        """Sockets work where the plain path does not fit an address."""
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


class DescriptorsTest(DirectoryCase):
    """The descriptors of a directory, and a process without any left."""

    def test_closing(self) -> None:
        """The context manager closes all; closing again does nothing."""
        for listable, count in ((False, 1), (True, 2)):
            before = base.descriptors_before()
            with rendezvous.Directory(self.parent, listable) as directory:
                self.assertEqual(before + count, base.open_descriptors())
                self.assertFalse(os.get_inheritable(directory.fd))
                self.assertTrue(directory.is_open())
            directory.close()
            self.assertEqual(before, base.open_descriptors())
            self.assertFalse(directory.is_open())

    def names(self, directory: rendezvous.Directory) -> list[str]:
        """List a directory from its begin to its end."""
        entries = directory.entries()
        try:
            return sorted(entry.name for entry in entries)
        finally:
            directory.end_entries(entries)

    def test_only_a_listable_directory_can_be_listed(self) -> None:
        """A consumer needs no permission to read the directory."""
        self.assertRaises(OSError, self.names, self.open(self.parent))
        pathlib.Path(self.parent, 'x').touch()
        self.assertEqual(['x'], self.names(self.open(self.parent, True)))

    def test_listing_that_ends_early(self) -> None:
        """The next listing begins with the first entry, and none leaks."""
        for name in 'abc':
            pathlib.Path(self.parent, name).touch()
        directory = self.open(self.parent, True)
        before = base.descriptors_before()
        for count in range(4):
            entries = directory.entries()
            self.assertEqual(
                count, len(list(itertools.islice(entries, count)))
            )
            directory.end_entries(entries)
            self.assertEqual(before, base.open_descriptors())
            self.assertEqual(['a', 'b', 'c'], self.names(directory))

    def test_descriptors_closed_while_listing(self) -> None:
        """The numbers of a listing may belong to other files by now."""
        path = self.useFixture(fixtures.TempDir()).path

        def child(kind: str) -> str:
            service = foreign.Service(path)
            before = foreign.open_descriptors()
            directory = rendezvous.Directory(self.parent, listable=True)
            entries = directory.entries()
            numbers = foreign.open_descriptors() - before
            service.take_over(numbers, kind)
            directory.end_entries(entries)
            directory.close()
            del entries
            gc.collect()
            return f'{len(numbers)} {service.damage()}'

        for kind in foreign.KINDS:
            self.assertEqual(
                '3 ', self.in_child(functools.partial(child, kind)), kind
            )

    def test_closed_descriptor(self) -> None:
        """The directory notices that somebody closed its descriptor."""
        directory = self.open(self.parent)
        os.close(directory.fd)
        self.assertFalse(directory.is_open())
        directory.close()
        self.assertFalse(directory.is_open())

    def test_numbers_of_other_files(self) -> None:
        """The directory closes no file that has got one of its numbers."""
        other = self.make('other')
        ways: list[Callable[[], int]] = [
            lambda: os.open(os.devnull, os.O_RDONLY),
            lambda: os.open(other, os.O_RDONLY),
            lambda: packet.new_socket(socket.SOCK_STREAM).detach(),
        ]
        for new in ways:
            directory = self.open(self.parent, listable=True)
            numbers = (directory.fd, directory._spare)
            fd = new()
            self.addCleanup(os.close, fd)
            expected = os.fstat(fd)
            for number in numbers:
                os.dup2(fd, number)
                self.addCleanup(os.close, number)
            self.assertFalse(directory.is_open())
            directory.close()
            for number in numbers:
                self.assertTrue(os.path.samestat(expected, os.fstat(number)))

    def test_no_descriptor_left(self) -> None:
        """A listable directory keeps a spare descriptor for listing."""
        directory = self.open(self.parent, listable=True)

        def child() -> list[list[str]]:
            found = []
            with base.no_more_descriptors():
                for name in 'abc':
                    os.mkdir(os.path.join(self.parent, name))
                    found.append(self.names(directory))
            return found

        before = base.descriptors_before()
        self.assertEqual(
            [['a'], ['a', 'b'], ['a', 'b', 'c']], self.in_child(child)
        )
        self.assertEqual(before, base.open_descriptors())

    def test_spare_descriptor_that_another_thread_took(self) -> None:
        """The directory takes another spare as soon as there is one."""
        directory = self.open(self.parent, listable=True)
        taken: list[int] = []

        def take(fd: int) -> NoReturn:
            # Another thread is faster than the directory.
            taken.append(os.dup(fd))
            raise OSError(errno.EMFILE, 'Too many open files')

        def child() -> list[list[str]]:
            found = []
            with base.no_more_descriptors():
                with mock.patch.object(directories, '_dup', take):
                    found.append(self.names(directory))
                self.assertRaises(OSError, directory.entries)
            os.close(*taken)
            found.append(self.names(directory))
            with base.no_more_descriptors():
                found.append(self.names(directory))
            return found

        self.assertEqual([[], [], []], self.in_child(child))

    def test_directory_that_cannot_be_listed(self) -> None:
        """The caller gets any other error of the kernel."""
        directory = self.open(self.parent, listable=True)
        with mock.patch.object(
            directories, '_scandir', autospec=True
        ) as scandir:
            scandir.side_effect = OSError(errno.EIO, 'Input/output error')
            self.assertRaises(OSError, directory.entries)
        scandir.assert_called_once_with(directory.fd)


class IsLostTest(DirectoryCase):
    """A directory is lost if its path names another one, or none."""

    def test_removed(self) -> None:
        """A directory that was removed stays lost if it is recreated."""
        path = self.make('d')
        directory = self.open(path)
        self.assertFalse(directory.is_lost())
        os.rmdir(path)
        self.assertTrue(directory.is_lost())
        os.mkdir(path)
        self.assertTrue(directory.is_lost())
        self.assertFalse(self.open(path).is_lost())

    def test_renamed(self) -> None:
        """A directory is lost while another one has its name."""
        path, other = self.make('d'), self.make('e')
        directory = self.open(path)
        os.rename(path, f'{path}.old')
        self.assertTrue(directory.is_lost())
        os.rename(other, path)
        self.assertTrue(directory.is_lost())
        os.rename(path, other)
        os.rename(f'{path}.old', path)
        self.assertFalse(directory.is_lost())

    def test_renamed_parent(self) -> None:
        """The whole path counts."""
        path = self.make('p', 'd')
        directory = self.open(path)
        parent = os.path.dirname(path)
        os.rename(parent, f'{parent}.old')
        self.assertTrue(directory.is_lost())
        self.make('p', 'd')
        self.assertTrue(directory.is_lost())

    def test_file_at_the_path_or_its_parent(self) -> None:
        """A directory is lost if a file takes its place in the path."""
        for parent, taken in (('p', 'p'), ('q', 'q/d')):
            directory = self.open(self.make(parent, 'd'))
            place = os.path.join(self.parent, taken)
            os.rename(place, f'{place}.old')
            pathlib.Path(place).touch()
            self.assertTrue(directory.is_lost(), taken)

    def test_symbolic_link(self) -> None:
        """A directory is lost if a link of its path leads elsewhere."""
        one, other = self.make('one'), self.make('other')
        link = os.path.join(self.parent, 'link')
        os.symlink(one, link)
        directory = self.open(link)
        self.assertFalse(directory.is_lost())
        os.symlink(other, f'{link}.new')
        os.rename(f'{link}.new', link)
        self.assertTrue(directory.is_lost())
        os.unlink(link)
        self.assertTrue(directory.is_lost())
        # Another way to the same directory is as good.
        os.symlink('one', link)
        self.assertFalse(directory.is_lost())

    @base.as_root
    def test_mount(self) -> None:
        """A directory is lost while another file system covers it."""
        done = base.run_python(
            _MOUNT, self.make('d'), prefix=('unshare', '--mount')
        )
        if done.returncode == 77 or done.stdout.startswith('unshare:'):
            self.skipTest(f'tmpfs cannot be mounted here: {done.stdout}')
        self.assertEqual('False True True False\n', done.stdout)

    @base.as_root
    def test_path_that_refuses(self) -> None:
        """A process that may not look keeps the directory."""
        path = self.make('p', 'd')
        directory = self.open(path)
        os.chmod(os.path.dirname(path), 0o700)

        def child() -> list[bool]:
            os.rmdir(path)
            with base.as_user(OTHER):
                found = [directory.is_lost(), directory.is_open()]
            return [*found, directory.is_lost()]

        self.assertEqual([False, True, True], self.in_child(child))

    def test_names_other(self) -> None:
        """The rule holds for any file, and follows symbolic links."""
        path = os.path.join(self.parent, 'file')
        pathlib.Path(path).touch()
        found = os.stat(path)
        owned = found.st_dev, found.st_ino
        os.symlink('file', f'{path}.link')
        for each in path, f'{path}.link':
            self.assertFalse(rendezvous.names_other(each, owned))
            for dev, ino in ((1, 0), (0, 1)):
                other = owned[0] + dev, owned[1] + ino
                self.assertTrue(rendezvous.names_other(each, other))
        for each in self.parent, f'{path}.missing', f'{path}/missing':
            self.assertTrue(rendezvous.names_other(each, owned))


_MOUNT = """
import subprocess, sys
from unixnotif import rendezvous
path = sys.argv[1]
directory = rendezvous.Directory(path, listable=True)
found = [directory.is_lost()]
if subprocess.call(['mount', '-t', 'tmpfs', 'none', path]):
    sys.exit(77)
found += [directory.is_lost(), directory.is_open()]
subprocess.check_call(['umount', path])
print(*found, directory.is_lost())
"""


class MakeTest(base.TestCase):
    """Creating a rendezvous directory."""

    def setUp(self) -> None:
        super().setUp()
        self.parent = self.useFixture(fixtures.TempDir()).path
        self.path = os.path.join(self.parent, 'd')
        # A daemon may have this umask; the mode must not depend on it.
        self.addCleanup(os.umask, os.umask(0o077))

    def assert_mode(self, mode: int) -> None:
        found = stat.S_IMODE(os.stat(self.path).st_mode)
        self.assertEqual(oct(mode), oct(found))

    def test_mode(self) -> None:
        """Users who may write to the sockets may create sockets."""
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
        """The directory has the group, and hands it on to its sockets."""
        rendezvous.make(self.path, 0o660, 77)
        self.assert_mode(0o3770)
        self.assertEqual(77, os.stat(self.path).st_gid)
        with rendezvous.Directory(self.path) as directory:
            subscription = rendezvous.Subscription(directory)
            self.addCleanup(subscription.close)
            name = subscription.name
            self.assertEqual(77, os.stat(f'{self.path}/{name}').st_gid)

    def test_private_until_it_has_its_group(self) -> None:
        """No member of the wrong group gets in at first."""
        seen = []

        def spy(fd: int, *args: int) -> None:
            seen.append(oct(os.stat(fd).st_mode & 0o7777))

        with mock.patch.object(directories, '_fchown', spy):
            rendezvous.make(self.path, 0o666, os.getegid())
        self.assertEqual(['0o700'], seen)
        self.assert_mode(0o3777)

    def test_existing_directory(self) -> None:
        """An existing directory keeps the mode that the deployer chose."""
        os.mkdir(self.path)
        os.chmod(self.path, 0o751)
        rendezvous.make(self.path, 0o666, 12345)
        self.assert_mode(0o751)

    def test_missing_parent(self) -> None:
        """A missing parent is an error: the path may be wrong."""
        path = os.path.join(self.path, 'deeper')
        e = self.assertRaises(
            errors.UnavailableError, rendezvous.make, path, 0o660
        )
        self.assertIn(f'directory {path}: No such file', str(e))
        self.assertFalse(os.path.exists(self.path))

    @base.as_root
    def test_refused(self) -> None:
        """The error names the user and the groups of the process."""

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
    def test_foreign_group(self) -> None:
        """A group that refuses the process leaves no directory behind."""

        def child() -> list[str | bool]:
            os.chdir(self.parent)
            os.chmod('.', 0o777)
            with base.as_user(OTHER, 78):
                try:
                    rendezvous.make('d', 0o660, 79)
                except errors.UnavailableError as e:
                    text = str(e)
                left = os.path.exists('d')
                rendezvous.make('d', 0o660, 78)
            return [text, left]

        text, left = self.in_child(child)
        self.assertIn('directory d: Operation not permitted', text)
        self.assertFalse(left)
        self.assert_mode(0o3770)

    def test_interrupted(self) -> None:
        """A signal handler that raises leaves no directory behind."""

        before = base.descriptors_before()
        for position in itertools.count():
            place = scenes.call_interrupted(
                lambda: rendezvous.make(self.path, 0o660, os.getegid()),
                position,
            )
            self.assertEqual(before, base.open_descriptors(), str(place))
            if place is None:
                break
            if os.path.exists(self.path):
                # Complete, or not there.
                self.assert_mode(0o3770)
                os.rmdir(self.path)
        self.assertGreater(position, 5)

    def assert_exchanged(self, exchange: Callable[[], Any]) -> str:
        """Have the new directory exchanged before it has its mode."""
        real = directories._mkdir

        def mkdir(*args: Any, **kwargs: Any) -> None:
            real(*args, **kwargs)
            os.rmdir(self.path)
            exchange()

        before = base.descriptors_before()
        with mock.patch.object(directories, '_mkdir', mkdir):
            e = self.assertRaises(
                errors.UnavailableError,
                rendezvous.make,
                self.path,
                0o660,
                os.getegid(),
            )
        self.assertEqual(before, base.open_descriptors())
        return str(e)

    def test_exchanged(self) -> None:
        """A link in place of the new directory leads nowhere."""
        victim = os.path.join(self.parent, 'victim')
        os.mkdir(victim, 0o700)
        found = os.stat(victim)
        self.assert_exchanged(lambda: os.symlink('victim', self.path))
        self.assertEqual(found, os.stat(victim))
        os.unlink(self.path)
        self.assert_exchanged(pathlib.Path(self.path).touch)

    @base.as_root
    def test_exchanged_for_a_directory_of_another_user(self) -> None:
        """The directory stays, and the error names the other user."""

        def exchange() -> None:
            os.mkdir(self.path, 0o700)
            os.chown(self.path, OTHER, -1)

        text = self.assert_exchanged(exchange)
        self.assertIn(f'directory {self.path}: another process replaced', text)
        self.assertIn(f'belongs to user {OTHER}', text)
        self.assert_mode(0o700)

    def test_file_at_the_path(self) -> None:
        """An existing file stays; opening it as a directory fails."""
        pathlib.Path(self.path).touch()
        rendezvous.make(self.path, 0o660)
        self.assertTrue(os.path.isfile(self.path))
