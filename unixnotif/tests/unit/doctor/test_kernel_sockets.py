# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Connections, as the kernel lists them."""

import os
import socket

from unixnotif import address
from unixnotif.doctor import kernel_sockets
from unixnotif.tests import base


class KernelSocketsTest(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.where = self.new_directory()

    def connect(self, where: address.Address) -> tuple[int, socket.socket]:
        """Connect to the listener; return the inode of the connection."""
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.addCleanup(sock.close)
        sock.connect(f'{where.path}/a.sock')
        return os.fstat(sock.fileno()).st_ino, sock

    def test_connections(self) -> None:
        """Waiting and accepted connections are listed."""
        listener = self.bind(self.where, 'a.sock', socket.SOCK_SEQPACKET)
        status = os.stat(f'{self.where.path}/a.sock')
        file = status.st_dev, status.st_ino
        if kernel_sockets.connected([file]) is None:
            self.skipTest('this kernel does not list sockets')
        self.assertEqual({file: []}, kernel_sockets.connected([file]))
        first, _ = self.connect(self.where)
        fd, _ = listener._accept()  # type: ignore[attr-defined]
        self.addCleanup(os.close, fd)
        second, sock = self.connect(self.where)
        found = kernel_sockets.connected([file])
        assert found is not None
        self.assertEqual({first, second}, set(found[file]))
        sock.close()
        found = kernel_sockets.connected([file])
        assert found is not None
        self.assertEqual({first}, set(found[file]))

    def test_other_files(self) -> None:
        """Only the files that were asked for."""
        self.assertIn(kernel_sockets.connected([(1, 2**40 + 7)]), ({}, None))
        self.assertIn(kernel_sockets.connected([]), ({}, None))
