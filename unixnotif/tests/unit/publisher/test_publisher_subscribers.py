# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Subscribers that come, go and misbehave."""

from collections.abc import Iterator
import math
import os
import threading
import types
from typing import Any

from unixnotif import clock
from unixnotif import consumer as consumers
from unixnotif import publisher as publishers
from unixnotif import rendezvous
from unixnotif.publisher import departed
from unixnotif.publisher import directory_source
from unixnotif.rendezvous import listings
from unixnotif.rendezvous import scanner
from unixnotif.tests import base
from unixnotif.tests.unit.publisher import cases

_NAMES = 100_000
_HIDDEN: Any = types.SimpleNamespace(name='.x.sock')


class SubscribersTest(cases.PublisherCase):
    def test_max_subscribers(self) -> None:
        """A subscriber over max_subscribers gets nothing, with a warning."""
        for where in self.new_addresses():
            publisher = self.new_publisher(where, max_subscribers=2)
            receivers = [self.new_consumer(where) for _ in range(3)]

            self.assertEqual((2, 2, {}), publisher.publish(base.document(1)))
            publisher.publish(base.document(2))

            found = sorted(base.payloads(each) for each in receivers)
            self.assertEqual([[], [1, 2], [1, 2]], found)
            (warning,) = self.warnings_logged()
            self.assertIn(f'1 subscriber of {where} receives ', warning)
            self.assertIn('The limit is 2 in total (max_subs', warning)
            self.assertIn(f'Affected: user {os.geteuid()}.', warning)
            self.logged.clear()

    def test_room_again(self) -> None:
        """A subscriber without a place gets one after another has left."""
        where = self.new_directory()
        publisher = self.new_publisher(where, max_subscribers=1)
        first = self.new_consumer(where)
        publisher.publish(base.document(1))
        second = self.new_consumer(where)
        publisher.publish(base.document(2))

        first.close()
        publisher.publish(base.document(3))

        self.assertEqual([3], base.payloads(second))

    def test_subscriber_that_left(self) -> None:
        """A subscriber that has left is not owed anything."""
        for where in self.new_addresses():
            publisher = self.new_publisher(where)
            receiver = self.new_consumer(where)
            publisher.publish(base.document())
            receiver.close()

            self.assertEqual(
                publishers.NOBODY, publisher.publish(base.document())
            )
            self.assertEqual(
                publishers.NOBODY, publisher.publish(lambda: self.fail())
            )

    def test_killed(self) -> None:
        """A killed subscriber is not counted, and its socket is swept."""
        clock = self.new_clock()
        where = self.new_directory()
        publisher = self.new_publisher(where)
        # Exits without any cleanup.
        self.in_child(consumers.Consumer(where).subscribe)
        (name,) = os.listdir(where.path)

        for _ in range(3):
            self.assertEqual((0, 0, {}), publisher.publish(base.document()))
        self.assertEqual([name], os.listdir(where.path))
        clock.advance(60)
        self.assertEqual((0, 0, {}), publisher.publish(base.document()))

        self.assertEqual([], os.listdir(where.path))
        self.assertEqual({}, publisher.dropped)
        self.assertEqual([], self.logged)

    def test_killed_while_connected(self) -> None:
        """A subscriber that is killed while connected is not counted."""
        where = self.new_directory()
        publisher = self.new_publisher(where)
        ready, tell_ready = os.pipe()
        go, tell_go = os.pipe()

        def receive() -> Any:
            receiver = consumers.Consumer(where)
            receiver.subscribe()
            os.write(tell_ready, b'.')
            os.read(go, 1)
            return base.payloads(receiver)

        child = base.Child(receive)
        os.read(ready, 1)
        self.assertEqual((1, 1, {}), publisher.publish(base.document(1)))
        os.write(tell_go, b'.')
        self.assertEqual([1], child.result())

        self.assertEqual((0, 0, {}), publisher.publish(base.document(2)))
        self.assertEqual({}, publisher.dropped)
        for fd in ready, tell_ready, go, tell_go:
            os.close(fd)

    def test_move_during_a_call(self) -> None:
        """A subscriber that moves while two threads publish misses nothing."""
        where = self.new_directory()
        publisher = self.new_publisher(where)
        former = self.new_consumer(where)
        # Then the second thread need not look at the directory.
        base.wait_until(
            lambda: bool(
                publisher.refresh() and not publisher._route.source.changed()
            ),
            60,
        )
        between, moved, waiting = (threading.Event() for _ in range(3))
        connect = directory_source.DirectorySource._connect

        def is_second() -> bool:
            return threading.current_thread() is second

        def pause_and_connect(
            opened: directory_source.DirectorySource, left: departed.Departed
        ) -> bool:
            # The former subscriber has left; the new one is not entered.
            moved.set()
            waiting.wait()
            return connect(opened, left)

        class Lines(list[tuple[int, str]]):
            def __bool__(self) -> bool:
                if is_second():
                    between.set()
                    moved.wait()
                return False

        class Lock:
            def __init__(self, lock: Any) -> None:
                self._lock = lock
                self._is_owned = lock._is_owned

            def __enter__(self) -> None:
                if is_second():
                    waiting.set()
                self._lock.acquire()

            def __exit__(self, *exc_info: object) -> None:
                self._lock.release()

        def publish() -> None:
            publisher.publish(base.document(2))
            waiting.set()

        self.patch(
            directory_source.DirectorySource, '_connect', pause_and_connect
        )
        self.patch(publisher._journal, 'lines', Lines())
        self.patch(publisher, '_lock', Lock(publisher._lock))
        second = threading.Thread(target=publish)
        second.start()
        between.wait()
        receiver = self.new_consumer(where)
        former.close()

        publisher.publish(base.document(1))

        second.join()
        # The two threads may deliver in any order.
        self.assertEqual([1, 2], sorted(base.payloads(receiver)))

    def test_many_names(self) -> None:
        """However many names there are, a call reads a bounded number."""
        where = self.new_directory()
        publisher = self.new_publisher(where)
        entries = rendezvous.Directory.entries
        reads = [0]

        def many_entries(
            directory: rendezvous.Directory,
        ) -> 'Iterator[os.DirEntry[str]]':
            # Those of real subscribers come last.
            for _ in range(_NAMES):
                reads[-1] += 1
                yield _HIDDEN
            for entry in entries(directory):
                reads[-1] += 1
                yield entry

        self.patch(rendezvous.Directory, 'entries', many_entries)
        self.patch(
            rendezvous.Directory,
            'end_entries',
            lambda directory, found: found.close(),
        )
        receiver = self.new_consumer(where)
        calls = 0
        while not publisher.publish(base.document(calls)).subscribers:
            calls += 1
            reads.append(0)
            # Somebody changes the directory all the time.
            os.mkdir(f'{where.path}/{calls}')

        self.assertLessEqual(calls, math.ceil(_NAMES / listings.STEP) + 1)
        self.assertLessEqual(max(reads), listings.STEP)
        self.assertEqual([calls], base.payloads(receiver))
        # A known subscriber receives each document meanwhile.
        for number in range(30):
            publisher.publish(base.document(number))
        self.assertEqual([*range(30)], base.payloads(receiver))

    def test_repr(self) -> None:
        """A publisher shows its address and how many subscribe."""
        where = self.new_directory()
        publisher = self.new_publisher(where)
        self.new_consumer(where)
        publisher.refresh()

        self.assertEqual(f'<Publisher {where} subscribers=1>', repr(publisher))

    def test_refresh(self) -> None:
        """Refreshing looks for subscribers, and says how many there are."""
        for where in self.new_addresses():
            publisher = self.new_publisher(where)
            self.assertEqual(0, publisher.refresh())
            self.new_consumer(where)
            self.assertEqual(1, publisher.refresh())

    def test_thread_in_the_middle(self) -> None:
        """A thread delivers to a subscriber that another one is entering."""
        where = self.new_directory()
        publisher = self.new_publisher(where)
        receiver = self.new_consumer(where)
        deliveries = []
        other = threading.Thread(
            target=lambda: deliveries.append(
                publisher.publish(base.document())
            )
        )
        scan = scanner.Scanner.scan

        def scan_and_pause(scanning: scanner.Scanner, known: Any) -> Any:
            names = scan(scanning, known)
            if not other.ident:
                other.start()
                # The other thread ends first only if it overlooks somebody.
                other.join(0.2)
            return names

        self.patch(scanner.Scanner, 'scan', scan_and_pause)
        # Later than every time stamp: the first scan counts as clean.
        self.patch(clock, 'file_time_ns', lambda: 1 << 62)

        publisher.publish(base.document())
        other.join()

        self.assertEqual([(1, 1, {})], deliveries)
        self.assertEqual([0, 0], base.payloads(receiver))
