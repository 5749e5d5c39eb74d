# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Subscribing and unsubscribing."""

import os
import socket
import threading

from unixnotif import address
from unixnotif import consumer as consumers
from unixnotif import errors
from unixnotif.tests import base
from unixnotif.tests.unit.consumer import cases


class SubscribeTest(cases.ConsumerCase):
    def test_not_subscribed(self) -> None:
        """Before subscribing, and after closing, an error says what to do."""
        receiver = consumers.Consumer(self.new_directory())
        for _ in range(2):
            self.assertFalse(receiver.subscribed)
            for call in receiver.receive, receiver.fileno:
                e = self.assertRaises(errors.UnavailableError, call)
                self.assertIn('not subscribed', str(e))
            receiver.subscribe()
            self.assertTrue(receiver.subscribed)
            receiver.close()
            receiver.close()

    def test_missing_path(self) -> None:
        """If the path does not exist, the error names the path."""
        directory = address.Address(self.new_directory().path + '/no')
        socket = self.new_socket()
        for where in directory, socket:
            receiver = consumers.Consumer(where)

            e = self.assertRaises(errors.UnavailableError, receiver.subscribe)

            self.assertIn(where.path, str(e))
            self.assertFalse(receiver.subscribed)

    def test_twice(self) -> None:
        """Subscribing twice is one subscription."""
        where = self.new_directory()
        receiver = self.new_consumer(where)

        receiver.subscribe()

        self.assertEqual(1, len(os.listdir(where.path)))

    def test_timeout(self) -> None:
        """subscribe() waits no longer than the timeout."""
        clock = self.new_clock(sleeping=True)
        started = clock.monotonic()
        receiver = consumers.Consumer(self.new_socket())

        self.assertRaises(errors.UnavailableError, receiver.subscribe, 30)

        waited = clock.monotonic() - started
        self.assertGreaterEqual(waited, 30)
        self.assertLess(waited, 60)

    def test_full_queue(self) -> None:
        """subscribe() waits for a driver that does not accept yet."""
        clock = self.new_clock(sleeping=True)
        where = self.new_socket()
        driver = self.enterContext(socket.socket(socket.AF_UNIX))
        driver.bind(where.path)
        driver.listen(0)
        other = self.enterContext(socket.socket(socket.AF_UNIX))
        other.connect(where.path)

        clock.sleep = lambda seconds: driver.accept()[0].close()  # type: ignore[method-assign]
        receiver = consumers.Consumer(where)
        self.addCleanup(receiver.close)
        self.assertRaises(errors.MissingError, receiver.subscribe)
        receiver.subscribe(30)
        self.assertTrue(receiver.subscribed)

    def test_waits(self) -> None:
        """subscribe() waits for a directory that another process creates."""
        clock = self.new_clock(sleeping=True)
        where = address.Address(self.new_directory().path + '/later')
        asked = threading.Event()
        made = threading.Event()

        def sleep(seconds: float) -> None:
            asked.set()
            made.wait()

        clock.sleep = sleep  # type: ignore[method-assign]

        def make() -> None:
            asked.wait()
            os.mkdir(where.path)
            made.set()

        thread = threading.Thread(target=make)
        thread.start()
        receiver = consumers.Consumer(where)
        self.addCleanup(receiver.close)

        receiver.subscribe(None)

        thread.join()
        self.assertTrue(receiver.subscribed)
        self.assertEqual(1, len(os.listdir(where.path)))

    def test_group_on_a_socket(self) -> None:
        """A group at a socket is an error that advises unix+dir://."""
        e = self.assertRaises(
            errors.AddressError,
            consumers.Consumer,
            self.new_socket(),
            'audit',
        )

        self.assertIn('unix+dir://', str(e))

    def test_bad_group(self) -> None:
        """A group must be short and valid in the name of a socket."""
        for group in '../x', 'a@b', '.hidden', 'a' * 65:
            self.assertRaises(
                errors.AddressError,
                consumers.Consumer,
                self.new_directory(),
                group,
            )

    def test_nothing_left_behind(self) -> None:
        """A consumer that has left leaves nothing behind."""
        for where in self.new_addresses():
            publisher = self.new_publisher(where)
            before = base.descriptors_before()
            with consumers.Consumer(where) as receiver:
                publisher.publish(base.document(1))
                publisher.publish(base.document(2))
                receiver.receive(0)
            publisher.publish(base.document(3))

            self.assertEqual(before, base.open_descriptors())
            if where.is_directory:
                self.assertEqual([], os.listdir(where.path))

    def test_resubscribe(self) -> None:
        """A consumer that resubscribes receives no earlier notifications."""
        for where in self.new_addresses():
            publisher = self.new_publisher(where)
            receiver = self.new_consumer(where)
            publisher.publish(base.document(1))
            publisher.publish(base.document(2))
            receiver.receive(0)
            receiver.close()
            publisher.publish(base.document(3))
            receiver.subscribe()
            publisher.publish(base.document(4))

            self.assertEqual([4], base.payloads(receiver))
