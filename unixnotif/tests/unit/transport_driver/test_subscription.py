# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The consumers of a listener: sharing, retries, and lost notifications."""

import os

import fixtures

from unixnotif import address
from unixnotif import clock
from unixnotif import consumer
from unixnotif.tests.unit.transport_driver import cases
from unixnotif.transport_driver import subscription


class SubscriptionsTest(cases.TestCase):
    def take_all(self, some: subscription.Subscriptions) -> list[object]:
        found = []
        while some.advance(100):
            while (received := some.take()) is not None:
                found.append(received.payload)
        return found

    def test_one_copy_for_each_topic(self) -> None:
        """Each topic has a socket; a document of two topics arrives once."""
        where = self.new_directory()
        some = self.new_subscriptions(where, 'b', 'a')
        publisher = self.new_publisher(where)

        for topics in ('a',), ('b',), ('a', 'b'), ('b', 'a'), ('x', 'b'):
            delivery = cases.publish(publisher, topics, topics=topics)
            self.assertEqual(2, delivery.delivered)
        cases.publish(publisher, 'unwanted', topics=('c',))
        cases.publish(publisher, 'unwanted', topics=())
        cases.publish(publisher, 'unwanted', topics=('a',), priority='ERROR')

        self.assertCountEqual(
            [['a'], ['b'], ['a', 'b'], ['b', 'a'], ['x', 'b']],
            self.take_all(some),
        )

    def test_one_socket(self) -> None:
        """At a unix:// address, one connection brings all topics."""
        where = self.new_socket()
        publisher = self.new_publisher(where)
        some = self.new_subscriptions(where, 'b', 'a')

        for topics in ('a',), ('b',), ('a', 'b'), ('c',):
            delivery = cases.publish(publisher, topics, topics=topics)
            self.assertEqual(1, delivery.delivered)

        self.assertEqual([['a'], ['b'], ['a', 'b']], self.take_all(some))

    def test_sharing(self) -> None:
        """Equal targets share a copy, and so do the listeners of a pool."""
        where = self.new_directory()
        some = [
            self.new_subscriptions(where, *topics, pool=pool)
            for topics, pool in (
                (('n',), None),
                (('n', 'private'), None),
                (('n',), 'agents'),
                (('n',), 'agents'),
                (('n',), 'other'),
            )
        ]
        publisher = self.new_publisher(where)

        for n in range(8):
            cases.publish(publisher, n, topics=('n',))

        found = [self.take_all(each) for each in some]
        self.assertEqual([4, 4, 4, 4, 8], [len(each) for each in found])
        for first, second in found[0:2], found[2:4]:
            self.assertCountEqual(range(8), first + second)

    def test_missing_directory(self) -> None:
        """The listener subscribes when the directory exists."""
        time = self.new_clock()
        where = address.Address(f'{self.new_directory().path}/later')
        log = self.useFixture(fixtures.FakeLogger('unixnotif'))

        some = self.new_subscriptions(where, 'a', 'b')
        for _ in range(3):
            self.assertEqual(0, some.advance(100))
            time.advance(consumer.CHECK_INTERVAL)
        self.assertEqual(1, log.output.count('cannot subscribe'))
        self.assertIn(str(where), log.output)
        os.mkdir(where.path)
        some.follow()

        publisher = self.new_publisher(where)
        self.assertEqual(
            2, cases.publish(publisher, 1, topics=('a',)).delivered
        )
        self.assertEqual([1], self.take_all(some))
        self.assertEqual(1, log.output.count('is subscribed to'))

    def test_retries_in_intervals(self) -> None:
        """A missing directory is not looked for at each call."""
        time = self.new_clock()
        time.stop()
        where = address.Address(f'{self.new_directory().path}/later')
        some = self.new_subscriptions(where)
        os.mkdir(where.path)

        some.advance(100)
        self.assertEqual([], os.listdir(where.path))
        time.advance(consumer.CHECK_INTERVAL)
        some.advance(100)
        self.assertEqual(1, len(os.listdir(where.path)))

    def test_recreated_directory(self) -> None:
        """The listener follows a recreated directory, also without reading."""
        time = self.new_clock()
        where = self.new_directory()
        some = self.new_subscriptions(where)
        os.rename(where.path, f'{where.path}.old')
        self.addCleanup(os.rmdir, f'{where.path}.old')
        os.mkdir(where.path)

        time.advance(consumer.CHECK_INTERVAL)
        some.follow()

        self.assertEqual(1, len(os.listdir(where.path)))

    def test_lost(self) -> None:
        """A warning gives the total since the start, at most once a minute."""
        time = self.new_clock()
        where = self.new_directory()
        some = self.new_subscriptions(where)
        publisher = self.new_publisher(where, send_buffer_size=4096)

        def lose_one() -> None:
            while not cases.publish(publisher, 'x' * 1000).dropped:
                pass
            self.take_all(some)
            # With the lost record before it.
            cases.publish(publisher, 'next')
            self.take_all(some)

        lose_one()
        lose_one()
        (first,) = self.warnings()
        self.assertIn('has lost 1 notification since its start', first)
        self.assertIn('(buffer_full: 1)', first)
        time.advance(subscription.WARN_INTERVAL)
        some.advance(100)
        self.assertIn('has lost 2 notifications since', self.warnings()[1])
        lose_one()
        lose_one()

        some.close()

        self.assertEqual(3, len(self.warnings()))
        self.assertIn('has lost 4 notifications since', self.warnings()[2])

    def warnings(self) -> list[str]:
        return [each for each in self.logged if 'The listener' in each]

    def test_finish(self) -> None:
        """After leaving, everything that was delivered is read."""
        for where in self.new_directory(), self.new_socket():
            publisher = self.new_publisher(where)
            some = self.new_subscriptions(where)
            for n in range(2000):
                self.assertEqual(1, cases.publish(publisher, n).delivered)

            some.leave()

            found = []
            more = True
            while more:
                more = some.finish()
                while (received := some.take()) is not None:
                    found.append(received.payload)
            self.assertEqual(list(range(2000)), found)
            self.assertEqual(0, cases.publish(publisher, 'late').delivered)

    def test_wait(self) -> None:
        """A wait ends when something can be read, or by the wakeup."""
        where = self.new_directory()
        some = self.new_subscriptions(where)
        publisher = self.new_publisher(where)
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        self.addCleanup(os.close, writer)
        self.patch(consumer, 'CHECK_INTERVAL', 60.0)
        before = clock.monotonic()

        cases.publish(publisher, 1)
        some.wait(60, reader, True)
        self.assertEqual([1], self.take_all(some))
        os.write(writer, b'!')
        some.wait(60, reader, True)
        some.wait(60, reader, False)

        self.assertLess(clock.monotonic() - before, 60)
