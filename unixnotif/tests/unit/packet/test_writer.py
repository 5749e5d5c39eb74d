# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Writers: each document goes whole or not at all, with one outcome."""

from collections.abc import Callable
import contextlib
import errno
import fcntl
import functools
import itertools
import os
import resource
import signal
import socket
from typing import Any
from typing import NoReturn
from unittest import mock

import hypothesis
from hypothesis import strategies

from unixnotif import packet
from unixnotif.packet import Outcome
from unixnotif.packet import transmission
from unixnotif.tests import base
from unixnotif.tests.unit import test_notification
from unixnotif.tests.unit.publisher import scenes

LARGE = packet.MAX_PACKET + 1

#: The forms in which a document travels: kind of socket, size in bytes.
FORMS = {
    'record': (socket.SOCK_SEQPACKET, 10),
    'memfd': (socket.SOCK_SEQPACKET, LARGE),
    'line': (socket.SOCK_STREAM, 10),
    'long line': (socket.SOCK_STREAM, 40_000),
}


def failing(number: int) -> Callable[..., Any]:
    """Return a function that fails with an errno."""

    def fail(*args: Any, **kwargs: Any) -> NoReturn:
        raise OSError(number, os.strerror(number))

    return fail


class WriterCase(base.TestCase):
    """A writer, and the other end of its connection."""

    kind = socket.SOCK_SEQPACKET

    def setUp(self) -> None:
        super().setUp()
        self.connect(self.kind)

    def connect(self, kind: int, buffer: int | None = None) -> None:
        """Connect a new writer.

        :param buffer: size of its send buffer in bytes; None is the
            kernel's default
        """
        near, self.far = socket.socketpair(socket.AF_UNIX, kind)
        self.near = packet.Socket(fileno=near.detach())
        for each in self.near, self.far:
            self.addCleanup(each.close)
            each.setblocking(False)
        if buffer is not None:
            packet.set_send_buffer(self.near, buffer)
        self.writer = self.new_writer(self.near)

    def new_writer(self, sock: packet.Socket) -> packet.Writer:
        kind = sock.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE)
        if kind == socket.SOCK_STREAM:
            return packet.LineWriter(sock)
        return packet.PacketWriter(sock)

    def outgoing(self, size: int) -> packet.Outgoing:
        """Return a document of a size, of which each part is different."""
        pattern = b'%08d' * 16 % tuple(range(16))
        data = (pattern * (size // len(pattern) + 1))[:size]
        outgoing = packet.Outgoing(data)
        self.addCleanup(outgoing.close)
        return outgoing

    def deliver(self, outgoing: packet.Outgoing) -> None:
        """Write a document; the kernel must take it and the writer note it."""
        before = len(outgoing.sent)
        self.assertIs(Outcome.DELIVERED, self.writer.write(outgoing))
        self.assertEqual(before + 1, len(outgoing.sent))

    def assert_outcome(
        self, outcome: Outcome, outgoing: packet.Outgoing
    ) -> None:
        """Write a document, which must not be sent."""
        before = list(outgoing.sent)
        self.assertIs(outcome, self.writer.write(outgoing))
        self.assertEqual(before, outgoing.sent)

    def fill(self, outgoing: packet.Outgoing) -> int:
        """Write a document until the buffer is full; return how often."""
        before = len(outgoing.sent)
        while (outcome := self.writer.write(outgoing)) is Outcome.DELIVERED:
            pass
        self.assertIs(Outcome.BUFFER_FULL, outcome)
        return len(outgoing.sent) - before

    def receive(self) -> tuple[bytes, list[int]]:
        """Return one record and the descriptors with it."""
        data, fds, _, _ = socket.recv_fds(self.far, LARGE, 8)
        for fd in fds:
            self.addCleanup(os.close, fd)
        return data, fds

    def receive_lines(self) -> bytes:
        """Return all that the stream holds now."""
        data = bytearray()
        with contextlib.suppress(BlockingIOError):
            while chunk := self.far.recv(2**20):
                data += chunk
        return bytes(data)


class PacketWriterTest(WriterCase):
    """One document, one record."""

    def test_records(self) -> None:
        """From one byte to MAX_PACKET the record is the document."""
        for size in (1, 2, 5000, packet.MAX_PACKET - 1, packet.MAX_PACKET):
            outgoing = self.outgoing(size)
            self.deliver(outgoing)
            self.assertEqual((outgoing.data, []), self.receive())

    def test_large_documents(self) -> None:
        """A larger document is a header that carries one sealed memfd."""
        for size in (LARGE, 16 * 1024 * 1024):
            outgoing = self.outgoing(size)
            self.deliver(outgoing)
            header, fds = self.receive()
            self.assertEqual(b'{"memfd": %d}' % size, header)
            self.assertEqual(1, len(fds))
            self.assertEqual(outgoing.data, os.pread(fds[0], size + 1, 0))
            for change in (
                lambda fd: os.pwrite(fd, b'x', 0),
                lambda fd: os.ftruncate(fd, 1),
                lambda fd: os.ftruncate(fd, 2**30),
                lambda fd: fcntl.fcntl(fd, fcntl.F_ADD_SEALS, 0x10),
            ):
                self.assertRaises(PermissionError, change, fds[0])
        self.assertEqual(test_notification.sample('memfd'), header)

    def test_one_memfd_serves_all(self) -> None:
        """All subscribers share one memfd, which close() closes."""
        before = base.descriptors_before()
        outgoing = packet.Outgoing(bytes(LARGE))
        inodes = set()
        for _ in range(5):
            self.deliver(outgoing)
            inodes.add(os.fstat(self.receive()[1][0]).st_ino)
        self.assertEqual(1, len(inodes))
        self.assertEqual(before + 1 + 5, base.open_descriptors())
        outgoing.close()
        outgoing.close()
        self.assertEqual(before + 5, base.open_descriptors())

    def test_full_buffer(self) -> None:
        """A record without room is dropped; the others are whole."""
        outgoing = self.outgoing(5000)
        sent = self.fill(outgoing)
        self.assertGreater(sent, 10)
        for _ in range(sent):
            self.assertEqual(outgoing.data, self.receive()[0])
        self.assertRaises(BlockingIOError, self.far.recv, 1)
        self.deliver(outgoing)

    def test_stopped_reader_pins_limited_memory(self) -> None:
        """The writer counts memfds, which the kernel does not charge for."""
        packet.set_send_buffer(self.near, packet.SEND_BUFFER_SIZE)
        outgoing = self.outgoing(10_000_000)
        small = self.outgoing(9000)
        self.deliver(small)
        sent = self.fill(outgoing)
        self.assertIn(sent, range(1, 10))
        # A small document still has room.
        self.deliver(small)
        for _ in range(sent + 2):
            self.receive()
        self.deliver(outgoing)

    def test_empty_queue_has_room_for_any_size(self) -> None:
        """One document may be larger than the limit for pinned memory."""
        outgoing = self.outgoing(100_000_000)
        self.deliver(outgoing)
        self.assertEqual(100_000_000, os.fstat(self.receive()[1][0]).st_size)

    def test_small_buffer(self) -> None:
        """A record that is larger than the whole buffer goes as a memfd."""
        packet.set_send_buffer(self.near, 0)
        outgoing = self.outgoing(20_000)
        self.deliver(outgoing)
        header, fds = self.receive()
        self.assertEqual(b'{"memfd": 20000}', header)
        self.assertEqual(outgoing.data, os.pread(fds[0], 20_001, 0))

    def test_no_descriptor_left(self) -> None:
        """Without a descriptor for a memfd the subscriber is unreachable."""

        def child() -> list[Outcome]:
            large, small = self.outgoing(LARGE), self.outgoing(10)
            with base.no_more_descriptors():
                found = [self.writer.write(each) for each in (large, small)]
            self.assertEqual([], large.sent)
            self.deliver(large)
            return found

        self.assertEqual(
            [Outcome.UNREACHABLE, Outcome.DELIVERED], self.in_child(child)
        )

    def test_no_memfd(self) -> None:
        """Each failure to create a memfd has an outcome."""
        for number, outcome in (
            (errno.EMFILE, Outcome.UNREACHABLE),
            (errno.ENFILE, Outcome.UNREACHABLE),
            (errno.ENOMEM, Outcome.BUFFER_FULL),
        ):
            with mock.patch.object(os, 'memfd_create', failing(number)):
                self.assert_outcome(outcome, self.outgoing(LARGE))

    def test_half_a_memfd_goes_to_nobody(self) -> None:
        """If memory runs out within a memfd, the next subscriber gets all."""

        def child() -> int:
            soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            outgoing = packet.Outgoing(bytes(LARGE))
            before = base.descriptors_before()
            resource.setrlimit(resource.RLIMIT_FSIZE, (65536, hard))
            self.assert_outcome(Outcome.BUFFER_FULL, outgoing)
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            left = base.open_descriptors() - before
            self.deliver(outgoing)
            return left

        self.assertEqual(0, self.in_child(child))
        _, fds = self.receive()
        self.assertEqual(LARGE, os.fstat(fds[0]).st_size)
        self.assertEqual(
            transmission.SEALS,
            transmission.SEALS & fcntl.fcntl(fds[0], fcntl.F_GET_SEALS),
        )

    @base.as_root
    def test_too_many_descriptors_in_flight(self) -> None:
        """At the kernel's limit for a user, the outcome is BUFFER_FULL."""

        def child() -> list[Outcome]:
            # This process may have many open descriptors of other tests.
            limit = max(map(int, os.listdir('/proc/self/fd'))) + 64
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
            os.setuid(3_000_000_000)
            reading, writing = socket.socketpair()
            with reading, writing, open(os.devnull) as null:
                with contextlib.suppress(OSError):
                    while True:
                        socket.send_fds(writing, [b'x'], [null.fileno()] * 9)
                return [
                    self.writer.write(packet.Outgoing(bytes(size)))
                    for size in (LARGE, 10)
                ]

        self.assertEqual(
            [Outcome.BUFFER_FULL, Outcome.DELIVERED], self.in_child(child)
        )


class LineWriterTest(WriterCase):
    """One document, one line."""

    kind = socket.SOCK_STREAM

    def test_lines(self) -> None:
        """A line is the document and a newline, in one piece."""
        self.connect(self.kind, packet.SEND_BUFFER_SIZE)
        for size in (1, 5000, 32 * 1024, 100_000, 1_000_000):
            outgoing = self.outgoing(size)
            self.deliver(outgoing)
            self.assertEqual(outgoing.data + b'\n', self.receive_lines())

    def test_full_buffer(self) -> None:
        """A buffer that fills up takes whole lines of every size."""
        for buffer, size in itertools.product(
            (100_000, packet.SEND_BUFFER_SIZE),
            (
                1000,
                20_000,
                32_767,
                32_768,
                33_000,
                36_500,
                36_600,
                40_000,
                50_000,
                65_535,
                80_000,
                150_000,
            ),
        ):
            self.connect(self.kind, buffer)
            outgoing = self.outgoing(size)
            sent = self.fill(outgoing)
            self.assertGreater(sent, 0)
            self.assertTrue(
                outgoing.line * sent == self.receive_lines(),
                f'a part of {size} bytes in {buffer}',
            )
            self.deliver(outgoing)

    def test_small_buffer(self) -> None:
        """A small buffer drops long lines, and takes short lines whole."""
        self.connect(self.kind, 4096)
        large, small = self.outgoing(20_000), self.outgoing(500)
        sent = 0
        for _ in range(3):
            self.assert_outcome(Outcome.TOO_LARGE, large)
            self.deliver(small)
            sent += 1
        sent += self.fill(small)
        self.assert_outcome(Outcome.TOO_LARGE, large)
        self.assertEqual(small.line * sent, self.receive_lines())
        self.deliver(small)

    def assert_whole_lines(self, size: int, buffer: int) -> None:
        """Fill a buffer of a size with lines of a size, newline included."""
        self.connect(self.kind, buffer)
        outgoing = self.outgoing(size - 1)
        while self.writer.write(outgoing) is Outcome.DELIVERED:
            pass
        self.assertTrue(
            outgoing.line * len(outgoing.sent) == self.receive_lines(),
            f'a part of {size} bytes in {buffer}',
        )

    def test_lines_of_half_the_buffer(self) -> None:
        """The kernel splits a line of about half the buffer size."""
        for buffer in (4096, 10_000, 16_384, 30_000):
            # The kernel doubles the size of the buffer (socket(7)).
            for size in range(buffer - 70, buffer + 70, 3):
                self.assert_whole_lines(size, buffer)

    def test_lines_of_the_whole_buffer(self) -> None:
        """The kernel charges more to the buffer than the bytes of a line."""
        # A little more than some of the pieces that Linux 6 splits it into.
        size = 8 * 36_544 + 8
        for total in range(size, size + size // 4 + 5000, 1000):
            self.assert_whole_lines(size, total // 2)

    @base.fuzz
    @hypothesis.given(
        strategies.integers(0, 150_000),
        strategies.lists(
            strategies.integers(1, 40_000) | strategies.none(), max_size=60
        ),
    )
    def test_any_lines(self, buffer: int, sizes: list[int | None]) -> None:
        """In a buffer of any size each line goes whole or not at all."""
        self.connect(self.kind, buffer)
        expected = received = b''
        for size in sizes:
            if size is None:
                received += self.receive_lines()
                self.assertEqual(expected, received)
                continue
            outgoing = self.outgoing(size)
            if self.writer.write(outgoing) is Outcome.DELIVERED:
                expected += outgoing.line
                self.assertEqual([size + 1], outgoing.sent)
            else:
                self.assertEqual([], outgoing.sent)
        received += self.receive_lines()
        self.assertEqual(expected, received)

    def test_buffer_that_somebody_shrank(self) -> None:
        """The rest of a cut line goes before any other document."""
        packet.set_send_buffer(self.near, 0)
        outgoing, other = self.outgoing(30_000), self.outgoing(10)
        self.deliver(outgoing)
        received = b''
        dropped = 0
        while not received.endswith(b'\n'):
            self.assert_outcome(Outcome.BUFFER_FULL, other)
            dropped += 1
            received += self.receive_lines()
        self.assertGreater(dropped, 1)
        self.assertEqual(outgoing.line, received)
        self.assertEqual(1, len(outgoing.sent))
        self.deliver(other)
        self.assertEqual(other.line, self.receive_lines())

    def test_too_large_for_the_buffer(self) -> None:
        """The writer does not begin a line that can never fit."""
        self.assert_outcome(Outcome.TOO_LARGE, self.outgoing(10_000_000))
        self.assertEqual(b'', self.receive_lines())


class EndTest(WriterCase):
    """Connections that have ended: each document finds its subscriber gone."""

    def assert_gone(self, kind: int) -> None:
        for each, size in FORMS.values():
            if each == kind:
                self.assert_outcome(Outcome.GONE, self.outgoing(size))

    def test_peer_that_closed(self) -> None:
        """A peer that closes its end is gone."""
        for kind in (socket.SOCK_SEQPACKET, socket.SOCK_STREAM):
            self.connect(kind)
            self.far.close()
            self.assert_gone(kind)

    def test_peer_that_left_unread_documents(self) -> None:
        """A peer that closes its end without reading is gone as well."""
        for kind in (socket.SOCK_SEQPACKET, socket.SOCK_STREAM):
            self.connect(kind)
            self.deliver(self.outgoing(10))
            self.far.close()
            self.assert_gone(kind)
            self.assert_gone(kind)

    def test_peer_that_receives_no_more(self) -> None:
        """A peer that stops receiving is gone."""
        for kind, size in FORMS.values():
            self.connect(kind)
            self.far.shutdown(socket.SHUT_RD)
            self.assert_outcome(Outcome.GONE, self.outgoing(size))

    def test_unconnected_socket(self) -> None:
        """Writing to a socket without a peer fails."""
        for kind in (socket.SOCK_SEQPACKET, socket.SOCK_STREAM):
            self.writer = self.new_writer(packet.new_socket(kind))
            self.addCleanup(self.writer.close)
            self.assert_gone(kind)

    def test_closed_writer(self) -> None:
        """A closed writer writes nothing; closing twice is allowed."""
        for kind in (socket.SOCK_SEQPACKET, socket.SOCK_STREAM):
            self.connect(kind)
            for _ in range(2):
                self.writer.close()
                self.assert_gone(kind)
            self.assertEqual(b'', self.far.recv(1))

    def test_closed_descriptor(self) -> None:
        """A descriptor that somebody closed is not a full buffer."""
        for kind in (socket.SOCK_SEQPACKET, socket.SOCK_STREAM):
            self.connect(kind)
            os.close(self.near.fileno())
            self.assert_gone(kind)

    def test_descriptor_of_another_file(self) -> None:
        """A descriptor that names another file is not a full buffer."""
        reading, writing = os.pipe()
        terminal, other = os.openpty()
        listener = socket.socket(socket.AF_UNIX)
        listener.bind('')  # the kernel chooses a name (unix(7))
        listener.listen(1)
        files = [
            os.open(os.devnull, os.O_RDWR),
            os.open('/', os.O_RDONLY),
            os.open('/', os.O_PATH),
            os.memfd_create('test'),
            reading,
            writing,
            terminal,
            other,
            listener.detach(),
        ]
        for family, kind in (
            (socket.AF_UNIX, socket.SOCK_STREAM),
            (socket.AF_UNIX, socket.SOCK_SEQPACKET),
            (socket.AF_UNIX, socket.SOCK_DGRAM),
            (socket.AF_INET, socket.SOCK_STREAM),
            (socket.AF_INET, socket.SOCK_DGRAM),
        ):
            files.append(socket.socket(family, kind).detach())
        for fd in files:
            self.addCleanup(os.close, fd)
        for kind in (socket.SOCK_SEQPACKET, socket.SOCK_STREAM):
            self.connect(kind)
            for fd in files:
                os.dup2(fd, self.near.fileno())
                self.assert_gone(kind)
            os.close(self.near.fileno())


class SentTest(WriterCase):
    """``Outgoing.sent`` shows how often the kernel took the document."""

    def copies(self, kind: int, outgoing: packet.Outgoing) -> int:
        """Return how many whole copies of the document have arrived.

        Anything else that has arrived is an error.
        """
        if kind == socket.SOCK_STREAM:
            received = self.receive_lines()
            count = received.count(b'\n')
            self.assertEqual(outgoing.line * count, received)
            return count
        count = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                data, fds = self.receive()
                if fds:
                    data = os.pread(fds[0], LARGE, 0)
                self.assertEqual(outgoing.data, data)
                count += 1
        return count

    def test_one_entry_for_each_send(self) -> None:
        """All forms of a document share one list."""
        for size, expected in ((10, 4), (LARGE, 3)):
            outgoing = self.outgoing(size)
            outcomes = []
            arrived = 0
            for kind in (socket.SOCK_SEQPACKET, socket.SOCK_STREAM):
                # A line of LARGE bytes does not fit the smallest buffer.
                for buffer in (0, packet.SEND_BUFFER_SIZE):
                    self.connect(kind, buffer)
                    outcomes.append(self.writer.write(outgoing))
                    arrived += self.copies(kind, outgoing)
            self.assertEqual(expected, outcomes.count(Outcome.DELIVERED))
            self.assertEqual(expected, len(outgoing.sent))
            self.assertEqual(expected, arrived)

    def test_interruption(self) -> None:
        """Wherever a signal handler raises, ``sent`` shows the truth."""
        for form, (kind, size) in FORMS.items():
            self.connect(kind, packet.SEND_BUFFER_SIZE)
            found = set()
            place: str | None = ''
            for position in itertools.count():
                outgoing = self.outgoing(size)
                place = scenes.call_interrupted(
                    functools.partial(self.writer.write, outgoing), position
                )
                sent = len(outgoing.sent)
                arrived = self.copies(kind, outgoing)
                self.assertEqual(arrived, sent, f'{form}, {place}')
                found.add((bool(place), sent))
                # The connection still works.
                self.deliver(outgoing)
                self.assertEqual(1, self.copies(kind, outgoing))
                outgoing.close()
                if not place:
                    break
            # Before the send, after the send, and not at all.
            self.assertEqual({(True, 0), (True, 1), (False, 1)}, found, form)

    def test_signal_that_arrives_with_the_send(self) -> None:
        """A handler that raises directly after the send hides nothing."""

        def interrupt(*args: Any) -> NoReturn:
            raise KeyboardInterrupt

        self.addCleanup(
            signal.signal, signal.SIGIO, signal.signal(signal.SIGIO, interrupt)
        )
        for form, (kind, size) in FORMS.items():
            self.connect(kind, packet.SEND_BUFFER_SIZE)
            outgoing = self.outgoing(size)
            # The kernel sends SIGIO within the call that makes the other end
            # readable (F_SETOWN and O_ASYNC, fcntl(2)).
            fcntl.fcntl(self.far, fcntl.F_SETOWN, os.getpid())
            flags = fcntl.fcntl(self.far, fcntl.F_GETFL)
            fcntl.fcntl(self.far, fcntl.F_SETFL, flags | os.O_ASYNC)
            self.assertRaises(KeyboardInterrupt, self.writer.write, outgoing)
            fcntl.fcntl(self.far, fcntl.F_SETFL, flags)
            self.assertEqual(1, len(outgoing.sent), form)
            self.assertEqual(1, self.copies(kind, outgoing), form)
