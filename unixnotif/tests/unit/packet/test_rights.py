# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Peers that may not pass descriptors."""

import os
import socket
from typing import Any

import testtools

from unixnotif import packet
from unixnotif.packet import rights
from unixnotif.tests import base

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
