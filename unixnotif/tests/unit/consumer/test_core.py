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

"""The consumer: filters, limits, time-outs, and how it comes back."""

import _socket
import json
import os
import select
import shutil
import threading
from typing import Any

from unixnotif import address
from unixnotif import consumer as consumers
from unixnotif import errors
from unixnotif import notification
from unixnotif import packet
from unixnotif import polling
from unixnotif import rendezvous
from unixnotif.consumer import core
from unixnotif.consumer import intakes
from unixnotif.publisher import core as publisher_core
from unixnotif.tests import base


class _TestCase(base.TestCase):
    def new_addresses(self) -> list[address.Address]:
        """One of each kind, for what both promise."""
        return [self.new_directory(), self.new_socket()]

    def connect(self, where: address.Address) -> _socket.socket:
        """A connection to the only consumer in a directory, as a peer's."""
        (name,) = os.listdir(where.path)
        with rendezvous.Directory(where.path) as directory:
            sock, _ = rendezvous.connect(directory, name)
        self.addCleanup(sock.close)
        return sock


class ReceiveTest(_TestCase):
    def test_whole(self) -> None:
        """What was published is received, field by field."""
        for where in self.new_addresses():
            publisher = self.new_publisher(where)
            receiver = self.new_consumer(where)
            sent = base.new_notification(
                {'deep': [1, {'é': None}]},
                topics=('versioned_notifications',),
                exchange='nova',
                context={'project_id': 'p'},
            )
            publisher.publish(sent.encode())

            self.assertEqual(sent, receiver.receive())

    def test_sender(self) -> None:
        """Who emitted it is what the kernel says."""
        where = self.new_directory()
        receiver = self.new_consumer(where)
        publisher = self.new_publisher(where)

        child = base.Child(lambda: publisher.publish(base.document('child')))
        child.result()
        publisher.publish(base.document('parent'))

        senders = {}
        for _ in range(2):
            received = receiver.receive(0)
            assert received
            senders[received.payload] = received.sender
        user = os.geteuid(), os.getegid()
        self.assertEqual(
            {'child': (child.pid, *user), 'parent': (os.getpid(), *user)},
            senders,
        )

    def test_iteration(self) -> None:
        """Iterating yields what comes in, in order."""
        where = self.new_directory()
        publisher = self.new_publisher(where)
        with consumers.Consumer(where) as receiver:
            for n in range(5):
                publisher.publish(base.document(n))

            found = []
            for received in receiver:
                found.append(received.payload)
                if len(found) == 5:
                    break

        self.assertEqual(list(range(5)), found)

    def test_nothing_there(self) -> None:
        """With nothing there, receiving ends with its time."""
        for where in self.new_addresses():
            self.new_publisher(where)
            receiver = self.new_consumer(where)

            self.assertIsNone(receiver.receive(0))
            self.assertIsNone(receiver.receive(0.001))
            self.assertIsNone(receiver.receive(-1))

    def test_something_there(self) -> None:
        """With something there, it is received whatever the time-out."""
        for where in self.new_addresses():
            publisher = self.new_publisher(where)
            receiver = self.new_consumer(where)
            for timeout in 0, 0.001, 60, None:
                publisher.publish(base.document(timeout))

                received = receiver.receive(timeout)

                assert received
                self.assertEqual(timeout, received.payload)

    def test_waits(self) -> None:
        """Without a time-out it waits until something comes."""
        for where in self.new_addresses():
            publisher = self.new_publisher(where)
            receiver = self.new_consumer(where)
            waiting = threading.Event()
            found: list[Any] = []

            def wait(
                receiver: consumers.Consumer = receiver,
                found: list[Any] = found,
            ) -> None:
                found.append(receiver.receive())

            def wait_readable(
                fd: int,
                timeout: float,
                wait_readable: Any = polling.wait_readable,
                waiting: threading.Event = waiting,
            ) -> bool:
                waiting.set()
                return bool(wait_readable(fd, timeout))

            self.patch(polling, 'wait_readable', wait_readable)
            thread = threading.Thread(target=wait)
            thread.start()
            waiting.wait()
            publisher.publish(base.document('at last'))
            thread.join()

            self.assertEqual(['at last'], [each.payload for each in found])

    def test_one_nap(self) -> None:
        """After a burst it naps once, and then waits to be woken."""
        clock = self.new_clock(core)
        naps: list[float] = []
        self.patch(clock, 'sleep', naps.append)
        where = self.new_directory()
        publisher = self.new_publisher(where)
        receiver = self.new_consumer(where)
        self.assertIsNone(receiver.receive(0.01))
        self.assertEqual([], naps)
        for n in range(3):
            publisher.publish(base.document(n))
        self.assertEqual([0, 1, 2], base.payloads(receiver))

        self.assertIsNone(receiver.receive(0.01))

        self.assertEqual(1, len(naps))

    def test_fileno(self) -> None:
        """The descriptor is readable while something is there."""
        for where in self.new_addresses():
            publisher = self.new_publisher(where)
            receiver = self.new_consumer(where)
            # The connection that is waiting to be accepted.
            publisher.publish(base.document(0))
            base.payloads(receiver)
            with select.epoll() as poll:
                poll.register(receiver.fileno(), select.EPOLLIN)
                self.assertEqual([], poll.poll(0))

                publisher.publish(base.document(1))
                publisher.publish(base.document(2))

                self.assertEqual(
                    [(receiver.fileno(), select.EPOLLIN)], poll.poll(0)
                )
                self.assertEqual([1, 2], base.payloads(receiver))
                self.assertEqual([], poll.poll(0))

    def test_repr(self) -> None:
        """A consumer shows its address, its state and what it lost."""
        where = self.new_directory()
        receiver = consumers.Consumer(where)
        self.assertEqual(
            f'<Consumer {where} not subscribed lost=0>', repr(receiver)
        )
        with receiver:
            receiver.lost_reasons['buffer_full'] = 3
            self.assertEqual(
                f'<Consumer {where} subscribed lost=3>', repr(receiver)
            )


class FilterTest(_TestCase):
    def test_filters(self) -> None:
        """Only what passes all filters is received."""
        where = self.new_directory()
        publisher = self.new_publisher(where)
        cases: list[tuple[dict[str, Any], list[int]]] = [
            ({}, [0, 1, 2, 3]),
            ({'event_type': 'instance.*'}, [0, 1]),
            ({'event_type': ['volume.*', '*.end']}, [1, 2]),
            ({'priority': 'error'}, [1, 3]),
            ({'topic': 'versioned_notifications'}, [2]),
            ({'event_type': '*.end', 'priority': 'INFO'}, []),
        ]
        receivers = [self.new_consumer(where, **each) for each, _ in cases]

        emitted: list[dict[str, Any]] = [
            {'event_type': 'instance.create.start'},
            {'event_type': 'instance.create.end', 'priority': 'ERROR'},
            {
                'event_type': 'volume.create',
                'topics': ('notifications', 'versioned_notifications'),
            },
            {'event_type': 'other', 'priority': 'ERROR'},
        ]
        for n, changes in enumerate(emitted):
            publisher.publish(base.document(n, **changes))

        for receiver, (_, expected) in zip(receivers, cases, strict=True):
            self.assertEqual(
                expected, base.payloads(receiver), str(receiver.filter)
            )

    def test_wanted_is_far_behind(self) -> None:
        """What is wanted is found at once behind much that is not."""
        self.new_clock(core).stop()
        for where in self.new_addresses():
            publisher = self.new_publisher(where)
            receiver = self.new_consumer(where, event_type='wanted')
            for n in range(500):
                publisher.publish(base.document(n))
            publisher.publish(base.document('x', event_type='wanted'))

            self.assertEqual(['x'], base.payloads(receiver))

    def test_skipping_ends(self) -> None:
        """A flood of what is not wanted ends with the time all the same."""
        self.patch(core, '_MAX_SKIPPING', 0)
        where = self.new_directory()
        publisher = self.new_publisher(where)
        receiver = self.new_consumer(where, event_type='wanted')
        for n in range(500):
            publisher.publish(base.document(n))
        publisher.publish(base.document('x', event_type='wanted'))

        self.assertIsNone(receiver.receive(0))
        received = receiver.receive(60)
        assert received
        self.assertEqual('x', received.payload)

    def test_lost_is_not_filtered(self) -> None:
        """What was lost is counted whatever the filters say."""
        where = self.new_directory()
        publisher = self.new_publisher(where, max_message_size=1000)
        receiver = self.new_consumer(where, event_type='nothing')
        publisher.publish(b' ' * 1001)
        publisher.publish(base.document())

        self.assertIsNone(receiver.receive(0))
        self.assertEqual(1, receiver.lost)


class RejectedTest(_TestCase):
    GARBAGE = (
        (b'no json', 'DocumentError'),
        (b'[1]', 'DocumentError'),
        (b'{}', 'DocumentError'),
        (b'\xff', 'DocumentError'),
        (b'{"lost": {"count": -1}}', 'DocumentError'),
        (b'[' * 100_000, 'DocumentError'),
        (base.document(0, event_type='x').replace(b'"x"', b'1'),
         'DocumentError'),
    )  # fmt: skip

    def test_counted(self) -> None:
        """What is no document is counted; what follows it is received."""
        where = self.new_directory()
        receiver = self.new_consumer(where)
        peer = self.connect(where)
        for data, _ in self.GARBAGE:
            peer.send(data)
        peer.send(base.document('good'))

        self.assertEqual(['good'], base.payloads(receiver))
        self.assertEqual(
            {'DocumentError': len(self.GARBAGE)}, receiver.rejected
        )
        self.assertEqual(0, receiver.lost)

    def test_counted_on_a_socket(self) -> None:
        """The same from a process that listens."""
        where = self.new_socket()
        publisher = self.new_publisher(where)
        receiver = self.new_consumer(where)
        for data, _ in self.GARBAGE:
            publisher.publish(data)
        publisher.publish(base.document('good'))

        self.assertEqual(['good'], base.payloads(receiver))
        self.assertEqual(
            {'DocumentError': len(self.GARBAGE)}, receiver.rejected
        )

    def test_descriptors(self) -> None:
        """Descriptors that a peer throws at us are closed and counted."""
        where = self.new_directory()
        receiver = self.new_consumer(where)
        peer = self.connect(where)
        receiver.receive(0)
        before = os.listdir('/proc/self/fd')
        reader, writer = os.pipe()
        for count in 1, 2, 50:
            rights = b''.join(
                reader.to_bytes(4, 'little') for _ in range(count)
            )
            peer.sendmsg(
                [json.dumps({'memfd': 1}).encode()],
                [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, rights)],
            )
        os.close(reader)
        os.close(writer)
        peer.send(base.document('good'))

        self.assertEqual(['good'], base.payloads(receiver))
        self.assertEqual({'PeerError': 3}, receiver.rejected)
        self.assertEqual(before, os.listdir('/proc/self/fd'))

    def test_one_bad_peer(self) -> None:
        """A peer that sends garbage does no harm to another."""
        where = self.new_directory()
        publisher = self.new_publisher(where)
        receiver = self.new_consumer(where)
        peer = self.connect(where)
        received = []
        for n in range(20):
            peer.send(b'garbage')
            publisher.publish(base.document(n))
            received += base.payloads(receiver)

        self.assertEqual(list(range(20)), received)
        self.assertEqual(20, receiver.rejected.total())

    def test_log_limit(self) -> None:
        """The log tells of the first ten, and that no more will come."""
        where = self.new_directory()
        receiver = self.new_consumer(where)
        peer = self.connect(where)
        for _ in range(30):
            peer.send(b'garbage')

        receiver.receive(0)

        self.assertEqual({'DocumentError': 30}, receiver.rejected)
        self.assertEqual(10, len(self.logged))
        self.assertIn(f'WARNING Rejected at {where}: ', self.logged[0])
        self.assertNotIn('no more', self.logged[8])
        self.assertIn('(no more is logged)', self.logged[9])

    def test_max_message_size(self) -> None:
        """A document over the consumer's own limit is rejected."""
        for where in self.new_addresses():
            publisher = self.new_publisher(where)
            receiver = self.new_consumer(where, max_message_size=200_000)

            publisher.publish(base.document('x' * 200_000))
            publisher.publish(base.document('good'))

            self.assertEqual(['good'], base.payloads(receiver))
            self.assertEqual({'PeerError': 1}, receiver.rejected)

    def test_reasons_are_bounded(self) -> None:
        """Reasons that a peer makes up are counted, and not all kept."""
        where = self.new_directory()
        receiver = self.new_consumer(where)
        peer = self.connect(where)
        for n in range(150):
            peer.send(notification.Lost(1, {f'made up {n}': 1}).encode())
        peer.send(notification.Lost(2, {'made up 0': 2}).encode())

        self.assertIsNone(receiver.receive(0))

        self.assertEqual(152, receiver.lost)
        self.assertEqual(101, len(receiver.lost_reasons))
        self.assertEqual(3, receiver.lost_reasons['made up 0'])
        self.assertEqual(50, receiver.lost_reasons['other'])

    def test_lost_adds_up(self) -> None:
        """The lost records of all peers are added, by reason."""
        where = self.new_directory()
        receiver = self.new_consumer(where)
        for reasons in {'a': 1, 'b': 2}, {'b': 3}:
            lost = notification.Lost(sum(reasons.values()), reasons)
            self.connect(where).send(lost.encode())

        self.assertIsNone(receiver.receive(0))

        self.assertEqual({'a': 1, 'b': 5}, receiver.lost_reasons)
        self.assertEqual(6, receiver.lost)
        self.assertEqual({}, receiver.rejected)


class SubscribeTest(_TestCase):
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

    def test_nothing_there(self) -> None:
        """Nothing to subscribe to is an error that names it."""
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
        """It waits no longer than told."""
        clock = self.new_clock(core)
        started = clock.monotonic()
        receiver = consumers.Consumer(self.new_socket())

        self.assertRaises(errors.UnavailableError, receiver.subscribe, 30)

        waited = clock.monotonic() - started
        self.assertGreaterEqual(waited, 30)
        self.assertLess(waited, 60)

    def test_waits(self) -> None:
        """It waits for a directory that somebody else makes."""
        clock = self.new_clock(core)
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
        """One socket has no groups; the error says what has."""
        e = self.assertRaises(
            errors.AddressError,
            consumers.Consumer,
            self.new_socket(),
            'audit',
        )

        self.assertIn('unix+dir://', str(e))

    def test_bad_group(self) -> None:
        """A group must fit a file name of ours."""
        for group in '../x', 'a@b', '.hidden', 'a' * 65:
            self.assertRaises(
                errors.AddressError,
                consumers.Consumer,
                self.new_directory(),
                group,
            )

    def test_left(self) -> None:
        """A consumer that has left leaves nothing behind."""
        for where in self.new_addresses():
            publisher = self.new_publisher(where)
            before = set(os.listdir('/proc/self/fd'))
            with consumers.Consumer(where) as receiver:
                publisher.publish(base.document(1))
                publisher.publish(base.document(2))
                receiver.receive(0)
            publisher.publish(base.document(3))

            self.assertEqual(before, set(os.listdir('/proc/self/fd')))
            if where.is_directory:
                self.assertEqual([], os.listdir(where.path))

    def test_again(self) -> None:
        """A consumer that subscribes again gets nothing of before."""
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


class ComeBackTest(_TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.clock = self.new_clock(core, publisher_core)

    def look(self, receiver: consumers.Consumer) -> list[Any]:
        """Receive after so much time that it looks at its address."""
        self.clock.advance(consumers.CHECK_INTERVAL)
        return base.payloads(receiver)

    def test_directory_made_again(self) -> None:
        """When the directory is made again, the consumer is in it."""
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
        """The publisher makes it again, and the consumer comes back."""
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
        """A consumer whose socket somebody removed makes another."""
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

    def test_what_was_sent_before(self) -> None:
        """What was sent into the removed directory is not lost."""
        where = self.new_directory()
        receiver = self.new_consumer(where)
        # More than are accepted at a time, all with something to say.
        for n in range(150):
            self.connect(where).send(base.document(n))
        shutil.rmtree(where.path)
        os.mkdir(where.path)

        received = self.look(receiver)

        self.assertEqual(list(range(150)), sorted(received))

    def test_no_need_to_look_often(self) -> None:
        """It looks at the address only now and then."""
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
        """When the process that listens starts anew, the reader is back."""
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
        """One that started anew before anybody looked is found at once."""
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
        """Whoever waits in receive() comes back as well."""
        where = self.new_directory()
        publisher = self.new_publisher(where)
        receiver = self.new_consumer(where)
        self.look(receiver)
        shutil.rmtree(where.path)
        publisher.refresh()  # which makes it
        check = intakes.DirectoryIntake.check

        def check_and_publish(intake: intakes.DirectoryIntake) -> bool:
            there = check(intake)
            publisher.publish(base.document('back'))
            return there

        self.patch(intakes.DirectoryIntake, 'check', check_and_publish)

        received = receiver.receive()

        assert received
        self.assertEqual('back', received.payload)


class PeerTest(_TestCase):
    def test_emitter_gone(self) -> None:
        """What an emitter sent before its end is received."""
        where = self.new_directory()
        receiver = self.new_consumer(where)
        peer = self.connect(where)
        peer.send(base.document(1))
        peer.close()

        self.assertEqual([1], base.payloads(receiver))

    def test_many_emitters(self) -> None:
        """Short-lived emitters leave no descriptor behind."""
        where = self.new_directory()
        receiver = self.new_consumer(where)
        before = os.listdir('/proc/self/fd')
        for _ in range(3):
            for n in range(100):
                peer = self.connect(where)
                peer.send(base.document(n))
                peer.close()

            self.assertEqual(list(range(100)), sorted(base.payloads(receiver)))
        receiver.receive(0)
        self.assertEqual(before, os.listdir('/proc/self/fd'))

    def test_large_buffer_is_shared(self) -> None:
        """Emitters whose documents come in turn do not mix them up."""
        where = self.new_directory()
        receiver = self.new_consumer(where)
        peers = [self.connect(where) for _ in range(5)]
        for n in range(20):
            for peer in peers:
                peer.send(base.document([peer.fileno(), n, 'x' * n * 100]))

        found: dict[int, list[int]] = {}
        for who, n, _ in base.payloads(receiver):
            found.setdefault(who, []).append(n)

        self.assertEqual(
            {peer.fileno(): list(range(20)) for peer in peers}, found
        )

    def test_largest_packet(self) -> None:
        """A packet of the largest size is received, a larger one is not."""
        where = self.new_directory()
        receiver = self.new_consumer(where)
        peer = self.connect(where)
        data = base.document()
        fits = data + b' ' * (packet.MAX_PACKET - len(data))
        peer.send(fits)
        peer.send(fits + b' ')

        self.assertEqual([0], base.payloads(receiver))
        self.assertEqual({'PeerError': 1}, receiver.rejected)
