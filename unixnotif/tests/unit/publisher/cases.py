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

"""What the tests of the publisher share."""

from unixnotif import address
from unixnotif import publisher as publishers
from unixnotif.tests import base

#: Smaller than what a few notifications take.
SMALL_BUFFER = 4096


class PublisherCase(base.TestCase):
    def new_addresses(self) -> list[address.Address]:
        """One of each kind, for what both promise."""
        return [self.new_directory(), self.new_socket()]

    def errors_logged(self) -> list[str]:
        return [line for line in self.logged if line.startswith('ERROR')]

    def warnings_logged(self) -> list[str]:
        return [line for line in self.logged if line.startswith('WARNING')]


def fill(publisher: publishers.Publisher, begin: int = 0) -> int:
    """Publish until one is dropped; the number of the next."""
    while not publisher.publish(base.document(begin)).dropped:
        begin += 1
    return begin + 1
