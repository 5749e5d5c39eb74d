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

"""Waiting for descriptors, with the standard library's select and without."""

import os
import select
import socket
from unittest import mock

from unixnotif import polling
from unixnotif.tests import base


class PollerTest(base.TestCase):
    """Who of many is ready."""

    def setUp(self) -> None:
        super().setUp()
        self.poller = polling.Poller()
        self.addCleanup(self.poller.close)

    def new_pair(self) -> tuple[socket.socket, socket.socket]:
        pair = socket.socketpair()
        for each in pair:
            self.addCleanup(each.close)
        return pair

    def test_who_is_ready(self) -> None:
        """Those that can be read or were hung up, as long as they are."""
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

    def test_whether_any_is_ready(self) -> None:
        """It can be told without telling who."""
        near, far = self.new_pair()
        self.poller.add(near.fileno())
        self.assertFalse(self.poller.any_ready())
        far.send(b'x')
        self.assertTrue(self.poller.any_ready())

    def test_it_can_be_waited_for_itself(self) -> None:
        """Its descriptor is readable when one of its set is."""
        near, far = self.new_pair()
        self.poller.add(near.fileno())
        self.assertFalse(polling.wait_readable(self.poller.fd, 0))
        far.send(b'x')
        self.assertTrue(polling.wait_readable(self.poller.fd, 0))

    def test_closing_twice(self) -> None:
        """The second time does nothing."""
        self.poller.close()
        self.poller.close()

    def test_eventlet_cannot_take_it_away(self) -> None:
        """It works in a process whose select module lost its parts."""
        near, far = self.new_pair()
        with mock.patch.object(select, 'epoll', None):
            poller = polling.Poller()
            self.addCleanup(poller.close)
            poller.add(near.fileno())
            far.send(b'x')
            self.assertEqual([near.fileno()], poller.ready())


class WaitReadableTest(base.TestCase):
    """Waiting for one."""

    def setUp(self) -> None:
        super().setUp()
        self.reading, self.writing = os.pipe()
        self.addCleanup(os.close, self.reading)
        self.addCleanup(os.close, self.writing)

    def assert_waits(self) -> None:
        self.assertFalse(polling.wait_readable(self.reading, 0))
        self.assertFalse(polling.wait_readable(self.reading, 0.001))
        os.write(self.writing, b'x')
        # Not a matter of time: it is ready, however long one would wait.
        self.assertTrue(polling.wait_readable(self.reading, 0))
        self.assertTrue(polling.wait_readable(self.reading, 60))

    def test_with_poll(self) -> None:
        """False when the time is over, True when it can be read."""
        self.assert_waits()

    def test_without_poll(self) -> None:
        """The same where only select() is left, as under eventlet."""
        poll = select.poll
        del select.poll
        self.addCleanup(setattr, select, 'poll', poll)
        self.assert_waits()

    def test_a_timeout_is_rounded_up(self) -> None:
        """A rest under a millisecond is a wait, and no busy loop."""
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


class PlatformTest(base.TestCase):
    """Where it works."""

    def test_other_systems_are_told_at_once(self) -> None:
        """Using it on anything but Linux fails with a reason."""
        done = base.run_python(
            'import sys; sys.platform = "darwin"\n'
            'import unixnotif; unixnotif.Publisher'
        )
        self.assertNotEqual(0, done.returncode)
        self.assertIn('PlatformError: unixnotif needs Linux', done.stdout)
        self.assertIn('this is darwin', done.stdout)
