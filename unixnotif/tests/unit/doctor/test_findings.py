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

"""Findings."""

from unixnotif.doctor import findings
from unixnotif.tests import base


class FindingsTest(base.TestCase):
    def test_a_problem_has_a_reason_and_a_fix(self) -> None:
        """A problem without advice is a mistake of the check."""
        for why, fix in (('', 'x'), ('x', ''), ('', '')):
            self.assertRaises(
                ValueError, findings.problem, 'name', 'what', why, fix
            )

    def test_as_dict(self) -> None:
        """JSON has every part."""
        found = findings.problem('n', 'w', 'y', 'f', ('a', 'b'))
        self.assertEqual(
            {
                'level': 'problem',
                'name': 'n',
                'what': 'w',
                'why': 'y',
                'fix': 'f',
                'details': ['a', 'b'],
            },
            found.as_dict(),
        )
