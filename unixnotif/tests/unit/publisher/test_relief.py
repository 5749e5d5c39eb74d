# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Relief for a consumer in the publishing process."""

import os
from typing import Any

from unixnotif import consumer
from unixnotif import process
from unixnotif.publisher import relief as reliefs
from unixnotif.tests import base


class RelievingTest(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.calls: list[str] = []

    def test_when_full(self) -> None:
        """The publisher calls the relief of a full buffer and tries again."""
        for where in self.new_directory(), self.new_socket():
            publisher = self.new_publisher(where, send_buffer_size=4096)
            receiver = self.new_consumer(where)
            received: list[list[int]] = []

            def relief(
                received: list[list[int]] = received,
                receiver: consumer.Consumer = receiver,
            ) -> None:
                received.append(base.payloads(receiver))

            with reliefs.relieving(where, relief):
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

    def test_relief_reads_nothing(self) -> None:
        """If the relief reads nothing, the document is dropped."""
        where = self.new_directory()
        publisher = self.new_publisher(where, send_buffer_size=4096)
        self.new_consumer(where)

        with reliefs.relieving(where, lambda: self.calls.append('relief')):
            while not publisher.dropped:
                publisher.publish(base.document())

        self.assertEqual(['relief'], self.calls)
        self.assertEqual({'buffer_full': 1}, publisher.dropped)

    def test_relief_ends_with_the_block(self) -> None:
        """A relief ends with the block, and serves no other address."""
        here, there = self.new_directory(), self.new_directory()

        with reliefs.relieving(here, lambda: self.calls.append('here')):
            self.assertTrue(reliefs.relieve(here))
            self.assertFalse(reliefs.relieve(there))

        self.assertFalse(reliefs.relieve(here))
        self.assertEqual(['here'], self.calls)

    def test_several_at_one_address(self) -> None:
        """Each relief is called until its own end."""
        where = self.new_directory()
        first = reliefs.relieving(where, lambda: self.calls.append('1'))
        second = reliefs.relieving(where, lambda: self.calls.append('2'))
        first.__enter__()
        second.__enter__()
        reliefs.relieve(where)
        first.__exit__(None, None, None)
        reliefs.relieve(where)
        second.__exit__(None, None, None)

        self.assertFalse(reliefs.relieve(where))
        self.assertEqual(['1', '2', '2'], self.calls)

    def test_forked_child(self) -> None:
        """A forked child calls no relief of its parent."""
        where = self.new_directory()
        for fork in os.fork, base.fork_without_hooks:
            block = reliefs.relieving(where, lambda: None)

            def child(block: Any = block) -> bool:
                process.check()
                found = reliefs.relieve(where)
                # The child leaves the block as well.
                block.__exit__(None, None, None)
                return found

            with block:
                self.assertFalse(self.in_child(child, fork))
                self.assertTrue(reliefs.relieve(where))
