# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Tests of the proxy that delays."""

import socket
import time

from oslotest import base

from bench import distance

_DELAY = 0.05


class ProxyTest(base.BaseTestCase):
    def test_delay(self) -> None:
        """Bytes arrive in their order, both ways, and not too early."""
        server = socket.create_server(('127.0.0.1', 0))
        self.addCleanup(server.close)
        proxy = self.enterContext(
            distance.Proxy(server.getsockname()[1], _DELAY)
        )
        near = socket.create_connection(('127.0.0.1', proxy.port))
        self.addCleanup(near.close)
        far, _ = server.accept()
        self.addCleanup(far.close)
        for one, other in ((near, far), (far, near)):
            begin = time.monotonic()
            for number in range(100):
                one.sendall(b'%03d' % number)
            received = other.recv(300, socket.MSG_WAITALL)
            self.assertGreaterEqual(time.monotonic() - begin, _DELAY)
            self.assertEqual(
                b''.join(b'%03d' % number for number in range(100)), received
            )
        near.shutdown(socket.SHUT_WR)
        self.assertEqual(b'', far.recv(1))
