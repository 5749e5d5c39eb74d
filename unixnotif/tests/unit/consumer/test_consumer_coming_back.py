# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Resubscription of a consumer."""

import os
import shutil
from typing import Any

from unixnotif import address
from unixnotif import consumer as consumers
from unixnotif.consumer import attachment
from unixnotif.tests import base
from unixnotif.tests.unit.consumer import cases


class ComeBackTest(cases.ConsumerCase):
    def setUp(self) -> None:
        super().setUp()
        self.clock = self.new_clock()

    def look(self, receiver: consumers.Consumer) -> list[Any]:
        """Receive when the consumer's next look at its address is due."""
        self.clock.advance(consumers.CHECK_INTERVAL)
        return base.payloads(receiver)

    def test_directory_recreated(self) -> None:
        """The consumer resubscribes in a recreated directory."""
        where = self.new_directory()
        publisher = self.new_publisher(where)
        receiver = self.new_consumer(where)
        publisher.publish(base.document(1))
        shutil.rmtree(where.path)

        self.assertEqual([1], self.look(receiver))
        self.assertFalse(receiver.subscribed)
        os.mkdir(where.path)
        self.assertEqual([], self.look(receiver))
        self.assertTrue(receiver.subscribed)
        publisher.publish(base.document(2))
        self.assertEqual([2], base.payloads(receiver))
        self.assertEqual(1, len(os.listdir(where.path)))

    def test_both_come_back(self) -> None:
        """The publisher recreates the directory; the consumer resubscribes."""
        where = self.new_directory()
        publisher = self.new_publisher(where)
        receiver = self.new_consumer(where)
        for n in range(3):
            publisher.publish(base.document(n))
            self.assertEqual([n], base.payloads(receiver))
            shutil.rmtree(where.path)
            publisher.publish(base.document('for nobody'))
            self.assertEqual([], self.look(receiver))

        publisher.publish(base.document('last'))
        self.assertEqual(['last'], base.payloads(receiver))
        self.assertEqual(0, receiver.lost)

    def test_order_of_unread_notifications(self) -> None:
        """Unread notifications of the former directory come first."""
        where = self.new_directory()
        publisher = self.new_publisher(where)
        receiver = self.new_consumer(where)
        for n in range(300):
            publisher.publish(base.document(n))
        shutil.rmtree(where.path)
        os.mkdir(where.path)
        self.clock.advance(consumers.CHECK_INTERVAL)
        received = receiver.receive(0)
        assert received
        for n in range(300, 310):
            publisher.publish(base.document(n))

        rest = base.payloads(receiver)
        self.assertEqual(list(range(310)), [received.payload, *rest])
        self.assertEqual(0, receiver.lost)

    def publish_in_new_directories(
        self, where: address.Address, receiver: consumers.Consumer, number: int
    ) -> None:
        """Publish one document before each replacement of the directory."""
        publisher = self.new_publisher(where)
        for n in range(number):
            publisher.publish(base.document(n))
            shutil.rmtree(where.path)
            os.mkdir(where.path)
            self.clock.advance(consumers.CHECK_INTERVAL)
            receiver.follow()

    def test_many_former_directories(self) -> None:
        """One pass reads what waits in all former directories."""
        where = self.new_directory()
        for number in range(1, attachment.MAX_FORMER + 1):
            receiver = self.new_consumer(where)
            self.publish_in_new_directories(where, receiver, number)
            self.assertEqual(list(range(number)), base.payloads(receiver))
            self.assertEqual({}, receiver.rejected)
            receiver.close()

    def test_too_many_former_directories(self) -> None:
        """The consumer counts the connections that it closes unread."""
        where = self.new_directory()
        receiver = self.new_consumer(where)
        number = attachment.MAX_FORMER + 3
        self.publish_in_new_directories(where, receiver, number)
        self.assertEqual(list(range(3, number)), base.payloads(receiver))
        self.assertEqual({'PeerError': 3}, receiver.rejected)

    def test_replaced_in_one_step(self) -> None:
        """A directory that has been replaced is noticed, too."""
        where = self.new_directory()
        receiver = self.new_consumer(where)
        os.rename(where.path, where.path + '.old')
        os.mkdir(where.path)

        self.look(receiver)

        self.assertEqual(1, len(os.listdir(where.path)))
        self.assertEqual([], os.listdir(where.path + '.old'))
        shutil.rmtree(where.path + '.old')

    def test_socket_removed(self) -> None:
        """A consumer whose socket was removed creates another one."""
        where = self.new_directory()
        publisher = self.new_publisher(where)
        receiver = self.new_consumer(where)
        publisher.publish(base.document(1))
        (name,) = os.listdir(where.path)
        os.unlink(f'{where.path}/{name}')

        self.assertEqual([1], self.look(receiver))

        self.assertNotEqual([name], os.listdir(where.path))
        publisher.publish(base.document(2))
        self.assertEqual([2], base.payloads(receiver))

    def test_sent_into_the_removed_directory(self) -> None:
        """Notifications sent into the removed directory are not lost."""
        where = self.new_directory()
        receiver = self.new_consumer(where)
        # More connections than one call accepts, each with a document.
        for n in range(150):
            self.connect(where).send(base.document(n))
        shutil.rmtree(where.path)
        os.mkdir(where.path)

        received = self.look(receiver)

        self.assertEqual(list(range(150)), sorted(received))

    def test_no_need_to_look_often(self) -> None:
        """A consumer checks its address only at intervals."""
        self.clock.stop()
        where = self.new_directory()
        receiver = self.new_consumer(where)
        self.look(receiver)
        shutil.rmtree(where.path)
        os.mkdir(where.path)

        receiver.receive(0)
        self.assertEqual([], os.listdir(where.path))
        self.look(receiver)
        self.assertEqual(1, len(os.listdir(where.path)))

    def test_listener_restarted(self) -> None:
        """A reader reconnects after a restart of the listening process."""
        where = self.new_socket()
        publisher = self.new_publisher(where)
        receiver = self.new_consumer(where)
        publisher.publish(base.document(1))
        publisher.close()

        self.assertEqual([1], self.look(receiver))
        self.assertEqual([], self.look(receiver))
        self.assertFalse(receiver.subscribed)
        publisher = self.new_publisher(where)
        self.look(receiver)
        self.assertTrue(receiver.subscribed)
        publisher.publish(base.document(2))
        self.assertEqual([2], base.payloads(receiver))

    def test_listener_restarted_at_once(self) -> None:
        """A listener that restarted at once is found."""
        self.clock.stop()
        where = self.new_socket()
        publisher = self.new_publisher(where)
        receiver = self.new_consumer(where)
        publisher.publish(base.document(1))
        publisher.close()
        publisher = self.new_publisher(where)

        # No time goes by.
        self.assertEqual([1], base.payloads(receiver))
        publisher.publish(base.document(2))
        self.assertEqual([2], base.payloads(receiver))

    def test_waiting(self) -> None:
        """A consumer that waits in receive() resubscribes as well."""
        where = self.new_directory()
        publisher = self.new_publisher(where)
        receiver = self.new_consumer(where)
        self.look(receiver)
        shutil.rmtree(where.path)
        publisher.refresh()  # recreates the directory
        check = attachment.Attachment.check

        def check_and_publish(attached: attachment.Attachment) -> None:
            check(attached)
            publisher.publish(base.document('back'))

        self.patch(attachment.Attachment, 'check', check_and_publish)

        received = receiver.receive()

        assert received
        self.assertEqual('back', received.payload)
