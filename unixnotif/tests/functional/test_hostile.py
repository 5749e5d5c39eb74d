# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Hostile peers, at both ends.

Rule: a bad peer costs a count and never a stall, and all descriptors are
closed afterwards. Good notifications are emitted in between, and arrive.
"""

import _socket
import array
from collections.abc import Callable
from collections.abc import Iterator
import contextlib
import fcntl
import functools
import json
import os
import pathlib
import select
import stat
from typing import Any

from unixnotif import consumer
from unixnotif import packet
from unixnotif import publisher
from unixnotif.tests import base as common
from unixnotif.tests.functional import base

_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE

_GARBAGE = {
    'text': b'garbage',
    'not text': b'\xff\xfe',
    'zeros': bytes(1000),
    'no object': b'[]',
    'no key': b'{}',
    'number': b'1',
    'no event': b'{"message_id": "1", "payload": {}}',
    'negative loss': b'{"lost": {"count": -1, "reasons": {"full": -1}}}',
    'no loss': b'{"lost": {"count": true}}',
    'deep list': b'[' * 100_000,
    'deep closed list': b'[' * 50_000 + b']' * 50_000,
    'deep object': b'{"a":' * 20_000,
    'great number': b'1' * 100_000,
    'great text': b'"' + b'x' * 100_000 + b'"',
    'half': b'{"message_id": "1',
    'too large for a record': b'x' * 200_000,
}


def _memfd(data: bytes, seals: int) -> int:
    fd = os.memfd_create('test', os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.write(fd, data)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
    return fd


class HostileCase(base.TestCase):
    """A Notifier and a consumer in this process, and a bad peer."""

    def setUp(self) -> None:
        super().setUp()
        self._emitted = 0

    def count_open(self) -> int:
        """Return the number of open descriptors of this process."""
        return common.descriptors_before()

    def check_delivery(self, notifier: Any, source: consumer.Consumer) -> None:
        """Emit a notification, and receive it."""
        self._emitted += 1
        notifier.info({}, 'good', self._emitted)
        received = source.receive(base.DEADLINE)
        assert received is not None
        self.assertEqual(self._emitted, received.payload)

    def socket_of(self, source: consumer.Consumer) -> pathlib.Path:
        """Return the path of the only consumer in the directory."""
        [path] = pathlib.Path(source.address.path).iterdir()
        return path


class TestBadEmitters(HostileCase):
    """A peer that may connect to a consumer sends invalid documents."""

    def setUp(self) -> None:
        super().setUp()
        self.notifier = self.new_notifier(self.rendezvous)
        self.source = consumer.Consumer(self.rendezvous)
        self.addCleanup(self.source.close)
        self.source.subscribe()
        self.check_delivery(self.notifier, self.source)
        self.path = self.socket_of(self.source)

    def _connect(self) -> _socket.socket:
        sock = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
        self.addCleanup(sock.close)
        with _short_path(self.path.parent, self.path.name) as path:
            sock.connect(path)
        return sock

    def _check(self, expected: int, send: Callable[[], object]) -> None:
        """Check that the consumer counts the data, and still receives."""
        before = self.source.rejected.total()
        send()
        self.check_delivery(self.notifier, self.source)
        self.assertIsNone(self.source.receive(0))
        self.assertEqual(before + expected, self.source.rejected.total())

    def test_garbage(self) -> None:
        """Invalid documents are counted, and the next one is read."""
        sock = self._connect()
        for name, data in _GARBAGE.items():
            with self.subTest(name):
                self._check(1, functools.partial(sock.send, data))

    def test_descriptors(self) -> None:
        """Thousands of descriptors are closed, whatever carries them."""
        sock = self._connect()
        many = [sock.fileno()] * 250
        self._check(0, lambda: None)
        before = self.count_open()

        def throw(fds: list[int], data: bytes) -> None:
            rights = array.array('i', fds)
            sock.sendmsg(
                [data], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, rights)]
            )

        for count in (1, 2, 3, 250):
            with self.subTest(count=count):
                fds = many[:count]
                self._check(1, functools.partial(throw, fds, b'{"memfd": 5}'))
        for _ in range(40):
            self._check(1, lambda: throw(many, b'.'))
        # A thread closes descriptors, because a peer can delay a close.
        self.wait_until(lambda: self.count_open() == before)

    def test_descriptors_with_a_good_document(self) -> None:
        """A descriptor on a record that needs none is closed."""
        before = self.count_open()
        sock = self._connect()
        fds = array.array('i', [sock.fileno()])
        sock.sendmsg(
            [common.document(7)],
            [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, fds)],
        )
        self._check(1, lambda: None)
        sock.close()

        def closed() -> bool:
            # The connection ends when a thread has closed the descriptor,
            # which was the other end.
            self.assertIsNone(self.source.receive(0))
            return self.count_open() == before

        self.wait_until(closed)

    def has_open(self, count: int) -> bool:
        """Return True if this process has that many descriptors."""
        return self.count_open() == count

    def test_memfds(self) -> None:
        """The consumer reads only sealed memfds of the announced size."""
        data = common.document(7)
        sock = self._connect()
        self._check(0, lambda: None)
        pipe, other_end = os.pipe()
        self.addCleanup(os.close, other_end)
        vast = os.memfd_create('vast', os.MFD_ALLOW_SEALING)
        os.ftruncate(vast, 1 << 40)
        fcntl.fcntl(vast, fcntl.F_ADD_SEALS, _SEALS)
        size = len(data)
        cases: dict[str, tuple[int, Any]] = {
            'no seals': (_memfd(data, 0), size),
            'a seal is missing': (_memfd(data, _SEALS ^ 8), size),
            'shorter': (_memfd(data, _SEALS), size + 1),
            'longer': (_memfd(data, _SEALS), size - 1),
            'no number': (_memfd(data, _SEALS), 'much'),
            'vast': (vast, 1 << 40),
            'garbage': (_memfd(b'garbage', _SEALS), 7),
            'deep': (_memfd(b'[' * 1_000_000, _SEALS), 1_000_000),
            'empty': (_memfd(b'', _SEALS), 0),
            'pipe': (pipe, size),
            'directory': (os.open(self.top, os.O_RDONLY), size),
            'file': (os.open(self.top / 'service.conf', os.O_RDONLY), size),
            'itself': (os.dup(sock.fileno()), size),
        }
        for name, (fd, announced) in cases.items():
            with self.subTest(name):
                self.addCleanup(os.close, fd)
                before = self.count_open()
                header = json.dumps({'memfd': announced}).encode()
                fds = array.array('i', [fd])
                rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, fds)]
                self._check(
                    1, functools.partial(sock.sendmsg, [header], rights)
                )
                # Files that are no memfd are closed by a thread.
                self.wait_until(functools.partial(self.has_open, before))

    def test_connections(self) -> None:
        """Hundreds of idle connections do not exclude other emitters."""
        before = self.count_open()
        flood = [self._connect() for _ in range(300)]
        self._check(0, lambda: None)
        for sock in flood:
            sock.close()
        self._check(0, lambda: None)
        self.assertEqual(before, self.count_open())

    def test_empty_records(self) -> None:
        """An empty record, which reads like an end, ends one connection."""
        before = self.count_open()
        sock = self._connect()
        self._check(0, lambda: sock.send(b''))
        sock.close()
        self._check(0, lambda: None)
        self.assertEqual(before, self.count_open())

    def test_a_flood_of_garbage(self) -> None:
        """All good notifications arrive while others send garbage."""
        sock = self._connect()
        with _flood(sock, b'garbage'):
            self.wait_until(
                lambda: (
                    self.source.receive(0) is None
                    and self.source.rejected.total() > 0
                )
            )
            for _ in range(100):
                self.check_delivery(self.notifier, self.source)


class TestBadOwner(HostileCase):
    """A program that listens at a unix:// address, and sends nonsense."""

    def setUp(self) -> None:
        super().setUp()
        self.listener = _socket.socket(_socket.AF_UNIX)
        self.addCleanup(self.listener.close)
        with _short_path(self.top) as path:
            self.listener.bind(path)
        self.listener.listen()

    def _subscribe(self, **options: Any) -> consumer.Consumer:
        source = consumer.Consumer(self.socket, **options)
        self.addCleanup(source.close)
        source.subscribe()
        return source

    def _accept(self) -> _socket.socket:
        sock = packet.accept(self.listener)
        sock.setblocking(True)
        self.addCleanup(sock.close)
        return sock

    def _receive(self, source: consumer.Consumer) -> Any:
        received = source.receive(base.DEADLINE)
        assert received is not None
        return received.payload

    def test_garbage(self) -> None:
        """The consumer counts an invalid line, and reads the next one."""
        source = self._subscribe()
        sock = self._accept()
        lines = [line for line in _GARBAGE.values() if b'\n' not in line]
        for i, line in enumerate(lines):
            sock.send(line[:1000] + b'\n\n' + common.document(i) + b'\n')
            self.assertEqual(i, self._receive(source))
            self.assertEqual(i + 1, source.rejected.total())

    def test_half_lines(self) -> None:
        """A line may arrive in pieces; a half line at the end is ignored."""
        source = self._subscribe()
        sock = self._accept()
        line = common.document(7) + b'\n'
        for byte in line[:-1]:
            sock.send(bytes([byte]))
            self.assertIsNone(source.receive(0))
        sock.send(b'\n' + line[:-20])
        self.assertEqual(7, self._receive(source))
        sock.close()
        self.assertIsNone(source.receive(0))
        # The consumer has resubscribed, and forgot the half line.
        sock = self._accept()
        sock.send(common.document(8) + b'\n')
        self.assertEqual(8, self._receive(source))

    def test_an_endless_line(self) -> None:
        """An endless line neither blocks nor fills memory."""
        source = self._subscribe(max_message_size=1_000_000)
        sock = self._accept()
        flood = functools.partial(_flood, sock, b'x' * 65536)
        with flood(), flood(), flood():
            # These return, although there is always more to read.
            for _ in range(5):
                self.assertIsNone(source.receive(0.1))
        sock.send(b'\n' + common.document(7) + b'\n')
        self.assertEqual(7, self._receive(source))
        self.assertEqual(1, source.rejected.total())


class TestBadSubscribers(HostileCase):
    """Subscribers in a directory, or connected ones, that do not read."""

    def setUp(self) -> None:
        super().setUp()
        self.notifier = self.new_notifier(
            self.rendezvous, send_buffer_size=65536
        )
        self.place = self.top / 'rendezvous'
        self.shared = publisher.shared(self.rendezvous)

    def _listen(self, name: str, kind: int, backlog: int | None) -> None:
        sock = _socket.socket(_socket.AF_UNIX, kind)
        self.addCleanup(sock.close)
        with _short_path(self.place, name) as path:
            sock.bind(path)
        if backlog is not None:
            sock.listen(backlog)

    def _check(self, *reasons: str, count: int = 200) -> None:
        """Emit; check that a good consumer gets all notifications."""
        with consumer.Consumer(self.rendezvous) as source:
            for _ in range(count):
                self.check_delivery(self.notifier, source)
            self.assertEqual(0, source.lost)
        self.assertEqual(set(reasons), self.shared.dropped.keys())

    def test_sockets_that_never_accept(self) -> None:
        """Documents that do not fit are counted, and no call waits."""
        for kind in (_socket.SOCK_SEQPACKET, _socket.SOCK_STREAM):
            self._listen(f'{kind}.sock', kind, 16)
        self._check('buffer_full', count=2000)

    def test_full_backlogs(self) -> None:
        """A subscriber whose backlog is full is passed over, and counted."""
        self._listen('full.sock', _socket.SOCK_SEQPACKET, 0)
        with _short_path(self.place, 'full.sock') as path:
            sock = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
            self.addCleanup(sock.close)
            sock.connect(path)
        self._check('backlog_full')
        self.assertEqual(200, self.shared.dropped['backlog_full'])

    def test_what_is_no_socket(self) -> None:
        """Files, links, pipes and directories are not subscribers."""
        (self.place / 'file.sock').touch()
        (self.place / 'folder.sock').mkdir()
        (self.place / 'link.sock').symlink_to('nowhere')
        os.mkfifo(self.place / 'pipe.sock')
        self._check()

    def test_datagram_sockets(self) -> None:
        """A socket of another type counts as unreachable."""
        self._listen('datagrams.sock', _socket.SOCK_DGRAM, None)
        self._check('unreachable')
        self.assertEqual(200, self.shared.dropped['unreachable'])

    def test_links_are_not_followed(self) -> None:
        """A link to a socket elsewhere brings nothing to that socket."""
        elsewhere = consumer.Consumer(f'unix+dir://{self.top}/elsewhere')
        (self.top / 'elsewhere').mkdir()
        self.addCleanup(elsewhere.close)
        elsewhere.subscribe()
        link = self.place / 'link.sock'
        link.symlink_to(self.socket_of(elsewhere))
        self._check()
        self.assertIsNone(elsewhere.receive(0))

    def test_sockets_that_nobody_listens_on(self) -> None:
        """A socket that does not listen is not a subscriber."""
        self._listen('bound.sock', _socket.SOCK_SEQPACKET, None)
        self._check()

    def test_too_many(self) -> None:
        """Subscribers beyond max_subscribers get nothing, and cost nothing."""
        address = f'unix+dir://{self.top}/small'
        notifier = self.new_notifier(address, max_subscribers=16)
        shared = publisher.shared(address)
        self.place = self.top / 'small'
        with consumer.Consumer(address) as source:
            self.check_delivery(notifier, source)
            for i in range(100):
                self._listen(f'{i}.sock', _socket.SOCK_SEQPACKET, 16)
            self.check_delivery(notifier, source)
            self.assertEqual(16, shared.refresh())
            before = self.count_open()
            for _ in range(5):
                self.check_delivery(notifier, source)
            self.assertEqual(before, self.count_open())
            self.assertEqual(16, shared.refresh())

    def test_too_many_names(self) -> None:
        """Thousands of names without a listener exclude no subscriber."""
        with consumer.Consumer(self.rendezvous) as source:
            self.check_delivery(self.notifier, source)
            for i in range(3000):
                (self.place / f'{i}-file.sock').touch()
                os.mknod(self.place / f'{i}.sock', stat.S_IFSOCK | 0o660)
            self.check_delivery(self.notifier, source)
            before = self.count_open()
            with consumer.Consumer(self.rendezvous) as other:
                # Several calls: each one has a limited number of attempts.
                for _ in range(5):
                    self.check_delivery(self.notifier, source)
                self.assertIsNotNone(other.receive(0))
                self.assertEqual(2, self.shared.refresh())
            self.check_delivery(self.notifier, source)
            self.assertEqual(before, self.count_open())
        self.assertEqual({}, self.shared.dropped)

    def test_names_of_any_sort(self) -> None:
        """Sockets whose names are not valid text are subscribers, too."""
        for name in (b'\xff\xfe.sock', b'a b\n.sock', b'@.sock', b'.sock'):
            self._listen(os.fsdecode(name), _socket.SOCK_SEQPACKET, 16)
        self._check(count=20)
        # The last one is hidden.
        self.assertEqual(3, self.shared.refresh())

    def test_they_come_and_go(self) -> None:
        """Subscribers that leave and return leave no descriptors open."""
        self._check()
        self.notifier.info({}, 'test.event', {})
        before = self.count_open()
        for _ in range(50):
            with contextlib.ExitStack() as stack:
                for _ in range(10):
                    stack.enter_context(consumer.Consumer(self.rendezvous))
                self.notifier.info({}, 'test.event', {})
        self.notifier.info({}, 'test.event', {})
        self.assertEqual(before, self.count_open())

    def test_readers_that_do_not_read(self) -> None:
        """Readers that idle, send data or hang up disturb no other reader."""
        notifier = self.new_notifier(self.socket, send_buffer_size=65536)
        shared = publisher.shared(self.socket)
        with consumer.Consumer(self.socket) as source:
            self.check_delivery(notifier, source)
            before = self.count_open()
            readers = []
            for _ in range(30):
                sock = _socket.socket(_socket.AF_UNIX)
                self.addCleanup(sock.close)
                with _short_path(self.top) as path:
                    sock.connect(path)
                readers.append(sock)
            for sock in readers[::3]:
                sock.send(b'garbage')
                sock.shutdown(_socket.SHUT_WR)
            for sock in readers[1::3]:
                sock.shutdown(_socket.SHUT_RD)
            for _ in range(500):
                self.check_delivery(notifier, source)
            self.assertEqual({'buffer_full'}, shared.dropped.keys())
            for sock in readers:
                sock.close()
            self.check_delivery(notifier, source)
            self.assertEqual(1, shared.refresh())
            self.assertEqual(before, self.count_open())


@contextlib.contextmanager
def _flood(sock: _socket.socket, data: bytes) -> Iterator[None]:
    """Let another process send data as fast as it can."""
    wait, stop = os.pipe()

    def flood() -> None:
        os.close(stop)
        sock.setblocking(False)
        while not select.select([wait], [sock], [])[0]:
            with contextlib.suppress(BlockingIOError):
                sock.send(data)

    child = common.Child(flood)
    os.close(wait)
    try:
        yield
    finally:
        os.close(stop)
        child.result()


@contextlib.contextmanager
def _short_path(
    place: pathlib.Path, name: str = 'service.sock'
) -> Iterator[str]:
    """Yield a path that is short enough for bind and connect."""
    fd = os.open(place, os.O_PATH)
    try:
        yield f'/proc/self/fd/{fd}/{name}'
    finally:
        os.close(fd)
