# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Totals: exact numbers in tables of a bounded size."""

from unixnotif.report import rows
from unixnotif.report import totals
from unixnotif.tests import base as testing
from unixnotif.tests.unit.report import base


class TotalsTest(testing.TestCase):
    def test_counts(self) -> None:
        """Each field has its names, the most frequent first."""
        found = totals.Totals()
        for seconds, event_type, priority in (
            (2, 'b', 'INFO'),
            (1, 'a', 'ERROR'),
            (3, 'b', 'CRITICAL'),
        ):
            found.add(
                rows.Row.of(
                    base.recorded(
                        event_type, seconds=seconds, priority=priority
                    )
                )
            )
        names = found.names['event_type']
        self.assertEqual([('b', 2), ('a', 1)], names.most(5))
        self.assertEqual([('b', 2)], names.most(1))
        self.assertEqual((3, 2), (found.count, found.severe))
        self.assertEqual(
            (base.START_MS + 1000, base.START_MS + 3000),
            (found.first, found.last),
        )

    def test_missing_names(self) -> None:
        """A missing name is not one of the names."""
        found = totals.Totals()
        found.add(rows.Row.of(base.recorded(test_id=None)))
        self.assertEqual(0, len(found.names['test_id']))

    def test_bound(self) -> None:
        """Names beyond the bound are counted together."""
        names = totals.Names()
        for number in range(totals.MAX_NAMES + 5):
            names.add(str(number))
        names.add('0')
        self.assertEqual(totals.MAX_NAMES, len(names.counts))
        self.assertEqual((5, 2), (names.others, names.counts['0']))
