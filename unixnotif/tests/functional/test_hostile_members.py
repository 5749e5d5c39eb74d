# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A hostile user in the group of an address: real users, real sockets.

Rule: other users lose nothing, and a call takes no longer than its timeout
allows. Deadlines only bound a failure; a blocked call would take an hour.
"""

import _socket
import array
from collections.abc import Iterator
import contextlib
import functools
import os
import resource
import select
import socket
import struct
import threading
from typing import Any

from unixnotif import address
from unixnotif import consumer as consumers
from unixnotif import packet
from unixnotif import publisher as publishers
from unixnotif.rendezvous import connector
from unixnotif.tests import base

_CONSUMER, _HOSTILE, _HONEST = 61201, 61202, 61203
_MEMBERS = 61300
#: For how long closing the trap blocks.
_LINGER = 3600


class MembersCase(base.TestCase):
    """A rendezvous directory of a group, and processes of its users."""

    def setUp(self) -> None:
        super().setUp()
        self.where = self.new_directory()
        parent = os.path.dirname(self.where.path)
        os.chmod(parent, 0o755)
        os.chown(self.where.path, _CONSUMER, _MEMBERS)
        os.chmod(self.where.path, 0o3770)
        self.subscribed, self.tell_subscribed = os.pipe()
        self.attacked, self.tell_attacked = os.pipe()
        self.end, self.tell_end = os.pipe()
        for fd in (
            self.subscribed,
            self.tell_subscribed,
            self.attacked,
            self.tell_attacked,
            self.end,
        ):
            self.addCleanup(os.close, fd)

    def start_hostile(self, attack: Any) -> base.Child:
        """Let a hostile user attack the consumer, and stay until the end."""

        def run() -> None:
            os.close(self.tell_end)
            base.become_user(_HOSTILE, _MEMBERS)
            os.read(self.subscribed, 1)
            kept = attack()
            os.write(self.tell_attacked, b'.')
            os.read(self.end, 1)
            del kept

        return base.Child(run)

    def connect(self) -> _socket.socket:
        """Connect to the consumer, as any program could."""
        (name,) = os.listdir(self.where.path)
        sock = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
        sock.connect(f'{self.where.path}/{name}')
        return sock


class SharesTest(MembersCase):
    """Idle connections."""

    @base.as_root
    def test_idle_connections(self) -> None:
        """Thousands of idle connections do not exclude other emitters."""

        def attack() -> list[_socket.socket]:
            return [self.connect() for _ in range(900)]

        def consume() -> Any:
            base.become_user(_CONSUMER, _MEMBERS)
            _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
            found: list[Any] = []
            with consumers.Consumer(self.where) as receiver:
                os.write(self.tell_subscribed, b'.')
                while not select.select([self.attacked], [], [], 0)[0]:
                    receiver.receive(0.001)
                os.write(go, b'.')
                while len(found) < 100:
                    received = receiver.receive()
                    assert received
                    found.append(received.payload)
                os.close(os.open(os.devnull, os.O_RDONLY))
                lost = receiver.lost
            return [sorted(found), lost, self.logged]

        wait, go = os.pipe()
        hostile = self.start_hostile(attack)
        consumer = base.Child(consume)
        os.read(wait, 1)
        honest = [
            base.Child(functools.partial(self.emit, n)) for n in range(10)
        ]
        for each in honest:
            self.assertEqual(10, each.result())
        found, lost, logged = consumer.result()
        os.close(self.tell_end)
        hostile.result()

        self.assertEqual(
            sorted([n, m] for n in range(10) for m in range(10)), found
        )
        self.assertEqual(0, lost)
        (warning,) = [each for each in logged if 'User' in each]
        self.assertIn(
            f'User {_HOSTILE} has 64 connections to the consumer of '
            f'{self.where}, the maximum for one user (256 for all users). ',
            warning,
        )
        os.close(wait)
        os.close(go)

    def emit(self, number: int) -> int:
        base.become_user(_HONEST, _MEMBERS)
        with publishers.Publisher(self.where) as publisher:
            return sum(
                publisher.publish(base.document([number, n])).delivered
                for n in range(10)
            )


def _new_trap() -> tuple[socket.socket, Any]:
    """Return a socket whose last close blocks, and the other end."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    listener.bind(('127.0.0.1', 0))
    listener.listen(1)
    # Do not call create_connection(), which imports a codec: another user may
    # not be able to read the file.
    trap = socket.socket()
    trap.connect(listener.getsockname())
    peer, _ = listener.accept()
    trap.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            trap.send(bytes(65536))
    trap.setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, _LINGER)
    )
    return trap, (listener, peer)


def _pass(sock: _socket.socket, *data: bytes) -> Any:
    """Pass a trap after some records; return its other end."""
    trap, kept = _new_trap()
    rights = array.array('i', [trap.fileno()])
    for each in data:
        sock.send(each)
    sock.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
    # The last reference is in the queue of the consumer now.
    trap.close()
    return kept, sock


class TrapsTest(MembersCase):
    """Descriptors whose close blocks."""

    def check(self, attack: Any, consume: Any) -> Any:
        """Attack a consumer; return the result of ``consume``."""

        def become_and_consume() -> Any:
            base.become_user(_CONSUMER, _MEMBERS)
            receiver = consumers.Consumer(self.where)
            receiver.subscribe()
            os.write(self.tell_subscribed, b'.')
            os.read(self.attacked, 1)
            return consume(receiver)

        hostile = self.start_hostile(attack)
        try:
            with self.bounded(base.Child(become_and_consume)) as consumer:
                return consumer.result()
        finally:
            os.close(self.tell_end)
            hostile.result()

    @contextlib.contextmanager
    def bounded(self, child: base.Child) -> Iterator[base.Child]:
        """End a child that blocks, so that the test fails."""
        timer = threading.Timer(60, os.kill, (child.pid, 9))
        timer.start()
        try:
            yield child
        finally:
            timer.cancel()

    @base.as_root
    def test_passed(self) -> None:
        """A trap that is passed, or unread at the end, does not block."""

        def attack() -> list[Any]:
            return [
                _pass(self.connect()),
                _pass(self.connect(), b''),
                *(_pass(self.connect(), b'x') for _ in range(3)),
            ]

        def consume(receiver: consumers.Consumer) -> Any:
            while receiver.rejected.total() < 7:
                assert receiver.receive(0.01) is None
            os.write(self.tell_subscribed, b'.')
            receiver.close()
            return dict(receiver.rejected)

        self.assertEqual(
            {'PeerError': 4, 'DocumentError': 3}, self.check(attack, consume)
        )

    @base.as_root
    def test_not_read(self) -> None:
        """Traps in the backlog, or in unread connections, do not block."""

        def attack() -> list[Any]:
            return [_pass(self.connect(), b'x') for _ in range(5)]

        def consume(receiver: consumers.Consumer) -> Any:
            receiver.close()
            return 'closed'

        self.assertEqual('closed', self.check(attack, consume))

    @base.as_root
    def test_many(self) -> None:
        """Many traps block only the user who passed them."""

        def attack() -> list[Any]:
            return [_pass(self.connect()) for _ in range(40)]

        def consume(receiver: consumers.Consumer) -> Any:
            while not any('User' in each for each in self.logged):
                assert receiver.receive(0.01) is None
            # Connect as the user of the consumer, who passed no trap.
            sock = self.connect()
            sock.send(base.document('honest'))
            received = receiver.receive()
            receiver.close()
            return [received and received.payload, self.logged[-1]]

        payload, logged = self.check(attack, consume)

        self.assertEqual('honest', payload)
        self.assertIn(f'User {_HOSTILE} passed descriptors to', logged)


class SubscribersTest(MembersCase):
    """A hostile user among the subscribers of a service."""

    #: Calls of the service.
    CALLS = 10

    def check(self, attack: Any) -> Any:
        """Let a service publish to a hostile and to an honest user.

        :returns: the deliveries, the number of connects in each call, and
            what the service logged
        """

        def publish() -> Any:
            base.become_user(_CONSUMER, _MEMBERS)
            connects: list[int] = []
            connect = connector.connect_handle

            def count(*where: Any) -> packet.Socket:
                connects[-1] += 1
                return connect(*where)

            self.patch(connector, 'connect_handle', count)
            deliveries = []
            publisher = publishers.Publisher(self.where)
            with contextlib.closing(publisher):
                for n in range(self.CALLS):
                    connects.append(0)
                    deliveries.append(publisher.publish(base.document(n)))
            return [deliveries, connects, self.logged]

        hostile = self.start_hostile(attack)
        os.write(self.tell_subscribed, b'.')
        os.read(self.attacked, 1)
        names = set(os.listdir(self.where.path))
        try:
            with consumers.Consumer(self.where) as receiver:
                (name,) = set(os.listdir(self.where.path)) - names
                os.chown(f'{self.where.path}/{name}', _HONEST, -1)
                result = base.Child(publish).result()
                self.assertEqual(
                    list(range(self.CALLS)), base.payloads(receiver)
                )
                self.assertEqual(0, receiver.lost)
        finally:
            os.close(self.tell_end)
            hostile.result()
        return result

    def listen(self, number: int, mode: int, backlog: int) -> _socket.socket:
        listener = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        path = f'{self.where.path}/{number}.sock'
        listener.bind(path)
        os.chmod(path, mode)
        listener.listen(backlog)
        return listener

    @base.as_root
    def test_full_backlogs(self) -> None:
        """Full backlogs cost few attempts; other users lose no document."""

        def attack() -> Any:
            kept = [self.listen(n, 0o666, 0) for n in range(200)]
            for n in range(200):
                kept.append(_socket.socket(_socket.AF_UNIX))
                kept[-1].connect(f'{self.where.path}/{n}.sock')
            return kept

        deliveries, connects, _ = self.check(attack)

        for subscribers, delivered, dropped in deliveries:
            self.assertEqual(1, delivered)
            self.assertEqual(
                subscribers - 1, dropped.pop('backlog_full') if dropped else 0
            )
            self.assertEqual({}, dropped)
        # One for the honest consumer, and at most two (one for each kind of
        # socket) for each of 16 attempts.
        self.assertLess(max(connects), 1 + 2 * 16 + 1)
        self.assertLess(connects[-1], 2 * 16 + 1)

    @base.as_root
    def test_sockets_that_refuse_the_service(self) -> None:
        """Denied sockets take no place, and one warning names the user."""

        def attack() -> Any:
            return [self.listen(n, 0, 8) for n in range(300)]

        deliveries, connects, logged = self.check(attack)

        self.assertEqual([[1, 1, {}]] * self.CALLS, deliveries)
        self.assertLess(max(connects), 1 + 2 * 16 + 1)
        (warning,) = logged
        self.assertIn('WARNING Some subscribers of', warning)
        self.assertIn(f'(user {_HOSTILE}; for example', warning)


class ListenerTest(base.TestCase):
    """A hostile process that listens at a unix:// address."""

    def connect(
        self,
    ) -> tuple[consumers.Consumer, _socket.socket, packet.Socket]:
        """Return a consumer, and the sockets of the other process."""
        where = self.new_socket()
        parent, name = os.path.split(where.path)
        listener = self.bind(
            address.Address(parent), name, _socket.SOCK_STREAM
        )
        receiver = self.new_consumer(where)
        return receiver, listener, packet.accept(listener)

    def test_stopped_direction(self) -> None:
        """A consumer keeps the connection to a listener that reads nothing."""
        clock = self.new_clock()
        receiver, listener, peer = self.connect()
        self.addCleanup(peer.close)
        packet.stop_receiving(peer)
        for n in range(3):
            peer.send(base.document(n) + b'\n')
            clock.advance(consumers.CHECK_INTERVAL)
            self.assertEqual([n], base.payloads(receiver))
            self.assertTrue(receiver.subscribed)
        # The consumer did not connect again.
        self.assertRaises(BlockingIOError, packet.accept, listener)

    def test_traps(self) -> None:
        """A descriptor that a listener passes does not block."""
        # As in a kernel that cannot refuse descriptors.
        self.patch(packet, 'refuse_descriptors', lambda sock: None)

        def receive() -> Any:
            receiver, _, peer = self.connect()
            kept = [_pass(peer), _pass(peer)]
            peer.send(b'\n' + base.document(1) + b'\n')
            found = base.payloads(receiver)
            kept.append(_pass(peer))
            receiver.close()
            return [found, len(kept), dict(receiver.rejected)]

        # In a child, because its end also ends the blocked threads.
        self.assertEqual(
            [[1], 3, {'PeerError': 2, 'DocumentError': 1}],
            self.in_child(receive),
        )
