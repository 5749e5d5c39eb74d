# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Waiting for descriptors, with the standard library's select and without."""

import gc
import os
import select
import socket
from unittest import mock

from unixnotif import polling
from unixnotif.tests import base


class PollerTest(base.TestCase):
    """A set of descriptors, and those of them that are ready."""

    def setUp(self) -> None:
        super().setUp()
        self.poller = polling.Poller()
        self.addCleanup(self.poller.close)

    def new_pair(self) -> tuple[socket.socket, socket.socket]:
        pair = socket.socketpair()
        for each in pair:
            self.addCleanup(each.close)
        return pair

    def test_ready(self) -> None:
        """A descriptor is ready as long as it is readable or hung up."""
        near, far = self.new_pair()
        other, gone = self.new_pair()
        self.poller.add(near.fileno())
        self.poller.add(other.fileno())
        self.assertEqual([], self.poller.ready())
        far.send(b'x')
        self.assertEqual([near.fileno()], self.poller.ready())
        self.assertEqual([near.fileno()], self.poller.ready())
        gone.close()
        self.assertEqual(
            {near.fileno(), other.fileno()}, set(self.poller.ready())
        )
        near.recv(1)
        self.poller.remove(other.fileno())
        self.assertEqual([], self.poller.ready())

    def test_at_most(self) -> None:
        """One call returns a limited number; later calls return the others."""
        numbers = set()
        for _ in range(100):
            near, far = self.new_pair()
            self.poller.add(near.fileno())
            numbers.add(near.fileno())
            far.send(b'x')
        self.assertEqual(64, len(self.poller.ready()))
        for most in (1, 3, 100):
            self.assertEqual(most, len(set(self.poller.ready(most))))
        found: set[int] = set()
        for _ in range(100):
            found.update(self.poller.ready(7))
        self.assertEqual(numbers, found)

    def test_any_ready(self) -> None:
        """One call tells whether any descriptor is ready."""
        near, far = self.new_pair()
        self.poller.add(near.fileno())
        self.assertFalse(self.poller.any_ready())
        far.send(b'x')
        self.assertTrue(self.poller.any_ready())

    def test_descriptor_of_the_set(self) -> None:
        """The descriptor of a set is readable when one of the set is."""
        near, far = self.new_pair()
        self.poller.add(near.fileno())
        self.assertFalse(polling.wait_readable(self.poller.fd, 0))
        far.send(b'x')
        self.assertTrue(polling.wait_readable(self.poller.fd, 0))

    def test_always(self) -> None:
        """A set can report a socket as ready although nothing is readable."""
        near, _ = self.new_pair()
        self.poller.add(near.fileno())
        for is_ready in True, False, True:
            self.poller.always(near.fileno(), is_ready)
            self.assertEqual(is_ready, self.poller.any_ready())
            self.assertEqual(
                is_ready, polling.wait_readable(self.poller.fd, 0)
            )

    def test_closing(self) -> None:
        """A closed set has no descriptor; closing twice is allowed."""
        before = base.descriptors_before()
        self.poller.close()
        self.poller.close()
        self.assertEqual(before - 1, base.open_descriptors())

    def test_closed_descriptor(self) -> None:
        """A set whose descriptor names another file raises OSError."""
        with open(os.devnull) as null:
            os.close(self.poller.fd)
            self.assertRaises(OSError, self.poller.ready)
            self.assertRaises(OSError, self.poller.any_ready)
            os.dup2(null.fileno(), self.poller.fd)
        self.assertRaises(OSError, self.poller.ready)
        self.assertRaises(OSError, self.poller.any_ready)

    def test_forgetting(self) -> None:
        """A forgotten set does not close the file that has its number."""
        poller = polling.Poller()
        number = poller.fd
        with open(os.devnull) as null:
            os.dup2(null.fileno(), number)
            self.addCleanup(os.close, number)
            expected = os.fstat(null.fileno())
        poller.forget()
        del poller
        gc.collect()
        self.assertTrue(os.path.samestat(expected, os.fstat(number)))

    def test_without_epoll(self) -> None:
        """The package keeps epoll, which eventlet removes from select."""
        near, far = self.new_pair()
        with mock.patch.object(select, 'epoll', None):
            poller = polling.Poller()
            self.addCleanup(poller.close)
            poller.add(near.fileno())
            far.send(b'x')
            self.assertEqual([near.fileno()], poller.ready())


class WaitReadableTest(base.TestCase):
    """Waiting for one descriptor."""

    def setUp(self) -> None:
        super().setUp()
        self.reading, self.writing = os.pipe()
        self.addCleanup(os.close, self.reading)
        self.addCleanup(os.close, self.writing)

    def assert_waits(self) -> None:
        self.assertFalse(polling.wait_readable(self.reading, 0))
        self.assertFalse(polling.wait_readable(self.reading, 0.001))
        os.write(self.writing, b'x')
        # The pipe is ready now, so the timeout does not matter.
        self.assertTrue(polling.wait_readable(self.reading, 0))
        self.assertTrue(polling.wait_readable(self.reading, 60))

    def test_with_poll(self) -> None:
        """The result is False after the timeout, True if readable."""
        self.assert_waits()

    def test_without_poll(self) -> None:
        """The result is right if only select() is left, as under eventlet."""
        poll = select.poll
        del select.poll
        self.addCleanup(setattr, select, 'poll', poll)
        self.assert_waits()

    def test_a_timeout_is_rounded_up(self) -> None:
        """A timeout below a millisecond is a wait, not a busy loop."""
        for timeout, milliseconds in (
            (0.0, 0),
            (0.0001, 1),
            (0.001, 1),
            (0.0011, 2),
            (0.2, 200),
        ):
            with mock.patch.object(select, 'poll', autospec=True) as poll:
                polling.wait_readable(self.reading, timeout)
                poll().poll.assert_called_once_with(milliseconds)


class HasEndedTest(base.TestCase):
    """Detecting that a peer sends no more."""

    def test_closed_descriptor(self) -> None:
        """A descriptor that is closed has ended."""
        near, far = socket.socketpair()
        self.addCleanup(far.close)
        self.assertFalse(polling.has_ended(near.fileno()))
        number = near.detach()
        os.close(number)
        self.assertTrue(polling.has_ended(number))
        self.assertTrue(polling.has_ended(-1))


class ThreadTest(base.TestCase):
    """Threads of the operating system."""

    def test_under_eventlet(self) -> None:
        """A thread is a real one, also where eventlet has replaced them."""
        done = base.run_python(
            'import eventlet; eventlet.monkey_patch()\n'
            'import os; from unixnotif import polling\n'
            'reading, writing = eventlet.patcher.original("os").pipe()\n'
            'polling.start_thread(os.write, (writing, b"x"))\n'
            # No greenlet runs while this one waits.
            'print(eventlet.patcher.original("os").read(reading, 1))'
        )
        self.assertIn("b'x'", done.stdout)


class PlatformTest(base.TestCase):
    """The systems that the package supports."""

    def test_other_systems(self) -> None:
        """On any system but Linux the import fails with a reason."""
        done = base.run_python(
            'import sys; sys.platform = "darwin"\n'
            'import unixnotif; unixnotif.Publisher'
        )
        self.assertNotEqual(0, done.returncode)
        self.assertIn('PlatformError: unixnotif needs Linux', done.stdout)
        self.assertIn('this is darwin', done.stdout)
