# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Connecting to the socket that was checked; dead sockets removed."""

import contextlib
import dataclasses
import errno
import itertools
import os
import socket
from typing import Any

from unixnotif import packet
from unixnotif import rendezvous
from unixnotif.rendezvous import connector
from unixnotif.tests import base
from unixnotif.tests.unit.publisher import scenes
from unixnotif.tests.unit.rendezvous import helpers

OTHER = 65532
KINDS = (socket.SOCK_SEQPACKET, socket.SOCK_STREAM)


class ConnectTest(helpers.DirectoryCase):
    """Connecting to a subscriber."""

    def connect(self, name: str) -> tuple[socket.socket, bool]:
        sock, stream = rendezvous.connect(self.directory, name)
        self.addCleanup(sock.close)
        return socket.socket(fileno=os.dup(sock.fileno())), stream

    def assert_refused(self, name: str, number: int) -> None:
        before = base.descriptors_before()
        e = self.assertRaises(
            OSError, rendezvous.connect, self.directory, name
        )
        self.assertEqual(number, e.errno, str(e))
        self.assertEqual(before, base.open_descriptors())

    def test_second_name(self) -> None:
        """A hard link, perhaps to the socket of another service, is denied."""
        self.bind(self.where, 'x.sock', socket.SOCK_SEQPACKET)
        os.link(f'{self.where.path}/x.sock', f'{self.where.path}/y.sock')
        for name in 'x.sock', 'y.sock':
            self.assert_refused(name, errno.EPERM)
        os.unlink(f'{self.where.path}/y.sock')
        self.connect('x.sock')

    def test_both_kinds(self) -> None:
        """The result shows whether the socket is a stream."""
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

    def test_missing_name_or_owner(self) -> None:
        """A missing name, and one whose owner is gone, have their errors."""
        self.assert_refused('a.sock', errno.ENOENT)
        self.bind(self.where, 'b.sock', socket.SOCK_SEQPACKET).close()
        self.assert_refused('b.sock', errno.ECONNREFUSED)

    def test_symbolic_links(self) -> None:
        """A link is refused: it could lead to any socket of the host."""
        self.bind(self.where, 'real.sock', socket.SOCK_SEQPACKET)
        os.symlink('real.sock', os.path.join(self.path, 'link.sock'))
        self.assert_refused('link.sock', errno.ENOTSOCK)

    def test_other_files(self) -> None:
        """Any other file is refused."""
        self.touch('file.sock')
        os.mkdir(os.path.join(self.path, 'd.sock'))
        os.mkfifo(os.path.join(self.path, 'fifo.sock'))
        for name in ('file.sock', 'd.sock', 'fifo.sock'):
            self.assert_refused(name, errno.ENOTSOCK)

    def test_datagram_socket(self) -> None:
        """A socket of a third kind is refused."""
        sock = packet.new_socket(socket.SOCK_DGRAM)
        self.addCleanup(sock.close)
        sock.bind(self.directory.socket_path('d.sock'))
        self.assert_refused('d.sock', errno.EPROTOTYPE)

    def test_full_backlog(self) -> None:
        """Connecting does not wait for a subscriber that accepts nobody."""
        for kind in (socket.SOCK_SEQPACKET, socket.SOCK_STREAM):
            name = f'{int(kind)}.sock'
            self.bind(self.where, name, kind, backlog=0)
            self.connect(name)[0].close()
            e = self.assertRaises(
                BlockingIOError, rendezvous.connect, self.directory, name
            )
            self.assertEqual(errno.EAGAIN, e.errno)

    def test_closed_directory(self) -> None:
        """A closed directory has no subscribers."""
        self.bind(self.where, 'a.sock', socket.SOCK_SEQPACKET)
        self.directory.close()
        self.assert_refused('a.sock', errno.EBADF)

    @base.as_root
    def test_permissions(self) -> None:
        """A process that may not write to a socket is refused."""
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

    def test_any_depth(self) -> None:
        """A path of 300 characters works like any other."""
        path = os.path.join(self.path, *['directory' * 5] * 7)
        os.makedirs(path)
        directory = rendezvous.Directory(path)
        self.addCleanup(directory.close)
        for kind in KINDS:
            name = f'{int(kind)}.sock'
            listener = packet.new_socket(kind)
            self.addCleanup(listener.close)
            listener.bind(directory.socket_path(name))
            listener.listen(1)
            sock, _ = rendezvous.connect(directory, name)
            self.addCleanup(sock.close)
            packet.accept(listener).close()

    def test_nothing_arrives(self) -> None:
        """No peer can send, and so no peer can pass a descriptor."""
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, b'\0\0\0\0')
        for kind in KINDS:
            name = f'{int(kind)}.sock'
            listener = self.bind(self.where, name, kind)
            sock, _ = self.connect(name)
            with sock, contextlib.closing(packet.accept(listener)) as accepted:
                for ancillary in ([rights], []):
                    self.assertRaises(
                        BrokenPipeError, accepted.sendmsg, [b'x'], ancillary
                    )
                sock.send(b'x')
                self.assertEqual(b'x', accepted.recv(2))

    def test_interruption(self) -> None:
        """Wherever a signal handler raises, no descriptor stays open."""
        for kind in KINDS:
            self.bind(self.where, f'{int(kind)}.sock', kind, backlog=1000)
        os.symlink('1.sock', os.path.join(self.path, 'link.sock'))

        def connect() -> None:
            for kind in KINDS:
                rendezvous.connect(self.directory, f'{int(kind)}.sock')
            self.assertRaises(
                OSError, rendezvous.connect, self.directory, 'link.sock'
            )

        before = base.descriptors_before()
        for position in itertools.count():
            place = scenes.call_interrupted(connect, position)
            self.assertEqual(before, base.open_descriptors(), str(place))
            if place is None:
                break
        self.assertGreater(position, 20)


class ExchangeTest(helpers.DirectoryCase):
    """A name that is exchanged between the check and the connect."""

    def setUp(self) -> None:
        super().setUp()
        os.mkdir(f'{self.path}/d')
        private = dataclasses.replace(self.where, path=f'{self.path}/d')
        #: Of another service: the owner of the name may not reach it.
        self.private = self.bind(private, 'private', socket.SOCK_SEQPACKET)
        self.listener = self.bind(self.where, 'x.sock', socket.SOCK_SEQPACKET)

    def exchange_at_connect(self) -> None:
        """Have the name become a link to the private socket."""
        fd = self.directory.fd
        os.symlink('d/private', 'link', dir_fd=fd)
        real = packet.Socket.connect

        def connect(sock: packet.Socket, path: str) -> None:
            if not self.directory.lacks('link'):
                os.rename('link', 'x.sock', src_dir_fd=fd, dst_dir_fd=fd)
            real(sock, path)

        self.patch(packet.Socket, 'connect', connect)

    def connect_and_send(self) -> list[str]:
        """Return an error, and the bytes at both sockets."""
        found = []
        before = open_numbers()
        try:
            sock, _ = rendezvous.connect(self.directory, 'x.sock')
        except PermissionError as e:
            found.append(str(e))
        else:
            sock.send(b'x')
            sock.close()
        for name, listener in (
            ('checked', self.listener),
            ('private', self.private),
        ):
            with contextlib.suppress(BlockingIOError):
                accepted = packet.accept(listener)
                found.append(f'{name}: {accepted.recv(2)!r}')
                accepted.close()
        self.assertEqual(before, open_numbers())
        return found

    def in_chroot(self) -> Any:
        """Connect and send where /proc is missing."""

        def child() -> list[str]:
            base.enter_chroot(self.directory)
            return self.connect_and_send()

        return self.in_child(child)

    def test_link(self) -> None:
        """The socket that was checked gets the connection."""
        self.exchange_at_connect()
        self.assertEqual(["checked: b'x'"], self.connect_and_send())

    @base.as_root
    def test_link_after_a_change_of_the_user(self) -> None:
        """The connection is right in a service that root has started, too."""
        os.chown(self.path, OTHER, -1)
        os.chmod(self.path, 0o755)
        os.chmod(f'{self.path}/x.sock', 0o666)

        def child() -> list[str]:
            os.chdir(self.path)
            self.directory.path = '.'
            base.become_user(OTHER)
            self.exchange_at_connect()
            return self.connect_and_send()

        self.assertEqual(["checked: b'x'"], self.in_child(child))

    @base.as_root
    def test_link_without_proc(self) -> None:
        """A socket of another user gets no byte."""
        os.chown(f'{self.path}/x.sock', OTHER, -1)
        self.exchange_at_connect()
        self.assertEqual(
            [
                f'[Errno 13] the socket belongs to user {OTHER}, but the '
                'process that listens runs as user 0',
                "private: b''",
            ],
            self.in_chroot(),
        )

    @base.as_root
    def test_without_proc(self) -> None:
        """A process may listen on its own user's socket."""
        self.assertEqual(["checked: b'x'"], self.in_chroot())

    @base.as_root
    def test_process_of_another_user(self) -> None:
        """A process may listen on another user's socket if /proc is there.

        For example a socket that systemd has bound for a service.
        """
        os.chown(f'{self.path}/x.sock', OTHER, -1)
        self.assertEqual(["checked: b'x'"], self.connect_and_send())
        [error, *rest] = self.in_chroot()
        self.assertIn(f'belongs to user {OTHER}', error)
        self.assertEqual(["checked: b''"], rest)

    @base.as_root
    def test_mode_without_proc(self) -> None:
        """Without /proc, the mode of a socket still denies this process."""
        os.chmod(self.path, 0o755)

        def child() -> list[str]:
            base.enter_chroot(self.directory)
            base.become_user(OTHER)
            return self.connect_and_send()

        self.assertEqual(
            ['[Errno 13] Permission denied'], self.in_child(child)
        )


def open_numbers() -> list[int]:
    """Return the numbers of the open descriptors, also without /proc."""
    found = []
    for number in range(256):
        with contextlib.suppress(OSError):
            os.fstat(number)
            found.append(number)
    return found


class SweepTest(helpers.DirectoryCase):
    """Removing sockets that nobody owns any more."""

    def setUp(self) -> None:
        super().setUp()
        self.clock = self.new_clock()
        self.bind(self.where, 'a.sock', socket.SOCK_SEQPACKET).close()

    def test_young_socket(self) -> None:
        """A young socket is kept: its program may be about to listen."""
        age = rendezvous.sweep(self.directory, 'a.sock')
        assert age is not None
        self.assertGreaterEqual(age, 0)
        self.clock.advance(connector._GRACE - 5)
        age = rendezvous.sweep(self.directory, 'a.sock')
        assert age is not None
        # The time stamp of a file may be a clock tick ahead.
        self.assertGreaterEqual(age, connector._GRACE - 6)
        self.assertFalse(self.directory.lacks('a.sock'))

    def test_old_socket(self) -> None:
        """After the grace a socket is dead; removing it twice is allowed."""
        self.clock.advance(connector._GRACE + 1)
        for _ in range(2):
            self.assertIsNone(rendezvous.sweep(self.directory, 'a.sock'))
            self.assertTrue(self.directory.lacks('a.sock'))

    def test_clock_that_was_set_back(self) -> None:
        """A socket from the future is young."""
        self.clock.advance(-1000)
        self.assertEqual(0.0, rendezvous.sweep(self.directory, 'a.sock'))
        self.assertFalse(self.directory.lacks('a.sock'))

    def test_name_that_cannot_be_looked_at(self) -> None:
        """A name that the kernel refuses is no error."""
        self.assertEqual(0.0, rendezvous.sweep(self.directory, 'a' * 300))

    @base.as_root
    def test_other_user(self) -> None:
        """A socket of another user stays in a sticky directory."""
        self.clock.advance(connector._GRACE + 100)
        os.chmod(self.path, 0o3777)

        def child() -> float | None:
            with base.as_user(OTHER):
                return rendezvous.sweep(self.directory, 'a.sock')

        self.assertGreaterEqual(self.in_child(child), connector._GRACE + 99)
        self.assertFalse(self.directory.lacks('a.sock'))
