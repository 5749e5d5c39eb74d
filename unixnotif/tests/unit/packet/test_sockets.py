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

"""Unix sockets: of the C type, never waiting, closed on exec."""

import _socket
import os
import socket

from unixnotif import packet
from unixnotif import rendezvous
from unixnotif.tests import base


class SocketTest(base.TestCase):
    """What all sockets of the package have in common."""

    def assert_ours(self, sock: _socket.socket) -> None:
        self.addCleanup(sock.close)
        # Not the class of the module socket, which eventlet makes green.
        self.assertIs(_socket.socket, type(sock))
        self.assertEqual(0.0, sock.gettimeout())
        self.assertFalse(os.get_blocking(sock.fileno()))
        self.assertFalse(os.get_inheritable(sock.fileno()))

    def test_new_sockets(self) -> None:
        """They do not wait, and no program that is started gets them."""
        for kind in (socket.SOCK_SEQPACKET, socket.SOCK_STREAM):
            sock = packet.new_socket(kind)
            self.assert_ours(sock)
            self.assertEqual(
                kind, sock.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE)
            )

    def test_accepted_sockets(self) -> None:
        """The same holds for what is accepted; nobody waits for nobody."""
        where = self.new_directory()
        for kind in (socket.SOCK_SEQPACKET, socket.SOCK_STREAM):
            name = f'{int(kind)}.sock'
            listener = self.bind(where, name, kind)
            self.assertRaises(BlockingIOError, packet.accept, listener)
            client = packet.new_socket(kind)
            self.addCleanup(client.close)
            with rendezvous.Directory(where.path) as directory:
                client.connect(directory.socket_path(name))
            self.assert_ours(packet.accept(listener))
            self.assertRaises(BlockingIOError, packet.accept, listener)

    def test_peer(self) -> None:
        """The kernel tells who made the other end."""
        near, far = socket.socketpair()
        self.addCleanup(near.close)
        self.addCleanup(far.close)
        found = packet.peer(near)
        self.assertEqual((os.getpid(), os.geteuid(), os.getegid()), found)
        self.assertEqual(os.geteuid(), found.uid)

    @base.as_root
    def test_great_numbers_of_users(self) -> None:
        """User and group ids have 32 bits, and are not negative."""

        def child() -> list[int]:
            with base.as_user(3_000_000_000, 3_000_000_001):
                near, far = socket.socketpair()
            with near, far:
                found = packet.peer(near)
            return [found.uid, found.gid]

        self.assertEqual([3_000_000_000, 3_000_000_001], self.in_child(child))

    def test_send_buffer(self) -> None:
        """Any size is taken; the kernel makes it possible."""
        near, far = socket.socketpair()
        self.addCleanup(near.close)
        self.addCleanup(far.close)
        sizes = []
        for size in (0, 100_000, 2**31 - 1):
            packet.set_send_buffer(near, size)
            sizes.append(near.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF))
        self.assertEqual(sorted(sizes), sizes)
        self.assertEqual(200_000, sizes[1])

    def test_stop_receiving(self) -> None:
        """What was sent before can be read, and nothing is sent after it."""
        for kind in (socket.SOCK_SEQPACKET, socket.SOCK_STREAM):
            near, far = socket.socketpair(socket.AF_UNIX, kind)
            self.addCleanup(near.close)
            self.addCleanup(far.close)
            near.send(b'before')
            for _ in range(2):
                packet.stop_receiving(far)
                self.assertRaises(BrokenPipeError, near.send, b'after')
            self.assertEqual(b'before', far.recv(99))
            self.assertEqual(b'', far.recv(99))

    def test_stop_listening(self) -> None:
        """Who had connected is accepted, and nobody connects after it."""
        where = self.new_directory()
        listener = self.bind(where, 'x.sock', socket.SOCK_SEQPACKET)
        path = f'{where.path}/x.sock'
        before = packet.connect(socket.SOCK_SEQPACKET, path)
        self.addCleanup(before.close)
        packet.stop_receiving(listener)
        self.assertRaises(
            ConnectionRefusedError,
            packet.connect,
            socket.SOCK_SEQPACKET,
            path,
        )
        self.assert_ours(packet.accept(listener))
        self.assertRaises(BlockingIOError, packet.accept, listener)
