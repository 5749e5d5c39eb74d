# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A publisher at a directory and at a socket."""

import os
import resource
import shutil
from typing import Any

from unixnotif import address
from unixnotif import consumer as consumers
from unixnotif import errors
from unixnotif import publisher as publishers
from unixnotif.publisher import route
from unixnotif.tests import base
from unixnotif.tests.unit.publisher import cases


class DirectoryTest(cases.PublisherCase):
    def test_directory_created(self) -> None:
        """The publisher creates the directory with the right mode."""
        where = address.Address(self.new_directory().path + '/new')

        with publishers.Publisher(where):
            self.assertEqual(0o43770, os.stat(where.path).st_mode)

    def test_removed_and_recreated(self) -> None:
        """The publisher continues in a recreated directory."""
        where = self.new_directory()
        publisher = self.new_publisher(where)
        old = self.new_consumer(where)
        publisher.publish(base.document(1))
        shutil.rmtree(where.path)
        os.mkdir(where.path)
        new = self.new_consumer(where)

        self.assertEqual((1, 1, {}), publisher.publish(base.document(2)))

        self.assertEqual([2], base.payloads(new))
        self.assertEqual([], self.logged)
        self.assertEqual(1, old.receive(0).payload)  # type: ignore[union-attr]

    def test_publisher_recreates_the_directory(self) -> None:
        """The publisher recreates the directory if nobody else does."""
        where = self.new_directory()
        publisher = self.new_publisher(where)
        self.new_consumer(where)
        publisher.publish(base.document(1))
        shutil.rmtree(where.path)

        self.assertEqual(
            publishers.NOBODY, publisher.publish(base.document(2))
        )

        receiver = self.new_consumer(where)
        publisher.publish(base.document(3))
        self.assertEqual([3], base.payloads(receiver))

    def test_lost_records_after_removal(self) -> None:
        """Lost records for the removed directory are still sent."""
        where = self.new_directory()
        publisher = self.new_publisher(
            where, send_buffer_size=cases.SMALL_BUFFER
        )
        receiver = self.new_consumer(where)
        emitted = cases.fill(publisher)
        received = base.payloads(receiver)
        shutil.rmtree(where.path)

        publisher.publish(base.document())

        base.payloads(receiver)
        self.assertEqual(emitted, len(received) + receiver.lost)

    def test_nothing_leaks(self) -> None:
        """A directory that is recreated often leaves no open descriptor."""
        where = self.new_directory()
        publisher = self.new_publisher(where)
        before = base.descriptors_before()
        for _ in range(3):
            with consumers.Consumer(where):
                publisher.publish(base.document())
                shutil.rmtree(where.path)
                publisher.publish(base.document())

        self.assertEqual(before, base.open_descriptors())

    def test_lost_record_after_unlinking(self) -> None:
        """A consumer whose socket is removed receives a lost record."""
        where = self.new_directory()
        publisher = self.new_publisher(
            where, send_buffer_size=cases.SMALL_BUFFER
        )
        receiver = self.new_consumer(where)
        emitted = cases.fill(publisher)
        received = base.payloads(receiver)
        (name,) = os.listdir(where.path)
        os.unlink(f'{where.path}/{name}')

        publisher.publish(base.document())

        base.payloads(receiver)
        self.assertEqual(emitted, len(received) + receiver.lost)

    def test_no_parent(self) -> None:
        """One error reports the missing parent; the publisher retries."""
        parent = self.new_directory().path + '/later'
        where = address.Address(parent + '/notifications')
        publisher = publishers.Publisher(where)
        self.addCleanup(publisher.close)
        self.assertRaises(errors.UnavailableError, publisher.open)
        for _ in range(3):
            publisher.publish(base.document())
        (error,) = self.errors_logged()
        self.assertIn(str(where), error)
        self.assertIn('No such file or directory', error)

        os.mkdir(parent)
        publisher.publish(base.document())
        receiver = self.new_consumer(where)

        publisher.publish(base.document())
        self.assertEqual([0], base.payloads(receiver))

    def test_error_again(self) -> None:
        """An error that returns after a success is logged again."""
        parent = self.new_directory().path + '/later'
        where = address.Address(parent + '/notifications')
        publisher = publishers.Publisher(where)
        self.addCleanup(publisher.close)
        for _ in range(2):
            publisher.refresh()
            os.mkdir(parent)
            publisher.refresh()
            shutil.rmtree(parent)

        self.assertEqual(2, len(self.errors_logged()))

    def test_no_such_group(self) -> None:
        """A group that does not exist is named in the error."""
        for where in self.new_addresses():
            publisher = publishers.Publisher(where, group='no-such-group')

            publisher.refresh()

            (error,) = self.errors_logged()
            self.assertIn("no group 'no-such-group'", error)
            self.logged.clear()

    def test_no_descriptor_left(self) -> None:
        """Short of descriptors, nothing is raised and nothing forgotten."""
        for where in self.new_addresses():

            def publish(where: address.Address = where) -> Any:
                publisher = publishers.Publisher(where)
                _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
                resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
                short = publisher.publish(base.document(1))
                resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
                self.new_clock().advance(10)
                publisher.refresh()
                receiver = self.new_consumer(where)
                resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
                shorter = publisher.publish(base.document(2))
                resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
                publisher.publish(base.document(3))
                return [
                    short,
                    shorter.delivered,
                    base.payloads(receiver),
                    len(self.errors_logged()) > 0,
                ]

            self.assertEqual(
                [[0, 0, {}], 0, [3], True], self.in_child(publish)
            )

    def test_bad_uri(self) -> None:
        """A URI that is no address is refused at once."""
        self.assertRaises(
            errors.AddressError, publishers.Publisher, 'tcp:///x'
        )


class SocketTest(cases.PublisherCase):
    def test_readers_before_the_first(self) -> None:
        """Readers that connected before the first document get it."""
        where = self.new_socket()
        publisher = self.new_publisher(where)
        receivers = [self.new_consumer(where) for _ in range(2)]

        self.assertEqual((2, 2, {}), publisher.publish(base.document()))

        for each in receivers:
            self.assertEqual([0], base.payloads(each))

    def test_second_process(self) -> None:
        """Another process logs one error with the owner and the remedy."""
        where = self.new_socket()
        self.new_publisher(where)

        def publish() -> Any:
            clock = self.new_clock()
            publisher = publishers.Publisher(where)
            for _ in range(3):
                publisher.publish(base.document())
                publisher.publish(base.document())
                clock.advance(route._RETRY_INTERVAL)
            return self.errors_logged()

        (error,) = self.in_child(publish)
        self.assertIn(f'process {os.getpid()}', error)
        self.assertIn('unix+dir:///', error)
        receiver = self.new_consumer(where)
        self.assertTrue(receiver.subscribed)

    def test_owner_gone(self) -> None:
        """When the owner is gone, the next one takes over after a second."""
        clock = self.new_clock()
        clock.stop()
        where = self.new_socket()
        first = self.new_publisher(where)
        second = publishers.Publisher(where)
        self.addCleanup(second.close)
        for _ in range(2):
            # open() tries at once, however soon it is called again.
            e = self.assertRaises(errors.InUseError, second.open)
            self.assertEqual(os.getpid(), e.pid)
        first.close()
        second.refresh()
        self.assertRaises(
            errors.UnavailableError, consumers.Consumer(where).subscribe
        )

        clock.advance(route._RETRY_INTERVAL)
        second.refresh()

        receiver = self.new_consumer(where)
        second.publish(base.document())
        self.assertEqual([0], base.payloads(receiver))

    def test_stale(self) -> None:
        """The socket of a killed process is replaced."""
        where = self.new_socket()
        killed = publishers.Publisher(where)
        self.in_child(killed.open)
        self.assertTrue(os.path.exists(where.path))

        publisher = self.new_publisher(where)

        receiver = self.new_consumer(where)
        publisher.publish(base.document())
        self.assertEqual([0], base.payloads(receiver))

    def test_partial_line(self) -> None:
        """A line that was cut short is finished before anything else."""
        where = self.new_socket()
        publisher = self.new_publisher(
            where, send_buffer_size=cases.SMALL_BUFFER
        )
        receiver = self.new_consumer(where)
        received: list[int] = []
        for n in range(30):
            publisher.publish(base.document(f'{n:02}' + 'x' * 20_000))
            if n % 3 == 2:
                received += [int(p[:2]) for p in base.payloads(receiver)]
        # Each round makes room for more of the line that was cut short.
        for _ in range(50):
            publisher.publish(b'{}')
            received += [int(p[:2]) for p in base.payloads(receiver)]

        # Only the 50 documents of the loop are not notifications.
        self.assertLessEqual(receiver.rejected.total(), 50)
        self.assertEqual(sorted(set(received)), received)
        self.assertEqual(
            30 + 50,
            len(received) + receiver.rejected.total() + receiver.lost,
        )
