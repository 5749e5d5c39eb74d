# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

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
