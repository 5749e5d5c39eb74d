# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The consumer and its peers: rejected documents, and ended connections."""

import _socket
import json
import os
from typing import Any
from unittest import mock

from unixnotif import document
from unixnotif import lost_record
from unixnotif import notification
from unixnotif import packet
from unixnotif.tests import base
from unixnotif.tests import hostile
from unixnotif.tests.unit.consumer import cases


class RejectedTest(cases.ConsumerCase):
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
        """An invalid document is counted; the next one is received."""
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
        """An invalid document of a listening process is counted, too."""
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
        before = base.descriptors_before()
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
        # A thread closes descriptors, because a peer can delay a close.
        base.wait_until(lambda: base.open_descriptors() == before, 60)

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
        """The log has ten rejections; the tenth says that no more follow."""
        where = self.new_directory()
        receiver = self.new_consumer(where)
        peer = self.connect(where)
        for _ in range(30):
            peer.send(b'garbage')

        receiver.receive(0)

        self.assertEqual({'DocumentError': 30}, receiver.rejected)
        self.assertEqual(10, len(self.logged))
        self.assertIn(f'WARNING Rejected data at {where}: ', self.logged[0])
        self.assertNotIn('no more', self.logged[8])
        self.assertIn('(further rejections are not logged)', self.logged[9])

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
            peer.send(notification.Lost(1, {f'made-up-{n}': 1}).encode())
        peer.send(notification.Lost(2, {'made-up-0': 2}).encode())

        self.assertIsNone(receiver.receive(0))

        self.assertEqual(152, receiver.lost)
        # The limit of a lost record and of a line of a recording.
        self.assertEqual(lost_record.MAX_REASONS, len(receiver.lost_reasons))
        self.assertEqual(3, receiver.lost_reasons['made-up-0'])
        self.assertEqual(51, receiver.lost_reasons['other'])

    def test_exhausted_memory_or_stack(self) -> None:
        """The consumer counts such a document and receives the others."""
        where = self.new_directory()
        receiver = self.new_consumer(where)
        peer = self.connect(where)
        decode = notification.decode
        for error in (MemoryError(), RecursionError('too deep')):
            payloads = [1, 'bad', 2, 'bad', 3]

            def fail(
                data: bytes, *args: Any, error: Exception = error
            ) -> notification.Notification | notification.Lost:
                if b'"bad"' in data:
                    raise error
                return decode(data, *args)

            with mock.patch.object(notification, 'decode', fail):
                for payload in payloads:
                    peer.send(base.document(payload))
                self.assertEqual([1, 2, 3], base.payloads(receiver))
        self.assertEqual(
            {'MemoryError': 2, 'RecursionError': 2}, receiver.rejected
        )
        self.assertEqual(
            [
                f'WARNING Rejected data at {where}: {text}'
                for text in ('MemoryError', 'too deep')
                for _ in range(2)
            ],
            self.logged,
        )

    def test_hostile_documents(self) -> None:
        """The consumer receives or counts each; its log is printable."""
        where = self.new_directory()
        receiver = self.new_consumer(where)
        peer = self.connect(where)
        good = []
        for data in (*hostile.BAD.values(), *hostile.GOOD.values()):
            peer.send(data)
            peer.send(base.document('good'))
            good += base.payloads(receiver)
        self.assertEqual(
            {'DocumentError': len(hostile.BAD)}, receiver.rejected
        )
        self.assertEqual(
            len(hostile.BAD) + len(hostile.GOOD), good.count('good')
        )
        self.assertEqual(len(hostile.BAD) + 2 * len(hostile.GOOD), len(good))
        self.assertEqual([True], list({x.isprintable() for x in self.logged}))

    def test_limits_of_publishers(self) -> None:
        """A publisher drops each document that its consumers would reject."""
        self.patch(document, 'MAX_CONTAINERS', 1000)
        where = self.new_directory()
        receiver = self.new_consumer(where)
        publisher = self.new_publisher(where)
        deep: list[Any] = []
        for _ in range(99):
            deep = [deep]
        payloads: list[Any] = [deep, [[]] * 1000, 'good']
        for payload in payloads:
            sent = base.new_notification(payload)
            publisher.publish(sent.encode)
        self.assertEqual(['good'], base.payloads(receiver))
        self.assertEqual({'unserializable': 2}, receiver.lost_reasons)
        self.assertEqual({}, receiver.rejected)
        logged = ' '.join(self.logged)
        self.assertIn('a JSON document of more than 100 nested levels', logged)

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


class PeerTest(cases.ConsumerCase):
    def test_emitter_gone(self) -> None:
        """Notifications that an emitter sent before its end are received."""
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
        before = base.descriptors_before()
        for _ in range(3):
            for n in range(100):
                peer = self.connect(where)
                peer.send(base.document(n))
                peer.close()

            self.assertEqual(list(range(100)), sorted(base.payloads(receiver)))
        receiver.receive(0)
        self.assertEqual(before, base.open_descriptors())

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
