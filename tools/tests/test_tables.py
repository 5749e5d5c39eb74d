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

"""The layout of tables."""

from oslotest import base

from tools import tables


class TableTest(base.BaseTestCase):
    def test_layout(self) -> None:
        """Names stand on the left and numbers on the right."""
        rows = [('name', 'run', 'n'), ('a', 'before', '10'), ('bcdef', '', '')]
        self.assertEqual(
            [
                'name   run      n',
                '-----  ------  --',
                'a      before  10',
                'bcdef',
            ],
            tables.lay_out(rows, 2),
        )
