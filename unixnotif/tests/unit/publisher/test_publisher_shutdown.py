# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The end of a publisher: lost records, and late notifications."""

import json
import os
import shutil

from unixnotif import address
from unixnotif import consumer as consumers
from unixnotif import publisher as publishers
from unixnotif.tests import base
from unixnotif.tests.unit.publisher import cases

# Registered before the package: it runs after the package's own.
_LATE = """\
import atexit, json, sys
def late():
    def publish(payload):
        delivery = publisher.publish(base.document(payload))
        print(json.dumps(delivery), flush=True)
        return delivery
    publish('late')
    for _ in range(1000):
        if publish(0).dropped:
            break
atexit.register(late)
from unixnotif import publisher as publishers
from unixnotif.tests import base
publisher = publishers.Publisher(sys.argv[1], send_buffer_size=4096)
publisher.publish(base.document('first'))
"""

# The interpreter ends these after the package's own handler.
_OTHERS = """\
import logging, sys, weakref
class Handler(logging.Handler):
    def close(self):
        publish('log handler')
        super().close()
handler = Handler()
logging.getLogger().addHandler(handler)
weakref.finalize(handler, lambda: publish('finalizer'))
from unixnotif import publisher as publishers
from unixnotif.tests import base
publisher = publishers.Publisher(sys.argv[1])
def publish(payload, publisher=publisher, document=base.document):
    publisher.publish(document(payload))
"""

# The first exit function runs last; the publisher is deleted after it.
_CLEARED = """\
import atexit, sys
def clear():
    process.check = listener.ListeningSocket.abandon = None
atexit.register(clear)
from unixnotif import process
from unixnotif import publisher as publishers
from unixnotif.listening import listener
publisher = publishers.Publisher(sys.argv[1])
publisher.publish(b'{}')
"""


class PendingTest(cases.PublisherCase):
    """Drop counts that are pending when the publisher closes."""

    def setUp(self) -> None:
        super().setUp()
        self.clock = self.new_clock()
        self.clock.stop()
        self.received = 0

    def fill(
        self, where: address.Address
    ) -> tuple[publishers.Publisher, consumers.Consumer]:
        """Return both ends, with a full buffer and a pending count."""
        publisher = self.new_publisher(
            where, send_buffer_size=cases.SMALL_BUFFER
        )
        receiver = self.new_consumer(where)
        self.emitted = cases.fill(publisher)
        return publisher, receiver

    def read(self, receiver: consumers.Consumer) -> None:
        self.received += len(base.payloads(receiver))

    def look(self, receiver: consumers.Consumer) -> None:
        """Have the consumer look at the path, and receive at most once."""
        self.clock.advance(consumers.CHECK_INTERVAL)
        self.received += receiver.receive(0) is not None

    def recreate(self, where: address.Address) -> None:
        shutil.rmtree(where.path)
        os.mkdir(where.path)

    def check(self, receiver: consumers.Consumer) -> None:
        """The consumer knows of each notification."""
        self.read(receiver)
        self.assertEqual(self.emitted, self.received + receiver.lost)
        self.assertGreater(receiver.lost, 0)
        self.received = 0

    def test_full(self) -> None:
        """A subscriber with a full buffer still receives the record."""
        for where in self.new_addresses():
            publisher, receiver = self.fill(where)

            publisher.close()

            self.check(receiver)

    def test_recreated(self) -> None:
        """A publisher that has not moved reports on its connection."""
        for moved in False, True:
            for read in False, True:
                where = self.new_directory()
                publisher, receiver = self.fill(where)
                self.recreate(where)
                if moved:
                    self.look(receiver)
                if read:
                    self.read(receiver)

                publisher.close()

                self.check(receiver)

    def test_recreated_and_noticed(self) -> None:
        """A publisher that has moved reports on the former connection."""
        for read in False, True:
            where = self.new_directory()
            publisher, receiver = self.fill(where)
            self.recreate(where)
            self.look(receiver)
            for n in range(3):
                delivery = publisher.publish(base.document(n))
                self.assertEqual((1, 1, {}), delivery)
            self.emitted += 3
            if read:
                self.read(receiver)

            publisher.close()

            self.check(receiver)

    def test_several_directories(self) -> None:
        """Counts of two former directories and of the current one."""
        where = self.new_directory()
        publisher, receiver = self.fill(where)
        for _ in range(2):
            self.recreate(where)
            self.look(receiver)
            before = self.emitted
            self.emitted = cases.fill(publisher, before)

        publisher.close()

        self.check(receiver)
        self.assertEqual(0, publisher.refresh())

    def test_group(self) -> None:
        """A group receives its record once."""
        where = self.new_directory()
        publisher = self.new_publisher(
            where, send_buffer_size=cases.SMALL_BUFFER
        )
        members = [self.new_consumer(where, 'audit') for _ in range(2)]
        emitted = cases.fill(publisher)

        publisher.close()

        received = sum(len(base.payloads(each)) for each in members)
        lost = sum(each.lost for each in members)
        self.assertEqual((emitted, 1), (received + lost, lost))


class AtExitTest(cases.PublisherCase):
    """Notifications after the publisher has finished."""

    def ends(
        self, where: address.Address
    ) -> tuple[publishers.Publisher, consumers.Consumer]:
        publisher = self.new_publisher(
            where, send_buffer_size=cases.SMALL_BUFFER
        )
        return publisher, self.new_consumer(where)

    def test_reports(self) -> None:
        """The end of the process reports pending drops."""
        for where in self.new_addresses():
            publisher, receiver = self.ends(where)
            emitted = cases.fill(publisher)

            publisher.at_exit()
            publisher.at_exit()

            received = len(base.payloads(receiver))
            self.assertEqual(emitted, received + receiver.lost)
            self.assertIn('buffer_full: 1', self.warnings_logged()[-1])

    def test_still_delivers(self) -> None:
        """Later notifications are delivered."""
        for where in self.new_addresses():
            publisher, receiver = self.ends(where)
            publisher.publish(base.document('before'))

            publisher.at_exit()

            for n in range(3):
                delivery = publisher.publish(base.document(n))
                self.assertEqual((1, 1, {}), delivery)
            self.assertEqual(['before', 0, 1, 2], base.payloads(receiver))

    def test_reports_later_drops_at_once(self) -> None:
        """A later drop needs no further notification to be reported."""
        for where in self.new_addresses():
            publisher, receiver = self.ends(where)
            publisher.publish(base.document())
            publisher.at_exit()
            emitted = cases.fill(publisher) + 1

            received = len(base.payloads(receiver))

            self.assertEqual(emitted, received + receiver.lost)
            self.assertEqual({'buffer_full': 1}, receiver.lost_reasons)

    def test_leaves_the_socket(self) -> None:
        """Another publisher can own the address and gets the new readers."""
        where = self.new_socket()
        publisher, receiver = self.ends(where)
        publisher.publish(base.document(1))

        publisher.at_exit()

        self.assertEqual([], os.listdir(os.path.dirname(where.path)))
        other = self.new_publisher(where)
        reader = self.new_consumer(where)
        publisher.publish(base.document(2))
        other.publish(base.document(3))
        self.assertEqual([1, 2], base.payloads(receiver))
        self.assertEqual([3], base.payloads(reader))

    def test_close_afterwards(self) -> None:
        """A publisher that is closed after the end does nothing more."""
        for where in self.new_addresses():
            publisher, receiver = self.ends(where)
            publisher.publish(base.document())
            publisher.at_exit()
            publisher.close()
            publisher.at_exit()

            self.assertEqual(
                publishers.NOBODY, publisher.publish(base.document())
            )
            self.assertEqual([0], base.payloads(receiver))

    def test_handler_registered_before(self) -> None:
        """A handler that runs after the package's own may publish."""
        where = self.new_directory()
        receiver = self.new_consumer(where)

        done = base.run_python(_LATE, str(where))

        self.assertEqual(0, done.returncode, done.stdout)
        received = base.payloads(receiver)
        self.assertEqual(['first', 'late', 0], received[:3])
        deliveries = [
            json.loads(line)
            for line in done.stdout.splitlines()
            if line.startswith('[')
        ]
        self.assertEqual([1, 1, {}], deliveries[0])
        self.assertEqual([1, 0, {'buffer_full': 1}], deliveries[-1])
        self.assertEqual(len(deliveries), len(received))
        self.assertEqual({'buffer_full': 1}, receiver.lost_reasons)

    def test_other_late_code(self) -> None:
        """A finalizer and a log handler may publish at the end, too."""
        where = self.new_directory()
        receiver = self.new_consumer(where)

        done = base.run_python(_OTHERS, str(where))

        self.assertEqual(0, done.returncode, done.stdout)
        self.assertEqual(
            {'finalizer', 'log handler'}, set(base.payloads(receiver))
        )

    def test_cleared_modules(self) -> None:
        """An interpreter that ends clears modules before objects."""
        for where in self.new_directory(), self.new_socket():
            done = base.run_python(_CLEARED, str(where))
            self.assertEqual((0, ''), (done.returncode, done.stdout))
