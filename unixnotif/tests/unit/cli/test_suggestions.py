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

"""Suggestions for misspelled names."""

from unixnotif.cli import suggestions
from unixnotif.tests import base


class SuggestionsTest(base.TestCase):
    def test_similar(self) -> None:
        """Near names, in the order of their similarity; or nothing."""
        known = ('tail', 'top', 'send', 'a-long-prefix:Host')
        for name, expected in (
            ('tial', '; did you mean tail?'),
            ('tp', '; did you mean top?'),
            ('Host', '; did you mean a-long-prefix:Host?'),
            ('zzzz', ''),
            ('', ''),
        ):
            self.assertEqual(expected, suggestions.similar(name, known))
