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
import os
import pathlib
import signal
import socket
import stat
import subprocess
import sys
from typing import Any

import fixtures

from unixnotif import errors
from unixnotif import listening
from unixnotif import packet
from unixnotif.tests import base

OTHER = 65532


class ListeningTest(base.TestCase):
    """A path for a socket."""

    def setUp(self) -> None:
        super().setUp()
        self.where = self.new_directory()
        self.path = os.path.join(self.where.path, 's.sock')
        # What a daemon may have; it must not matter.
        self.addCleanup(os.umask, os.umask(0o077))

    def listen(
        self, mode: int = 0o660, gid: int = -1, path: str | None = None
    ) -> listening.ListeningSocket:
        made = listening.ListeningSocket(path or self.path, mode, gid)
        self.addCleanup(made.abandon)
        return made

    def connect(self, path: str | None = None) -> socket.socket:
        sock = listening.connect(path or self.path)
        self.addCleanup(sock.close)
        return socket.socket(fileno=os.dup(sock.fileno()))

    def names(self) -> set[str]:
        return set(os.listdir(self.where.path))

    def inode(self) -> int:
        return os.lstat(self.path).st_ino

    def bind_foreign(self, kind: int, backlog: int = 8) -> Any:
        """A program that knows nothing of our lock listens there."""
        return self.bind(self.where, 's.sock', kind, backlog)

    def assert_unavailable(
        self, text: str, **arguments: Any
    ) -> errors.UnavailableError:
        """It cannot be owned; no descriptor stays open."""
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
        """They wait in the backlog until they are accepted."""
        owner = self.listen()
        self.assertFalse(owner.waiting())
        self.assertIsNone(owner.accept())
        with self.connect() as one, self.connect() as two:
            for reader, data in ((one, b'1'), (two, b'2')):
                self.assertTrue(owner.waiting())
                accepted = owner.accept()
                assert accepted is not None
                self.addCleanup(accepted.close)
                accepted.send(data)
                self.assertEqual(data, reader.recv(2))
            self.assertFalse(owner.waiting())
            self.assertIsNone(owner.accept())

    def test_mode(self) -> None:
        """It is exactly what was asked for; the lock is the owner's alone."""
        for mode in (0o600, 0o660, 0o666):
            owner = self.listen(mode)
            self.assertEqual(mode, stat.S_IMODE(os.stat(self.path).st_mode))
            lock = os.path.join(self.where.path, '.s.sock.lock')
            self.assertEqual(0o600, stat.S_IMODE(os.stat(lock).st_mode))
            owner.close()

    @base.as_root
    def test_group(self) -> None:
        """It has the group before it has its name."""
        self.listen(gid=77)
        self.assertEqual(77, os.stat(self.path).st_gid)

    def test_nobody_reaches_it_before_it_is_ready(self) -> None:
        """It refuses until it has mode and group, and then gets its name."""
        seen: list[Any] = []

        def look(step: str) -> None:
            (name,) = self.names() - {'.s.sock.lock'}
            hidden = os.path.join(self.where.path, name)
            try:
                self.connect(hidden).close()
                connected = True
            except errors.UnavailableError:
                connected = False
            found = os.stat(hidden)
            seen.append(
                (step, name[:8], stat.S_IMODE(found.st_mode), connected)
            )

        for step in ('chown', 'chmod', 'rename'):
            real = getattr(os, step)

            def spy(
                *args: Any, step: str = step, real: Any = real, **kwargs: Any
            ) -> None:
                look(step)
                real(*args, **kwargs)

            self.patch(os, step, spy)
        self.listen(0o666, os.getegid())
        self.assertEqual(
            [
                ('chown', '.s.sock.', 0o700, False),
                ('chmod', '.s.sock.', 0o700, False),
                ('rename', '.s.sock.', 0o666, True),
            ],
            seen,
        )
        self.assertEqual({'s.sock', '.s.sock.lock'}, self.names())

    def test_closing(self) -> None:
        """Nothing is left of it, and it can be owned again; twice is fine."""
        before = base.open_descriptors()
        for _ in range(2):
            owner = self.listen()
            for _ in range(2):
                owner.close()
                self.assertFalse(owner.waiting())
                self.assertIsNone(owner.accept())
        self.assertEqual(set(), self.names())
        self.assertEqual(before, base.open_descriptors())

    def test_closing_removes_only_its_own_socket(self) -> None:
        """Who took the name meanwhile keeps it."""
        owner = self.listen()
        os.unlink(self.path)
        self.bind_foreign(socket.SOCK_STREAM)
        owner.close()
        self.assertEqual({'s.sock'}, self.names())
        self.connect().close()

    def test_closing_when_all_is_gone(self) -> None:
        """It is no error."""
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

        # The directory, the lock, the socket and the poller.
        self.assertEqual(4, self.in_child(child))
        self.assertEqual({'s.sock', '.s.sock.lock'}, self.names())
        self.assert_unavailable(f'belongs to process {os.getpid()}')
        with self.connect():
            self.assertTrue(owner.waiting())


class TakingTest(ListeningTest):
    """Whose the address is."""

    def test_stale_socket(self) -> None:
        """The file of an owner that died is replaced."""

        def child() -> None:
            # Ends without closing anything.
            listening.ListeningSocket(self.path, 0o660)

        self.in_child(child)
        self.assertEqual({'s.sock', '.s.sock.lock'}, self.names())
        self.assertRaises(errors.UnavailableError, self.connect)
        self.listen()
        self.connect().close()

    def test_stale_socket_of_another_program(self) -> None:
        """It is replaced as well, and was so before it had our name."""
        self.bind_foreign(socket.SOCK_STREAM).close()
        self.listen()
        self.connect().close()
        self.assertEqual({'s.sock', '.s.sock.lock'}, self.names())

    def test_owner_that_lives(self) -> None:
        """The error names its pid, and what a service like this needs."""
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
            # However often somebody tried, it is still the owner's.
            self.connect().close()
            os.kill(owner.pid, signal.SIGKILL)
        self.listen()

    def test_owner_in_this_process(self) -> None:
        """A second one is refused like anybody else."""
        self.listen()
        e = self.assert_unavailable(f'belongs to process {os.getpid()}')
        self.assertIsInstance(e, errors.InUseError)
        self.assertEqual({'s.sock', '.s.sock.lock'}, self.names())

    def test_owner_without_its_socket(self) -> None:
        """Somebody removed the file: it is still owned, by nobody known."""
        self.listen()
        os.unlink(self.path)
        e = self.assert_unavailable('belongs to another process')
        self.assertIsNone(getattr(e, 'pid', 0))

    def test_other_programs_that_live(self) -> None:
        """Nobody steals from a listener that does not know our lock."""
        for kind, backlog, known in (
            (socket.SOCK_STREAM, 8, True),
            # What is said of these is less: they cannot be connected to.
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
        """What is no socket is not removed, and not followed."""
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
        """The error tells which, and how it is made."""
        path = os.path.join(self.where.path, 'nova', 's.sock')
        e = self.assert_unavailable('No such file', path=path)
        self.assertIn(f'socket {path}: directory ', str(e))
        self.assertIn('; make it, or let the service manager', str(e))

    def test_file_in_place_of_the_directory(self) -> None:
        """The error says that it is none."""
        pathlib.Path(self.path).touch()
        self.assert_unavailable('Not a directory', path=f'{self.path}/s.sock')

    def test_name_that_is_too_long(self) -> None:
        """It is unavailable, like for any other reason."""
        path = os.path.join(self.where.path, 's' * 250)
        self.assert_unavailable('File name too long', path=path)
        self.assertEqual(set(), self.names())

    @base.as_root
    def test_permissions(self) -> None:
        """A foreign directory, group or lock: refused, nothing left."""

        def child() -> list[Any]:
            os.chmod(self.where.path, 0o711)
            os.chdir(self.where.path)
            said: list[Any] = []

            def attempt(gid: int = -1) -> None:
                # No path from the root is open to the other user.
                try:
                    with base.as_user(OTHER, 78):
                        listening.ListeningSocket('./s.sock', 0o660, gid)
                except errors.UnavailableError as e:
                    said.append(str(e))
                said.append(sorted(os.listdir('.')))

            attempt()
            os.chmod('.', 0o777)
            attempt(79)
            pathlib.Path('.s.sock.lock').touch(0o600)
            attempt()
            os.unlink('.s.sock.lock')
            self.bind_foreign(socket.SOCK_STREAM)
            os.chmod('s.sock', 0o600)
            attempt()
            return said

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
        """A lock on a file that it has just removed is worth nothing."""
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
        """Then the new owner's lock counts."""
        old = self.listen()
        raced: list[int] = []
        new: list[listening.ListeningSocket] = []
        real = fcntl.flock

        def flock(fd: int, operation: int) -> None:
            if not raced:
                raced.append(fd)
                old.close()
                new.append(self.listen())
                # Then its socket cannot give it away.
                os.unlink(self.path)
            real(fd, operation)

        self.patch(fcntl, 'flock', flock)
        self.assertRaises(errors.InUseError, self.listen)
        new[0].close()
        self.listen()

    def test_failure_leaves_nothing_behind(self) -> None:
        """Whichever step fails, neither socket nor lock is left."""

        def fail(*args: Any, **kwargs: Any) -> None:
            raise OSError(28, 'No space left on device')

        for name in (
            'os.chmod',
            'os.rename',
            'unixnotif.polling.Poller.add',
        ):
            with fixtures.MonkeyPatch(name, fail):
                self.assert_unavailable('No space left on device')
            self.assertEqual(set(), self.names(), name)
        with fixtures.MonkeyPatch('fcntl.flock', fail):
            self.assert_unavailable('No space left on device')
        # Whose lock it is was not found out.
        self.assertEqual({'.s.sock.lock'}, self.names())
        self.listen()


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
        """It does not wait, and is of the C type."""
        self.listen()
        sock = listening.connect(self.path)
        self.addCleanup(sock.close)
        self.assertEqual(0.0, sock.gettimeout())
        self.assertEqual(os.getpid(), packet.peer(sock).pid)
        self.assertRaises(BlockingIOError, sock.recv, 1)

    def test_nobody_listens(self) -> None:
        """No file, or only that of somebody who is gone."""
        self.assert_refused('no driver listens there (yet)')
        self.bind_foreign(socket.SOCK_STREAM).close()
        self.assert_refused('no driver listens there (yet)')

    def test_full_backlog(self) -> None:
        """The error says that it is a matter of time."""
        self.bind_foreign(socket.SOCK_STREAM, 0)
        self.connect().close()
        self.assert_refused('too many readers wait to be accepted')

    def test_another_kind_of_socket(self) -> None:
        """A consumer's socket is not a driver's."""
        self.bind_foreign(socket.SOCK_SEQPACKET)
        self.assert_refused('Protocol wrong type for socket')

    def test_missing_directory(self) -> None:
        """The error names it."""
        path = os.path.join(self.where.path, 'nova', 's.sock')
        e = self.assertRaises(errors.UnavailableError, listening.connect, path)
        self.assertIn(f'directory {os.path.dirname(path)}', str(e))

    def test_no_descriptor_left(self) -> None:
        """It is unavailable now, like for any other reason."""
        self.listen()

        def child() -> list[str]:
            said = []
            for spare in (0, 1):
                with base.no_more_descriptors(spare):
                    try:
                        listening.connect(self.path)
                    except errors.UnavailableError as e:
                        said.append(str(e))
            return said

        for said in self.in_child(child):
            self.assertIn('Too many open files', said)

    @base.as_root
    def test_permissions(self) -> None:
        """Who may not write to the socket gets nothing from it."""
        self.listen(0o660, 77)

        def child() -> list[str]:
            os.chmod(self.where.path, 0o711)
            os.chdir(self.where.path)
            said = []
            for gid in (77, 78):
                with base.as_user(OTHER, gid):
                    try:
                        listening.connect('./s.sock').close()
                        said.append('connected')
                    except errors.UnavailableError as e:
                        said.append(str(e))
            return said

        self.assertEqual(
            ['connected', 'socket ./s.sock: Permission denied'],
            self.in_child(child),
        )
