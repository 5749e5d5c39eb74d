# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Wakeups: a descriptor that other threads make readable."""

import os
import threading

from unixnotif import polling
from unixnotif import wakeups
from unixnotif.tests import base


class WakeupTest(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.wakeup = wakeups.Wakeup()
        self.addCleanup(self.wakeup.close)

    def is_awake(self) -> bool:
        return polling.wait_readable(self.wakeup.fileno(), 0)

    def test_wake_and_clear(self) -> None:
        """Any number of calls wakes once."""
        self.assertFalse(self.is_awake())

        # More than the kernel buffers.
        for _ in range(10_000):
            self.wakeup.wake()
        self.assertTrue(self.is_awake())

        while self.is_awake():
            self.wakeup.clear()
        self.wakeup.clear()
        self.wakeup.wake()
        self.assertTrue(self.is_awake())

    def test_another_thread(self) -> None:
        """A thread ends the wait of another one."""
        waking = threading.Timer(0, self.wakeup.wake)
        waking.start()

        self.assertTrue(polling.wait_readable(self.wakeup.fileno(), 60))
        waking.join()

    def test_close(self) -> None:
        """A closed wakeup ignores calls, and does not write elsewhere."""
        fd = self.wakeup.fileno()
        self.wakeup.close()
        self.wakeup.close()
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        self.addCleanup(os.close, writer)

        self.wakeup.wake()
        self.wakeup.clear()

        self.assertIn(fd, (reader, writer))
        self.assertFalse(polling.wait_readable(reader, 0))
        self.assertEqual(-1, self.wakeup.fileno())

    def test_descriptors_closed(self) -> None:
        """Descriptors that were closed by others are replaced."""
        os.close(self.wakeup.fileno())
        os.close(self.wakeup._writer.fileno())
        self.wakeup.wake()

        self.wakeup.clear()

        self.assertFalse(self.is_awake())
        self.wakeup.wake()
        self.assertTrue(self.is_awake())

    def test_fork(self) -> None:
        """A forked child does not wake its parent."""
        for fork in os.fork, base.fork_without_hooks:

            def wake() -> bool:
                self.wakeup.wake()
                return self.is_awake()

            self.assertTrue(self.in_child(wake, fork))
            self.assertFalse(self.is_awake())
