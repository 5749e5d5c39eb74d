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

"""``unixnotif contract rules`` and ``explain``."""

from unixnotif.contract.rules import descriptions
from unixnotif.tests.unit.cli.contract import base


class RulesTest(base.TestCase):
    """What they print."""

    def test_rules(self) -> None:
        """A table, or the page of the reference."""
        self.assertEqual(descriptions.table(), self.check_command(0, 'rules'))
        self.assertEqual(
            descriptions.as_rst(),
            self.check_command(0, 'rules', '--format', 'rst'),
        )

    def test_explain(self) -> None:
        """By id or by name."""
        for name in ('C202', 'field-type-changed-in-minor'):
            self.check_command(
                0, 'explain', name, out='C202 field-type-changed-in-minor ('
            )
        self.check_command(2, 'explain', 'C999', err="no rule 'C999'")
