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

"""The listening socket: one owner, never stolen, never too open."""

from collections.abc import Callable
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

from unixnotif import errors
from unixnotif import listening
from unixnotif import packet
from unixnotif.tests import base
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
        """Try to own the address in vain; no descriptor stays open."""
        before = base.open_descriptors()
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

        for step in ('chown', 'chmod', 'rename'):
            real = getattr(os, step)

            def spy(
                *args: Any, step: str = step, real: Any = real, **kwargs: Any
            ) -> None:
                look(step)
                real(*args, **kwargs)

            self.patch(os, step, spy)
        self.listen(0o666, os.getegid())
        look('ready')
        self.assertEqual(
            [
                ('chown', '.s.sock.', 0o700, False),
                ('chmod', '.s.sock.', 0o700, False),
                ('rename', '.s.sock.', 0o666, True),
                # Only for the kernel's list of paths.
                ('rename', 's.sock', 0o700, False),
                ('ready', 's.sock', 0o666, True),
            ],
            seen,
        )
        self.assertEqual({'s.sock', '.s.sock.lock'}, self.names())

    def test_closing(self) -> None:
        """A closed owner leaves nothing; closing twice is allowed."""
        before = base.open_descriptors()
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

    def test_closing_when_all_is_gone(self) -> None:
        """An owner can close when somebody has removed everything."""
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
        """The parent still owns the address, and its files are there."""
        owner = self.listen()

        def child() -> int:
            before = base.open_descriptors()
            owner.abandon()
            owner.abandon()
            return before - base.open_descriptors()

        # The directory, the lock, the socket, its namesake and the poller.
        self.assertEqual(5, self.in_child(child))
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
        assert owner._poller is not None
        return [
            owner._directory.fd,
            owner._lock,
            owner._listener.fileno(),
            owner._namesake.fileno(),
            owner._poller.fd,
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
        """An owner notices that somebody closed its descriptors."""
        for fd in self.descriptors():
            os.close(fd)
        self.assertFalse(self.owner.is_open())
        self.assertFalse(self.owner.is_current())
        self.assertFalse(self.owner.waiting())
        self.assertIsNone(self.owner.accept())
        before = base.open_descriptors()
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
        self.assertFalse(self.owner.waiting())
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
        """A process is no exception to itself."""
        self.listen()
        e = self.assert_unavailable(f'belongs to process {os.getpid()}')
        self.assertIsInstance(e, errors.InUseError)
        self.assertEqual({'s.sock', '.s.sock.lock'}, self.names())

    def test_owner_without_its_socket(self) -> None:
        """An owner whose socket somebody removed still has the lock."""
        self.listen()
        os.unlink(self.path)
        e = self.assert_unavailable(f'belongs to process {os.getpid()}')
        self.assertEqual(os.getpid(), getattr(e, 'pid', 0))

    def test_lock_without_a_pid(self) -> None:
        """An owner that cannot write its pid is another process."""
        with mock.patch.object(
            os,
            'pwrite',
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

    def test_files_in_place_of_it(self) -> None:
        """An owner removes no other file, and follows no link."""
        self.bind(self.where, 'real', socket.SOCK_STREAM).close()
        ways: list[tuple[Callable[[], None], Callable[[str], None]]] = [
            (lambda: pathlib.Path(self.path).touch(), os.unlink),
            (lambda: os.mkdir(self.path), os.rmdir),
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

    def test_missing_directory(self) -> None:
        """The error names the directory, and how to create it."""
        path = os.path.join(self.where.path, 'nova', 's.sock')
        e = self.assert_unavailable('No such file', path=path)
        self.assertIn(f'socket {path}: directory ', str(e))
        self.assertIn('; make it, or let the service manager', str(e))

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
        """A foreign directory, group or lock refuses; nothing is left."""

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

        before = base.open_descriptors()
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
            'os.chmod',
            'unixnotif.packet.bind_namesake',
            'os.rename',
            'unixnotif.polling.Poller.add',
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


_OWNER = """
import sys
from unixnotif import listening
owner = listening.ListeningSocket(sys.argv[1], 0o660)
print('ready', flush=True)
sys.stdin.read()
"""


class ConnectTest(ListeningTest):
    """Connecting as a reader."""

    def assert_refused(self, text: str, path: str | None = None) -> None:
        path = path or self.path
        before = base.open_descriptors()
        e = self.assertRaises(errors.UnavailableError, listening.connect, path)
        self.assertIn(f'socket {path}: {text}', str(e))
        self.assertEqual(before, base.open_descriptors())

    def test_connection(self) -> None:
        """A connection does not wait, and is of the C type."""
        self.listen()
        sock, file_id = listening.connect(self.path)
        self.addCleanup(sock.close)
        self.assertIsInstance(sock, packet.Socket)
        found = os.stat(self.path)
        self.assertEqual((found.st_dev, found.st_ino), file_id)
        self.assertEqual(0.0, sock.gettimeout())
        self.assertEqual(os.getpid(), packet.peer(sock).pid)
        self.assertRaises(BlockingIOError, sock.recv, 1)

    def test_nobody_listens(self) -> None:
        """Without a file, or with a stale one, nobody listens."""
        self.assert_refused('no driver listens there (yet)')
        self.bind_foreign(socket.SOCK_STREAM).close()
        self.assert_refused('no driver listens there (yet)')

    def replace_at_connect(self, times: int) -> list[Any]:
        """Have the socket replaced before each of the next connects.

        :returns: the listeners that come
        """
        real = packet.connect
        listeners: list[Any] = []

        def connect(kind: int, path: str) -> packet.Socket:
            if len(listeners) < times:
                # The old listener still lives, so its inode is not reused.
                os.unlink(self.path)
                listeners.append(self.bind_foreign(socket.SOCK_STREAM))
            return real(kind, path)

        self.patch(packet, 'connect', connect)
        return listeners

    def test_socket_that_is_replaced(self) -> None:
        """The connection and the file belong together."""
        for times in (1, 2):
            self.bind_foreign(socket.SOCK_STREAM)
            listeners = self.replace_at_connect(times)
            sock, file_id = listening.connect(self.path)
            self.addCleanup(sock.close)
            found = os.stat(self.path)
            self.assertEqual((found.st_dev, found.st_ino), file_id)
            # The newest one has the connection.
            for _ in range(2):
                last = packet.accept(listeners[-1])
                self.addCleanup(last.close)
            sock.send(b'x')
            self.assertEqual(b'x', last.recv(2))
            os.unlink(self.path)

    def test_socket_that_is_replaced_for_ever(self) -> None:
        """After some attempts there is nobody to connect to."""
        self.bind_foreign(socket.SOCK_STREAM)
        self.replace_at_connect(100)
        before = base.open_descriptors()
        e = self.assertRaises(
            errors.MissingError, listening.connect, self.path
        )
        self.assertIn(f'socket {self.path}: ', str(e))
        # Only the listeners are new.
        self.assertEqual(before + 3, base.open_descriptors())

    def test_symbolic_link(self) -> None:
        """A link is as good as the socket; its target is the file."""
        self.listen()
        link = os.path.join(self.where.path, 'link')
        os.symlink('s.sock', link)
        sock, file_id = listening.connect(link)
        self.addCleanup(sock.close)
        self.assertEqual(self.inode(), file_id[1])

    def test_full_backlog(self) -> None:
        """The error says that too many readers wait."""
        self.bind_foreign(socket.SOCK_STREAM, 0)
        self.connect().close()
        self.assert_refused('too many readers wait to be accepted')

    def test_another_kind_of_socket(self) -> None:
        """The socket of a consumer is not that of a driver."""
        self.bind_foreign(socket.SOCK_SEQPACKET)
        self.assert_refused('Protocol wrong type for socket')

    def test_missing_directory(self) -> None:
        """The error names the directory."""
        path = os.path.join(self.where.path, 'nova', 's.sock')
        e = self.assertRaises(errors.UnavailableError, listening.connect, path)
        self.assertIn(f'directory {os.path.dirname(path)}', str(e))

    def test_no_descriptor_left(self) -> None:
        """Without free descriptors nobody can connect."""
        self.listen()

        def child() -> list[str]:
            texts = []
            for spare in (0, 1):
                with base.no_more_descriptors(spare):
                    try:
                        listening.connect(self.path)
                    except errors.UnavailableError as e:
                        texts.append(str(e))
            return texts

        for text in self.in_child(child):
            self.assertIn('Too many open files', text)

    @base.as_root
    def test_permissions(self) -> None:
        """A process that may not write to the socket cannot connect."""
        self.listen(0o660, 77)

        def child() -> list[str]:
            os.chmod(self.where.path, 0o711)
            os.chdir(self.where.path)
            texts = []
            for gid in (77, 78):
                with base.as_user(OTHER, gid):
                    try:
                        listening.connect('./s.sock')[0].close()
                        texts.append('connected')
                    except errors.UnavailableError as e:
                        texts.append(str(e))
            return texts

        self.assertEqual(
            ['connected', 'socket ./s.sock: Permission denied'],
            self.in_child(child),
        )
