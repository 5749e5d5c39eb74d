# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""Tests of the state of the bus."""

from unixnotif.relay import bus_health
from unixnotif.tests import base


class HealthTest(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.clock = self.new_clock()
        self.clock.stop()
        self.health = bus_health.Health()

    def up(self) -> bool | None:
        return self.health.state().up

    def test_unknown(self) -> None:
        """The state is unknown before the first success or outage."""
        self.clock.advance(1000)
        self.assertIsNone(self.up())
        self.health.begin(1)
        self.health.refuse(1)
        self.assertIsNone(self.up())

    def test_up_and_down(self) -> None:
        """Every success and every outage is a change."""
        self.health.begin(1)
        self.health.succeed(1)
        self.assertTrue(self.up())
        self.health.begin(1)
        self.health.fail(1, 'gone')
        self.assertEqual((False, 'gone', 0.0), self.health.state())
        self.health.begin(1)
        self.health.refuse(1)
        self.assertTrue(self.up())

    def test_silence(self) -> None:
        """A bus that answers no lane for a while is down."""
        self.health.begin(1)
        self.clock.advance(bus_health.SILENCE - 1)
        self.health.begin(2)
        self.health.succeed(2)
        self.clock.advance(bus_health.SILENCE - 1)
        self.assertTrue(self.up())
        self.clock.advance(1)
        self.assertEqual((False, 'no answer for 3 s'), self.health.state()[:2])
        self.health.succeed(1)
        self.assertTrue(self.up())
        self.clock.advance(7)
        self.assertEqual(7, self.health.state().since_success)
        self.assertTrue(self.up())
