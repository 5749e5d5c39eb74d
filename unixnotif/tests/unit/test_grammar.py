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

"""Nouns with their numbers."""

from unixnotif import grammar
from unixnotif.tests import base


class WordingTest(base.TestCase):
    def test_plural(self) -> None:
        """A noun agrees with its number."""
        self.assertEqual(
            ['no socket', '1 socket', '2 sockets', '2 entries'],
            [
                grammar.plural(0, 'socket'),
                grammar.plural(1, 'socket'),
                grammar.plural(2, 'socket'),
                grammar.plural(2, 'entry', 'entries'),
            ],
        )
