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

"""Peers that may not pass descriptors."""

import os
import socket
from typing import Any

import testtools

from unixnotif import closing
from unixnotif import packet
from unixnotif.packet import rights
from unixnotif.tests import base
from unixnotif.tests import traps

_RIGHTS = (socket.SOL_SOCKET, socket.SCM_RIGHTS, b'\0\0\0\0')


def can_refuse() -> bool:
    """Return True if the kernel can refuse descriptors (Linux 6.16)."""
    with socket.socket(socket.AF_UNIX) as sock:
        try:
            return sock.getsockopt(*rights._PASS_RIGHTS) == 1
        except OSError:
            return False


def assert_refused(test: testtools.TestCase, peer: Any) -> None:
    """The kernel refuses the descriptors that a peer passes."""
    test.assertRaises(PermissionError, peer.sendmsg, [b'x'], [_RIGHTS])


class RightsTest(base.TestCase):
    """Sockets that need no descriptors."""

    def setUp(self) -> None:
        super().setUp()
        self.where = self.new_directory()

    def test_connections(self) -> None:
        """Connections of a listener refuse descriptors from the beginning."""
        if not can_refuse():
            self.skipTest('needs Linux 6.16')
        for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
            name = f'{int(kind)}.sock'
            listener = self.bind(self.where, name, kind)
            packet.refuse_descriptors(listener)
            peer = packet.connect(kind, os.path.join(self.where.path, name))
            self.addCleanup(peer.close)
            # It waits to be accepted.
            assert_refused(self, peer)
            accepted = packet.accept(listener)
            self.addCleanup(accepted.close)
            assert_refused(self, peer)
            peer.send(b'x')
            self.assertEqual(b'x', accepted.recv(2))
            # The other direction is the peer's.
            accepted.sendmsg([b'y'], [_RIGHTS])

    def test_old_kernel(self) -> None:
        """A kernel without the option is no error."""
        # No socket has this option.
        self.patch(rights, '_PASS_RIGHTS', (socket.SOL_SOCKET, 9999))
        sock = packet.new_socket(socket.SOCK_STREAM)
        self.addCleanup(sock.close)
        packet.refuse_descriptors(sock)


class TrapTest(base.TestCase):
    """Sockets with SO_LINGER, whose close blocks while data is unsent."""

    def setUp(self) -> None:
        super().setUp()
        # More than there are threads: each would block one for an hour.
        self.count = 2 * closing.MAX_THREADS

    def assert_closed(self) -> None:
        base.wait_until(lambda: not closing.pending(), 60)

    def test_received(self) -> None:
        """Received sockets do not block the threads that close them."""
        kept = [traps.new() for _ in range(self.count)]
        rights.close_all([trap.detach() for trap, _ in kept], 1)
        self.assert_closed()

    def test_unread(self) -> None:
        """Nor do those in connections that are closed unread."""
        for kind in (socket.SOCK_SEQPACKET, socket.SOCK_STREAM):
            where = self.new_directory()
            listener = self.bind(where, 'x.sock', kind)
            kept = []
            for number in range(self.count):
                peer = packet.connect(kind, f'{where.path}/x.sock')
                kept.append(traps.pass_on(peer, *([b'x'] * number)))
                rights.discard(packet.accept(listener))
            self.assert_closed()
            for _, peer in kept:
                peer.close()

    def test_other_files(self) -> None:
        """A file that is no socket is closed, and closing twice ignored."""
        reading, writing = os.pipe()
        with os.fdopen(reading, 'rb') as file:
            rights.close_all([writing, 10**6], 1)
            self.assertEqual(b'', file.read())
        self.assert_closed()
