# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Tests of the tables."""

from oslotest import base

from bench import tables


class GrowthTest(base.BaseTestCase):
    def test_plot(self) -> None:
        """A factor of ten makes each bar longer by the same length."""
        shown = tables.growth(
            [
                {'series': 's', 'size': size, 'us': us}
                for size, us in ((1, 0.5), (10, 10.0), (100, 100.0))
            ]
        )
        self.assertEqual(
            [0, 8, 16], [line.count('#') for line in shown.splitlines()[-3:]]
        )
