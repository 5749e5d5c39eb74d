# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Memfds in flight: what readers leave unread is counted and limited."""

import array
import collections
import contextlib
import functools
import itertools
import json
import os
import resource
import socket

import hypothesis
from hypothesis import strategies

from unixnotif import packet
from unixnotif import shares
from unixnotif.packet import inflight
from unixnotif.packet import Outcome
from unixnotif.tests import base
from unixnotif.tests.unit.publisher import scenes

LARGE = packet.MAX_PACKET + 1
MIB = 1024 * 1024

#: The user id that stands for this process, and that of another user.
OWN = 1000
OTHER = 2001

# Charged to a socket buffer by each record of a reader in these tests.
_CHARGE = 768


class Charged(packet.Socket):
    """A socket whose charge the test sets; at first, all is unread."""

    charge = 2**30


def _charge(sock: packet.Socket) -> int:
    assert isinstance(sock, Charged)
    return sock.charge


class InFlightCase(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.patch(shares, '_geteuid', lambda: OWN)
        # One reader may have the share of its user.
        self.patch(inflight, '_READERS', 1)
        self.memfds = packet.Memfds()

    def held(self, uid: int = OTHER) -> tuple[int, int]:
        """Return how many descriptors and bytes a user holds."""
        memfds = self.memfds
        return memfds.descriptors.held(uid), memfds.size.held(uid)

    def assert_nothing_held(self) -> None:
        """Nothing counts any more, and no connection is kept."""
        for each in self.memfds.descriptors, self.memfds.size:
            self.assertEqual({}, dict(each._held))
            self.assertEqual(0, each._total)
        self.assertEqual({}, dict(self.memfds._holders))
        self.assertEqual(set(), self.memfds.readers)
        self.assertEqual(set(), self.memfds._left)


class ChargedCase(InFlightCase):
    """Readers that receive what the test says."""

    def setUp(self) -> None:
        super().setUp()
        self.patch(inflight, 'unread', _charge)

    def new(self, uid: int = OTHER) -> inflight.InFlight:
        sock = Charged(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.addCleanup(sock.close)
        return inflight.InFlight(sock, self.memfds, uid)

    def add(self, reader: inflight.InFlight, *sizes: int) -> None:
        """Add a document of each size."""
        for size in sizes:
            reader.add(object(), size)

    def fill(self, reader: inflight.InFlight, size: int) -> int:
        """Add documents of a size while there is room; return how many."""
        count = 0
        while reader.room(document := object(), size):
            reader.add(document, size)
            count += 1
        return count

    def receive(self, reader: inflight.InFlight, charge: int = 0) -> None:
        """Let a reader receive, until its buffer has this charge."""
        assert isinstance(reader.sock, Charged)
        reader.sock.charge = charge


class CountsTest(ChargedCase):
    """Received documents, estimated from the charge of a buffer."""

    def test_none_received(self) -> None:
        """As long as all records are charged, all memfds count."""
        reader = self.new()
        self.add(reader, 10, 20, 30)
        self.receive(reader, 3 * _CHARGE)

        reader.refresh()

        self.assertEqual(3, len(reader))
        self.assertEqual((3, 60), self.held())

    def test_some_received(self) -> None:
        """The first are received first; the last ones count."""
        reader = self.new()
        self.add(reader, 10, 20, 30)
        self.receive(reader, _CHARGE)

        reader.refresh()

        self.assertEqual(1, len(reader))
        self.assertEqual((1, 30), self.held())

    def test_all_received(self) -> None:
        """With an empty buffer nothing counts."""
        reader = self.new()
        self.add(reader, 10, 20)
        self.receive(reader)

        reader.refresh()

        self.assertFalse(reader)
        self.assert_nothing_held()

    def test_other_records(self) -> None:
        """Other records may hide that a memfd was received, for a while."""
        reader = self.new()
        self.add(reader, 10)
        for charge, count in (
            (100 * _CHARGE, 1),
            (inflight._LEAST_CHARGE, 1),
            (inflight._LEAST_CHARGE - 1, 0),
        ):
            self.receive(reader, charge)
            reader.refresh()
            self.assertEqual(count, len(reader))

    def test_cancel(self) -> None:
        """A memfd that the kernel did not take does not count."""
        reader = self.new()
        self.add(reader, 10, 20)

        reader.cancel()
        self.assertEqual((1, 10), self.held())
        reader.cancel()

        self.assert_nothing_held()

    def test_clear(self) -> None:
        """clear() releases the memfds of one reader, and of no other."""
        first, second = self.new(), self.new()
        self.add(first, 10, 10)
        self.add(second, 10)

        first.clear()
        first.clear()

        self.assertEqual((1, 10), self.held())
        second.clear()
        self.assert_nothing_held()

    def test_one_document(self) -> None:
        """The readers of a user share the memory, each has a descriptor."""
        document = object()
        readers = [self.new() for _ in range(4)]
        for reader in [*readers, self.new(OTHER + 1)]:
            reader.add(document, 10)
        self.assertEqual((4, 10), self.held())
        self.assertEqual((1, 10), self.held(OTHER + 1))

        for left in 3, 2, 1:
            readers.pop().clear()
            self.assertEqual((left, 10), self.held())
        readers.pop().cancel()

        self.assertEqual((0, 0), self.held())
        self.assertEqual((1, 10), self.held(OTHER + 1))

    def test_one_document_twice(self) -> None:
        """A reader that was sent a document twice pins its memory once."""
        document = object()
        reader = self.new()
        for _ in range(2):
            reader.add(document, 10)
        self.assertEqual((2, 10), self.held())

        reader.cancel()
        self.assertEqual((1, 10), self.held())
        reader.clear()

        self.assert_nothing_held()

    @base.fuzz
    @hypothesis.given(strategies.lists(strategies.integers(0, 5)))
    def test_unread_memfds_always_count(self, steps: list[int]) -> None:
        """Unread memfds count, whatever else the reader has not read."""
        self.memfds = packet.Memfds()
        reader = self.new()
        recent: list[tuple[object, int]] = []
        # Documents and their sizes; None is a record without a memfd.
        queue: list[tuple[object, int] | None] = []
        for number, step in enumerate(steps):
            if step == 0:
                queue[:1] = []
            elif step == 1:
                queue.append(None)
            else:
                # A new document, or one of those before.
                if step == 2 or not recent:
                    recent.append((object(), number + 1))
                entry = recent[-step % len(recent)]
                reader.add(*entry)
                queue.append(entry)
            self.receive(reader, len(queue) * _CHARGE)
            reader.refresh()
            unread = [each for each in queue if each]
            self.assertGreaterEqual(len(reader), len(unread))
            self.assertEqual(len(reader), self.held()[0])
            sizes = sum(size for _, size in set(unread))
            self.assertGreaterEqual(self.held()[1], sizes)
        self.receive(reader)
        reader.refresh()
        self.assert_nothing_held()


class LimitsTest(ChargedCase):
    def test_one_reader(self) -> None:
        """One reader leaves a limited number of memfds."""
        self.memfds.descriptors = shares.Shares(10_000)
        for uid, refused in (OWN, set()), (OTHER, {OTHER}):
            self.assertEqual(
                inflight.MOST_OF_READER, self.fill(self.new(uid), 1)
            )
            self.assertEqual(refused, self.memfds.refused)

    def test_bytes_of_one_reader(self) -> None:
        """One reader leaves a limited number of bytes."""
        for size in MIB, 7 * MIB:
            reader = self.new(OWN)
            self.assertEqual(
                inflight.MOST_BYTES_OF_READER // size, self.fill(reader, size)
            )
            reader.clear()

    def test_part_of_one_reader(self) -> None:
        """One reader may leave a quarter of its user's share unread.

        The share does not limit the readers of trusted users.
        """
        self.patch(inflight, '_READERS', 4)
        self.memfds.descriptors = shares.Shares(64)
        readers = [self.new() for _ in range(5)]
        self.assertEqual(
            [4, 4, 4, 4, 0], [self.fill(each, 1) for each in readers]
        )
        self.assertEqual({OTHER}, self.memfds.take_refused())
        self.assertEqual(48, self.fill(self.new(OWN), 1))

    def test_part_of_the_bytes(self) -> None:
        """One reader leaves a quarter of the bytes, or one document."""
        self.patch(inflight, '_READERS', 4)
        self.memfds.size = shares.Shares(160 * MIB)
        readers = [self.new() for _ in range(3)]
        self.assertEqual(
            [10, 3, 1],
            [
                self.fill(each, size * MIB)
                for each, size in zip(readers, (1, 3, 20), strict=True)
            ],
        )

    def test_readers_of_one_user(self) -> None:
        """The readers of one user share a quarter."""
        self.memfds.descriptors = shares.Shares(40)
        readers = [self.new() for _ in range(5)]

        self.assertEqual(
            [10, 0, 0, 0, 0], [self.fill(each, 1) for each in readers]
        )

        self.assertEqual({OTHER}, self.memfds.refused)
        self.receive(readers[0], 5 * inflight._LEAST_CHARGE)
        # Filling one reader counts what the other reader has received.
        self.assertEqual(5, self.fill(readers[1], 1))

    def test_bytes_of_one_user(self) -> None:
        """The bytes of one user are a quarter as well."""
        self.memfds.size = shares.Shares(40 * MIB)
        readers = [self.new() for _ in range(3)]

        self.assertEqual(
            [3, 0, 0], [self.fill(each, 3 * MIB) for each in readers]
        )

        self.assertEqual((3, 9 * MIB), self.held())
        self.assertEqual({OTHER}, self.memfds.refused)

    def test_take_refused(self) -> None:
        """Each shortage of a user is reported once."""
        self.memfds.descriptors = shares.Shares(4)
        for _ in range(2):
            for uid in OTHER, OTHER + 1, OTHER:
                self.fill(self.new(uid), 1)
            self.assertEqual({OTHER, OTHER + 1}, self.memfds.take_refused())
            self.assertEqual(set(), self.memfds.take_refused())

    def test_document_of_another_reader(self) -> None:
        """A document that the user holds already needs no more memory."""
        self.memfds.size = shares.Shares(40 * MIB)
        first, second = self.new(), self.new()
        documents = [object() for _ in range(5)]
        for document in documents:
            self.assertTrue(first.room(document, 2 * MIB))
            first.add(document, 2 * MIB)

        for document in documents:
            self.assertTrue(second.room(document, 2 * MIB))
            second.add(document, 2 * MIB)

        self.assertEqual((10, 10 * MIB), self.held())
        for reader in first, second, self.new():
            self.assertFalse(reader.room(object(), 1))

    def test_descriptors_of_one_document(self) -> None:
        """Each reader needs a descriptor for a document that others hold."""
        self.memfds.descriptors = shares.Shares(40)
        document = object()
        rooms = []
        for _ in range(12):
            reader = self.new()
            rooms.append(reader.room(document, 1))
            if rooms[-1]:
                reader.add(document, 1)

        self.assertEqual([True] * 10 + [False] * 2, rooms)

    def test_larger_than_the_share(self) -> None:
        """A user that holds nothing receives a document of any size."""
        for size in self.memfds.size.share + 1, 2 * inflight.MOST_BYTES:
            document = object()
            first, second = self.new(), self.new()
            self.assertTrue(first.room(document, size))
            first.add(document, size)
            # For all readers of the user.
            self.assertTrue(second.room(document, size))
            second.add(document, size)
            # But no second document.
            for each in first, second, self.new():
                for other in 1, size:
                    self.assertFalse(each.room(object(), other))
            self.assertEqual((2, size), self.held())
            self.receive(first)
            self.assertFalse(self.new().room(object(), 1))
            self.receive(second)
            self.assertTrue(self.new().room(object(), size))

    def test_larger_than_the_rest(self) -> None:
        """A user that holds something receives no more than its share."""
        self.add(self.new(), 1)

        other = self.new()

        self.assertFalse(other.room(object(), self.memfds.size.share))
        self.assertTrue(other.room(object(), self.memfds.size.share - 1))

    def test_other_users(self) -> None:
        """A user that leaves everything unread does not harm another."""
        for _ in range(3):
            self.fill(self.new(), 10 * MIB)
        self.assertLessEqual(self.held()[1], inflight.MOST_BYTES // 4)

        for uid in OWN, OTHER + 1:
            self.assertTrue(self.new(uid).room(object(), 32 * MIB))

    def test_exempt_reader_that_keeps_up(self) -> None:
        """A trusted reader with nothing unread always gets a document."""
        while self.fill(self.new(OWN), 32 * MIB):
            if self.held(OWN)[1] > 2 * inflight.MOST_BYTES:
                break
        for uid in OWN, 0:
            for _ in range(3):
                healthy = self.new(uid)
                self.assertTrue(healthy.room(object(), 32 * MIB))
                self.add(healthy, 32 * MIB)
                # But no second document.
                self.assertFalse(healthy.room(object(), 32 * MIB))
        # Another user that holds nothing gets one document only.
        self.assertEqual([1, 0], [self.fill(self.new(), 1) for _ in range(2)])

    def test_no_descriptor_for_others(self) -> None:
        """If the descriptors are used up, other users get no memfd."""
        self.memfds.descriptors = shares.Shares(10)
        self.assertEqual(10, self.fill(self.new(OWN), 1))

        self.assertFalse(self.new().room(object(), 1))

    def test_refreshed_once(self) -> None:
        """During a shortage each document checks every reader only once."""
        self.memfds.size = shares.Shares(40)
        asked: list[packet.Socket] = []

        def charge(sock: packet.Socket) -> int:
            asked.append(sock)
            return _charge(sock)

        holders = [self.new() for _ in range(10)]
        for reader in holders:
            self.add(reader, 1)
        self.patch(inflight, 'unread', charge)
        for _ in range(3):
            document = object()
            asked.clear()
            for reader in [self.new() for _ in range(5)]:
                self.assertFalse(reader.room(document, 1))
            self.assertEqual(
                {each.sock: 1 for each in holders}, collections.Counter(asked)
            )

    def test_shortage_ends(self) -> None:
        """The next document checks again what the readers have received."""
        self.memfds.size = shares.Shares(40)
        holder, other = self.new(), self.new()
        self.add(holder, 10)
        self.assertFalse(other.room(object(), 1))
        self.receive(holder)

        self.assertTrue(other.room(object(), 1))

    def test_readers_that_keep_up(self) -> None:
        """Readers that have received a document all get the next document."""
        readers = [self.new() for _ in range(6)]
        for _ in range(20):
            document = object()
            for reader in readers:
                self.assertTrue(reader.room(document, 40 * MIB))
                reader.add(document, 40 * MIB)
                self.receive(reader, _CHARGE)
            for reader in readers:
                self.receive(reader)
        self.assertEqual(set(), self.memfds.refused)


class KeptTest(ChargedCase):
    """Connections that are closed while something is unread."""

    def test_nothing_unread(self) -> None:
        """Without anything unread a connection closes at once."""
        reader = self.new()
        self.add(reader, 10)
        self.receive(reader)

        reader.close()

        self.assertFalse(reader.sock.is_open())
        self.assert_nothing_held()

    def test_unread(self) -> None:
        """Until all was received, a connection is open and counts."""
        reader, other = self.new(), self.new()
        self.add(reader, 10, 20)
        self.add(other, 5)
        for charge, held in (
            (2 * _CHARGE, (3, 35)),
            (_CHARGE, (2, 25)),
        ):
            self.receive(reader, charge)
            for _ in range(2):
                reader.close()
                self.memfds.settle()
                self.assertTrue(reader.sock.is_open())
                self.assertEqual(held, self.held())
        self.receive(reader)

        self.memfds.settle()

        self.assertFalse(reader.sock.is_open())
        # Those that are in use are not touched.
        self.assertTrue(other.sock.is_open())
        self.assertEqual((1, 5), self.held())
        reader.close()
        other.clear()
        self.assert_nothing_held()

    def test_asked_on_shortage(self) -> None:
        """A kept connection releases memfds that its reader has received."""
        self.memfds.size = shares.Shares(40)
        reader = self.new()
        self.add(reader, 10)
        reader.close()
        self.assertFalse(self.new().room(object(), 1))
        self.receive(reader)

        self.assertTrue(self.new().room(object(), 10))

        self.memfds.settle()
        self.assertFalse(reader.sock.is_open())

    def test_close(self) -> None:
        """close() closes all kept connections, and no others."""
        readers = [self.new(uid) for uid in (OTHER, OTHER, OWN)]
        for each in readers:
            self.add(each, 10)
            each.close()
        other = self.new()
        self.add(other, 10)

        for _ in range(2):
            self.memfds.close()

        self.assertFalse(any(each.sock.is_open() for each in readers))
        self.assertTrue(other.sock.is_open())
        self.assertEqual((1, 10), self.held())
        self.assertEqual((0, 0), self.held(OWN))


class MostDescriptorsTest(base.TestCase):
    def test_descriptors_of_the_process(self) -> None:
        """The limit is a part of what the kernel allows."""

        def child(soft: int) -> int:
            _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            return packet.Memfds().descriptors.limit

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        for soft in 256, 1024, 4096, 65536:
            if hard in (resource.RLIM_INFINITY,) or soft <= hard:
                self.assertEqual(
                    min(soft, 4096) // 4,
                    self.in_child(functools.partial(child, soft)),
                )

    def test_unlimited_descriptors(self) -> None:
        """Memfds have a limit even if the process has none."""
        self.patch(
            resource, 'getrlimit', lambda kind: (resource.RLIM_INFINITY, -1)
        )

        self.assertEqual(1024, packet.Memfds().descriptors.limit)


class ConnectionTest(InFlightCase):
    """Real connections of a writer."""

    def connect(
        self, uid: int = OTHER
    ) -> tuple[packet.PacketWriter, packet.Socket, socket.socket]:
        near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        sock = packet.Socket(fileno=near.detach())
        for each in sock, far:
            each.setblocking(False)
            self.addCleanup(each.close)
        packet.set_send_buffer(sock, packet.SEND_BUFFER_SIZE)
        writer = packet.PacketWriter(sock, self.memfds, uid)
        return writer, sock, far

    def outgoing(self, size: int = LARGE) -> packet.Outgoing:
        made = packet.Outgoing(bytes(size))
        self.addCleanup(made.close)
        return made

    def receive(self, far: socket.socket, count: int) -> None:
        for _ in range(count):
            _, fds, _, _ = socket.recv_fds(far, 1000, 8)
            for fd in fds:
                os.close(fd)

    def receive_all(self, far: socket.socket) -> int:
        """Receive everything; return the number of memfds."""
        count = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                data, fds, _, _ = socket.recv_fds(far, 1000, 8)
                if not data:
                    break
                count += len(fds)
                for fd in fds:
                    os.close(fd)
        return count

    def test_charge_of_a_record(self) -> None:
        """No record is charged with less than the least charge."""
        with open(os.devnull) as null:
            for data in (
                b'.',
                *(json.dumps({'memfd': 10**n}).encode() for n in range(11)),
            ):
                _, near, far = self.connect()
                for count in range(1, 20):
                    rights = array.array('i', [null.fileno()])
                    near.sendmsg(
                        [data],
                        [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)],
                    )
                    self.assertGreaterEqual(
                        inflight.unread(near), count * inflight._LEAST_CHARGE
                    )
                self.receive(far, 19)
                self.assertEqual(0, inflight.unread(near))

    def test_unread_of_no_socket(self) -> None:
        """A descriptor that others closed, or use, is no connection."""
        _, sock, _ = self.connect()
        number = sock.fileno()
        os.close(number)
        self.assertRaises(ConnectionError, inflight.unread, sock)
        with open(os.devnull) as null:
            if null.fileno() != number:
                os.dup2(null.fileno(), number)
                self.addCleanup(os.close, number)
            self.assertRaises(ConnectionError, inflight.unread, sock)
        sock.close()
        self.assertRaises(ConnectionError, inflight.unread, sock)

    def test_counts(self) -> None:
        """All unread memfds count; with an empty queue, none counts."""
        writer, _, far = self.connect()
        for _ in range(10):
            self.assertIs(Outcome.DELIVERED, writer.write(self.outgoing()))
        self.assertEqual((10, 10 * LARGE), self.held())

        for left in 7, 4, 1:
            self.receive(far, 3)
            writer._in_flight.refresh()
            self.assertGreaterEqual(self.held(), (left, left * LARGE))
        self.assertLess(self.held(), (3, 3 * LARGE))
        self.receive(far, 1)
        writer._in_flight.refresh()

        self.assert_nothing_held()

    def test_one_document(self) -> None:
        """The writers of a user charge a document once."""
        ends = [self.connect() for _ in range(3)]
        large = self.outgoing()
        for writer, _, _ in ends:
            self.assertIs(Outcome.DELIVERED, writer.write(large))
        self.assertEqual((3, LARGE), self.held())

        for left in (2, LARGE), (1, LARGE), (0, 0):
            writer, _, far = ends.pop()
            self.receive(far, 1)
            writer._in_flight.refresh()
            self.assertEqual(left, self.held())

    def test_not_sent(self) -> None:
        """A memfd that was not sent does not count."""
        writer, _, far = self.connect()
        writer.write(self.outgoing())
        far.close()

        self.assertIs(Outcome.GONE, writer.write(self.outgoing()))

        self.assert_nothing_held()

    def test_full_buffer(self) -> None:
        """A record without room in the buffer does not count."""
        writer, sock, _ = self.connect()
        packet.set_send_buffer(sock, 0)
        sent = 0
        while writer.write(self.outgoing()) is Outcome.DELIVERED:
            sent += 1

        self.assertEqual((sent, sent * LARGE), self.held())
        self.assertGreater(sent, 0)
        self.assertEqual(set(), self.memfds.refused)

    def test_close(self) -> None:
        """A closed connection counts until its reader has received all."""
        writer, sock, far = self.connect()
        writer.write(self.outgoing())
        writer.write(self.outgoing())

        writer.close()
        for left in 2, 1:
            self.memfds.settle()
            self.assertEqual((left, left * LARGE), self.held())
            self.assertTrue(sock.is_open())
            self.receive(far, 1)
        self.assertRaises(BlockingIOError, far.recv, 1)
        self.memfds.settle()

        self.assertFalse(sock.is_open())
        self.assertEqual(b'', far.recv(1))
        self.assert_nothing_held()

    def test_reader_closes(self) -> None:
        """A reader that has closed its end leaves nothing unread."""
        writer, sock, far = self.connect()
        writer.write(self.outgoing())
        writer.close()
        far.close()

        self.memfds.settle()

        self.assertFalse(sock.is_open())
        self.assert_nothing_held()

    def test_shut_down_again_and_again(self) -> None:
        """A reader that shuts down and keeps its queue gains nothing."""
        self.memfds.size = shares.Shares(40 * LARGE)
        fars = []
        for _ in range(20):
            writer, _, far = self.connect()
            while writer.write(self.outgoing()) is Outcome.DELIVERED:
                pass
            far.shutdown(socket.SHUT_RD)
            self.assertIs(Outcome.GONE, writer.write(self.outgoing(1)))
            writer.close()
            self.memfds.settle()
            fars.append(far)

        self.assertEqual((10, 10 * LARGE), self.held())
        self.assertEqual(10, sum(self.receive_all(far) for far in fars))
        self.memfds.settle()
        self.assert_nothing_held()

    def test_closed_descriptor(self) -> None:
        """A connection that others closed counts no more."""
        writer, sock, _ = self.connect()
        writer.write(self.outgoing())
        os.close(sock.fileno())

        writer._in_flight.refresh()

        self.assert_nothing_held()

    def test_closed_descriptor_of_a_kept_connection(self) -> None:
        """Another file with the number of a kept connection stays open."""
        for end in self.memfds.settle, self.memfds.close:
            writer, sock, _ = self.connect()
            writer.write(self.outgoing())
            writer.close()
            number = sock.fileno()
            with open(os.devnull) as null:
                os.dup2(null.fileno(), number)

            end()

            os.close(number)
            self.assert_nothing_held()

    def test_forked_child(self) -> None:
        """A child closes its copies of kept connections, not the parent's."""
        writer, sock, far = self.connect()
        writer.write(self.outgoing())
        writer.close()

        def child() -> bool:
            self.memfds.close()
            self.assert_nothing_held()
            return sock.is_open()

        self.assertFalse(self.in_child(child))

        self.memfds.settle()
        self.assertTrue(sock.is_open())
        self.assertEqual((1, LARGE), self.held())
        self.receive(far, 1)
        self.assertRaises(BlockingIOError, far.recv, 1)
        self.memfds.close()
        self.assertEqual(b'', far.recv(1))

    def test_stopped_readers_of_another_user(self) -> None:
        """Three readers that stopped keep no document from a healthy one."""
        stopped = [self.connect()[0] for _ in range(3)]
        healthy, _, far = self.connect(OWN)
        for _ in range(100):
            large = packet.Outgoing(bytes(8 * MIB))
            for each in stopped:
                each.write(large)
            self.assertIs(Outcome.DELIVERED, healthy.write(large))
            self.receive(far, 1)
            large.close()

        # Each of the three has the same eight documents.
        self.assertEqual((24, 64 * MIB), self.held())

    def test_stopped_readers_of_the_same_user(self) -> None:
        """Stopped readers of the service's user keep no document either."""
        stopped = [self.connect(OWN)[0] for _ in range(6)]
        healthy, _, far = self.connect(OWN)
        turns = itertools.cycle(stopped)
        for _ in range(100):
            # Not the same documents for all of them.
            large = packet.Outgoing(bytes(8 * MIB))
            next(turns).write(large)
            self.assertIs(Outcome.DELIVERED, healthy.write(large))
            self.receive(far, 1)
            large.close()

        # All that there is. Each reader may have one more that was sent when
        # it had nothing unread.
        self.assertIn(
            self.held(OWN)[1] - inflight.MOST_BYTES, range(7 * 8 * MIB + 1)
        )

    def settled(self) -> None:
        """Count again, if an exception came between the counts."""
        self.memfds.room(OTHER, object(), 1)

    def test_interrupted_write(self) -> None:
        """Wherever a signal handler raises, an unread memfd counts."""
        writer, _, far = self.connect()
        place: str | None = ''
        for position in itertools.count():
            large = packet.Outgoing(bytes(LARGE))
            place = scenes.call_interrupted(
                functools.partial(writer.write, large), position
            )
            large.close()
            sent = len(large.sent)
            self.assertGreaterEqual(len(writer._in_flight), sent, place)
            self.settled()
            self.assertGreaterEqual(self.held(), (sent, sent * LARGE), place)
            self.receive(far, sent)
            writer._in_flight.refresh()
            self.assertEqual(0, len(writer._in_flight), str(place))
            self.settled()
            self.assert_nothing_held()
            if not place:
                break
        self.assertGreater(position, 30)

    def test_interrupted_settle(self) -> None:
        """Wherever a signal handler raises, all that is unread counts."""
        place: str | None = ''
        for position in itertools.count():
            kept, _, kept_far = self.connect()
            writer, _, far = self.connect()
            for each in kept, writer:
                for _ in range(2):
                    each.write(self.outgoing())
            kept.close()
            self.receive(kept_far, 2)
            self.receive(far, 1)
            stack = contextlib.ExitStack()
            calls = (writer._in_flight.refresh, self.memfds.settle)
            for call in calls:
                stack.callback(call)

            place = scenes.call_interrupted(stack.close, position)

            self.settled()
            self.assertGreaterEqual(self.held(), (1, LARGE), place)
            self.assertEqual(
                sum(len(each) for each in self.memfds.readers),
                self.held()[0],
                str(place),
            )
            for call in calls:
                call()
            self.assertEqual((1, LARGE), self.held(), str(place))
            self.receive(far, 1)
            writer.close()
            self.settled()
            self.assert_nothing_held()
            if not place:
                break
        self.assertGreater(position, 10)
