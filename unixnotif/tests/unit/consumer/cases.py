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

"""What the tests of the consumer share."""

import _socket
import os

from unixnotif import address
from unixnotif import rendezvous
from unixnotif.tests import base


class ConsumerCase(base.TestCase):
    def new_addresses(self) -> list[address.Address]:
        """One of each kind, for what both promise."""
        return [self.new_directory(), self.new_socket()]

    def connect(self, where: address.Address) -> _socket.socket:
        """A connection to the only consumer in a directory, as a peer's."""
        (name,) = os.listdir(where.path)
        with rendezvous.Directory(where.path) as directory:
            sock, _ = rendezvous.connect(directory, name)
        self.addCleanup(sock.close)
        return sock
