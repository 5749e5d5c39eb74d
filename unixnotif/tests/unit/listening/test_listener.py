# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The listening socket: one owner, never stolen, never too open."""

from collections.abc import Callable
import contextlib
import fcntl
import itertools
import os
import pathlib
import signal
import socket
import stat
import subprocess
import sys
from typing import Any
from unittest import mock

import fixtures

from unixnotif import address
from unixnotif import errors
from unixnotif import listening
from unixnotif import packet
from unixnotif.listening import listener
from unixnotif.listening import lock_file
from unixnotif.rendezvous import access
from unixnotif.tests import base
from unixnotif.tests.unit.packet import test_rights as rights
from unixnotif.tests.unit.publisher import scenes

OTHER = 65532


class ListeningTest(base.TestCase):
    """A path for a socket."""

    def setUp(self) -> None:
        super().setUp()
        self.where = self.new_directory()
        self.path = os.path.join(self.where.path, 's.sock')
        # A daemon may have this umask; the mode must not depend on it.
        self.addCleanup(os.umask, os.umask(0o077))

    def listen(
        self, mode: int = 0o660, gid: int = -1, path: str | None = None
    ) -> listening.ListeningSocket:
        made = listening.ListeningSocket(path or self.path, mode, gid)
        self.addCleanup(made.abandon)
        return made

    def connect(self, path: str | None = None) -> socket.socket:
        sock, _ = listening.connect(path or self.path)
        self.addCleanup(sock.close)
        return socket.socket(fileno=os.dup(sock.fileno()))

    def accept(self, owner: listening.ListeningSocket) -> packet.Socket:
        accepted = owner.accept()
        assert accepted is not None
        self.addCleanup(accepted.close)
        return accepted

    def names(self) -> set[str]:
        return set(os.listdir(self.where.path))

    def inode(self) -> int:
        return os.lstat(self.path).st_ino

    def bind_foreign(self, kind: int, backlog: int = 8) -> Any:
        """Listen there like a program that does not know our lock."""
        return self.bind(self.where, 's.sock', kind, backlog)

    def assert_unavailable(
        self, text: str, **arguments: Any
    ) -> errors.UnavailableError:
        """Assert that owning the address fails and leaves no descriptor."""
        before = base.descriptors_before()
        e = self.assertRaises(
            errors.UnavailableError, self.listen, **arguments
        )
        self.assertIn(text, str(e))
        self.assertEqual(before, base.open_descriptors())
        return e


class OwnerTest(ListeningTest):
    """The owner and its readers."""

    def test_readers(self) -> None:
        """Readers wait in the backlog until the owner accepts them."""
        owner = self.listen()
        self.assertFalse(owner.waiting())
        self.assertIsNone(owner.accept())
        with self.connect() as one, self.connect() as two:
            for reader, data in ((one, b'1'), (two, b'2')):
                self.assertTrue(owner.waiting())
                self.accept(owner).send(data)
                self.assertEqual(data, reader.recv(2))
            self.assertFalse(owner.waiting())
            self.assertIsNone(owner.accept())

    def test_mode(self) -> None:
        """The socket has exactly its mode; the lock is the owner's alone."""
        for mode in (0o600, 0o660, 0o666):
            owner = self.listen(mode)
            self.assertEqual(mode, stat.S_IMODE(os.stat(self.path).st_mode))
            lock = os.path.join(self.where.path, '.s.sock.lock')
            self.assertEqual(0o600, stat.S_IMODE(os.stat(lock).st_mode))
            owner.close()

    @base.as_root
    def test_group(self) -> None:
        """The socket has its group."""
        self.listen(gid=77)
        self.assertEqual(77, os.stat(self.path).st_gid)

    @base.as_root
    def test_steps(self) -> None:
        """Nobody connects before the socket has its group and mode."""
        seen: list[Any] = []

        def look(step: str) -> None:
            for name in sorted(self.names() - {'.s.sock.lock'}):
                path = os.path.join(self.where.path, name)
                try:
                    self.connect(path).close()
                    connected = True
                except errors.UnavailableError:
                    connected = False
                mode = stat.S_IMODE(os.stat(path).st_mode)
                seen.append((step, name[:8], mode, connected))

        for owner, step in (
            (access, '_chown'),
            (access, '_chmod'),
            (listener, '_rename'),
        ):
            real = getattr(owner, step)

            def spy(
                *args: Any, step: str = step, real: Any = real, **kwargs: Any
            ) -> None:
                look(step)
                real(*args, **kwargs)

            self.patch(owner, step, spy)
        self.listen(0o666, 77)
        look('ready')
        self.assertEqual(
            [
                ('_chown', '.s.sock.', 0o600, False),
                ('_chmod', '.s.sock.', 0o600, False),
                ('_rename', '.s.sock.', 0o666, True),
                # Only for the kernel's list of paths.
                ('_rename', 's.sock', 0o700, False),
                ('ready', 's.sock', 0o666, True),
            ],
            seen,
        )
        self.assertEqual({'s.sock', '.s.sock.lock'}, self.names())

    def test_closing(self) -> None:
        """A closed owner leaves nothing; closing twice is allowed."""
        before = base.descriptors_before()
        for _ in range(2):
            owner = self.listen()
            for _ in range(2):
                owner.close()
                self.assertFalse(owner.waiting())
                self.assertIsNone(owner.accept())
                self.assertFalse(owner.is_open())
                self.assertFalse(owner.is_current())
                owner.stop()
        self.assertEqual(set(), self.names())
        self.assertEqual(before, base.open_descriptors())

    def test_closing_removes_only_its_own_socket(self) -> None:
        """A program that has taken the name meanwhile keeps it."""
        owner = self.listen()
        os.unlink(self.path)
        self.bind_foreign(socket.SOCK_STREAM)
        owner.close()
        self.assertEqual({'s.sock'}, self.names())
        self.connect().close()

    def test_closing_after_the_files_were_removed(self) -> None:
        """An owner can close after its files were removed."""
        owner = self.listen()
        for name in self.names():
            os.unlink(os.path.join(self.where.path, name))
        os.rmdir(self.where.path)
        owner.close()

    def test_any_depth(self) -> None:
        """A path of 300 characters works like any other."""
        parent = os.path.join(self.where.path, *['directory' * 5] * 7)
        os.makedirs(parent)
        path = os.path.join(parent, 's.sock')
        self.assertGreater(len(path), 300)
        owner = self.listen(path=path)
        with self.connect(path):
            self.assertTrue(owner.waiting())
        e = self.assertRaises(errors.InUseError, self.listen, path=path)
        self.assertEqual(os.getpid(), e.pid)
        owner.close()
        self.assertEqual([], os.listdir(parent))

    def test_no_descriptor_left(self) -> None:
        """A reader that cannot be accepted stays in the backlog."""
        owner = self.listen()
        self.connect().close()

        def child() -> list[bool]:
            with base.no_more_descriptors():
                found = [owner.accept() is None, owner.waiting()]
            return [*found, owner.accept() is None]

        self.assertEqual([True, True, False], self.in_child(child))

    def test_abandoned_in_a_child(self) -> None:
        """The parent still owns the address and its files."""
        owner = self.listen()

        def child() -> int:
            before = base.descriptors_before()
            owner.abandon()
            owner.abandon()
            return before - base.open_descriptors()

        # The directory, the lock, the socket and its namesake.
        self.assertEqual(4, self.in_child(child))
        self.assertEqual({'s.sock', '.s.sock.lock'}, self.names())
        self.assert_unavailable(f'belongs to process {os.getpid()}')
        with self.connect():
            self.assertTrue(owner.waiting())

    def test_unlinking(self) -> None:
        """An owner without its files serves the readers that it has."""
        owner = self.listen()
        early = self.connect()
        for _ in range(2):
            owner.unlink()
            self.assertEqual(set(), self.names())
            self.assertTrue(owner.is_open())
            self.assertFalse(owner.is_current())
        # Another process can own the address now.
        other = self.listen()
        self.assertTrue(other.is_current())
        late = self.connect()
        for each, reader in ((owner, early), (other, late)):
            with reader:
                self.assertTrue(each.waiting())
                self.accept(each).send(b'x')
                self.assertEqual(b'x', reader.recv(2))
            self.assertIsNone(each.accept())
        owner.close()
        self.assertEqual({'s.sock', '.s.sock.lock'}, self.names())

    def test_stopping(self) -> None:
        """A stopped owner accepts earlier readers, and refuses others."""
        owner = self.listen()
        early = self.connect()
        self.addCleanup(early.close)
        for _ in range(2):
            owner.stop()
            self.assertRaises(errors.MissingError, self.connect)
        self.assertTrue(owner.is_open())
        self.accept(owner)
        self.assertIsNone(owner.accept())

    def test_kernel_lists_the_path(self) -> None:
        """The kernel's list of paths has the path, for systemd-tmpfiles."""
        owner = self.listen()
        for expected in (True, False):
            with open('/proc/net/unix') as table:
                paths = {
                    line.rstrip('\n').rpartition(' ')[2] for line in table
                }
            self.assertEqual(expected, self.path in paths)
            owner.close()


class RetireTest(ListeningTest):
    """An owner that lets the address go, and accepts who has connected."""

    def test_address(self) -> None:
        """Another owner takes the address; retiring again removes nothing."""
        owner = self.listen()
        early = self.connect()
        self.addCleanup(early.close)

        for _ in range(2):
            owner.retire()
            self.assertEqual(set(), self.names())
        other = self.listen()

        self.assertTrue(other.is_current())
        self.assertFalse(owner.is_current())
        self.assertTrue(owner.is_open())
        owner.retire()
        self.assertEqual({'s.sock', '.s.sock.lock'}, self.names())
        late = self.connect()
        for each, reader in ((owner, early), (other, late)):
            self.accept(each).send(b'x')
            self.assertEqual(b'x', reader.recv(2))
            self.assertIsNone(each.accept())
        owner.close()
        self.assertEqual({'s.sock', '.s.sock.lock'}, self.names())

    def test_no_new_reader(self) -> None:
        """No new reader can connect, not even by a hard link."""
        owner = self.listen()
        os.link(self.path, f'{self.path}.link')
        early = self.connect()
        self.addCleanup(early.close)

        owner.retire()

        for path in self.path, f'{self.path}.link':
            self.assertRaises(errors.MissingError, self.connect, path)
        self.accept(owner)
        self.assertIsNone(owner.accept())

    def test_removed_before(self) -> None:
        """An owner whose files others have removed can retire."""
        owner = self.listen()
        early = self.connect()
        self.addCleanup(early.close)
        for name in self.names():
            os.unlink(f'{self.where.path}/{name}')
        self.listen()

        owner.retire()

        self.assertEqual({'s.sock', '.s.sock.lock'}, self.names())
        self.accept(owner)

    def test_descriptors(self) -> None:
        """retire() releases the lock; close() and abandon() the rest."""
        for verb in 'close', 'abandon':
            before = base.descriptors_before()
            owner = self.listen()

            owner.retire()

            # The directory and the socket.
            self.assertEqual(before + 2, base.open_descriptors())
            getattr(owner, verb)()
            self.assertEqual(before, base.open_descriptors())
            owner.retire()
            self.assertIsNone(owner.accept())

    def test_closed_descriptor(self) -> None:
        """An owner that lost its descriptor harms no other file."""
        owner = self.listen()
        assert owner._listener is not None
        number = owner._listener.fileno()
        near, far = socket.socketpair()
        with near, far:
            os.dup2(near.fileno(), number)

            owner.retire()

            self.assertIsNone(owner.accept())
            far.send(b'x')
            self.assertEqual(b'x', near.recv(1))
            owner.abandon()
            self.assertTrue(
                os.path.samestat(os.fstat(number), os.fstat(near.fileno()))
            )
            os.close(number)


class CurrentTest(ListeningTest):
    """An owner, its path and its descriptors."""

    def setUp(self) -> None:
        super().setUp()
        self.owner = self.listen()

    def descriptors(self) -> list[int]:
        """Return all descriptors of the owner."""
        owner = self.owner
        assert owner._listener is not None
        assert owner._namesake is not None
        return [
            owner._directory.fd,
            owner._lock.fd,
            owner._listener.fileno(),
            owner._namesake.fileno(),
        ]

    def test_current(self) -> None:
        """An owner is current as long as the path names its socket."""
        self.assertTrue(self.owner.is_open())
        self.assertTrue(self.owner.is_current())
        os.rename(self.path, f'{self.path}.old')
        self.assertFalse(self.owner.is_current())
        self.bind_foreign(socket.SOCK_STREAM)
        self.assertFalse(self.owner.is_current())
        os.rename(f'{self.path}.old', self.path)
        self.assertTrue(self.owner.is_current())
        self.assertTrue(self.owner.is_open())

    def test_directory(self) -> None:
        """The whole path counts, and may contain links."""
        parent = self.where.path
        os.rename(parent, f'{parent}.old')
        self.assertFalse(self.owner.is_current())
        os.mkdir(parent)
        self.assertFalse(self.owner.is_current())
        os.rmdir(parent)
        os.symlink(f'{parent}.old', parent)
        self.addCleanup(os.unlink, parent)
        self.assertTrue(self.owner.is_current())

    @base.as_root
    def test_path_that_refuses(self) -> None:
        """An owner that may not look keeps its socket."""
        os.chmod(self.where.path, 0o700)

        def child() -> list[bool]:
            os.unlink(self.path)
            with base.as_user(OTHER):
                found = [self.owner.is_current()]
            return [*found, self.owner.is_current()]

        self.assertEqual([True, False], self.in_child(child))

    def test_closed_descriptors(self) -> None:
        """An owner notices that its descriptors were closed."""
        for fd in self.descriptors():
            os.close(fd)
        self.assertFalse(self.owner.is_open())
        self.assertFalse(self.owner.is_current())
        # This asks the caller to act.
        self.assertTrue(self.owner.waiting())
        self.assertIsNone(self.owner.accept())
        before = base.descriptors_before()
        self.owner.close()
        self.assertEqual(before, base.open_descriptors())
        # The kernel has dropped the lock, and the socket is stale.
        self.assertTrue(self.listen().is_current())

    def test_numbers_of_other_files(self) -> None:
        """An owner closes no file that has got one of its numbers."""
        numbers = self.descriptors()
        with open(os.devnull) as null:
            expected = os.fstat(null.fileno())
            for number in numbers:
                os.dup2(null.fileno(), number)
                self.addCleanup(os.close, number)
        self.assertFalse(self.owner.is_open())
        self.assertFalse(self.owner.is_current())
        # This asks the caller to act.
        self.assertTrue(self.owner.waiting())
        self.assertIsNone(self.owner.accept())
        self.owner.close()
        for number in numbers:
            self.assertTrue(os.path.samestat(expected, os.fstat(number)))

    def test_number_of_another_listener(self) -> None:
        """An owner accepts no connection of another listener."""
        where = self.new_socket()
        other = listening.ListeningSocket(where.path, 0o660)
        self.addCleanup(other.close)
        assert other._listener is not None
        number = self.descriptors()[2]
        os.dup2(other._listener.fileno(), number)
        self.addCleanup(os.close, number)
        self.connect(where.path).close()
        self.assertIsNone(self.owner.accept())
        self.assertIsNotNone(other.accept())


class TakingTest(ListeningTest):
    """The process that owns an address."""

    def test_stale_socket(self) -> None:
        """A new owner replaces the file of an owner that died."""

        def child() -> None:
            # Ends without closing anything.
            listening.ListeningSocket(self.path, 0o660)

        self.in_child(child)
        self.assertEqual({'s.sock', '.s.sock.lock'}, self.names())
        self.assertRaises(errors.UnavailableError, self.connect)
        self.listen()
        self.connect().close()

    def test_stale_socket_of_another_program(self) -> None:
        """A new owner replaces the file of any program that died."""
        self.bind_foreign(socket.SOCK_STREAM).close()
        self.listen()
        self.connect().close()
        self.assertEqual({'s.sock', '.s.sock.lock'}, self.names())

    def test_owner_that_lives(self) -> None:
        """The error names the pid of the owner, and the remedy."""
        owner = subprocess.Popen(
            [sys.executable, '-c', _OWNER, self.path],
            cwd=base.ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        with owner:
            assert owner.stdout is not None
            self.assertEqual(b'ready\n', owner.stdout.readline())
            inode = self.inode()
            e = self.assert_unavailable(f'belongs to process {owner.pid}')
            self.assertIsInstance(e, errors.InUseError)
            self.assertEqual(owner.pid, getattr(e, 'pid', None))
            self.assertIn(
                f'socket_uri = unix+dir://{self.where.path}/s', str(e)
            )
            self.assertEqual(inode, self.inode())
            # A failed attempt costs the owner nothing.
            self.connect().close()
            os.kill(owner.pid, signal.SIGKILL)
        self.listen()

    def test_owner_in_this_process(self) -> None:
        """A process cannot own an address twice."""
        self.listen()
        e = self.assert_unavailable(f'belongs to process {os.getpid()}')
        self.assertIsInstance(e, errors.InUseError)
        self.assertEqual({'s.sock', '.s.sock.lock'}, self.names())

    def test_owner_without_its_socket(self) -> None:
        """An owner whose socket was removed still has the lock."""
        self.listen()
        os.unlink(self.path)
        e = self.assert_unavailable(f'belongs to process {os.getpid()}')
        self.assertEqual(os.getpid(), getattr(e, 'pid', 0))

    def test_lock_without_a_pid(self) -> None:
        """A lock without a valid pid still belongs to a living owner."""
        with mock.patch.object(
            lock_file,
            '_pwrite',
            autospec=True,
            side_effect=OSError(28, 'No space left on device'),
        ):
            owner = self.listen()
        lock = os.path.join(self.where.path, '.s.sock.lock')
        for content in ('', 'x', '12x', '-1', '0', '9' * 30):
            pathlib.Path(lock).write_text(content)
            e = self.assert_unavailable('which is alive')
            pid = getattr(e, 'pid', 0)
            self.assertFalse(pid and pid < 10**9, content)
        self.assertTrue(owner.is_current())

    def test_lock_of_an_owner_that_died(self) -> None:
        """The lock has the pid of the last owner, and nothing else."""
        lock = pathlib.Path(self.where.path, '.s.sock.lock')
        lock.write_text('9' * 100)
        self.listen()
        self.assertEqual(f'{os.getpid()}\n', lock.read_text())

    def test_other_programs_that_live(self) -> None:
        """Nobody steals from a listener that does not know the lock."""
        for kind, backlog, known in (
            (socket.SOCK_STREAM, 8, True),
            # Without a connection the pid is not known.
            (socket.SOCK_STREAM, 0, False),
            (socket.SOCK_SEQPACKET, 8, False),
        ):
            foreign = self.bind_foreign(kind, backlog)
            inode = self.inode()
            if not backlog:
                self.connect().close()
            e = self.assert_unavailable('which is alive')
            self.assertIsInstance(e, errors.InUseError)
            self.assertEqual(
                os.getpid() if known else None, getattr(e, 'pid', 0)
            )
            self.assertEqual(inode, self.inode())
            self.assertEqual({'s.sock'}, self.names())
            foreign.close()
            os.unlink(self.path)

    def test_other_files_at_the_path(self) -> None:
        """An owner removes no other file, and follows no link."""
        self.bind(self.where, 'real', socket.SOCK_STREAM).close()
        ways: list[tuple[Callable[[], None], Callable[[str], None]]] = [
            (lambda: pathlib.Path(self.path).touch(), os.unlink),
            (lambda: os.symlink('real', self.path), os.unlink),
            (lambda: os.symlink('nowhere', self.path), os.unlink),
        ]
        for make, remove in ways:
            make()
            inode = self.inode()
            self.assert_unavailable('; remove it, or choose another')
            self.assertEqual(inode, self.inode())
            remove(self.path)
            self.assertEqual({'real'}, self.names())

    def test_directory_at_the_path(self) -> None:
        """The error suggests the other scheme, and no removal."""
        path = f'{self.path} 1'
        os.mkdir(path)
        e = self.assert_unavailable('this is a directory; use ', path=path)
        self.assertEqual(
            f'socket {path}: this is a directory; use {address.Address(path)}',
            str(e),
        )

    def test_missing_directory(self) -> None:
        """The error names the directory, and how to create it."""
        path = os.path.join(self.where.path, 'nova', 's.sock')
        e = self.assert_unavailable('No such file', path=path)
        self.assertIn(f'socket {path}: directory ', str(e))
        self.assertIn('; create it, or let the service manager', str(e))

    def test_file_in_place_of_the_directory(self) -> None:
        """The error says that the path names no directory."""
        pathlib.Path(self.path).touch()
        self.assert_unavailable('Not a directory', path=f'{self.path}/s.sock')

    def test_name_that_is_too_long(self) -> None:
        """The error has the reason of the kernel."""
        path = os.path.join(self.where.path, 's' * 250)
        self.assert_unavailable('File name too long', path=path)
        self.assertEqual(set(), self.names())

    @base.as_root
    def test_permissions(self) -> None:
        """A foreign directory, group or lock is an error; nothing is left."""

        def child() -> list[Any]:
            os.chmod(self.where.path, 0o711)
            os.chdir(self.where.path)
            texts: list[Any] = []

            def attempt(gid: int = -1) -> None:
                # No path from the root is open to the other user.
                try:
                    with base.as_user(OTHER, 78):
                        listening.ListeningSocket('./s.sock', 0o660, gid)
                except errors.UnavailableError as e:
                    texts.append(str(e))
                texts.append(sorted(os.listdir('.')))

            attempt()
            os.chmod('.', 0o777)
            attempt(79)
            pathlib.Path('.s.sock.lock').touch(0o600)
            attempt()
            os.unlink('.s.sock.lock')
            self.bind_foreign(socket.SOCK_STREAM)
            os.chmod('s.sock', 0o600)
            attempt()
            return texts

        directory, nothing, group, no_lock, lock, left, foreign, its = (
            self.in_child(child)
        )
        self.assertEqual(
            'socket ./s.sock: Permission denied (.s.sock.lock)', directory
        )
        self.assertEqual([], nothing)
        self.assertIn('socket ./s.sock: Operation not permitted (.s', group)
        self.assertEqual([], no_lock)
        self.assertEqual(
            'socket ./s.sock: Permission denied (.s.sock.lock)', lock
        )
        self.assertEqual(['.s.sock.lock'], left)
        self.assertEqual('socket ./s.sock: Permission denied', foreign)
        self.assertEqual(['s.sock'], its)

    def test_owner_that_leaves_meanwhile(self) -> None:
        """A lock on a file that the owner has just removed is worthless."""
        old = self.listen()
        locked: list[int] = []
        real = fcntl.flock

        def flock(fd: int, operation: int) -> None:
            if not locked:
                # Between our open and our lock.
                old.close()
            locked.append(os.fstat(fd).st_nlink)
            real(fd, operation)

        before = base.descriptors_before()
        self.patch(fcntl, 'flock', flock)
        self.listen()
        self.assertEqual([0, 1], locked)
        self.assertEqual(before, base.open_descriptors())
        self.assert_unavailable(f'belongs to process {os.getpid()}')

    def test_owner_that_is_replaced_meanwhile(self) -> None:
        """The lock of the new owner counts."""
        old = self.listen()
        raced: list[int] = []
        new: list[listening.ListeningSocket] = []
        real = fcntl.flock

        def flock(fd: int, operation: int) -> None:
            if not raced:
                raced.append(fd)
                old.close()
                new.append(self.listen())
                # Then only the lock can give the owner away.
                os.unlink(self.path)
            real(fd, operation)

        self.patch(fcntl, 'flock', flock)
        self.assertRaises(errors.InUseError, self.listen)
        new[0].close()
        self.listen()

    def test_failure_leaves_nothing_behind(self) -> None:
        """An owner that fails at any step leaves no socket and no lock."""

        def fail(*args: Any, **kwargs: Any) -> None:
            raise OSError(28, 'No space left on device')

        for name in (
            'unixnotif.packet.new_socket',
            'unixnotif.rendezvous.access._chmod',
            'unixnotif.packet.bind_namesake',
            'unixnotif.listening.listener._rename',
            'unixnotif.kernel.Readiness.__init__',
        ):
            with fixtures.MonkeyPatch(name, fail):
                self.assert_unavailable('No space left on device')
            self.assertEqual(set(), self.names(), name)
        with fixtures.MonkeyPatch('fcntl.flock', fail):
            self.assert_unavailable('No space left on device')
        # It may be another owner's lock.
        self.assertEqual({'.s.sock.lock'}, self.names())
        self.listen()

    def test_interruption(self) -> None:
        """Wherever a signal handler raises, the address can be owned."""
        place: str | None = ''
        for position in itertools.count():
            place = scenes.call_interrupted(
                lambda: listening.ListeningSocket(self.path, 0o660).close(),
                position,
            )
            owner = self.listen()
            self.assertTrue(owner.is_current(), place)
            self.connect().close()
            owner.close()
            if not place:
                break
        self.assertGreater(position, 50)


class ExchangeTest(ListeningTest):
    """A directory in which another process exchanges names."""

    def setUp(self) -> None:
        super().setUp()
        self.victim = pathlib.Path(self.new_directory().path, 'victim')
        self.victim.write_text('secret')
        self.victim.chmod(0o600)
        self.before = self.victim.stat()

    def assert_untouched(self) -> None:
        self.assertEqual('secret', self.victim.read_text())
        after = self.victim.stat()
        for field in ('st_mode', 'st_uid', 'st_gid', 'st_mtime_ns'):
            self.assertEqual(
                getattr(self.before, field), getattr(after, field), field
            )

    def test_link_after_the_bind(self) -> None:
        """A link in place of the new socket is an error; its target stays."""
        real = packet.Socket.bind

        def bind(sock: packet.Socket, path: str) -> None:
            real(sock, path)
            os.unlink(path)
            os.symlink(self.victim, path)

        self.patch(packet.Socket, 'bind', bind)
        self.assert_unavailable(
            f'in directory {self.where.path} during its creation',
            mode=0o666,
            gid=os.getegid(),
        )
        self.assert_untouched()
        self.assertEqual(set(), self.names())

    def test_link_at_the_chmod(self) -> None:
        """A link that appears between check and change leads to no change."""
        for step in ('_chown', '_chmod'):
            real = getattr(access, step)

            def change(*args: Any, real: Any = real, **kwargs: Any) -> None:
                [hidden] = self.names() - {'.s.sock.lock'}
                path = os.path.join(self.where.path, hidden)
                os.unlink(path)
                os.symlink(self.victim, path)
                real(*args, **kwargs)

            self.patch(access, step, change)
        self.listen(0o666, os.getegid())
        self.assert_untouched()

    def test_link_at_the_connect(self) -> None:
        """If a link replaces the old socket, nobody connects to its target."""
        other = self.new_directory()
        private = self.bind(other, 'private', socket.SOCK_STREAM)
        self.bind_foreign(socket.SOCK_STREAM).close()
        real = packet.Socket.connect

        def connect(sock: packet.Socket, path: str) -> None:
            os.unlink(self.path)
            os.symlink(f'{other.path}/private', self.path)
            real(sock, path)

        self.patch(packet.Socket, 'connect', connect)
        self.assert_unavailable('Address already in use')
        self.assertRaises(BlockingIOError, packet.accept, private)
        self.assertEqual({'s.sock'}, self.names())

    def test_listener_after_the_check(self) -> None:
        """Nobody removes a socket that has just come to life."""
        self.bind_foreign(socket.SOCK_STREAM).close()
        real = packet.Socket.listen

        def listen(sock: packet.Socket, backlog: int) -> None:
            real(sock, backlog)
            self.patch(packet.Socket, 'listen', real)
            os.unlink(self.path)
            # Perhaps with the same inode.
            self.bind_foreign(socket.SOCK_STREAM)

        self.patch(packet.Socket, 'listen', listen)
        before = base.descriptors_before()
        e = self.assertRaises(errors.UnavailableError, self.listen)
        self.assertIn('Address already in use', str(e))
        # Only the other listener is new.
        self.assertEqual(before + 1, base.open_descriptors())
        self.assertEqual({'s.sock'}, self.names())
        self.connect().close()

    def test_directory(self) -> None:
        """A socket that is bound in another directory is removed."""
        real = packet.Socket.bind

        def bind(sock: packet.Socket, path: str) -> None:
            self.patch(packet.Socket, 'bind', real)
            os.rename(self.where.path, f'{self.where.path}.old')
            os.mkdir(self.where.path)
            real(sock, path)

        self.patch(packet.Socket, 'bind', bind)
        self.assert_unavailable('No such file')
        self.assertEqual(set(), self.names())
        self.assertEqual([], os.listdir(f'{self.where.path}.old'))

    @base.as_root
    def test_after_a_change_of_the_user(self) -> None:
        """A service that root has started owns an address like any other."""
        os.chmod(self.where.path, 0o777)

        def child() -> list[int]:
            os.chdir(self.where.path)
            base.become_user(OTHER, 77)
            owner = listening.ListeningSocket('./s.sock', 0o660, 77)
            sock, _ = listening.connect('./s.sock')
            sock.close()
            status = os.stat('s.sock')
            owner.close()
            return [status.st_uid, status.st_gid, status.st_mode & 0o777]

        self.assertEqual([OTHER, 77, 0o660], self.in_child(child))
        self.assertEqual(set(), self.names())

    @base.as_root
    def test_without_proc(self) -> None:
        """In a chroot the directory has to belong to root or to this user."""

        def child() -> list[str]:
            os.chroot(self.where.path)
            os.chdir('/')
            found = []
            for uid in (0, OTHER):
                os.chown('/', uid, -1)
                try:
                    listening.ListeningSocket('/s.sock', 0o666).close()
                    found.append('owned')
                except errors.UnavailableError as e:
                    found.append(str(e))
            return [*found, *os.listdir('/')]

        [mine, error] = self.in_child(child)
        self.assertEqual('owned', mine)
        self.assertIn('mount /proc', error)

    def test_descriptors_are_refused(self) -> None:
        """No reader passes a descriptor, where the kernel can refuse it."""
        owner = self.listen()
        reader = self.connect()
        self.addCleanup(reader.close)
        if not rights.can_refuse():
            self.skipTest('needs Linux 6.16')
        rights.assert_refused(self, reader)
        with contextlib.closing(self.accept(owner)) as accepted:
            rights.assert_refused(self, reader)
            reader.send(b'x')
            self.assertEqual(b'x', accepted.recv(2))
            # The reader refuses as well.
            rights.assert_refused(self, accepted)


_OWNER = """
import sys
from unixnotif import listening
owner = listening.ListeningSocket(sys.argv[1], 0o660)
print('ready', flush=True)
sys.stdin.read()
"""
