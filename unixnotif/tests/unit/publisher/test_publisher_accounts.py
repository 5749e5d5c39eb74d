# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The counts of a publisher, and its lost records."""

import _socket
import itertools
import os
import tempfile
from typing import Any

from unixnotif import errors
from unixnotif import notification
from unixnotif import publisher as publishers
from unixnotif import rendezvous
from unixnotif.tests import base
from unixnotif.tests.unit.publisher import cases


class AccountsTest(cases.PublisherCase):
    def test_accounts_add_up(self) -> None:
        """Received and lost notifications add up to those emitted, in order.

        The buffer is full in several periods. Each lost record arrives
        before the next document that has room.
        """
        for where in self.new_addresses():
            publisher = self.new_publisher(
                where, send_buffer_size=cases.SMALL_BUFFER
            )
            receiver = self.new_consumer(where)
            emitted = received = 0
            for extra in 1, 7, 3:
                emitted = cases.fill(publisher, emitted)
                for _ in range(extra):
                    publisher.publish(base.document(emitted))
                    emitted += 1
                while (got := receiver.receive(0)) is not None:
                    # All before it was received, or is known to be lost.
                    self.assertEqual(got.payload, received + receiver.lost)
                    received += 1
            self.assertEqual((1, 1, {}), publisher.publish(b'{}'))
            receiver.receive(0)

            self.assertEqual(emitted, received + receiver.lost)
            self.assertEqual(publisher.dropped, receiver.lost_reasons)
            self.assertEqual({'buffer_full'}, set(publisher.dropped))

    def test_lost_comes_first(self) -> None:
        """The lost record is on the wire before the next document."""
        where = self.new_directory()
        listener = self.bind(where, 'me.sock', _socket.SOCK_SEQPACKET)
        publisher = self.new_publisher(
            where, send_buffer_size=cases.SMALL_BUFFER
        )
        count = cases.fill(publisher)
        publisher.publish(base.document(count))
        fd, _ = listener._accept()  # type: ignore[attr-defined]
        reader = _socket.socket(fileno=fd)
        self.addCleanup(reader.close)
        for n in range(count - 1):
            self.assertEqual(base.document(n), reader.recv(65536))

        publisher.publish(base.document(count + 1))

        lost = notification.Lost(2, {'buffer_full': 2})
        self.assertEqual(lost.encode(), reader.recv(65536))
        self.assertEqual(base.document(count + 1), reader.recv(65536))

    def test_one_full_subscriber(self) -> None:
        """A subscriber that does not read costs the others nothing."""
        for where in self.new_addresses():
            publisher = self.new_publisher(
                where, send_buffer_size=cases.SMALL_BUFFER
            )
            good = self.new_consumer(where)
            self.new_consumer(where)  # does not read
            received = []
            for n in range(100):
                delivery = publisher.publish(base.document(n))
                received += base.payloads(good)

            self.assertEqual((2, 1, {'buffer_full': 1}), delivery)
            self.assertEqual(list(range(100)), received)
            self.assertEqual(0, good.lost)

    def test_lost_on_close(self) -> None:
        """close() reports losses at the end to the subscriber."""
        for where in self.new_addresses():
            publisher = self.new_publisher(
                where, send_buffer_size=cases.SMALL_BUFFER
            )
            receiver = self.new_consumer(where)
            emitted = cases.fill(publisher)
            received = base.payloads(receiver)

            publisher.close()

            self.assertEqual([], base.payloads(receiver))
            self.assertEqual(1, receiver.lost)
            self.assertEqual(emitted, len(received) + 1)

    def test_too_large(self) -> None:
        """A document over max_message_size is dropped for all, and logged."""
        for where in self.new_addresses():
            data = base.document('right')
            publisher = self.new_publisher(where, max_message_size=len(data))
            receiver = self.new_consumer(where)

            delivery = publisher.publish(data + b' ')

            self.assertEqual((1, 0, {'too_large': 1}), delivery)
            (error,) = self.errors_logged()
            self.assertIn(f'{len(data) + 1} bytes', error)
            self.assertIn(f'max_message_size ({len(data)})', error)
            self.assertEqual([], base.payloads(receiver))
            publisher.publish(data)
            self.assertEqual(['right'], base.payloads(receiver))
            self.assertEqual({'too_large': 1}, receiver.lost_reasons)
            self.logged.clear()

    def test_unserializable(self) -> None:
        """A document that cannot be created is a drop, and logged."""

        def fail() -> bytes:
            raise errors.DocumentError('this is no JSON')

        for where in self.new_addresses():
            publisher = self.new_publisher(where)
            receiver = self.new_consumer(where)

            delivery = publisher.publish(fail)

            self.assertEqual((1, 0, {'unserializable': 1}), delivery)
            (error,) = self.errors_logged()
            self.assertIn('this is no JSON', error)
            publisher.publish(base.document())
            self.assertEqual([0], base.payloads(receiver))
            self.assertEqual({'unserializable': 1}, receiver.lost_reasons)
            self.logged.clear()

    def test_empty(self) -> None:
        """An empty document is refused: a packet like that ends a stream."""
        for where in self.new_addresses():
            publisher = self.new_publisher(where)
            receiver = self.new_consumer(where)
            publisher.publish(base.document(1))

            delivery = publisher.publish(b'')

            self.assertEqual((1, 0, {'unserializable': 1}), delivery)
            publisher.publish(base.document(2))
            self.assertEqual([1, 2], base.payloads(receiver))

    def test_foreign_error(self) -> None:
        """Another exception reaches the caller; the publisher works on."""
        where = self.new_directory()
        publisher = self.new_publisher(where)
        receiver = self.new_consumer(where)

        self.assertRaises(ZeroDivisionError, publisher.publish, lambda: 1 // 0)

        publisher.publish(base.document())
        self.assertEqual([0], base.payloads(receiver))
        self.assertEqual(0, receiver.lost)

    def test_reasons_apart(self) -> None:
        """Every reason is counted apart, for each subscriber."""
        where = self.new_directory()
        publisher = self.new_publisher(
            where, send_buffer_size=cases.SMALL_BUFFER, max_message_size=2000
        )
        first = self.new_consumer(where)
        publisher.publish(b' ' * 2001)
        second = self.new_consumer(where)
        publisher.publish(b' ' * 2001)
        publisher.publish(b'')
        count = cases.fill(publisher)
        base.payloads(first)
        base.payloads(second)
        publisher.publish(base.document(count))
        base.payloads(first)
        base.payloads(second)

        rest = {'unserializable': 1, 'buffer_full': 1}
        self.assertEqual({'too_large': 2, **rest}, first.lost_reasons)
        self.assertEqual({'too_large': 1, **rest}, second.lost_reasons)
        self.assertEqual(
            {'too_large': 3, 'unserializable': 2, 'buffer_full': 2},
            publisher.dropped,
        )

    def test_not_a_socket(self) -> None:
        """A file or link with a socket's name is not a subscriber."""
        where = self.new_directory()
        with open(f'{where.path}/file.sock', 'w'):
            pass
        outside = self.new_directory()
        target = self.bind(outside, 'x.sock', _socket.SOCK_SEQPACKET)
        os.symlink(f'{outside.path}/x.sock', f'{where.path}/link.sock')
        publisher = self.new_publisher(where)

        delivery = publisher.publish(base.document())

        self.assertEqual(publishers.NOBODY, delivery)
        self.assertRaises(
            BlockingIOError,
            target._accept,  # type: ignore[attr-defined]
        )

    def test_denied(self) -> None:
        """A socket that the emitting user may not write to is a drop."""
        if os.geteuid():
            self.skipTest('only root can become another user')
        where = self.new_directory()
        for path in tempfile.gettempdir(), where.path:
            os.chmod(path, 0o755)
        receiver = self.new_consumer(where)

        def publish_as_nobody() -> Any:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            if not os.access(where.path, os.R_OK):
                return 'hidden'
            with publishers.Publisher(where) as publisher:
                return publisher.publish(base.document())

        delivery = self.in_child(publish_as_nobody)

        if delivery == 'hidden':
            self.skipTest('TMPDIR is below a directory closed to others')
        self.assertEqual([1, 0, {'denied': 1}], delivery)
        self.assertEqual([], base.payloads(receiver))

    @base.as_root
    def test_denied_by_another_user(self) -> None:
        """A socket of another user that denies is a warning, and no drop."""
        where = self.new_directory()
        for path in tempfile.gettempdir(), where.path:
            os.chmod(path, 0o755)
        for number in range(3):
            self.bind(where, f'{number}.sock', _socket.SOCK_SEQPACKET)
            path = f'{where.path}/{number}.sock'
            os.chmod(path, 0)
            os.chown(path, 60001, -1)

        def publish_as_nobody() -> Any:
            base.become_user(65534)
            if not os.access(where.path, os.R_OK):
                return 'hidden'
            with publishers.Publisher(where) as publisher:
                found = [publisher.publish(base.document()) for _ in range(3)]
            return [found, self.logged]

        result = self.in_child(publish_as_nobody)

        if result == 'hidden':
            self.skipTest('TMPDIR is below a directory closed to others')
        delivery, logged = result
        self.assertEqual([[0, 0, {}]] * 3, delivery)
        (warning,) = logged
        self.assertIn('WARNING Some subscribers of', warning)
        self.assertIn('(user 60001; for example', warning)

    def test_backlog_full(self) -> None:
        """A full backlog is a drop, not the end of the subscriber."""
        where = self.new_directory()
        listener = self.bind(where, 'x.sock', _socket.SOCK_SEQPACKET, 0)
        with rendezvous.Directory(where.path) as directory:
            waiting, _ = rendezvous.connect(directory, 'x.sock')
        publisher = self.new_publisher(where)

        delivery = publisher.publish(base.document(0))

        self.assertEqual((1, 0, {'backlog_full': 1}), delivery)
        fd, _ = listener._accept()  # type: ignore[attr-defined]
        os.close(fd)
        waiting.close()
        self.assertEqual((1, 1, {}), publisher.publish(base.document(1)))
        fd, _ = listener._accept()  # type: ignore[attr-defined]
        reader = _socket.socket(fileno=fd)
        self.addCleanup(reader.close)
        lost = notification.Lost(1, {'backlog_full': 1})
        self.assertEqual(lost.encode(), reader.recv(65536))
        self.assertEqual(base.document(1), reader.recv(65536))

    def test_lost_record_of_a_group(self) -> None:
        """One member of a group receives the lost record of the group."""
        where = self.new_directory()
        publisher = self.new_publisher(
            where, send_buffer_size=cases.SMALL_BUFFER
        )
        members = [self.new_consumer(where, 'audit') for _ in range(2)]
        alone = self.new_consumer(where)
        emitted = 0
        # Each goes to the next member, until both are full.
        while 'buffer_full' not in publisher.dropped:
            publisher.publish(base.document(emitted))
            base.payloads(alone)
            emitted += 1
        publisher.publish(base.document(emitted))
        shares = [base.payloads(each) for each in members]
        publisher.publish(base.document('last'))
        shares = [
            share + base.payloads(each)
            for share, each in zip(shares, members, strict=True)
        ]

        self.assertEqual(2, sum(each.lost for each in members))
        self.assertEqual(0, alone.lost)
        self.assertEqual(
            [*range(emitted - 1), 'last'],
            sorted(
                itertools.chain(*shares), key=lambda n: (isinstance(n, str), n)
            ),
        )
