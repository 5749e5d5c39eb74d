# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Group and mode of a new socket: no other file ever changes."""

from collections.abc import Callable
import itertools
import os
import pathlib
import socket
import stat
from typing import Any

import fixtures

from unixnotif import errors
from unixnotif import packet
from unixnotif import rendezvous
from unixnotif.rendezvous import access
from unixnotif.tests import base
from unixnotif.tests.unit.publisher import scenes

OTHER = 65532


class AccessCase(base.TestCase):
    """A socket that this process has just bound."""

    def setUp(self) -> None:
        super().setUp()
        self.path = self.useFixture(fixtures.TempDir()).path
        self.directory = rendezvous.Directory(self.path)
        self.addCleanup(self.directory.close)
        self.addCleanup(os.umask, os.umask(0o077))
        self.bind_here('x')

    def bind_here(self, name: str) -> None:
        sock = packet.new_socket(socket.SOCK_STREAM)
        self.addCleanup(sock.close)
        sock.bind(self.directory.socket_path(name))

    def status(self, name: str = 'x') -> os.stat_result:
        return os.lstat(f'{self.path}/{name}')

    def mode(self, name: str = 'x') -> int:
        return stat.S_IMODE(self.status(name).st_mode)

    def set_access(self, mode: int, gid: int = -1) -> Any:
        return rendezvous.set_access(self.directory, 'x', mode, gid)


class SetAccessTest(AccessCase):
    """A name that nobody exchanges."""

    def test_mode(self) -> None:
        """The socket has its mode, whatever mode it had."""
        found = self.status()
        for mode in (0o660, 0o600, 0o666, 0o666):
            before = base.descriptors_before()
            self.assertEqual(
                (found.st_dev, found.st_ino), self.set_access(mode)
            )
            self.assertEqual(mode, self.mode())
            self.assertEqual(before, base.open_descriptors())

    @base.as_root
    def test_group(self) -> None:
        """The socket has its group before it has its mode."""
        seen = []
        real = access._chmod

        def chmod(*args: Any, **kwargs: Any) -> None:
            seen.append((self.status().st_gid, self.mode()))
            real(*args, **kwargs)

        self.patch(access, '_chmod', chmod)
        self.set_access(0o660, 77)
        self.assertEqual([(77, 0o700)], seen)
        self.assertEqual((77, 0o660), (self.status().st_gid, self.mode()))

    @base.as_root
    def test_foreign_group(self) -> None:
        """The error names the socket, not a path in /proc."""
        os.chown(self.path, OTHER, -1)
        os.unlink(f'{self.path}/x')

        def child() -> list[Any]:
            os.chdir(self.path)
            self.directory.path = '.'
            base.become_user(OTHER, 78)
            self.bind_here('x')
            try:
                self.set_access(0o660, 79)
            except PermissionError as e:
                return [e.strerror, e.filename]
            return []

        self.assertEqual(
            ['Operation not permitted', 'x'], self.in_child(child)
        )

    def test_missing(self) -> None:
        """A name that is gone is an error of the system."""
        os.unlink(f'{self.path}/x')
        self.assertRaises(FileNotFoundError, self.set_access, 0o660)

    def test_interruption(self) -> None:
        """Wherever a signal handler raises, no descriptor stays open."""
        before = base.descriptors_before()
        for position in itertools.count():
            os.chmod(f'{self.path}/x', 0o600)
            place = scenes.call_interrupted(
                lambda: self.set_access(0o660, os.getegid()), position
            )
            self.assertEqual(before, base.open_descriptors(), str(place))
            if place is None:
                break
        self.assertGreater(position, 10)

    def test_limit(self) -> None:
        """A socket has its mode from the first moment, less the umask."""
        for umask, mode, expected in (
            (0, 0o660, 0o660),
            (0, 0o600, 0o600),
            (0o007, 0o666, 0o660),
            (0o077, 0o660, 0o600),
        ):
            os.umask(umask)
            sock = packet.new_socket(socket.SOCK_STREAM)
            self.addCleanup(sock.close)
            rendezvous.limit_access(sock, mode)
            sock.bind(f'{self.path}/new')
            self.assertEqual(oct(expected), oct(self.mode('new')))
            os.unlink(f'{self.path}/new')

    def test_limit_that_fails(self) -> None:
        """A socket that is closed has no mode, and that is no error."""
        sock = packet.new_socket(socket.SOCK_STREAM)
        sock.close()
        rendezvous.limit_access(sock, 0o660)


class ExchangeTest(AccessCase):
    """A name that the owner of the directory exchanges."""

    def setUp(self) -> None:
        super().setUp()
        self.victim = pathlib.Path(self.path, 'victim')
        self.victim.write_text('secret')
        self.victim.chmod(0o600)

    def assert_replaced(self, replace: Callable[[], Any]) -> None:
        os.unlink(f'{self.path}/x')
        replace()
        before = base.descriptors_before()
        found = self.status('victim'), self.status()
        e = self.assertRaises(
            errors.UnavailableError, self.set_access, 0o666, os.getegid()
        )
        self.assertIn(
            f'another process replaced x in directory {self.path}', str(e)
        )
        self.assertEqual(found, (self.status('victim'), self.status()))
        self.assertEqual(before, base.open_descriptors())

    def test_other_files(self) -> None:
        """Nothing but a new socket of this user gets a mode."""
        self.bind_here('private')
        for replace in (
            lambda: os.symlink('victim', f'{self.path}/x'),
            lambda: os.symlink('private', f'{self.path}/x'),
            lambda: os.link(self.victim, f'{self.path}/x'),
            lambda: os.link(f'{self.path}/private', f'{self.path}/x'),
            lambda: os.mkfifo(f'{self.path}/x'),
        ):
            self.assert_replaced(replace)

    @base.as_root
    def test_socket_of_another_user(self) -> None:
        """Root changes no socket that the owner of the directory has."""

        def replace() -> None:
            self.bind_here('x')
            os.chown(f'{self.path}/x', OTHER, -1)

        self.assert_replaced(replace)

    @base.as_root
    def test_link(self) -> None:
        """The socket that was checked gets the group and the mode."""
        victim = self.status('victim')
        for step in ('_chown', '_chmod'):
            self.patch(access, step, self.exchanging(getattr(access, step)))
        self.set_access(0o666, 77)
        self.assertTrue(stat.S_ISLNK(self.status().st_mode))
        self.assertEqual(victim, self.status('victim'))
        checked = self.status('checked')
        self.assertEqual((77, 0o666), (checked.st_gid, self.mode('checked')))

    def exchanging(self, real: Any) -> Any:
        """Have the name become a link before the real function runs."""

        def exchange(*args: Any, **kwargs: Any) -> None:
            if not os.path.islink(f'{self.path}/x'):
                os.rename(f'{self.path}/x', f'{self.path}/checked')
                os.symlink('victim', f'{self.path}/x')
            real(*args, **kwargs)

        return exchange


class WithoutProcTest(AccessCase):
    """A process in a chroot without /proc."""

    def in_chroot(self, mode: int) -> str:
        def child() -> str:
            base.enter_chroot(self.directory)
            try:
                self.set_access(mode, 77)
            except errors.UnavailableError as e:
                return str(e)
            return 'set'

        return str(self.in_child(child))

    @base.as_root
    def test_directory_that_nobody_else_changes(self) -> None:
        """The name is as good as a handle if nobody can exchange it."""
        for directory_mode in (0o700, 0o755, 0o3770, 0o3777):
            os.chmod(self.path, directory_mode)
            os.chmod(f'{self.path}/x', 0o600)
            self.assertEqual('set', self.in_chroot(0o660))
            self.assertEqual((77, 0o660), (self.status().st_gid, self.mode()))

    @base.as_root
    def test_directory_that_others_change(self) -> None:
        """If the mode cannot be set safely, only a wrong mode is an error."""
        os.chown(f'{self.path}/x', -1, 77)
        for owner, directory_mode in (
            (OTHER, 0o700),
            (OTHER, 0o3770),
            (0, 0o770),
            (0, 0o707),
        ):
            os.chown(self.path, owner, -1)
            os.chmod(self.path, directory_mode)
            self.assertEqual('set', self.in_chroot(0o700))
            error = self.in_chroot(0o660)
            self.assertIn('cannot set the mode of x in directory', error)
            self.assertIn('mount /proc', error)
            self.assertEqual(0o700, self.mode())


class RemoveOwnTest(AccessCase):
    """Removing a name that may have another file by now."""

    def test_own(self) -> None:
        """The file goes; removing it twice is allowed."""
        owned = self.set_access(0o660)
        for _ in range(2):
            rendezvous.remove_own(self.directory, 'x', owned)
            self.assertEqual([], os.listdir(self.path))

    def test_other(self) -> None:
        """Any other file with the name stays."""
        owned = self.set_access(0o660)
        os.rename(f'{self.path}/x', f'{self.path}/y')
        makes: list[Callable[[], None]] = [
            lambda: self.bind_here('x'),
            lambda: os.symlink('y', f'{self.path}/x'),
        ]
        for make in makes:
            make()
            rendezvous.remove_own(self.directory, 'x', owned)
            rendezvous.remove_own(self.directory, 'x', None)
            self.assertEqual({'x', 'y'}, set(os.listdir(self.path)))
            os.unlink(f'{self.path}/x')
