# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Background threads that close the descriptors of peers."""

import functools
import gc
import os
import socket
import threading
from typing import Any

import fixtures

from unixnotif import closer
from unixnotif import polling
from unixnotif.tests import base


class ClosingTest(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        #: Until the test ends, a close blocks.
        self.release = threading.Event()
        self.addCleanup(self.wait_until_idle)
        self.addCleanup(self.release.set)
        self.closed = threading.Semaphore(0)
        self.begun = threading.Semaphore(0)

    def wait_until_idle(self) -> None:
        base.wait_until(lambda: not closer.pending(), 60)

    def block(self) -> None:
        self.begun.release()
        self.release.wait()
        self.closed.release()

    def test_closes(self) -> None:
        """A descriptor is closed; a failure is ignored."""
        near, far = socket.socketpair()
        self.addCleanup(far.close)

        closer.in_background(functools.partial(os.close, near.fileno()))

        self.assertEqual(b'', far.recv(1))
        closer.in_background(functools.partial(os.close, near.detach()))
        self.wait_until_idle()

    def test_nobody_waits(self) -> None:
        """Closes that block keep neither the caller nor others waiting."""
        for _ in range(closer.MAX_THREADS - 1):
            closer.in_background(self.block)
            self.begun.acquire()
        self.assertFalse(closer.is_stuck())

        closer.in_background(self.closed.release)

        self.closed.acquire()

    def test_limit(self) -> None:
        """There is a limited number of threads; further closes wait."""
        most = closer.MAX_THREADS
        for _ in range(most):
            closer.in_background(self.block)
            self.begun.acquire()
        self.assertTrue(closer.is_stuck())
        for _ in range(5):
            closer.in_background(self.block)
        self.assertEqual(most + 5, closer.pending())
        self.assertFalse(self.begun.acquire(blocking=False))

        self.release.set()

        for _ in range(most + 5):
            self.closed.acquire()
        self.wait_until_idle()
        self.assertFalse(closer.is_stuck())

    def test_several_at_once(self) -> None:
        """One call may close several descriptors; each is counted."""
        closer.in_background(self.block, 5)
        self.begun.acquire()
        closer.in_background(self.block, closer.MAX_THREADS - 6)
        self.assertFalse(closer.is_stuck())
        closer.in_background(self.block)
        self.assertTrue(closer.is_stuck())
        self.assertEqual(closer.MAX_THREADS, closer.pending())

    def test_no_thread_left(self) -> None:
        """A close waits if the system allows no thread."""
        start = polling.start_thread

        def refuse(function: Any, args: Any) -> Any:
            raise RuntimeError("can't start new thread")

        closer.in_background(self.block)
        self.begun.acquire()
        self.patch(polling, 'start_thread', refuse)
        closer.in_background(self.closed.release)
        self.assertEqual(2, closer.pending())
        self.assertFalse(self.closed.acquire(blocking=False))

        self.patch(polling, 'start_thread', start)
        closer.in_background(self.closed.release)

        self.closed.acquire()
        self.closed.acquire()

    def test_no_thread_at_all(self) -> None:
        """The first close that gets no thread waits for the next call."""

        def refuse(function: Any, args: Any) -> Any:
            raise RuntimeError("can't start new thread")

        with fixtures.MonkeyPatch('unixnotif.polling.start_thread', refuse):
            closer.in_background(self.closed.release)
            gc.collect()
            self.assertEqual(1, closer.pending())

        closer.in_background(self.closed.release)

        self.closed.acquire()
        self.assertTrue(self.closed.acquire(timeout=60))
        self.wait_until_idle()

    def test_no_thread_without_need(self) -> None:
        """Queries of the state start no thread."""
        started = []
        self.patch(polling, 'start_thread', lambda *args: started.append(args))
        self.assertEqual(0, closer.pending())
        self.assertFalse(closer.is_stuck())
        self.assertEqual([], started)

    def test_fork(self) -> None:
        """A forked child has threads of its own."""
        for _ in range(closer.MAX_THREADS):
            closer.in_background(self.block)
            self.begun.acquire()
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        closer.in_background(functools.partial(os.close, writing))

        def close() -> list[int]:
            pending = closer.pending()
            done, tell_done = os.pipe()
            closer.in_background(functools.partial(os.close, tell_done))
            os.read(done, 1)
            return [pending, closer.is_stuck()]

        for fork in os.fork, base.fork_without_hooks:
            # The close that waited in the parent is pending here, too.
            self.assertEqual([1, False], self.in_child(close, fork))
        self.release.set()
        # The children have closed their copies of the writing end.
        self.assertEqual(b'', os.read(reading, 1))
