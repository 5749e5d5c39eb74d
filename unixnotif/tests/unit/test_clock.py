# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Clocks: nothing freezes them, and they agree with the file system."""

import math
import os
import time

import fixtures

from unixnotif import clock
from unixnotif.tests import base


class ClockTest(base.TestCase):
    def test_frozen_time(self) -> None:
        """A test that freezes the module time does not freeze the clocks."""
        self.useFixture(fixtures.MonkeyPatch('time.monotonic', lambda: 0.0))
        self.useFixture(fixtures.MonkeyPatch('time.time', lambda: 0.0))
        before = time.clock_gettime(time.CLOCK_MONOTONIC)
        found = clock.monotonic()
        after = time.clock_gettime(time.CLOCK_MONOTONIC)
        self.assertTrue(before <= found <= after, (before, found, after))
        hours = abs(clock.file_time_ns() - time.time_ns()) / 3600e9
        self.assertLess(hours, 1)

    def test_no_function_that_freezegun_replaces(self) -> None:
        """The module has no name for a function of the module time.

        Tools such as freezegun replace such functions in all modules.
        """
        frozen = {
            id(getattr(time, name))
            for name in ('monotonic', 'monotonic_ns', 'time', 'time_ns')
        }
        found = [
            name for name, value in vars(clock).items() if id(value) in frozen
        ]
        self.assertEqual([], found)

    def test_file_times(self) -> None:
        """A file never has a time stamp from before the clock was read."""
        path = os.path.join(self.new_directory().path, 'file')
        for _ in range(100):
            before = clock.file_time_ns()
            with open(path, 'w'):
                pass
            self.assertLessEqual(before, os.stat(path).st_ctime_ns)
            os.unlink(path)

    def test_file_clock_advances(self) -> None:
        """The clock reaches a later time than that of a file."""
        stamp = os.stat(self.new_directory().path).st_ctime_ns
        base.wait_until(lambda: clock.file_time_ns() > stamp, 60)

    def test_deadline(self) -> None:
        """A deadline is a time of the monotonic clock; None is never."""
        self.new_clock().stop()
        for timeout in (0.0, 0.5, 3600.0):
            self.assertEqual(
                clock.monotonic() + timeout, clock.deadline(timeout)
            )
        self.assertEqual(math.inf, clock.deadline(None))


class RateLimiterTest(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.clock = self.new_clock()
        self.clock.stop()
        self.limiter = clock.RateLimiter(10.0, 2)

    def test_interval(self) -> None:
        """Each kind is allowed once in an interval."""
        for _ in range(2):
            for kind in 'ab':
                self.assertTrue(self.limiter.allows(kind))
                self.assertFalse(self.limiter.allows(kind))
            self.clock.advance(9)
            self.assertFalse(self.limiter.allows('a'))
            self.clock.advance(1)

    def test_clear(self) -> None:
        """After clear() every kind is allowed."""
        self.limiter.allows('a')
        self.limiter.clear()
        self.assertTrue(self.limiter.allows('a'))

    def test_many_kinds(self) -> None:
        """The limiter remembers a limited number of kinds."""
        for number in range(20):
            self.assertTrue(self.limiter.allows(str(number)))
            self.assertLessEqual(len(self.limiter), 2)
