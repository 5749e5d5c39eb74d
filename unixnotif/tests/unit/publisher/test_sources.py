# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The source of a publisher that has no source."""

import math

from unixnotif import shares
from unixnotif.publisher import departed
from unixnotif.publisher import sources
from unixnotif.tests import base


class UnopenedTest(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.clock = self.new_clock()
        self.clock.stop()

    def test_replaced_at_once(self) -> None:
        """An unopened source must be replaced at once by default."""
        unopened: sources.Source = sources.Unopened()

        self.assertTrue(unopened.changed())
        self.assertTrue(unopened.is_lost())

    def test_retry(self) -> None:
        """An unopened source must be replaced at its retry time."""
        unopened = sources.Unopened(self.clock.monotonic() + 2)
        self.clock.advance(1)
        self.assertFalse(unopened.changed())
        self.assertFalse(unopened.is_lost())

        self.clock.advance(1)

        self.assertTrue(unopened.changed())
        self.assertTrue(unopened.is_lost())

    def test_closed(self) -> None:
        """The source of a closed publisher is never replaced."""
        self.assertFalse(sources.CLOSED.changed())
        self.assertFalse(sources.CLOSED.is_lost())
        self.patch(self.clock, '_stopped_at', math.nextafter(math.inf, 0))

        self.assertFalse(sources.CLOSED.changed())
        self.assertFalse(sources.CLOSED.is_lost())

    def test_empty(self) -> None:
        """An unopened source has no subscribers, and allows every call."""
        for unopened in sources.Unopened(), sources.CLOSED:
            left = departed.Departed()
            self.assertTrue(unopened.update(left))
            unopened.discard(['x'])
            self.assertTrue(unopened.is_open())
            for verb in unopened.leave, unopened.close, unopened.abandon:
                verb()

            self.assertEqual({}, unopened.targets)
            self.assertEqual({}, left.targets)
            self.assertEqual({}, unopened.refused)


class CountPlacesTest(base.TestCase):
    """The places that users hold."""

    def test_former(self) -> None:
        """Former subscribers take places, but never those of others."""
        self.patch(shares, '_geteuid', lambda: 1000)
        for count, own in (1, 3), (4, 0), (400, 0):
            places = sources.count_places({}, 16, [2001] * count)
            self.assertEqual(own, places.room(2001))
            self.assertEqual(4, places.room(2002))
            self.assertEqual(16 - min(count, 4), places.room(1000))

    def test_former_of_exempt_users(self) -> None:
        """Former subscribers of root and of this process take no places."""
        self.patch(shares, '_geteuid', lambda: 1000)
        places = sources.count_places({}, 16, [0, 1000] * 100)
        self.assertEqual(16, places.room(0))
