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

"""Sending: whole or not at all, and the reason why not."""

import _socket
import contextlib
import fcntl
import os
import resource
import socket

from unixnotif import packet
from unixnotif.packet import sending
from unixnotif.tests import base
from unixnotif.tests.unit import test_notification

LARGE = packet.MAX_PACKET + 1


class SendingTest(base.TestCase):
    """Two ends of a connection."""

    kind = socket.SOCK_SEQPACKET
    writer_class: type[packet.Writer] = packet.PacketWriter

    def setUp(self) -> None:
        super().setUp()
        self.connect()

    def connect(self) -> None:
        self.near, self.far = self.new_pair()
        self.writer = self.writer_class(self.near)
        self.addCleanup(self.writer.close)

    def new_pair(self) -> tuple[_socket.socket, socket.socket]:
        near, far = socket.socketpair(socket.AF_UNIX, self.kind)
        sender = _socket.socket(fileno=near.detach())
        for each in (sender, far):
            self.addCleanup(each.close)
            each.setblocking(False)
        return sender, far

    def outgoing(self, size: int) -> packet.Outgoing:
        """A document of a size, of which each part is different."""
        pattern = b'%08d' * 16 % tuple(range(16))
        data = (pattern * (size // len(pattern) + 1))[:size]
        outgoing = packet.Outgoing(data)
        self.addCleanup(outgoing.close)
        return outgoing

    def receive(self) -> tuple[bytes, list[int]]:
        """One record and the descriptors with it."""
        data, fds, _, _ = socket.recv_fds(self.far, LARGE, 8)
        for fd in fds:
            self.addCleanup(os.close, fd)
        return data, fds


class SendPacketTest(SendingTest):
    """One document, one record."""

    def test_what_fits_is_one_record(self) -> None:
        """From one byte to MAX_PACKET the record is the document."""
        for size in (1, 2, 5000, packet.MAX_PACKET - 1, packet.MAX_PACKET):
            outgoing = self.outgoing(size)
            self.assertIsNone(self.writer.write(outgoing))
            self.assertEqual((outgoing.data, []), self.receive())

    def test_larger_ones_are_a_memfd(self) -> None:
        """Beyond that the record is a header, and carries one sealed memfd."""
        for size in (LARGE, 16 * 1024 * 1024):
            outgoing = self.outgoing(size)
            self.assertIsNone(self.writer.write(outgoing))
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
        """However many subscribers, and it is gone with the document."""
        before = base.open_descriptors()
        outgoing = packet.Outgoing(bytes(LARGE))
        inodes = set()
        for _ in range(5):
            self.assertIsNone(self.writer.write(outgoing))
            inodes.add(os.fstat(self.receive()[1][0]).st_ino)
        self.assertEqual(1, len(inodes))
        self.assertEqual(before + 1 + 5, base.open_descriptors())
        outgoing.close()
        outgoing.close()
        self.assertEqual(before + 5, base.open_descriptors())

    def test_full_buffer(self) -> None:
        """A record that finds no room is dropped, the others are whole."""
        outgoing = self.outgoing(5000)
        sent = 0
        while (reason := self.writer.write(outgoing)) is None:
            sent += 1
        self.assertEqual(packet.BUFFER_FULL, reason)
        self.assertGreater(sent, 10)
        for _ in range(sent):
            self.assertEqual(outgoing.data, self.receive()[0])
        self.assertRaises(BlockingIOError, self.far.recv, 1)
        self.assertIsNone(self.writer.write(outgoing))

    def test_reader_that_stopped_pins_no_more_than_so_much(self) -> None:
        """A memfd is not charged to the buffer, so memfds are counted."""
        packet.set_send_buffer(self.near, packet.SEND_BUFFER_SIZE)
        outgoing = self.outgoing(10_000_000)
        small = self.outgoing(9000)
        self.assertIsNone(self.writer.write(small))
        sent = 0
        while (reason := self.writer.write(outgoing)) is None:
            sent += 1
        self.assertEqual(packet.BUFFER_FULL, reason)
        self.assertIn(sent, range(1, 10))
        # What is small still has room.
        self.assertIsNone(self.writer.write(small))
        for _ in range(sent + 2):
            self.receive()
        self.assertIsNone(self.writer.write(outgoing))

    def test_queue_that_is_empty_has_room_for_any_size(self) -> None:
        """One document may be larger than all that may be pinned."""
        outgoing = self.outgoing(100_000_000)
        self.assertIsNone(self.writer.write(outgoing))
        self.assertEqual(100_000_000, os.fstat(self.receive()[1][0]).st_size)

    def test_small_buffer(self) -> None:
        """A record that exceeds the whole buffer goes as a memfd, too."""
        packet.set_send_buffer(self.near, 0)
        outgoing = self.outgoing(20_000)
        self.assertIsNone(self.writer.write(outgoing))
        header, fds = self.receive()
        self.assertEqual(b'{"memfd": 20000}', header)
        self.assertEqual(outgoing.data, os.pread(fds[0], 20_001, 0))

    def test_peer_that_is_gone(self) -> None:
        """It is no drop but a ConnectionError, for every size."""
        self.far.close()
        for size in (10, LARGE):
            self.assertRaises(
                ConnectionError, self.writer.write, self.outgoing(size)
            )
        unconnected = packet.new_socket(self.kind)
        self.addCleanup(unconnected.close)
        self.assertRaises(
            ConnectionError,
            packet.PacketWriter(unconnected).write,
            self.outgoing(10),
        )

    def test_half_a_memfd_goes_to_nobody(self) -> None:
        """When memory runs out in the middle, the next one gets it whole."""

        def child() -> list[object]:
            soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            outgoing = packet.Outgoing(bytes(LARGE))
            before = base.open_descriptors()
            resource.setrlimit(resource.RLIMIT_FSIZE, (65536, hard))
            first = self.writer.write(outgoing)
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            left = base.open_descriptors() - before
            return [first, left, self.writer.write(outgoing)]

        self.assertEqual([packet.BUFFER_FULL, 0, None], self.in_child(child))
        _, fds = self.receive()
        self.assertEqual(LARGE, os.fstat(fds[0]).st_size)
        self.assertEqual(
            sending.SEALS,
            sending.SEALS & fcntl.fcntl(fds[0], fcntl.F_GET_SEALS),
        )

    @base.as_root
    def test_too_many_descriptors_in_flight(self) -> None:
        """The kernel's limit for a user is a drop like any other."""

        def child() -> list[str | None]:
            resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
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

        self.assertEqual([packet.BUFFER_FULL, None], self.in_child(child))


class SendLineTest(SendingTest):
    """One document, one line."""

    kind = socket.SOCK_STREAM
    writer_class = packet.LineWriter

    def drain(self) -> bytes:
        data = bytearray()
        try:
            while chunk := self.far.recv(2**20):
                data += chunk
        except BlockingIOError:
            pass
        return bytes(data)

    def test_line(self) -> None:
        """The document with a newline, in one piece."""
        packet.set_send_buffer(self.near, packet.SEND_BUFFER_SIZE)
        for size in (1, 5000, 32 * 1024, 100_000, 1_000_000):
            outgoing = self.outgoing(size)
            self.assertIsNone(self.writer.write(outgoing))
            self.assertEqual(outgoing.data + b'\n', self.drain())

    def test_never_a_part(self) -> None:
        """A buffer that fills up takes whole lines of every size or none."""
        for buffer in (100_000, packet.SEND_BUFFER_SIZE):
            for size in (
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
            ):
                self.connect()
                packet.set_send_buffer(self.near, buffer)
                outgoing = self.outgoing(size)
                sent = 0
                while (reason := self.writer.write(outgoing)) is None:
                    sent += 1
                self.assertEqual(packet.BUFFER_FULL, reason)
                self.assertGreater(sent, 0)
                self.assertTrue(
                    (outgoing.data + b'\n') * sent == self.drain(),
                    f'a part of {size} bytes in {buffer}',
                )
                self.assertIsNone(self.writer.write(outgoing))

    def test_what_the_kernel_did_not_take(self) -> None:
        """In a tiny buffer a line is cut; its rest goes before anything."""
        packet.set_send_buffer(self.near, 0)
        outgoing, other = self.outgoing(30_000), self.outgoing(10)
        self.assertIsNone(self.writer.write(outgoing))
        received = b''
        dropped = 0
        while not received.endswith(b'\n'):
            self.assertEqual(packet.BUFFER_FULL, self.writer.write(other))
            dropped += 1
            received += self.drain()
        self.assertGreater(dropped, 1)
        self.assertEqual(outgoing.data + b'\n', received)
        self.assertIsNone(self.writer.write(other))
        self.assertEqual(other.data + b'\n', self.drain())

    def test_too_large_for_the_buffer(self) -> None:
        """A line that can never fit is not begun."""
        self.assertEqual(
            packet.TOO_LARGE, self.writer.write(self.outgoing(10_000_000))
        )
        self.assertEqual(b'', self.drain())

    def test_peer_that_is_gone(self) -> None:
        """It is a ConnectionError."""
        self.far.close()
        self.assertRaises(
            ConnectionError, self.writer.write, self.outgoing(10)
        )
