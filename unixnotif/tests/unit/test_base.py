# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The clock that tests use in place of the module ``time``."""

import itertools
import os
import types

import hypothesis
from hypothesis import strategies

from unixnotif.tests import base

# In seconds, from the boot to 30 years later, in steps of a nanosecond.
UPTIMES = strategies.integers(0, 10**18).map(lambda n: n / 1e9)
# The steps that a test asks for, in units that are exact in binary.
STEPS = strategies.lists(
    strategies.integers(1, 1 << 20).map(lambda n: n / 1024), min_size=1
)


class ClockTest(base.TestCase):
    """Times of the clock do not depend on the uptime of the machine."""

    def new_clock_at(self, uptime: float) -> base.Clock:
        """Return a clock that was stopped at this uptime, in seconds."""
        self.patch(
            base, 'time', types.SimpleNamespace(monotonic=lambda: uptime)
        )
        clock = base.Clock()
        clock.stop()
        return clock

    @base.fuzz
    @hypothesis.given(UPTIMES, STEPS)
    def test_stopped(self, uptime: float, steps: list[float]) -> None:
        """A sleep until a deadline ends at the deadline exactly."""
        clock = self.new_clock_at(uptime)
        begun = clock.monotonic()
        self.assertTrue(uptime <= begun < uptime + 0.001, begun)
        for total in itertools.accumulate(steps):
            clock.sleep(begun + total - clock.monotonic())
            self.assertEqual(total, clock.monotonic() - begun)

    @base.fuzz
    @hypothesis.given(UPTIMES, strategies.floats(0, 1e6))
    def test_advance(self, uptime: float, seconds: float) -> None:
        """The clock never advances by less than what was asked for."""
        clock = self.new_clock_at(uptime)
        begun = clock.monotonic()
        clock.advance(seconds)
        elapsed = clock.monotonic() - begun
        self.assertTrue(seconds <= elapsed <= seconds + 0.001, elapsed)

    def test_file_times(self) -> None:
        """The clock is ahead of time stamps by its advance, and no more."""
        clock = base.Clock()
        path = os.path.join(self.new_directory().path, 'file')
        for ahead in range(100):
            before = clock.file_time_ns()
            with open(path, 'w'):
                pass
            stamp = os.stat(path).st_ctime_ns + ahead * 10**9
            os.unlink(path)
            self.assertLessEqual(before, stamp)
            clock.advance(1)
            self.assertGreaterEqual(clock.file_time_ns(), before + 10**9)
