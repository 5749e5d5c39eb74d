# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The publisher: delivery of documents, and the end."""

import _socket
import itertools
import json
import os
import subprocess
import sys

from unixnotif import consumer as consumers
from unixnotif import errors
from unixnotif import publisher as publishers
from unixnotif.tests import base
from unixnotif.tests.unit.publisher import cases


class FanOutTest(cases.PublisherCase):
    def test_no_subscriber(self) -> None:
        """With no subscriber, the publisher does not create the document."""
        for where in self.new_addresses():
            publisher = self.new_publisher(where)

            delivery = publisher.publish(lambda: self.fail('was called'))

            self.assertEqual(publishers.NOBODY, delivery)
            self.assertEqual({}, publisher.dropped)

    def test_document_is_created_once(self) -> None:
        """A document is created once, however many subscribers there are."""
        for where in self.new_addresses():
            publisher = self.new_publisher(where)
            receivers = [self.new_consumer(where) for _ in range(3)]
            calls: list[bytes] = []

            def make(calls: list[bytes] = calls) -> bytes:
                calls.append(base.document('made'))
                return calls[-1]

            delivery = publisher.publish(make)

            self.assertEqual(1, len(calls))
            self.assertEqual((3, 3, {}), delivery)
            for each in receivers:
                self.assertEqual(['made'], base.payloads(each))

    def test_all_get_all(self) -> None:
        """All of 2 or 50 subscribers get all, in the order of calls."""
        for count in 2, 50:
            for where in self.new_addresses():
                publisher = self.new_publisher(where)
                receivers = [self.new_consumer(where) for _ in range(count)]

                deliveries = [
                    publisher.publish(base.document(n)) for n in range(20)
                ]

                self.assertEqual([(count, count, {})] * 20, deliveries)
                for each in receivers:
                    self.assertEqual(list(range(20)), base.payloads(each))

    def test_later_subscriber(self) -> None:
        """A subscriber gets only documents that are published later."""
        for where in self.new_addresses():
            publisher = self.new_publisher(where)
            publisher.publish(base.document('for nobody'))
            first = self.new_consumer(where)
            publisher.publish(base.document('for one'))
            second = self.new_consumer(where)
            publisher.publish(base.document('for two'))

            self.assertEqual(['for one', 'for two'], base.payloads(first))
            self.assertEqual(['for two'], base.payloads(second))

    def test_new_subscriber_is_noticed_at_once(self) -> None:
        """The first publish after subscribe() reaches the new subscriber."""
        for where in self.new_addresses():
            publisher = self.new_publisher(where)
            for n in range(100):
                # Till the publisher believes that it knows everybody.
                publisher.publish(b'{}')
                publisher.publish(b'{}')
                with consumers.Consumer(where) as receiver:
                    publisher.publish(base.document(n))

                    self.assertEqual([n], base.payloads(receiver))

    def test_large(self) -> None:
        """A document beyond the largest packet arrives whole."""
        for where in self.new_addresses():
            publisher = self.new_publisher(where)
            receivers = [self.new_consumer(where) for _ in range(2)]
            payload = 'é' * 300_000
            publisher.publish(b'{}')
            for each in receivers:
                each.receive(0)
            before = base.descriptors_before()

            delivery = publisher.publish(base.document(payload))

            self.assertEqual((2, 2, {}), delivery)
            for each in receivers:
                self.assertEqual([payload], base.payloads(each))
            self.assertEqual(before, base.open_descriptors())

    def test_stream_listener(self) -> None:
        """A stream listener in a directory gets the same, as JSON lines."""
        where = self.new_directory()
        listener = self.bind(where, 'me.sock', _socket.SOCK_STREAM)
        publisher = self.new_publisher(where)

        for n in range(3):
            self.assertEqual((1, 1, {}), publisher.publish(base.document(n)))
        publisher.close()

        reader = self.accepted(listener)
        lines = reader.recv(65536).splitlines()
        self.assertEqual([base.document(n) for n in range(3)], lines)
        self.assertEqual(b'', reader.recv(1))

    def accepted(self, listener: _socket.socket) -> _socket.socket:
        fd, _ = listener._accept()  # type: ignore[attr-defined]
        reader = _socket.socket(fileno=fd)
        self.addCleanup(reader.close)
        return reader

    def test_groups(self) -> None:
        """The members of a group share one copy; others get their own."""
        where = self.new_directory()
        publisher = self.new_publisher(where)
        alone = self.new_consumer(where)
        members = [self.new_consumer(where, 'audit') for _ in range(2)]

        for n in range(10):
            self.assertEqual((2, 2, {}), publisher.publish(base.document(n)))

        self.assertEqual(list(range(10)), base.payloads(alone))
        shares = [base.payloads(each) for each in members]
        self.assertEqual([5, 5], [len(share) for share in shares])
        self.assertEqual(list(range(10)), sorted(itertools.chain(*shares)))

    def test_kinds(self) -> None:
        """The members of a group receive their part of each kind."""
        where = self.new_directory()
        publisher = self.new_publisher(where)
        members = [self.new_consumer(where, 'audit') for _ in range(2)]

        def publish_both() -> bytes:
            # Kept until the outer call ends.
            publisher.publish(base.document('inner'), 'inner')
            return base.document('outer')

        for _ in range(4):
            publisher.publish(publish_both, 'outer')

        for each in members:
            self.assertEqual(
                ['inner', 'inner', 'outer', 'outer'],
                sorted(base.payloads(each)),
            )


class CloseTest(cases.PublisherCase):
    def test_closed(self) -> None:
        """A closed publisher does nothing; closing twice is allowed."""
        for where in self.new_addresses():
            before = base.open_sockets()
            publisher = self.new_publisher(where)
            receiver = self.new_consumer(where)
            publisher.publish(base.document(1))

            publisher.close()
            publisher.close()

            self.assertEqual(
                publishers.NOBODY,
                publisher.publish(lambda: self.fail('was called')),
            )
            self.assertEqual(0, publisher.refresh())
            self.assertEqual([1], base.payloads(receiver))
            receiver.close()
            self.assertEqual(before, base.open_sockets())
            self.assertTrue(publisher.closed)

    def test_collected(self) -> None:
        """A publisher that nobody holds any more closes its sockets."""
        for where in self.new_addresses():
            before = base.open_sockets()
            publisher = publishers.Publisher(where)
            publisher.refresh()
            receiver = consumers.Consumer(where)
            receiver.subscribe()
            publisher.publish(base.document())

            del publisher

            self.assertEqual([0], base.payloads(receiver))
            receiver.close()
            self.assertEqual(before, base.open_sockets())
            self.assertEqual(where.is_directory, os.path.exists(where.path))

    def test_at_exit(self) -> None:
        """At the end of the process, subscribers get pending lost records."""
        for where in self.new_addresses():
            process = subprocess.Popen(
                [sys.executable, '-c', _FULL_AT_EXIT, str(where)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            self.addCleanup(process.communicate)
            assert process.stdin and process.stdout
            process.stdout.readline()
            receiver = self.new_consumer(where)
            process.stdin.write('subscribed\n')
            process.stdin.flush()
            dropped = json.loads(process.stdout.readline())
            base.payloads(receiver)
            self.assertEqual(0, receiver.lost)
            process.stdin.write('received\n')
            _, log = process.communicate()

            self.assertIn('buffer_full: 1', log)
            self.assertEqual([], base.payloads(receiver))
            self.assertEqual(dropped, receiver.lost_reasons)
            self.assertEqual(1, receiver.lost)
            self.assertEqual(where.is_directory, os.path.exists(where.path))


class SharedTest(cases.PublisherCase):
    """One publisher for each address of a process."""

    def test_same(self) -> None:
        """All spellings of an address share one publisher."""
        where = self.new_directory()

        first = publishers.shared(where)
        second = publishers.shared(f'unix+dir://{where.path}/')

        self.assertIs(first, second)
        self.assertEqual(where, first.address)

    def test_other_address(self) -> None:
        """Other paths and the other kind have publishers of their own."""
        path = self.new_directory().path

        found = [
            publishers.shared(uri)
            for uri in (
                f'unix+dir://{path}',
                f'unix://{path}',
                f'unix+dir://{path}/x',
            )
        ]

        self.assertEqual(3, len({id(each) for each in found}))

    def test_first_options_hold(self) -> None:
        """The options of the first call hold."""
        where = self.new_directory()
        publisher = publishers.shared(where, max_message_size=10)
        self.new_consumer(where)

        again = publishers.shared(where, max_message_size=1000)

        self.assertEqual({'too_large': 1}, again.publish(b' ' * 11).dropped)
        self.assertIs(publisher, again)

    def test_closed(self) -> None:
        """A closed publisher is not shared any more."""
        where = self.new_directory()
        publisher = publishers.shared(where)
        publisher.close()

        again = publishers.shared(where)

        self.assertIsNot(publisher, again)
        self.assertFalse(again.closed)
        self.assertIs(again, publishers.shared(where))

    def test_address_is_free_without_drivers(self) -> None:
        """The address is free as soon as no driver holds the publisher."""
        where = self.new_socket()
        publishers.shared(where).open()

        publisher = self.new_publisher(where)

        receiver = self.new_consumer(where)
        publisher.publish(base.document())
        self.assertEqual([0], base.payloads(receiver))

    def test_bad_uri(self) -> None:
        """A URI that is not an address is an error."""
        self.assertRaises(errors.AddressError, publishers.shared, '/x')


_FULL_AT_EXIT = """\
import json, sys, threading
from unixnotif import publisher
from unixnotif.tests import base
each = publisher.Publisher(sys.argv[1], send_buffer_size=4096)
each.open()
print('open', flush=True)
input()
while not each.dropped:
    each.publish(base.document())
print(json.dumps(each.dropped), flush=True)
# Held to the very end by a thread that does not end.
wait = threading.Event().wait
threading.Thread(target=lambda held: wait(), args=[each], daemon=True).start()
del each
input()
"""
