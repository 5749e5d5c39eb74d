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
