# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Shared parts of the tests of the consumer."""

import _socket
import os

from unixnotif import address
from unixnotif import rendezvous
from unixnotif.tests import base


class ConsumerCase(base.TestCase):
    def new_addresses(self) -> list[address.Address]:
        """Return an address of each kind."""
        return [self.new_directory(), self.new_socket()]

    def connect(self, where: address.Address) -> _socket.socket:
        """Connect to the only consumer in a directory, as a peer does."""
        (name,) = os.listdir(where.path)
        with rendezvous.Directory(where.path) as directory:
            sock, _ = rendezvous.connect(directory, name)
        self.addCleanup(sock.close)
        return sock
