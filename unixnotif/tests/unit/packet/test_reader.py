# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Readers: whole documents, and no harm from anything else."""

from collections.abc import Callable
import fcntl
import itertools
import os
import socket
import tempfile
import tracemalloc
from unittest import mock

import hypothesis
from hypothesis import strategies

from unixnotif import closer
from unixnotif import errors
from unixnotif import packet
from unixnotif.packet import reader as readers
from unixnotif.packet import sockets
from unixnotif.packet import transmission
from unixnotif.tests import base

MAX_SIZE = 1_000_000
ENDED = 'the end'


class ReaderCase(base.TestCase):
    """A reader, and the raw other end of its connection."""

    kind = socket.SOCK_SEQPACKET
    reader_class: type[packet.PacketReader | packet.LineReader] = (
        packet.PacketReader
    )

    def setUp(self) -> None:
        super().setUp()
        #: What a thread would close.
        self.in_background: list[Callable[[], object]] = []
        self.number = 0
        self.patch(closer, 'in_background', self.close_later)
        self.connect()

    def close_later(
        self, close: Callable[[], object], number: int = 1
    ) -> None:
        self.in_background.append(close)
        self.number += number

    def close_background(self) -> int:
        """Close what a thread would close; return the number of closes."""
        while self.in_background:
            self.in_background.pop()()
        number, self.number = self.number, 0
        return number

    def connect(
        self, max_size: int = MAX_SIZE, buffer: int = packet.MAX_PACKET
    ) -> None:
        near, self.far = socket.socketpair(socket.AF_UNIX, self.kind)
        self.reader = self.reader_class(
            self.ours(near), bytearray(buffer), max_size
        )
        self.addCleanup(self.reader.close)
        self.addCleanup(self.far.close)

    def ours(self, sock: socket.socket) -> packet.Socket:
        """Return the package's socket for an end of a pair."""
        sock.setblocking(False)
        return packet.Socket(fileno=sock.detach())

    def read_all(self) -> list[bytes | str]:
        """Return all that can be read now; an error as its text."""
        found: list[bytes | str] = []
        while len(found) < 10_000:
            try:
                data = self.reader.read()
            except errors.PeerError as e:
                found.append(str(e))
                continue
            except EOFError:
                return [*found, ENDED]
            if data is None:
                return found
            # Else a part of a line.
            if data:
                found.append(data)
        raise AssertionError(f'endless: {found[-3:]}')

    def assert_rejected(self, text: str) -> None:
        """Read one error with that text, and the document after it."""
        self.far.send(b'next\n')
        e = self.assertRaises(errors.PeerError, self.reader.read)
        self.assertRegex(str(e), text)
        self.assertEqual(b'next', (self.reader.read() or b'').rstrip(b'\n'))
        self.assertIsNone(self.reader.read())

    def assert_ends_without_its_descriptor(self) -> None:
        """Close the reader's descriptor, and give its number to a file."""
        number = self.reader.fileno()
        with open(os.devnull) as null:
            os.close(number)
            self.assertEqual([ENDED], self.read_all())
            os.dup2(null.fileno(), number)
        self.addCleanup(os.close, number)
        self.assertEqual([ENDED], self.read_all())
        self.reader.close()
        os.fstat(number)


class PacketReaderTest(ReaderCase):
    """Records."""

    def new_memfd(self, size: int, seals: int = transmission.SEALS) -> int:
        fd = os.memfd_create('test', os.MFD_ALLOW_SEALING)
        self.addCleanup(os.close, fd)
        os.ftruncate(fd, size)
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
        return fd

    def throw(self, header: bytes, *fds: int) -> None:
        socket.send_fds(self.far, [header], fds)

    def test_documents(self) -> None:
        """Each record is one document, up to exactly MAX_PACKET."""
        self.assertIsNone(self.reader.read())
        sizes = (1, 2, 5000, packet.MAX_PACKET)
        documents = [os.urandom(size) for size in sizes]
        for each in documents:
            self.far.send(each)
        self.assertEqual(documents, self.read_all())
        self.assertIsNone(self.reader.read())

    def test_sender(self) -> None:
        """The reader knows the process that connected, from the kernel."""
        self.assertEqual(os.getpid(), self.reader.sender.pid)
        self.assertFalse(self.reader.buffered)

    def test_end(self) -> None:
        """The end comes after all documents, at each further call."""
        self.far.send(b'a')
        self.far.close()
        self.assertEqual([b'a', ENDED], self.read_all())
        self.assertEqual([ENDED], self.read_all())

    def test_empty_record(self) -> None:
        """An empty record looks like the end, so it is the end."""
        self.far.send(b'')
        self.assertEqual([ENDED], self.read_all())

    def test_reset(self) -> None:
        """A peer that closes without reading has ended."""
        with socket.socket(fileno=os.dup(self.reader.fileno())) as near:
            near.send(b'unexpected')
        self.far.close()
        self.assertEqual([ENDED], self.read_all())

    def test_closed_descriptor(self) -> None:
        """A reader has ended if its descriptor names another file."""
        self.assert_ends_without_its_descriptor()

    def test_record_over_the_buffer(self) -> None:
        """A record that no publisher sends is rejected, not cut."""
        self.far.send(bytes(packet.MAX_PACKET + 1))
        self.assert_rejected(f'a record over {packet.MAX_PACKET} bytes')

    def test_record_over_the_maximum(self) -> None:
        """The limit of a document holds for records, too."""
        self.connect(max_size=100)
        self.far.send(bytes(100))
        self.assertEqual([bytes(100)], self.read_all())
        self.far.send(bytes(101))
        self.assert_rejected('101 bytes; max_message_size is 100')

    def test_large_documents(self) -> None:
        """A memfd of a writer arrives whole, up to the maximum."""
        before = base.descriptors_before()
        sizes = (packet.MAX_PACKET + 1, 16 * 1024 * 1024)
        self.connect(max_size=sizes[-1])
        writer = packet.PacketWriter(self.ours(self.far))
        self.addCleanup(writer.close)
        for size in sizes:
            outgoing = packet.Outgoing(os.urandom(size))
            self.assertIs(packet.Outcome.DELIVERED, writer.write(outgoing))
            outgoing.close()
            self.assertEqual(outgoing.data, self.reader.read())
        self.assertIsNone(self.reader.read())
        self.assertEqual(before + 2, base.open_descriptors())

    def test_large_document_over_the_maximum(self) -> None:
        """The reader rejects a memfd over the maximum before reading it."""
        for size in (MAX_SIZE, 2**40):
            self.throw(b'{"memfd": %d}' % size, self.new_memfd(size))
            if size == MAX_SIZE:
                self.assertEqual([bytes(size)], self.read_all())
        self.assert_rejected(f'{2**40} bytes; max_message_size is {MAX_SIZE}')

    def test_memfd_with_a_moved_offset(self) -> None:
        """The reader ignores the file offset, which all receivers share."""
        fd = self.new_memfd(10)
        os.lseek(fd, 5, os.SEEK_SET)
        self.throw(b'{"memfd": 10}', fd)
        self.assertEqual([bytes(10)], self.read_all())
        self.assertEqual(5, os.lseek(fd, 0, os.SEEK_CUR))

    def test_memfd_without_seals(self) -> None:
        """The reader insists on each seal against changes by the sender."""
        for missing in (
            transmission.SEALS,
            fcntl.F_SEAL_SHRINK,
            fcntl.F_SEAL_GROW,
            fcntl.F_SEAL_WRITE,
        ):
            fd = self.new_memfd(10, transmission.SEALS & ~missing)
            self.throw(b'{"memfd": 10}', fd)
            self.assert_rejected('a memfd that its sender can still change')

    def test_memfd_of_another_size(self) -> None:
        """The header must be right; the error quotes the start of it."""
        for promised in (b'9', b'11', b'-1', b'"10"', b'[10]', b'null'):
            self.throw(b'{"memfd": %b}' % promised, self.new_memfd(10))
            self.assert_rejected('a memfd of 10 bytes, announced as ')
        self.throw(b'{"memfd": "%b"}' % (b'x' * 50_000), self.new_memfd(10))
        self.assert_rejected("announced as 'xxxxxxxxxxxxxxxxxxx$")

    def test_descriptor_without_its_header(self) -> None:
        """The reader reads no memfd without a header that announces it."""
        for header in (
            b'x',
            b'\xff',
            b'{}',
            b'[]',
            b'10',
            b'"memfd"',
            b'{"memfd": %b}' % (b'1' * 5000),
            b'[' * 100_000,
            base.document(),
        ):
            self.throw(header, self.new_memfd(10))
            self.assert_rejected('in a record that is not {"memfd": SIZE}')

    def test_empty_record_with_a_descriptor(self) -> None:
        """An empty record with a descriptor is an error, not the end."""
        self.throw(b'', self.new_memfd(10))
        self.assert_rejected('in a record that is not {"memfd": SIZE}')

    def test_header_without_its_descriptor(self) -> None:
        """A header without a descriptor is a record like any other."""
        self.far.send(b'{"memfd": 10}')
        self.assertEqual([b'{"memfd": 10}'], self.read_all())

    def test_descriptors_that_are_not_memfds(self) -> None:
        """The reader reads no other file, which could block or never end."""
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        self.addCleanup(os.close, writing)
        others = [reading, writing, self.far.fileno()]
        for path, flags in (
            ('/dev/zero', os.O_RDONLY),
            ('/', os.O_RDONLY),
            ('/', os.O_PATH),
            ('/proc/self/status', os.O_RDONLY),
        ):
            others.append(os.open(path, flags))
            self.addCleanup(os.close, others[-1])
        for fd in others:
            self.throw(b'{"memfd": 0}', fd)
            self.assert_rejected('a descriptor that is not a memfd')
        with tempfile.TemporaryFile() as file:
            self.throw(b'{"memfd": 0}', file.fileno())
            # On tmpfs it has seals, but not the right ones.
            self.assert_rejected('is not a memfd|can still change')

    def test_more_than_one_descriptor(self) -> None:
        """The reader rejects and closes more descriptors than one."""
        fd = self.new_memfd(10)
        before = base.descriptors_before()
        for count in (2, 3, 200, 253):
            self.throw(b'{"memfd": 10}', *[fd] * count)
            self.assert_rejected(f'a record with {count} descriptors; ')
        self.assertEqual(before, base.open_descriptors())

    def test_no_descriptor_stays_open(self) -> None:
        """The reader closes each of thousands of descriptors."""
        good, bad = self.new_memfd(1), self.new_memfd(1, 0)
        before = base.descriptors_before()
        for turn in range(200):
            self.throw(b'{"memfd": 1}', good)
            self.throw(b'{"memfd": 1}', bad)
            self.throw(b'{"memfd": 2}', good)
            self.throw(b'x', 0)
            self.throw(b'', good, bad)
            self.throw(bytes(packet.MAX_PACKET + 1), good)
            if not turn % 20:
                self.throw(b'{"memfd": 1}', *[good] * 200)
            found = self.read_all()
            self.assertEqual(b'\0', found.pop(0))
            self.assertEqual({str}, set(map(type, found)))
            self.assertIn(len(found), (5, 6))
            # Without seals, standard input, and without seals again.
            self.assertEqual(3, self.close_background())
        self.assertEqual(before, base.open_descriptors())

    def test_descriptors_are_closed_on_exec(self) -> None:
        """A program that starts meanwhile does not inherit them."""
        self.throw(b'{"memfd": 1}', self.new_memfd(1))
        seen = []
        real = fcntl.fcntl

        def spy(fd: int, command: int, argument: int = 0) -> int:
            seen.append(os.get_inheritable(fd))
            return real(fd, command, argument)

        self.patch(fcntl, 'fcntl', spy)
        self.assertEqual([b'\0'], self.read_all())
        self.assertEqual({False}, set(seen))

    def test_no_descriptor_left(self) -> None:
        """Without a free descriptor the reader rejects one document."""
        self.throw(b'{"memfd": 1}', self.new_memfd(1))
        self.throw(b'{"memfd": 2}', self.new_memfd(2))

        def child() -> list[str]:
            with base.no_more_descriptors():
                try:
                    self.reader.read()
                except errors.PeerError as e:
                    first = str(e)
            return [first, str(self.reader.read())]

        first, second = self.in_child(child)
        self.assertIn('a descriptor that this process cannot receive', first)
        # The kernel reports both causes in the same way.
        for cause in ('RLIMIT_NOFILE', 'SELinux'):
            self.assertIn(cause, first)
        self.assertEqual(str(bytes(2)), second)

    def new_pipe(self) -> int:
        reading, writing = os.pipe()
        os.close(writing)
        self.addCleanup(os.close, reading)
        return reading

    def test_close_of_foreign_descriptors(self) -> None:
        """A thread closes each descriptor whose closing may take time.

        Closing a sealed memfd of a usual size takes no time.
        """
        large = self.new_memfd(0, 0)
        os.pwrite(large, bytes(MAX_SIZE + 8192), 0)
        os.ftruncate(large, 10)
        os.posix_fallocate(large, 0, MAX_SIZE + 8192)
        fcntl.fcntl(large, fcntl.F_ADD_SEALS, transmission.SEALS)
        for expected, fds in (
            (0, [self.new_memfd(10)]),
            (0, [self.new_memfd(10)] * 253),
            (1, [self.new_memfd(10, 0)]),
            (1, [large]),
            (1, [self.new_pipe()]),
            (2, [self.new_pipe(), self.new_memfd(10), self.far.fileno()]),
        ):
            before = base.descriptors_before()
            self.throw(b'{"memfd": 10}', *fds)
            self.read_all()
            self.assertEqual(before + expected, base.open_descriptors())
            self.assertEqual(bool(expected), self.reader.is_suspect)
            self.assertEqual(expected, self.close_background())
            self.assertEqual(before, base.open_descriptors())

    def test_memfd_that_cannot_be_read(self) -> None:
        """A memfd that its sender opened to write only is an error."""
        fd = self.new_memfd(10, 0)
        writing = os.open(f'/proc/self/fd/{fd}', os.O_WRONLY)
        self.addCleanup(os.close, writing)
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, transmission.SEALS)
        self.throw(b'{"memfd": 10}', writing)
        self.assert_rejected('a memfd that cannot be read: Bad file desc')

    def test_empty_memfd(self) -> None:
        """An empty memfd is no document."""
        self.throw(b'{"memfd": 0}', self.new_memfd(0))
        self.assert_rejected('an empty memfd')

    def test_no_memory(self) -> None:
        """Without memory for a document, the next ones are read."""

        def pread(fd: int, size: int, offset: int) -> bytes:
            raise MemoryError

        self.patch(readers, '_pread', pread)
        self.throw(b'{"memfd": 10}', self.new_memfd(10))
        self.assert_rejected('not enough memory for a document of 10 bytes')

    @base.fuzz
    @hypothesis.given(
        strategies.lists(
            strategies.tuples(
                strategies.binary(min_size=1, max_size=300)
                | strategies.sampled_from(
                    [b'{"memfd": 0}', b'{"memfd": 5}', b'{"memfd": 1e999}']
                ),
                strategies.integers(0, 3),
            ),
            max_size=12,
        )
    )
    def test_any_records(self, records: list[tuple[bytes, int]]) -> None:
        """Each record is a document or an error, in order; nothing leaks."""
        self.connect(max_size=200, buffer=250)
        fd = self.new_memfd(5)
        before = base.descriptors_before()
        expected: list[object] = []
        for data, count in records:
            self.throw(data, *[fd] * count)
            if count == 1 and data == b'{"memfd": 5}':
                expected.append(bytes(5))
            elif count or len(data) > 200:
                expected.append(str)
            else:
                expected.append(data)
        found = [
            str if isinstance(each, str) else each for each in self.read_all()
        ]
        self.assertEqual(expected, found)
        self.assertEqual(before, base.open_descriptors())


class DiscardTest(ReaderCase):
    """Closing a connection that is not at its end."""

    def discard(self) -> int:
        """Discard the connection; return how many closes a thread does."""
        number = self.reader.fileno()
        self.reader.discard()
        self.assertRaises(OSError, self.far.send, b'x')
        count = self.close_background()
        self.assertEqual(count > 0, self.reader.is_suspect)
        self.assertRaises(OSError, os.fstat, number)
        return count

    def each_way(self, records: list[bytes], fds: list[int]) -> list[int]:
        """Discard what a peer sent, with /proc and without."""
        found = []
        # After a change of the user, this process cannot read its /proc.
        for opened in os.open, mock.Mock(side_effect=PermissionError):
            self.connect()
            for each in records:
                self.far.send(each)
            if fds:
                socket.send_fds(self.far, [b'x'], fds)
            with mock.patch.object(sockets, '_open', opened):
                found.append(self.discard())
        return found

    def test_nothing_unread(self) -> None:
        """An empty connection is closed at once."""
        self.assertEqual([0, 0], self.each_way([], []))

    def test_unread_documents(self) -> None:
        """The caller discards documents; a thread may discard very many."""
        self.assertEqual([0, 0], self.each_way([b'', b'a', b''] * 20, []))
        self.assertEqual([0, 1], self.each_way([b'a'] * 100, []))

    def test_unread_descriptors(self) -> None:
        """A thread closes a connection with descriptors."""
        reading, writing = os.pipe()
        before = base.descriptors_before()
        self.assertEqual([1, 3], self.each_way([b'', b''], [reading, writing]))
        # The peer's ends.
        self.assertEqual(before + 2, base.open_descriptors())
        os.close(reading)
        os.close(writing)

    def test_ended(self) -> None:
        """A thread closes the connection after its end, an empty record."""
        self.far.send(b'')
        socket.send_fds(self.far, [b'x'], [0])
        self.assertEqual([ENDED], self.read_all())
        self.assertEqual(1, self.discard())

    def test_number_of_another_file(self) -> None:
        """A reader stops and closes no other connection."""
        near, far = socket.socketpair()
        self.addCleanup(near.close)
        self.addCleanup(far.close)
        os.dup2(near.fileno(), self.reader.fileno())
        self.reader.discard()
        far.send(b'x')
        self.assertEqual(b'x', near.recv(1))


class DiscardLinesTest(DiscardTest):
    """Discarded data of a stream."""

    kind = socket.SOCK_STREAM
    reader_class = packet.LineReader

    def test_unread_documents(self) -> None:
        """Lines are discarded."""
        self.assertEqual([0, 0], self.each_way([b'a\n'] * 20, []))

    def test_ended(self) -> None:
        """A stream that has ended needs no thread to close it."""
        self.far.close()
        self.assertEqual([ENDED], self.read_all())
        self.reader.discard()
        self.assertEqual([], self.in_background)


class LineReaderTest(ReaderCase):
    """Lines."""

    kind = socket.SOCK_STREAM
    reader_class = packet.LineReader

    def test_many_lines_at_once(self) -> None:
        """The reader returns lines one by one, in order."""
        self.assertIsNone(self.reader.read())
        lines = [b'%d' % i for i in range(500)]
        self.far.send(b'\n'.join(lines) + b'\n')
        self.assertEqual(b'0', self.reader.read())
        # The descriptor does not show these any more.
        self.assertTrue(self.reader.buffered)
        self.assertEqual(lines[1:], self.read_all())
        self.assertFalse(self.reader.buffered)

    def test_line_in_pieces(self) -> None:
        """A line is a document when its newline has arrived."""
        for piece in (b'', b'a', b'bc', b'd'):
            self.far.send(piece)
            self.assertEqual([], self.read_all())
        self.far.send(b'e\nf')
        self.assertEqual([b'abcde'], self.read_all())
        self.far.send(b'\n')
        self.assertEqual([b'f'], self.read_all())

    def test_empty_lines(self) -> None:
        """The reader skips empty lines."""
        self.far.send(b'\n\na\n\n\nb\n\n')
        self.assertEqual([b'a', b'b'], self.read_all())
        self.far.send(b'\n')
        self.assertEqual([], self.read_all())

    def test_one_call_receives_once(self) -> None:
        """One call ends whatever the peer sends meanwhile."""
        receive = self.reader._receive
        sent = [b'\n', b'a', b'\n' * 5000, b'b' * 5000]

        def send_and_receive() -> object:
            self.far.send(sent.pop(0))
            return receive()

        self.patch(self.reader, '_receive', send_and_receive)
        for n, expected in enumerate((b'', b'', b'a', b''), 1):
            self.assertEqual(expected, self.reader.read())
            self.assertEqual(4 - n, len(sent))

    def test_empty_lines_are_no_objects(self) -> None:
        """A buffer full of empty lines costs about as much as one line."""
        self.connect(max_size=10)
        assert isinstance(self.reader, packet.LineReader)
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        self.reader._split(b'\n' * packet.MAX_PACKET)
        _, most = tracemalloc.get_traced_memory()
        self.assertLess(most, 3 * packet.MAX_PACKET)
        self.assertFalse(self.reader.buffered)

    def test_descriptors(self) -> None:
        """Descriptors are an error; the lines that came with them are read."""
        for sent, fds, expected in (
            (b'a\nb\n', [0], [b'a', b'b']),
            (b'c', [0] * 253, []),
            (b'd\n', [0, 0], [b'cd']),
        ):
            before = base.descriptors_before()
            socket.send_fds(self.far, [sent], fds)
            error, *lines = self.read_all()
            self.assertIn('descriptors on a stream', str(error))
            self.assertEqual(expected, lines)
            self.assertTrue(self.reader.is_suspect)
            self.assertEqual(len(fds), self.close_background())
            self.assertEqual(before, base.open_descriptors())

    def test_end(self) -> None:
        """The end comes after all lines, at each further call."""
        self.far.send(b'a\nb\n')
        self.far.close()
        self.assertEqual([b'a', b'b', ENDED], self.read_all())
        self.assertEqual([ENDED], self.read_all())

    def test_closed_descriptor(self) -> None:
        """A reader has ended if its descriptor names another file."""
        self.assert_ends_without_its_descriptor()

    def test_line_without_an_end(self) -> None:
        """A line without a newline at the end is an error, once."""
        for reset in False, True:
            self.connect()
            if reset:
                # The peer closes without reading this: ECONNRESET.
                with socket.socket(fileno=os.dup(self.reader.fileno())) as s:
                    s.send(b'unexpected')
            self.far.send(b'a\nbcd')
            self.assertEqual([b'a'], self.read_all())
            self.far.send(b'e')
            self.far.close()
            self.assertEqual(
                ['a line of 4 bytes without an end', ENDED], self.read_all()
            )
            self.assertEqual([ENDED], self.read_all())

    def test_line_over_the_maximum_without_an_end(self) -> None:
        """A long line without a newline is one error as well."""
        self.connect(max_size=100)
        self.far.send(bytes(5000))
        self.far.close()
        self.assertEqual(
            ['a line over 100 bytes without an end', ENDED], self.read_all()
        )
        self.assertEqual([ENDED], self.read_all())

    def test_large_line(self) -> None:
        """A line of many reads arrives whole, up to exactly the maximum."""
        line = b'0123456789' * (MAX_SIZE // 10)
        rest = memoryview(line + b'\nnext\n')
        found: list[bytes | str] = []
        self.far.setblocking(False)
        while rest:
            rest = rest[self.far.send(rest[:50_000]) :]
            found += self.read_all()
        self.assertEqual([line, b'next'], found)

    def test_line_over_the_maximum(self) -> None:
        """The reader skips a line over the maximum and returns the next."""
        self.connect(max_size=100)
        for size in (101, packet.MAX_PACKET, 500_000):
            self.far.setblocking(False)
            rest = memoryview(bytes(size))
            while rest:
                rest = rest[self.far.send(rest[:50_000]) :]
                self.assertEqual([], self.read_all())
            self.far.send(b'\n')
            self.assert_rejected(r'a line over 100 bytes \(max_message_size\)')

    def test_lines_over_the_maximum_among_others(self) -> None:
        """Each long line is one error in its place among the others."""
        self.connect(max_size=3)
        self.far.send(b'abc\nabcd\n\nabc\nabcde\nabcdef\nab\nabcdefg')
        error = 'a line over 3 bytes (max_message_size)'
        self.assertEqual(
            [b'abc', error, b'abc', error, error, b'ab'], self.read_all()
        )
        self.far.send(b'\nabc\n')
        self.assertEqual([error, b'abc'], self.read_all())

    def test_long_line_takes_little_memory(self) -> None:
        """The reader keeps at most the maximum of a line that it skips."""
        self.connect(max_size=10)
        for _ in range(100):
            self.far.send(bytes(10_000))
            self.assertEqual(b'', self.reader.read())
        assert isinstance(self.reader, packet.LineReader)
        self.assertLess(len(self.reader._begun), 20)

    def test_reset(self) -> None:
        """A peer that closes without reading has ended."""
        with socket.socket(fileno=os.dup(self.reader.fileno())) as near:
            near.send(b'unexpected')
        self.far.close()
        self.assertEqual([ENDED], self.read_all())

    @base.fuzz
    @hypothesis.given(
        strategies.lists(
            strategies.lists(
                strategies.sampled_from([b'\n', b'a', b'bcd', b'e' * 20]),
                min_size=1,
            ).map(b''.join)
        ),
        strategies.integers(1, 30),
        strategies.integers(1, 40),
    )
    def test_any_lines(
        self, chunks: list[bytes], buffer: int, max_size: int
    ) -> None:
        """The lines are the same, wherever the stream is cut."""
        self.connect(max_size, buffer)
        found = list(
            itertools.chain.from_iterable(
                self.read_all() for each in chunks if self.far.send(each)
            )
        )
        error = f'a line over {max_size} bytes (max_message_size)'
        *lines, rest = b''.join(chunks).split(b'\n')
        self.assertEqual(
            [
                line if len(line) <= max_size else error
                for line in lines
                if line
            ],
            found,
        )
        self.far.close()
        size = f'of {len(rest)}'
        if len(rest) > max_size:
            size = f'over {max_size}'
        last = [f'a line {size} bytes without an end'] if rest else []
        self.assertEqual([*last, ENDED], self.read_all())
