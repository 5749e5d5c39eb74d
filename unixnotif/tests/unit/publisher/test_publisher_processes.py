# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A publisher in forks and threads."""

from collections.abc import Callable
from collections.abc import Iterator
import functools
import os
import threading
from typing import Any

from unixnotif import consumer as consumers
from unixnotif import process
from unixnotif import publisher as publishers
from unixnotif import rendezvous
from unixnotif.tests import base
from unixnotif.tests.unit.publisher import cases

#: With and without the hooks of Python.
FORKS = (os.fork, base.fork_without_hooks)


def _publish_three(publisher: publishers.Publisher) -> list[Any]:
    return [publisher.publish(base.document(f'child {n}')) for n in range(3)]


def _discard(
    call: Callable[[publishers.Publisher], object],
    publisher: publishers.Publisher,
) -> None:
    call(publisher)


class ForkTest(cases.PublisherCase):
    def test_own_connection(self) -> None:
        """A child publishes through its own connection, under its pid."""
        for fork in FORKS:
            where = self.new_directory()
            publisher = self.new_publisher(where)
            receiver = self.new_consumer(where)
            publisher.publish(base.document('parent 1'))

            child = base.Child(
                functools.partial(_publish_three, publisher),
                fork,
            )
            self.assertEqual([[1, 1, {}]] * 3, child.result())
            publisher.publish(base.document('parent 2'))

            found: dict[int, list[Any]] = {}
            while (got := receiver.receive(0)) is not None:
                assert got.sender
                found.setdefault(got.sender.pid, []).append(got.payload)
            self.assertEqual(
                {
                    os.getpid(): ['parent 1', 'parent 2'],
                    child.pid: ['child 0', 'child 1', 'child 2'],
                },
                found,
            )

    def test_inherited_are_closed(self) -> None:
        """A child holds none of its parent's sockets."""
        for where in self.new_addresses():
            publisher = self.new_publisher(where)
            receiver = self.new_consumer(where)
            receivers_own = base.open_sockets()
            publisher.publish(base.document())
            inherited = base.open_sockets() - receivers_own

            def held(inherited: set[str] = inherited) -> list[str]:
                return list(inherited & base.open_sockets())

            left = self.in_child(held)

            self.assertEqual([], left)
            self.assertNotEqual(set(), inherited)
            publisher.publish(base.document())
            self.assertEqual([0, 0], base.payloads(receiver))

    def test_keeps_no_address(self) -> None:
        """A child that emits nothing does not keep its parent's address."""
        where = self.new_socket()
        publisher = self.new_publisher(where)
        forked, tell_forked = os.pipe()
        go, tell_go = os.pipe()

        def stay() -> None:
            os.close(tell_go)
            os.write(tell_forked, b'.')
            os.read(go, 1)

        child = base.Child(stay)
        os.read(forked, 1)
        publisher.close()
        again = self.new_publisher(where)
        receiver = self.new_consumer(where)
        again.publish(base.document())

        self.assertEqual([0], base.payloads(receiver))
        for fd in forked, tell_forked, go, tell_go:
            os.close(fd)
        child.result()

    def test_child_names_the_parent(self) -> None:
        """In a child, the error names the parent as the socket's owner."""
        for fork in FORKS:
            where = self.new_socket()
            publisher = self.new_publisher(where)

            def publish(publisher: publishers.Publisher = publisher) -> Any:
                # A source without readers looks only after an interval.
                self.new_clock().advance(rendezvous.CHECK_INTERVAL)
                delivery = publisher.publish(base.document())
                return [delivery, self.errors_logged()]

            delivery, logged = self.in_child(publish, fork)

            self.assertEqual([0, 0, {}], delivery)
            self.assertEqual(1, len(logged))
            self.assertIn(f'process {os.getpid()}', logged[0])
            receiver = self.new_consumer(where)
            self.assertEqual((1, 1, {}), publisher.publish(base.document()))
            self.assertEqual([0], base.payloads(receiver))

    def test_no_copied_drop_counts(self) -> None:
        """Only the parent reports the drops of the parent."""
        for fork in FORKS:
            for where in self.new_addresses():
                publisher = self.new_publisher(
                    where, send_buffer_size=cases.SMALL_BUFFER
                )
                receiver = self.new_consumer(where)
                cases.fill(publisher)
                base.payloads(receiver)

                def end(publisher: publishers.Publisher = publisher) -> Any:
                    dropped = dict(publisher.dropped)
                    publisher.publish(base.document())
                    publisher.close()
                    return [dropped, self.warnings_logged()]

                self.logged.clear()
                _, warnings = self.in_child(end, fork)
                base.payloads(receiver)

                self.assertEqual([], warnings)
                self.assertEqual(0, receiver.lost)
                publisher.publish(base.document())
                base.payloads(receiver)
                self.assertEqual({'buffer_full': 1}, receiver.lost_reasons)

    def test_first_call(self) -> None:
        """No first call of a child touches files or counts of its parent."""
        calls: dict[str, Callable[[publishers.Publisher], object]] = {
            'publish': lambda publisher: publisher.publish(base.document()),
            'refresh': publishers.Publisher.refresh,
            'close': publishers.Publisher.close,
            'exit': lambda publisher: process._at_exit(),
        }
        for fork in FORKS:
            for name, call in calls.items():
                for where in self.new_addresses():
                    publisher = self.new_publisher(
                        where, send_buffer_size=cases.SMALL_BUFFER
                    )
                    receiver = self.new_consumer(where)
                    cases.fill(publisher)
                    base.payloads(receiver)

                    self.in_child(
                        functools.partial(_discard, call, publisher),
                        fork,
                    )

                    message = f'{name} at {where}'
                    self.assertTrue(os.path.exists(where.path), message)
                    base.payloads(receiver)
                    self.assertEqual(0, receiver.lost, message)
                    self.assertEqual(
                        (1, 1, {}),
                        publisher.publish(base.document()),
                        message,
                    )
                    self.assertEqual([0], base.payloads(receiver), message)
                    self.assertEqual(1, receiver.lost, message)

    def test_lock_held(self) -> None:
        """A thread that publishes at the fork does not lock the child."""
        where = self.new_directory()
        publisher = self.new_publisher(
            where, send_buffer_size=cases.SMALL_BUFFER
        )
        receiver = self.new_consumer(where)
        inside = threading.Event()
        leave = threading.Event()

        def relief() -> None:
            inside.set()
            leave.wait()

        with publishers.relieving(where, relief):
            thread = threading.Thread(target=cases.fill, args=[publisher])
            thread.start()
            inside.wait()
            try:
                delivery = self.in_child(
                    lambda: publisher.publish(base.document('child'))
                )
            finally:
                leave.set()
                thread.join()

        self.assertEqual([1, 1, {}], delivery)
        self.assertIn('child', base.payloads(receiver))

    def test_closed_before(self) -> None:
        """A publisher that was closed stays closed in a child."""
        for fork in FORKS:
            where = self.new_directory()
            publisher = self.new_publisher(where)
            self.new_consumer(where)
            publisher.close()

            def publish(publisher: publishers.Publisher = publisher) -> Any:
                return [publisher.publish(base.document()), publisher.closed]

            self.assertEqual([[0, 0, {}], True], self.in_child(publish, fork))


class ThreadsTest(cases.PublisherCase):
    COUNT = 500
    THREADS = 8

    def publish(
        self, publisher: publishers.Publisher
    ) -> Iterator[threading.Thread]:
        def run(me: int) -> None:
            for n in range(self.COUNT):
                publisher.publish(base.document([me, n]))

        for me in range(self.THREADS):
            thread = threading.Thread(target=run, args=[me])
            thread.start()
            yield thread

    def test_nothing_lost(self) -> None:
        """With relief everything arrives, in the order of each thread."""
        for where in self.new_addresses():
            publisher = self.new_publisher(
                where, send_buffer_size=cases.SMALL_BUFFER
            )
            receiver = self.new_consumer(where)
            received: list[list[int]] = []

            def relief(
                receiver: consumers.Consumer = receiver,
                received: list[list[int]] = received,
            ) -> None:
                received += base.payloads(receiver)

            with publishers.relieving(where, relief):
                for thread in list(self.publish(publisher)):
                    thread.join()
            received += base.payloads(receiver)

            self.assertEqual(0, receiver.lost)
            self.assertEqual({}, publisher.dropped)
            for me in range(self.THREADS):
                self.assertEqual(
                    list(range(self.COUNT)),
                    [n for who, n in received if who == me],
                )
            self.assertEqual(self.THREADS * self.COUNT, len(received))

    def test_accounted(self) -> None:
        """Without relief each notification arrives or is reported lost."""
        for where in self.new_addresses():
            publisher = self.new_publisher(
                where, send_buffer_size=cases.SMALL_BUFFER
            )
            receiver = self.new_consumer(where)
            received: list[list[int]] = []
            for thread in list(self.publish(publisher)):
                while thread.is_alive():
                    received += base.payloads(receiver)
            received += base.payloads(receiver)
            publisher.close()
            received += base.payloads(receiver)

            self.assertEqual(
                self.THREADS * self.COUNT, len(received) + receiver.lost
            )
            self.assertEqual(publisher.dropped, receiver.lost_reasons)
            for me in range(self.THREADS):
                mine = [n for who, n in received if who == me]
                self.assertEqual(sorted(set(mine)), mine)
