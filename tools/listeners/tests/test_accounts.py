# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The comparison of emitted and received notifications."""

from oslotest import base

from tools.listeners import accounts


class CompareTest(base.BaseTestCase):
    def test_equal(self) -> None:
        """The order does not matter."""
        self.assertEqual('', accounts.compare(['a', 'b'], ['b', 'a']))

    def test_differences(self) -> None:
        """Each difference is counted, with examples."""
        for received, expected in (
            (['a'], '1 lost, for example b'),
            ([], '2 lost, for example a, b'),
            (['a', 'b', 'a'], '1 received twice, for example a'),
            (['a', 'b', 'c'], '1 never emitted, for example c'),
            (['a', 'a'], '1 lost, for example b; '
             '1 received twice, for example a'),
        ):  # fmt: skip
            self.assertEqual(expected, accounts.compare(['a', 'b'], received))
