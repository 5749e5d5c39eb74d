# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Unix sockets: of the C type _socket.socket, non-blocking, closed on exec."""

import _socket
from collections.abc import Callable
import contextlib
import errno
import itertools
import os
import socket
from unittest import mock

from unixnotif import packet
from unixnotif import rendezvous
from unixnotif.packet import sockets
from unixnotif.tests import base
from unixnotif.tests.unit.publisher import scenes

KINDS = (socket.SOCK_SEQPACKET, socket.SOCK_STREAM)


class SocketCase(base.TestCase):
    """A directory with a socket to connect to."""

    def setUp(self) -> None:
        super().setUp()
        self.where = self.new_directory()

    def path(self, name: str) -> str:
        with rendezvous.Directory(self.where.path) as directory:
            return directory.socket_path(name)

    def new_pair(
        self, kind: int = socket.SOCK_STREAM
    ) -> tuple[socket.socket, socket.socket]:
        pair = socket.socketpair(socket.AF_UNIX, kind)
        for each in pair:
            self.addCleanup(each.close)
        return pair


class NewSocketTest(SocketCase):
    """The properties that all sockets of the package have."""

    def assert_ours(self, sock: _socket.socket) -> None:
        self.addCleanup(sock.close)
        self.assertIs(packet.Socket, type(sock))
        # The class of the module socket, which eventlet makes green.
        self.assertNotIsInstance(sock, socket.socket)
        self.assertEqual(0.0, sock.gettimeout())
        self.assertFalse(os.get_blocking(sock.fileno()))
        self.assertFalse(os.get_inheritable(sock.fileno()))
        assert isinstance(sock, packet.Socket)
        self.assertTrue(sock.is_open())

    def test_new_sockets(self) -> None:
        """New sockets do not wait, and no started program gets them."""
        for kind in KINDS:
            sock = packet.new_socket(kind)
            self.assert_ours(sock)
            self.assertEqual(
                kind, sock.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE)
            )

    def test_accepted_and_connected_sockets(self) -> None:
        """Both ends of a connection do not wait, and are not inherited."""
        for kind in KINDS:
            name = f'{int(kind)}.sock'
            listener = self.bind(self.where, name, kind)
            self.assertRaises(BlockingIOError, packet.accept, listener)
            self.assert_ours(packet.connect(kind, self.path(name)))
            self.assert_ours(packet.accept(listener))
            self.assertRaises(BlockingIOError, packet.accept, listener)

    def test_interrupted_accept(self) -> None:
        """Wherever a signal handler raises, no descriptor stays open."""
        listener = self.bind(self.where, 'x.sock', socket.SOCK_STREAM)
        path = self.path('x.sock')
        self.assertRaises(BlockingIOError, packet.accept, listener)
        before = base.descriptors_before()
        place: str | None = ''
        for position in itertools.count():
            client = packet.connect(socket.SOCK_STREAM, path)
            place = scenes.call_interrupted(
                lambda: packet.accept(listener).close(), position
            )
            client.close()
            # The connection has been accepted or still waits.
            with contextlib.suppress(BlockingIOError):
                packet.accept(listener).close()
            self.assertEqual(before, base.open_descriptors(), str(place))
            if not place:
                break
        self.assertGreater(position, 3)

    def test_failed_connect(self) -> None:
        """A socket that cannot connect is closed."""
        self.bind(self.where, 'x.sock', socket.SOCK_STREAM)
        before = base.descriptors_before()
        for kind, name, number in (
            (socket.SOCK_STREAM, 'y.sock', errno.ENOENT),
            (socket.SOCK_SEQPACKET, 'x.sock', errno.EPROTOTYPE),
        ):
            e = self.assertRaises(
                OSError, packet.connect, kind, self.path(name)
            )
            self.assertEqual(number, e.errno)
        self.assertEqual(before, base.open_descriptors())

    def test_peer(self) -> None:
        """The kernel records the process that created the other end."""
        near, _ = self.new_pair()
        found = packet.peer(near)
        self.assertEqual((os.getpid(), os.geteuid(), os.getegid()), found)
        self.assertEqual(os.geteuid(), found.uid)

    @base.as_root
    def test_large_user_ids(self) -> None:
        """User and group ids have 32 bits, and are not negative."""

        def child() -> list[int]:
            with base.as_user(3_000_000_000, 3_000_000_001):
                near, far = socket.socketpair()
            with near, far:
                found = packet.peer(near)
            return [found.uid, found.gid]

        self.assertEqual([3_000_000_000, 3_000_000_001], self.in_child(child))

    def test_send_buffer(self) -> None:
        """The kernel accepts any size, and adapts it to its limits."""
        near, _ = self.new_pair()
        sizes = []
        for size in (0, 100_000, 2**31 - 1):
            packet.set_send_buffer(near, size)
            sizes.append(near.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF))
        self.assertEqual(sorted(sizes), sizes)
        self.assertEqual(200_000, sizes[1])


class OwnerTest(SocketCase):
    """A socket owns its descriptor, and no file that gets the number."""

    def new_sockets(self) -> list[packet.Socket]:
        """Return a socket of each origin."""
        listener = packet.new_socket(socket.SOCK_STREAM)
        listener.bind(self.path('x.sock'))
        listener.listen(1)
        near = packet.connect(socket.SOCK_STREAM, self.path('x.sock'))
        found = [listener, near, packet.accept(listener)]
        os.unlink(self.path('x.sock'))
        for each in found:
            self.addCleanup(each.close)
        return found

    def test_closing(self) -> None:
        """A closed socket has no descriptor; closing twice is allowed."""
        before = base.descriptors_before()
        for sock in self.new_sockets():
            number = sock.fileno()
            for _ in range(2):
                sock.close()
                self.assertFalse(sock.is_open())
                self.assertEqual(-1, sock.fileno())
                self.assertRaises(OSError, os.fstat, number)
        self.assertEqual(before, base.open_descriptors())

    def test_closed_descriptor(self) -> None:
        """A socket notices that its descriptor was closed."""
        for sock in self.new_sockets():
            os.close(sock.fileno())
            self.assertFalse(sock.is_open())
            sock.close()
            self.assertFalse(sock.is_open())

    def test_number_of_another_file(self) -> None:
        """A socket does not close a file that has got its number."""
        origins: list[Callable[[], int]] = [
            lambda: os.open(os.devnull, os.O_RDONLY),
            lambda: packet.new_socket(socket.SOCK_STREAM).detach(),
            lambda: packet.new_socket(socket.SOCK_SEQPACKET).detach(),
            lambda: os.memfd_create('test'),
        ]
        for origin in origins:
            for sock in self.new_sockets():
                number = sock.fileno()
                other = origin()
                self.addCleanup(os.close, other)
                os.dup2(other, number)
                self.addCleanup(os.close, number)
                expected = os.fstat(other)
                self.assertFalse(sock.is_open())
                sock.close()
                self.assertTrue(os.path.samestat(expected, os.fstat(number)))
                # The garbage collector has nothing to close, either.
                self.assertEqual(-1, sock.fileno())

    def test_copy_of_the_descriptor(self) -> None:
        """A socket is still open if the number names a copy of it."""
        for sock in self.new_sockets():
            copy = os.dup(sock.fileno())
            os.close(sock.fileno())
            os.dup2(copy, sock.fileno())
            os.close(copy)
            self.assertTrue(sock.is_open())


class NamesakeTest(SocketCase):
    """Sockets that only make the kernel list a path."""

    def listed(self) -> list[str]:
        """Return the paths of this directory that the kernel lists."""
        with open('/proc/net/unix') as table:
            paths = [line.rstrip('\n').rpartition(' ')[2] for line in table]
        return [path for path in paths if path.startswith(self.where.path)]

    def test_listed_path(self) -> None:
        """The kernel lists the path until the namesake is closed."""
        path = self.path('x.sock')
        for kind in KINDS:
            namesake = packet.bind_namesake(kind, path)
            self.addCleanup(namesake.close)
            self.assertEqual([path], self.listed())
            # The namesake stays in the list when another socket replaces it.
            listener = self.bind(self.where, '.hidden', kind)
            os.rename(self.path('.hidden'), path)
            self.assertEqual({path, self.path('.hidden')}, set(self.listed()))
            packet.connect(kind, path).close()
            listener.close()
            namesake.close()
            self.assertEqual([], self.listed())
            os.unlink(path)

    def test_refuses_connections(self) -> None:
        """A namesake refuses connections."""
        for kind in KINDS:
            namesake = packet.bind_namesake(kind, self.path('x.sock'))
            self.addCleanup(namesake.close)
            self.assertRaises(
                ConnectionRefusedError,
                packet.connect,
                kind,
                self.path('x.sock'),
            )
            os.unlink(self.path('x.sock'))

    def test_failed_bind(self) -> None:
        """A namesake that cannot be bound is closed."""
        self.bind(self.where, 'x.sock', socket.SOCK_STREAM)
        before = base.descriptors_before()
        e = self.assertRaises(
            OSError,
            packet.bind_namesake,
            socket.SOCK_STREAM,
            self.path('x.sock'),
        )
        self.assertEqual(errno.EADDRINUSE, e.errno)
        self.assertEqual(before, base.open_descriptors())


class StopReceivingTest(SocketCase):
    """Stopping a socket: one moment for all peers."""

    def test_connection(self) -> None:
        """A stopped end reads what was sent before, and nothing later."""
        for kind in KINDS:
            near, far = self.new_pair(kind)
            near.send(b'before')
            for _ in range(2):
                packet.stop_receiving(far)
                self.assertRaises(BrokenPipeError, near.send, b'after')
            self.assertEqual(b'before', far.recv(99))
            self.assertEqual(b'', far.recv(99))

    def test_listener(self) -> None:
        """A stopped listener accepts earlier peers, and refuses others."""
        listener = self.bind(self.where, 'x.sock', socket.SOCK_SEQPACKET)
        path = self.path('x.sock')
        before = packet.connect(socket.SOCK_SEQPACKET, path)
        self.addCleanup(before.close)
        packet.stop_receiving(listener)
        self.assertRaises(
            ConnectionRefusedError,
            packet.connect,
            socket.SOCK_SEQPACKET,
            path,
        )
        packet.accept(listener).close()
        self.assertRaises(BlockingIOError, packet.accept, listener)

    def test_closed_socket(self) -> None:
        """Stopping a socket that is not connected or closed does nothing."""
        sock = packet.new_socket(socket.SOCK_STREAM)
        packet.stop_receiving(sock)
        sock.close()
        packet.stop_receiving(sock)


class PeerTest(SocketCase):
    """Actions of the other end of a connection."""

    def test_has_peer(self) -> None:
        """A peer exists until it closes its end or stops sending."""
        ends: dict[str, Callable[[socket.socket], object]] = {
            'close': socket.socket.close,
            'stop': lambda far: far.shutdown(socket.SHUT_WR),
        }
        for name, end in ends.items():
            for unread in b'', b'unread':
                near, far = self.new_pair()
                far.send(unread)
                self.assertTrue(packet.has_peer(near))
                far.shutdown(socket.SHUT_RD)
                self.assertTrue(packet.has_peer(near), 'it may send')
                end(far)
                self.assertFalse(packet.has_peer(near), name)
                self.assertEqual(unread, near.recv(99))
        near.close()
        self.assertFalse(packet.has_peer(near))

    def test_holds_descriptors(self) -> None:
        """The kernel counts descriptors until they are received."""
        for kind in KINDS:
            near, far = self.new_pair(kind)
            far.send(b'x')
            self.assertIs(False, sockets.holds_descriptors(near))
            socket.send_fds(far, [b'x'], [near.fileno(), 0])
            self.assertIs(True, sockets.holds_descriptors(near))
            far.close()
            self.assertIs(True, sockets.holds_descriptors(near))
            near.recv(1)
            _, fds, _, _ = socket.recv_fds(near, 1, 2)
            for fd in fds:
                os.close(fd)
            self.assertIs(False, sockets.holds_descriptors(near))

    def test_no_descriptor_left(self) -> None:
        """holds_descriptors() is True if this process has none left."""
        near, _ = self.new_pair()
        for code, found in (
            (errno.EMFILE, True),
            (errno.ENFILE, True),
            (errno.ENOENT, None),
        ):
            error = OSError(code, os.strerror(code))
            with mock.patch.object(
                sockets, '_open', autospec=True, side_effect=error
            ):
                self.assertIs(found, sockets.holds_descriptors(near))

    def test_unknown_descriptors(self) -> None:
        """A socket without a count, or a file, may hold anything."""
        near, _ = self.new_pair()
        for text in b'', b'pos:\t0\n', b'scm_fds: \n':
            self.patch(sockets, '_read', lambda fd, size, text=text: text)
            self.assertIsNone(sockets.holds_descriptors(near))
        near.close()
        self.assertIsNone(sockets.holds_descriptors(near))
