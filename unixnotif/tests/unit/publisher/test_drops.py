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

"""Drops: each is told of once, in few warnings."""

from unixnotif import address
from unixnotif.publisher import drops
from unixnotif.tests import base


class DropsTest(base.TestCase):
    """The drops of one publisher."""

    def setUp(self) -> None:
        super().setUp()
        self.clock = self.new_clock(drops)
        self.drops = drops.Drops(address.Address('/run/x'))

    def warned(self) -> list[str]:
        return [
            line.partition('unix+dir:///run/x ')[2] for line in self.logged
        ]

    def test_no_drop_is_no_warning(self) -> None:
        """Nothing is said of nothing."""
        self.drops.warn()
        self.drops.warn_if_due()
        self.assertEqual([], self.warned())

    def test_each_is_told_of_once(self) -> None:
        """What came within the interval is in the next warning."""
        self.drops.add({'a': 1})
        self.drops.warn_if_due()
        self.drops.add({'a': 2})
        self.drops.add({'b': 3})
        self.drops.warn_if_due()
        self.assertEqual(['were dropped (a: 1).'], self.warned())
        self.clock.advance(drops.WARN_INTERVAL)
        self.drops.warn_if_due()
        self.drops.warn_if_due()
        self.assertEqual('were dropped (a: 2, b: 3).', self.warned()[1])
        self.drops.add({'c': 4})
        # At the end, say, when nothing may stay untold.
        self.drops.warn()
        self.drops.warn()
        self.assertEqual(['were dropped (c: 4).'], self.warned()[2:])
