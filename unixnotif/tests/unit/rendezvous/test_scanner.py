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

"""The publisher's side: nobody overlooked, nobody alive removed."""

from collections.abc import Callable
import errno
import os
import socket
import time
import types

from unixnotif import packet
from unixnotif import rendezvous
from unixnotif.rendezvous import scanner as scanning
from unixnotif.tests import base

OTHER = 65532


class ScanningTest(base.TestCase):
    """A directory."""

    def setUp(self) -> None:
        super().setUp()
        self.where = self.new_directory()
        self.path = self.where.path
        self.directory = rendezvous.Directory(self.path, listable=True)
        self.addCleanup(self.directory.close)

    def touch(self, *names: str) -> None:
        for name in names:
            with open(os.path.join(self.path, name), 'w'):
                pass


class ScannerTest(ScanningTest):
    """Who is there, and whether that changed."""

    def setUp(self) -> None:
        super().setUp()
        self.scanner = rendezvous.Scanner(self.directory)

    def names(self) -> list[str]:
        return [each.text for each in self.scanner.scan() or []]

    def tick(self) -> None:
        """Let the clock of the file systems go past the last change."""
        changed = os.stat(self.path).st_ctime_ns
        while time.clock_gettime_ns(scanning._COARSE_CLOCK) <= changed:
            pass

    def test_names(self) -> None:
        """Ready subscribers and their groups; everything else is ignored."""
        self.touch(
            '.hidden.sock',
            '.audit@hidden.sock',
            'a.sock',
            'b.c.sock',
            'audit@1.sock',
            'audit@2.sock',
            'v1.2-x_y@3@4.sock',
            '@5.sock',
            'a.sock.tmp',
            'sock',
            'README',
            '.sock',
        )
        self.assertEqual(
            [
                ('@5.sock', ''),
                ('a.sock', None),
                ('audit@1.sock', 'audit'),
                ('audit@2.sock', 'audit'),
                ('b.c.sock', None),
                ('v1.2-x_y@3@4.sock', 'v1.2-x_y'),
            ],
            self.scanner.scan(),
        )

    def test_names_that_are_not_utf8(self) -> None:
        """They do no harm, and can be used."""
        with open(os.path.join(os.fsencode(self.path), b'\xff.sock'), 'w'):
            pass
        self.assertEqual(['\udcff.sock'], self.names())
        self.assertRaises(
            OSError, rendezvous.connect, self.directory, '\udcff.sock'
        )

    def test_no_change_costs_no_scan(self) -> None:
        """After a clean scan it is not asked for again."""
        self.assertTrue(self.scanner.changed())
        self.touch('a.sock')
        self.tick()
        self.assertEqual(['a.sock'], self.names())
        for _ in range(3):
            self.assertFalse(self.scanner.changed())

    def test_changes_are_noticed(self) -> None:
        """A new name, another name, a name less."""
        old, new = (os.path.join(self.path, n) for n in ('.a.sock', 'a.sock'))
        changes: list[tuple[Callable[[], None], list[str]]] = [
            (lambda: self.touch('.a.sock'), []),
            (lambda: os.rename(old, new), ['a.sock']),
            (lambda: self.touch('b.sock'), ['a.sock', 'b.sock']),
            (lambda: os.unlink(new), ['b.sock']),
        ]
        for change, names in changes:
            self.tick()
            self.names()
            self.assertFalse(self.scanner.changed())
            change()
            self.assertTrue(self.scanner.changed())
            self.assertEqual(names, self.names())

    def test_a_scan_within_a_tick_is_not_clean(self) -> None:
        """A change that came later in the same tick has the same stamp."""
        stamp = os.stat(self.path).st_ctime_ns
        clock = types.SimpleNamespace()
        self.patch(scanning, 'time', clock)
        for now, clean in (
            (stamp - 1, False),
            (stamp, False),
            (stamp + 1, True),
        ):
            clock.clock_gettime_ns = {scanning._COARSE_CLOCK: now}.get
            self.assertEqual([], self.names())
            self.assertEqual(not clean, self.scanner.changed())

    def test_clock_is_read_before_the_directory(self) -> None:
        """A tick between the two must not make a scan clean."""
        read = []
        real = scanning._listdir

        def listdir(fd: int) -> list[str]:
            read.append('names')
            return real(fd)

        def clock(which: int) -> int:
            read.append('clock')
            return time.clock_gettime_ns(which)

        self.patch(scanning, '_listdir', listdir)
        self.patch(
            scanning, 'time', types.SimpleNamespace(clock_gettime_ns=clock)
        )
        self.names()
        self.assertEqual(['clock', 'names'], read)

    def test_nobody_is_overlooked(self) -> None:
        """Whoever came before the question is in the answer to it."""
        known: list[str] = []
        for i in range(1000):
            if self.scanner.changed():
                known = self.names()
            name = f'{i}.sock'
            self.touch(name)
            if self.scanner.changed():
                known = self.names()
            self.assertIn(name, known)

    @base.as_root
    def test_nobody_is_overlooked_on_ramfs(self) -> None:
        """The same where a time stamp is as coarse as a clock tick."""
        done = base.run_python(
            _ON_RAMFS, self.path, prefix=('unshare', '--mount')
        )
        if done.returncode == 77 or 'unshare failed' in done.stdout:
            self.skipTest(f'ramfs cannot be mounted here: {done.stdout}')
        self.assertEqual('missed 0\n', done.stdout)

    def test_directory_that_was_removed(self) -> None:
        """It is told from an empty one."""
        self.tick()
        self.assertEqual([], self.scanner.scan())
        os.rmdir(self.path)
        self.assertTrue(self.scanner.changed())
        self.assertIsNone(self.scanner.scan())
        os.mkdir(self.path)
        self.assertIsNone(self.scanner.scan())

    def test_closed(self) -> None:
        """Asking is allowed even then: another thread may have closed it."""
        self.scanner.close()
        self.assertEqual(-1, self.directory.fd)
        self.assertTrue(self.scanner.changed())


_ON_RAMFS = """
import os, subprocess, sys
from unixnotif import rendezvous
path = sys.argv[1]
if subprocess.call(['mount', '-t', 'ramfs', 'none', path]):
    sys.exit(77)
scanner = rendezvous.Scanner(rendezvous.Directory(path, listable=True))
known = []
missed = 0
for i in range(3000):
    if scanner.changed():
        known = scanner.scan()
    name = f'{i % 50}-{i}.sock'
    open(f'{path}/{name}', 'w').close()
    if scanner.changed():
        known = scanner.scan()
    missed += name not in {each.text for each in known}
    if i >= 50:
        os.unlink(f'{path}/{i % 50}-{i - 50}.sock')
print('missed', missed)
"""


class ConnectTest(ScanningTest):
    """Connecting to who is there."""

    def connect(self, name: str) -> tuple[socket.socket, bool]:
        sock, stream = rendezvous.connect(self.directory, name)
        self.addCleanup(sock.close)
        return socket.socket(fileno=os.dup(sock.fileno())), stream

    def assert_refused(self, name: str, number: int) -> None:
        before = base.open_descriptors()
        e = self.assertRaises(
            OSError, rendezvous.connect, self.directory, name
        )
        self.assertEqual(number, e.errno, str(e))
        self.assertEqual(before, base.open_descriptors())

    def test_both_kinds(self) -> None:
        """Records are tried first; a stream is told to be one."""
        for kind, is_stream in (
            (socket.SOCK_SEQPACKET, False),
            (socket.SOCK_STREAM, True),
        ):
            name = f'{int(kind)}.sock'
            listener = self.bind(self.where, name, kind)
            sock, stream = self.connect(name)
            with sock:
                self.assertEqual(is_stream, stream)
                sock.send(b'x')
                accepted = packet.accept(listener)
                self.addCleanup(accepted.close)
                self.assertEqual(b'x', accepted.recv(2))

    def test_nobody(self) -> None:
        """A name that is not there, and one whose owner is gone."""
        self.assert_refused('a.sock', errno.ENOENT)
        self.bind(self.where, 'b.sock', socket.SOCK_SEQPACKET).close()
        self.assert_refused('b.sock', errno.ECONNREFUSED)

    def test_symbolic_links(self) -> None:
        """They are refused: one could lead to any socket of the host."""
        self.bind(self.where, 'real.sock', socket.SOCK_SEQPACKET)
        os.symlink('real.sock', os.path.join(self.path, 'link.sock'))
        self.assert_refused('link.sock', errno.ENOTSOCK)

    def test_other_files(self) -> None:
        """What is no socket is refused."""
        self.touch('file.sock')
        os.mkdir(os.path.join(self.path, 'd.sock'))
        os.mkfifo(os.path.join(self.path, 'fifo.sock'))
        for name in ('file.sock', 'd.sock', 'fifo.sock'):
            self.assert_refused(name, errno.ENOTSOCK)

    def test_datagram_socket(self) -> None:
        """A third kind of socket is refused."""
        sock = packet.new_socket(socket.SOCK_DGRAM)
        self.addCleanup(sock.close)
        sock.bind(self.directory.socket_path('d.sock'))
        self.assert_refused('d.sock', errno.EPROTOTYPE)

    def test_full_backlog(self) -> None:
        """It lives, but accepts nobody; nobody waits for it."""
        for kind in (socket.SOCK_SEQPACKET, socket.SOCK_STREAM):
            name = f'{int(kind)}.sock'
            self.bind(self.where, name, kind, backlog=0)
            self.connect(name)[0].close()
            e = self.assertRaises(
                BlockingIOError, rendezvous.connect, self.directory, name
            )
            self.assertEqual(errno.EAGAIN, e.errno)

    @base.as_root
    def test_permissions(self) -> None:
        """Who may not write to a socket is refused."""
        self.bind(self.where, 'a.sock', socket.SOCK_SEQPACKET)
        os.chmod(os.path.join(self.path, 'a.sock'), 0o660)

        def child() -> str:
            os.chmod(self.path, 0o711)
            os.chdir(self.path)
            self.directory.path = '.'
            with base.as_user(OTHER):
                try:
                    rendezvous.connect(self.directory, 'a.sock')
                except PermissionError as e:
                    return str(e)
            return 'connected'

        self.assertIn('Permission denied', self.in_child(child))


class SweepTest(ScanningTest):
    """Removing what nobody owns any more."""

    def setUp(self) -> None:
        super().setUp()
        self.clock = self.new_clock()
        self.bind(self.where, 'a.sock', socket.SOCK_SEQPACKET).close()

    def test_young_ones_stay(self) -> None:
        """A foreign program may be between its bind and its listen."""
        age = rendezvous.sweep(self.directory, 'a.sock')
        assert age is not None
        self.assertGreaterEqual(age, 0)
        self.clock.advance(scanning._GRACE - 5)
        age = rendezvous.sweep(self.directory, 'a.sock')
        assert age is not None
        self.assertGreaterEqual(age, scanning._GRACE - 5)
        self.assertTrue(self.directory.has('a.sock'))

    def test_old_ones_go(self) -> None:
        """After the grace it is dead; removing it again does nothing."""
        self.clock.advance(scanning._GRACE + 1)
        for _ in range(2):
            self.assertIsNone(rendezvous.sweep(self.directory, 'a.sock'))
            self.assertFalse(self.directory.has('a.sock'))

    def test_clock_that_was_set_back(self) -> None:
        """A socket from the future is young."""
        self.clock.advance(-1000)
        self.assertEqual(0.0, rendezvous.sweep(self.directory, 'a.sock'))
        self.assertTrue(self.directory.has('a.sock'))

    def test_what_cannot_be_looked_at(self) -> None:
        """It stays, and is no error."""
        self.assertEqual(0.0, rendezvous.sweep(self.directory, 'a' * 300))

    @base.as_root
    def test_other_users_keep_theirs(self) -> None:
        """In a sticky directory one removes one's own, and says the age."""
        self.clock.advance(scanning._GRACE + 100)
        os.chmod(self.path, 0o3777)

        def child() -> float | None:
            with base.as_user(OTHER):
                return rendezvous.sweep(self.directory, 'a.sock')

        self.assertGreaterEqual(self.in_child(child), scanning._GRACE + 100)
        self.assertTrue(self.directory.has('a.sock'))
