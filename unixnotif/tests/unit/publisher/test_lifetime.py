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

"""Relief for a consumer in the publishing process; who is tracked."""

import gc
import weakref

from unixnotif import consumer
from unixnotif import publisher as publishers
from unixnotif.publisher import lifetime
from unixnotif.tests import base


class RelievingTest(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.calls: list[str] = []

    def test_when_full(self) -> None:
        """Relief comes when a buffer is full, and the document then goes."""
        for where in self.new_directory(), self.new_socket():
            publisher = self.new_publisher(where, send_buffer_size=4096)
            receiver = self.new_consumer(where)
            received: list[list[int]] = []

            def relief(
                received: list[list[int]] = received,
                receiver: consumer.Consumer = receiver,
            ) -> None:
                received.append(base.payloads(receiver))

            with publishers.relieving(where, relief):
                publisher.publish(base.document(0))
                self.assertEqual([], received)
                count = 1
                while len(received) < 3:
                    delivery = publisher.publish(base.document(count))
                    self.assertEqual((1, 1, {}), delivery)
                    count += 1
            received.append(base.payloads(receiver))

            self.assertEqual(list(range(count)), sum(received, []))  # noqa: RUF017
            self.assertEqual(0, receiver.lost)

    def test_of_no_avail(self) -> None:
        """When nothing is read, the document is dropped after one call."""
        where = self.new_directory()
        publisher = self.new_publisher(where, send_buffer_size=4096)
        self.new_consumer(where)

        with publishers.relieving(where, lambda: self.calls.append('relief')):
            while not publisher.dropped:
                publisher.publish(base.document())

        self.assertEqual(['relief'], self.calls)
        self.assertEqual({'buffer_full': 1}, publisher.dropped)

    def test_only_inside(self) -> None:
        """It ends with the block, and concerns no other address."""
        here, there = self.new_directory(), self.new_directory()

        with publishers.relieving(here, lambda: self.calls.append('here')):
            self.assertTrue(lifetime.relieve(here))
            self.assertFalse(lifetime.relieve(there))

        self.assertFalse(lifetime.relieve(here))
        self.assertEqual(['here'], self.calls)

    def test_several_at_one_address(self) -> None:
        """Each is called until its own end, whoever ends first."""
        where = self.new_directory()
        first = publishers.relieving(where, lambda: self.calls.append('1'))
        second = publishers.relieving(where, lambda: self.calls.append('2'))
        first.__enter__()
        second.__enter__()
        lifetime.relieve(where)
        first.__exit__(None, None, None)
        lifetime.relieve(where)
        second.__exit__(None, None, None)

        self.assertFalse(lifetime.relieve(where))
        self.assertEqual(['1', '2', '2'], self.calls)

    def test_not_in_a_child(self) -> None:
        """A forked child must not read what its parent's consumer gets."""
        where = self.new_directory()
        with publishers.relieving(where, lambda: None):
            self.assertFalse(self.in_child(lambda: lifetime.relieve(where)))
            self.assertTrue(lifetime.relieve(where))


class _Tracked:
    def __init__(self) -> None:
        self.calls: list[str] = []

    def after_fork(self) -> None:
        self.calls.append('forked')

    def close(self) -> None:
        self.calls.append('closed')


class TrackTest(base.TestCase):
    def test_told_of_forks(self) -> None:
        """What is tracked is told of a fork, in the child alone."""
        tracked = _Tracked()
        lifetime.track(tracked)

        self.assertEqual(['forked'], self.in_child(lambda: tracked.calls))
        self.assertEqual([], tracked.calls)

    def test_not_held(self) -> None:
        """Tracking keeps nothing alive."""
        tracked = _Tracked()
        lifetime.track(tracked)
        reference = weakref.ref(tracked)

        del tracked
        gc.collect()

        self.assertIsNone(reference())

    def test_closed_at_exit(self) -> None:
        """What is tracked is closed at the end of the process."""
        tracked = _Tracked()

        def end() -> list[str]:
            # What the parent tracks is not this child's to close.
            lifetime._tracked.clear()
            lifetime.track(tracked)
            lifetime._close_all()
            return tracked.calls

        self.assertEqual(['closed'], self.in_child(end))
