#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""The publisher: fan-out, accounts, directories, sockets, forks, threads."""

import _socket
from collections.abc import Iterator
import itertools
import json
import logging
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
from typing import Any

from unixnotif import address
from unixnotif import consumer as consumers
from unixnotif import errors
from unixnotif import notification
from unixnotif import publisher as publishers
from unixnotif import rendezvous
from unixnotif.publisher import core
from unixnotif.publisher import drops
from unixnotif.publisher import lifetime
from unixnotif.publisher import subscribers
from unixnotif.rendezvous import scanning
from unixnotif.tests import base

#: Smaller than what a few notifications take.
SMALL_BUFFER = 4096


class _TestCase(base.TestCase):
    def new_addresses(self) -> list[address.Address]:
        """One of each kind, for what both promise."""
        return [self.new_directory(), self.new_socket()]

    def errors_logged(self) -> list[str]:
        return [line for line in self.logged if line.startswith('ERROR')]

    def warnings_logged(self) -> list[str]:
        return [line for line in self.logged if line.startswith('WARNING')]


def fill(publisher: publishers.Publisher, begin: int = 0) -> int:
    """Publish until one is dropped; the number of the next."""
    while not publisher.publish(base.document(begin)).dropped:
        begin += 1
    return begin + 1


class FanOutTest(_TestCase):
    def test_nobody(self) -> None:
        """With no subscriber the document is not even made."""
        for where in self.new_addresses():
            publisher = self.new_publisher(where)

            delivery = publisher.publish(lambda: self.fail('was called'))

            self.assertEqual(publishers.NOBODY, delivery)
            self.assertEqual({}, publisher.dropped)

    def test_made_once(self) -> None:
        """A document is made once, however many subscribers there are."""
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
        """Two and fifty subscribers each get all, in the order of calls."""
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
        """Nothing is kept: who comes later sees only what comes later."""
        for where in self.new_addresses():
            publisher = self.new_publisher(where)
            publisher.publish(base.document('for nobody'))
            first = self.new_consumer(where)
            publisher.publish(base.document('for one'))
            second = self.new_consumer(where)
            publisher.publish(base.document('for two'))

            self.assertEqual(['for one', 'for two'], base.payloads(first))
            self.assertEqual(['for two'], base.payloads(second))

    def test_noticed_at_once(self) -> None:
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
            before = os.listdir('/proc/self/fd')

            delivery = publisher.publish(base.document(payload))

            self.assertEqual((2, 2, {}), delivery)
            for each in receivers:
                self.assertEqual([payload], base.payloads(each))
            self.assertEqual(before, os.listdir('/proc/self/fd'))

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


class AccountsTest(_TestCase):
    def test_accounts_add_up(self) -> None:
        """Received and reported lost make up what was emitted, in order.

        Through several periods in which the buffer was full, and with the
        report always before the next document that went through.
        """
        for where in self.new_addresses():
            publisher = self.new_publisher(
                where, send_buffer_size=SMALL_BUFFER
            )
            receiver = self.new_consumer(where)
            emitted = received = 0
            for extra in 1, 7, 3:
                emitted = fill(publisher, emitted)
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
        publisher = self.new_publisher(where, send_buffer_size=SMALL_BUFFER)
        count = fill(publisher)
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
                where, send_buffer_size=SMALL_BUFFER
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
        """Who misses something at the end is told so by close()."""
        for where in self.new_addresses():
            publisher = self.new_publisher(
                where, send_buffer_size=SMALL_BUFFER
            )
            receiver = self.new_consumer(where)
            emitted = fill(publisher)
            received = base.payloads(receiver)

            publisher.close()

            self.assertEqual([], base.payloads(receiver))
            self.assertEqual(1, receiver.lost)
            self.assertEqual(emitted, len(received) + 1)

    def test_too_large(self) -> None:
        """A document over max_message_size is dropped for all, and told."""
        for where in self.new_addresses():
            data = base.document('right')
            publisher = self.new_publisher(where, max_message_size=len(data))
            receiver = self.new_consumer(where)

            delivery = publisher.publish(data + b' ')

            self.assertEqual((1, 0, {'too_large': 1}), delivery)
            (error,) = self.errors_logged()
            self.assertIn(f'{len(data) + 1} bytes', error)
            self.assertIn(f'max_message_size is {len(data)}', error)
            self.assertEqual([], base.payloads(receiver))
            publisher.publish(data)
            self.assertEqual(['right'], base.payloads(receiver))
            self.assertEqual({'too_large': 1}, receiver.lost_reasons)
            self.logged.clear()

    def test_unserializable(self) -> None:
        """A document that cannot be made is a drop, and logged."""

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
        """Another exception is the caller's; the publisher stays usable."""
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
            where, send_buffer_size=SMALL_BUFFER, max_message_size=2000
        )
        first = self.new_consumer(where)
        publisher.publish(b' ' * 2001)
        second = self.new_consumer(where)
        publisher.publish(b' ' * 2001)
        publisher.publish(b'')
        count = fill(publisher)
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
        """What is named like a socket and is none cannot be sent to."""
        where = self.new_directory()
        with open(f'{where.path}/file.sock', 'w'):
            pass
        outside = self.new_directory()
        target = self.bind(outside, 'x.sock', _socket.SOCK_SEQPACKET)
        os.symlink(f'{outside.path}/x.sock', f'{where.path}/link.sock')
        publisher = self.new_publisher(where)

        delivery = publisher.publish(base.document())

        self.assertEqual((2, 0, {'unreachable': 2}), delivery)
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

    def test_group_is_owed(self) -> None:
        """What a whole group missed is told to one of its members."""
        where = self.new_directory()
        publisher = self.new_publisher(where, send_buffer_size=SMALL_BUFFER)
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


class WarningTest(_TestCase):
    def test_rate_limited(self) -> None:
        """A warning a minute, whose counts add up to all drops."""
        for where in self.new_addresses():
            clock = self.new_clock(core, drops)
            publisher = self.new_publisher(where, max_message_size=10)
            self.new_consumer(where)
            self.new_consumer(where)
            for _ in range(3):
                publisher.publish(b' ' * 11)
            publisher.publish(b'')
            self.assertEqual(
                [
                    f'WARNING 2 notifications for subscribers of {where} '
                    'were dropped (too_large: 2).'
                ],
                self.warnings_logged(),
            )
            clock.advance(drops.WARN_INTERVAL)

            publisher.publish(b' ' * 11)

            self.assertEqual(
                f'WARNING 8 notifications for subscribers of {where} '
                'were dropped (too_large: 6, unserializable: 2).',
                self.warnings_logged()[1],
            )
            publisher.publish(b'')
            publisher.close()
            self.assertEqual(
                f'WARNING 2 notifications for subscribers of {where} '
                'were dropped (unserializable: 2).',
                self.warnings_logged()[2],
            )
            self.logged.clear()

    def test_handler_publishes(self) -> None:
        """A log handler that emits a notification ends in no recursion."""
        log = logging.getLogger(publishers.__name__)
        clock = self.new_clock(core, drops)
        for where in self.new_addresses():
            publisher = self.new_publisher(
                where,
                max_message_size=2000,
                send_buffer_size=SMALL_BUFFER,
            )
            receiver = self.new_consumer(where)
            records: list[logging.LogRecord] = []
            handler = _Relay(publisher, records)
            log.addHandler(handler)
            self.addCleanup(log.removeHandler, handler)

            publisher.publish(b' ' * 2001)
            self.assertEqual(['ERROR', 'WARNING'], base.payloads(receiver))
            clock.advance(drops.WARN_INTERVAL)
            emitted = fill(publisher)
            log.removeHandler(handler)
            received = base.payloads(receiver)
            publisher.publish(base.document('last'))

            self.assertEqual(['last'], base.payloads(receiver))
            # The warning that the buffer is full made one more drop.
            self.assertEqual(3, len(records))
            self.assertEqual(emitted - 1, len(received))
            self.assertEqual(
                {'too_large': 1, 'buffer_full': 2}, receiver.lost_reasons
            )

    def test_handler_publishes_when_unavailable(self) -> None:
        """The same when the error is that nobody can be reached."""
        where = address.Address(self.new_directory().path + '/no/no')
        publisher = publishers.Publisher(where)
        self.addCleanup(publisher.close)
        records: list[logging.LogRecord] = []
        handler = _Relay(publisher, records)
        core.LOG.addHandler(handler)
        self.addCleanup(core.LOG.removeHandler, handler)

        publisher.publish(base.document())

        self.assertEqual(['ERROR'], [each.levelname for each in records])


class _Relay(logging.Handler):
    """Emits a notification for what is logged, as oslo.log's can."""

    def __init__(
        self,
        publisher: publishers.Publisher,
        records: list[logging.LogRecord],
    ) -> None:
        super().__init__()
        self._publisher = publisher
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        if len(self._records) > 20:
            raise AssertionError('logging without end')
        self._records.append(record)
        self._publisher.publish(base.document(record.levelname))


class SubscribersTest(_TestCase):
    def test_max_subscribers(self) -> None:
        """Beyond max_subscribers one gets nothing, with a warning."""
        for where in self.new_addresses():
            publisher = self.new_publisher(where, max_subscribers=2)
            receivers = [self.new_consumer(where) for _ in range(3)]

            self.assertEqual((2, 2, {}), publisher.publish(base.document(1)))
            publisher.publish(base.document(2))

            found = sorted(base.payloads(each) for each in receivers)
            self.assertEqual([[], [1, 2], [1, 2]], found)
            (warning,) = self.warnings_logged()
            self.assertIn('1 more subscribers of ', warning)
            self.assertIn('max_subscribers = 2', warning)
            self.logged.clear()

    def test_room_again(self) -> None:
        """Who found no room gets what comes after somebody has left."""
        where = self.new_directory()
        publisher = self.new_publisher(where, max_subscribers=1)
        first = self.new_consumer(where)
        publisher.publish(base.document(1))
        second = self.new_consumer(where)
        publisher.publish(base.document(2))

        first.close()
        publisher.publish(base.document(3))

        self.assertEqual([3], base.payloads(second))

    def test_left(self) -> None:
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
        clock = self.new_clock(scanning, subscribers)
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
        """The same for one that was being sent to."""
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
        """Whom one thread has just found, another one delivers to."""
        where = self.new_directory()
        publisher = self.new_publisher(where)
        receiver = self.new_consumer(where)
        deliveries = []
        other = threading.Thread(
            target=lambda: deliveries.append(
                publisher.publish(base.document())
            )
        )
        scan = scanning.Scanner.scan

        def scan_and_pause(scanner: scanning.Scanner) -> Any:
            names = scan(scanner)
            if not other.ident:
                other.start()
                # It can only end before us when it overlooks somebody.
                other.join(0.2)
            return names

        self.patch(scanning.Scanner, 'scan', scan_and_pause)
        # So that the first scan counts as clean.
        self.patch(scanning, 'time', _LateClock())

        publisher.publish(base.document())
        other.join()

        self.assertEqual([(1, 1, {})], deliveries)
        self.assertEqual([0, 0], base.payloads(receiver))


class _LateClock(base.Clock):
    """Ahead of every time stamp."""

    def clock_gettime_ns(self, clock: int) -> int:
        return 1 << 62


class DirectoryTest(_TestCase):
    def test_made(self) -> None:
        """The directory is made with the mode that fits the sockets."""
        where = address.Address(self.new_directory().path + '/new')

        with publishers.Publisher(where):
            self.assertEqual(0o43770, os.stat(where.path).st_mode)

    def test_removed_and_made_again(self) -> None:
        """When somebody makes the directory again, all goes on there."""
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

    def test_publisher_makes_it_again(self) -> None:
        """When nobody does, the publisher does."""
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

    def test_lost_is_confessed_at_removal(self) -> None:
        """What was owed in the removed directory is still told."""
        where = self.new_directory()
        publisher = self.new_publisher(where, send_buffer_size=SMALL_BUFFER)
        receiver = self.new_consumer(where)
        emitted = fill(publisher)
        received = base.payloads(receiver)
        shutil.rmtree(where.path)

        publisher.publish(base.document())

        base.payloads(receiver)
        self.assertEqual(emitted, len(received) + receiver.lost)

    def test_nothing_leaks(self) -> None:
        """A directory that is made again and again leaves nothing open."""
        where = self.new_directory()
        publisher = self.new_publisher(where)
        before = os.listdir('/proc/self/fd')
        for _ in range(3):
            with consumers.Consumer(where):
                publisher.publish(base.document())
                shutil.rmtree(where.path)
                publisher.publish(base.document())

        self.assertEqual(before, os.listdir('/proc/self/fd'))

    def test_lost_is_confessed_at_unlinking(self) -> None:
        """A consumer whose socket is removed is told what it missed."""
        where = self.new_directory()
        publisher = self.new_publisher(where, send_buffer_size=SMALL_BUFFER)
        receiver = self.new_consumer(where)
        emitted = fill(publisher)
        received = base.payloads(receiver)
        (name,) = os.listdir(where.path)
        os.unlink(f'{where.path}/{name}')

        publisher.publish(base.document())

        base.payloads(receiver)
        self.assertEqual(emitted, len(received) + receiver.lost)

    def test_no_parent(self) -> None:
        """One error says that it cannot be made; it is tried again."""
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
        """An error that comes back after all was well is told again."""
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
                self.new_clock(core).advance(10)
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


class SocketTest(_TestCase):
    def test_readers_before_the_first(self) -> None:
        """Readers that connected before the first document get it."""
        where = self.new_socket()
        publisher = self.new_publisher(where)
        receivers = [self.new_consumer(where) for _ in range(2)]

        self.assertEqual((2, 2, {}), publisher.publish(base.document()))

        for each in receivers:
            self.assertEqual([0], base.payloads(each))

    def test_second_process(self) -> None:
        """Another process logs one error, which names owner and way out."""
        where = self.new_socket()
        self.new_publisher(where)

        def publish() -> Any:
            clock = self.new_clock(core)
            publisher = publishers.Publisher(where)
            for _ in range(3):
                publisher.publish(base.document())
                publisher.publish(base.document())
                clock.advance(core._RETRY_INTERVAL)
            return self.errors_logged()

        (error,) = self.in_child(publish)
        self.assertIn(f'process {os.getpid()}', error)
        self.assertIn('unix+dir:///', error)
        receiver = self.new_consumer(where)
        self.assertTrue(receiver.subscribed)

    def test_owner_gone(self) -> None:
        """When the owner is gone, the next one takes over after a second."""
        clock = self.new_clock(core)
        clock.stop()
        where = self.new_socket()
        first = self.new_publisher(where)
        second = publishers.Publisher(where)
        self.addCleanup(second.close)
        for _ in range(2):
            # Who asks for it is not put off.
            e = self.assertRaises(errors.InUseError, second.open)
            self.assertEqual(os.getpid(), e.pid)
        first.close()
        second.refresh()
        self.assertRaises(
            errors.UnavailableError, consumers.Consumer(where).subscribe
        )

        clock.advance(core._RETRY_INTERVAL)
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
        publisher = self.new_publisher(where, send_buffer_size=SMALL_BUFFER)
        receiver = self.new_consumer(where)
        received: list[int] = []
        for n in range(30):
            publisher.publish(base.document(f'{n:02}' + 'x' * 20_000))
            if n % 3 == 2:
                received += [int(p[:2]) for p in base.payloads(receiver)]
        # Each of them makes room for more of the rest.
        for _ in range(50):
            publisher.publish(b'{}')
            received += [int(p[:2]) for p in base.payloads(receiver)]

        # Only the 50 that are no notifications.
        self.assertLessEqual(receiver.rejected.total(), 50)
        self.assertEqual(sorted(set(received)), received)
        self.assertEqual(
            30 + 50,
            len(received) + receiver.rejected.total() + receiver.lost,
        )


class CloseTest(_TestCase):
    def test_closed(self) -> None:
        """A closed publisher does nothing, and that twice."""
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
        """At the end of the process the subscribers are told the rest."""
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


class ForkTest(_TestCase):
    def test_own_connection(self) -> None:
        """A child publishes through sockets of its own, under its pid."""
        where = self.new_directory()
        publisher = self.new_publisher(where)
        receiver = self.new_consumer(where)
        publisher.publish(base.document('parent 1'))

        child = base.Child(
            lambda: [
                publisher.publish(base.document(f'child {n}'))
                for n in range(3)
            ]
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
        """A child that emits at its parent's socket says whose it is."""
        where = self.new_socket()
        publisher = self.new_publisher(where)

        def publish() -> Any:
            return [publisher.publish(base.document()), self.errors_logged()]

        delivery, logged = self.in_child(publish)

        self.assertEqual([0, 0, {}], delivery)
        self.assertEqual(1, len(logged))
        self.assertIn(f'process {os.getpid()}', logged[0])

    def test_owes_nothing(self) -> None:
        """A child starts its accounts anew."""
        where = self.new_directory()
        publisher = self.new_publisher(where, send_buffer_size=SMALL_BUFFER)
        receiver = self.new_consumer(where)
        fill(publisher)

        dropped = self.in_child(
            lambda: [publisher.dropped, publisher.publish(base.document())]
        )

        self.assertEqual([{}, [1, 1, {}]], dropped)
        base.payloads(receiver)
        self.assertEqual(0, receiver.lost)

    def test_lock_held(self) -> None:
        """A thread that publishes at the fork does not lock the child."""
        where = self.new_directory()
        publisher = self.new_publisher(where, send_buffer_size=SMALL_BUFFER)
        receiver = self.new_consumer(where)
        inside = threading.Event()
        leave = threading.Event()

        def relief() -> None:
            inside.set()
            leave.wait()

        with lifetime.relieving(where, relief):
            thread = threading.Thread(target=fill, args=[publisher])
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
        """A publisher that was closed stays so in a child."""
        where = self.new_directory()
        publisher = self.new_publisher(where)
        self.new_consumer(where)
        publisher.close()

        self.assertEqual(
            [0, 0, {}],
            self.in_child(lambda: publisher.publish(base.document())),
        )


class ThreadsTest(_TestCase):
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
        """With relief all arrives, in the order of each thread."""
        for where in self.new_addresses():
            publisher = self.new_publisher(
                where, send_buffer_size=SMALL_BUFFER
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
        """Without it, what did not arrive is told, to the last one."""
        for where in self.new_addresses():
            publisher = self.new_publisher(
                where, send_buffer_size=SMALL_BUFFER
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
