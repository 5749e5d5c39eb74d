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

"""The connections of a consumer: turns, order, ends, and descriptors."""

import _socket
import collections
import os
import socket
import subprocess
import sys

from unixnotif import errors
from unixnotif import packet
from unixnotif import polling
from unixnotif.consumer import connections
from unixnotif.tests import base

BATCH = connections.BATCH


class ConnectionsCase(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.items: collections.deque[connections.Item] = collections.deque()
        self.connections = connections.Connections(1000, self.items)
        self.addCleanup(self.connections.close)

    def connect(
        self, kind: type[connections.Reader] = packet.PacketReader
    ) -> tuple[connections.Reader, socket.socket]:
        """Add a connection; return its reader and the peer's socket."""
        near, far = socket.socketpair(
            socket.AF_UNIX,
            socket.SOCK_STREAM
            if kind is packet.LineReader
            else socket.SOCK_SEQPACKET,
        )
        self.addCleanup(far.close)
        sock = packet.Socket(fileno=near.detach())
        sock.setblocking(False)
        return self.connections.add(sock, kind), far

    def read(self, most: int = BATCH) -> list[bytes]:
        """Read once; return the documents that were read."""
        self.connections.read(most)
        found = [item[0] for item in self.items if isinstance(item, tuple)]
        self.items.clear()
        return found


class ReadTest(ConnectionsCase):
    def test_nothing(self) -> None:
        """Without connections or documents nothing is read."""
        self.assertEqual([], self.read())
        self.connect()

        self.assertEqual([], self.read())
        self.assertFalse(polling.wait_readable(self.connections.fd, 0))

    def test_sender(self) -> None:
        """A document comes with its sender, as the kernel recorded it."""
        _, peer = self.connect()
        peer.send(b'{}')
        self.assertTrue(polling.wait_readable(self.connections.fd, 0))

        self.connections.read(BATCH)

        self.assertEqual(
            [(b'{}', (os.getpid(), os.geteuid(), os.getegid()))],
            list(self.items),
        )

    def test_peer_error(self) -> None:
        """A document over the limit is an error; the next one is read."""
        for kind in packet.PacketReader, packet.LineReader:
            _, peer = self.connect(kind)
            peer.send(b'x' * 1001 + b'\n')
            peer.send(b'{}\n')

            self.connections.read(BATCH)

            error, document = self.items
            self.assertIsInstance(error, errors.PeerError)
            assert isinstance(document, tuple)
            self.assertEqual(b'{}', document[0].strip())
            self.items.clear()

    def test_batch(self) -> None:
        """One read takes at most a batch of each connection."""
        (_, busy), (_, other) = self.connect(), self.connect()
        for n in range(BATCH + 10):
            busy.send(b'%d' % n)

        self.assertEqual([b'%d' % n for n in range(BATCH)], self.read())
        other.send(b'other')
        self.assertEqual([b'64'], self.read(1)[:1])
        rest = self.read() + self.read()
        self.assertEqual([b'%d' % n for n in range(65, BATCH + 10)], rest[:-1])
        self.assertEqual(b'other', rest[-1])

    def test_no_line_stays_in_user_space(self) -> None:
        """Lines that have left the kernel are read with the first one.

        The descriptor does not show them.
        """
        _, peer = self.connect(packet.LineReader)
        peer.send(b'1\n2\n3\n')

        self.assertEqual([b'1', b'2', b'3'], self.read(1))

    def test_turns(self) -> None:
        """A busy process does not keep other processes waiting."""
        _, busy = self.connect()
        for _ in range(3 * BATCH):
            busy.send(b'busy')
        other = self.other_process()
        other.send(b'other')

        found = self.read()

        self.assertEqual(BATCH + 1, len(found))
        self.assertIn(b'other', found)

    def other_process(self) -> _socket.socket:
        """Return the peer's end of a connection of another process."""
        directory = self.new_directory()
        listener = self.bind(directory, 'x.sock', _socket.SOCK_SEQPACKET)
        code = (
            'import socket, sys\n'
            's = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)\n'
            's.connect(sys.argv[1])\n'
            'socket.send_fds(socket.socket(fileno=0), [b"."], [s.fileno()])\n'
        )
        near, far = socket.socketpair()
        with near, far:
            subprocess.run(
                [sys.executable, '-c', code, f'{directory.path}/x.sock'],
                stdin=far.fileno(),
                check=True,
            )
            _, (fd,), _, _ = socket.recv_fds(near, 1, 1)
        self.connections.add(packet.accept(listener), packet.PacketReader)
        peer = _socket.socket(fileno=fd)
        self.addCleanup(peer.close)
        return peer


class OrderTest(ConnectionsCase):
    def test_older_connection_first(self) -> None:
        """A process's newer connection waits for its older one."""
        peers = [self.connect()[1] for _ in range(3)]
        for n, peer in enumerate(peers):
            for m in range(BATCH + 1):
                peer.send(b'%d' % (n * (BATCH + 1) + m))
        found = []
        while more := self.read():
            found += more

        self.assertEqual([b'%d' % n for n in range(3 * (BATCH + 1))], found)

    def test_one_document(self) -> None:
        """A newer connection also waits if the consumer reads one by one."""
        peers = [self.connect()[1] for _ in range(2)]
        for n, peer in enumerate(peers):
            peer.send(b'%d' % (2 * n))
            peer.send(b'%d' % (2 * n + 1))
        found = []
        while more := self.read(1):
            found += more

        self.assertEqual([b'0', b'1', b'2', b'3'], found)

    def test_reused_number(self) -> None:
        """The age decides, not the number of the descriptor."""
        reader, first = self.connect()
        _, second = self.connect()
        number = reader.fileno()
        first.close()
        self.read()
        third, peer = self.connect()
        self.assertEqual(number, third.fileno())
        peer.send(b'3')
        second.send(b'1')
        second.send(b'2')

        found = self.read(1) + self.read(1) + self.read(1) + self.read(1)

        self.assertEqual([b'1', b'2', b'3'], found)

    def test_many_connections(self) -> None:
        """One read sees all connections, however many are ready."""
        peers = [self.connect()[1] for _ in range(200)]
        for n, peer in enumerate(peers):
            peer.send(b'%d' % n)

        self.assertEqual([b'%d' % n for n in range(200)], self.read())


class EndTest(ConnectionsCase):
    def test_end(self) -> None:
        """After its last document a connection is closed."""
        before = base.open_descriptors()
        for kind in packet.PacketReader, packet.LineReader:
            reader, peer = self.connect(kind)
            self.assertIn(reader, self.connections)
            peer.send(b'last\n')
            peer.close()

            self.assertEqual([b'last'], [each.strip() for each in self.read()])
            self.read()

            self.assertNotIn(reader, self.connections)
            self.assertEqual(0, len(self.connections))
            self.assertEqual(before, base.open_descriptors())

    def test_stop(self) -> None:
        """After stop() a peer cannot send; its former documents are read."""
        _, peer = self.connect()
        peer.send(b'before')

        self.connections.stop()

        self.assertRaises(BrokenPipeError, peer.send, b'after')
        self.assertEqual([b'before'], self.read())
        self.read()
        self.assertEqual(0, len(self.connections))

    def test_drop(self) -> None:
        """A dropped connection is closed; dropping twice is allowed."""
        (reader, peer), (_, other) = self.connect(), self.connect()

        self.connections.drop(reader)
        self.connections.drop(reader)

        self.assertEqual(1, len(self.connections))
        self.assertEqual(b'', peer.recv(1))
        other.send(b'other')
        self.assertEqual([b'other'], self.read())

    def test_listener(self) -> None:
        """A listening socket is reported while somebody waits there."""
        directory = self.new_directory()
        listener = packet.new_socket(_socket.SOCK_SEQPACKET)
        self.addCleanup(listener.close)
        path = f'{directory.path}/x.sock'
        listener.bind(path)
        listener.listen(8)
        self.connections.watch(listener)
        self.assertEqual([], list(self.connections.read(BATCH)))

        client = packet.connect(_socket.SOCK_SEQPACKET, path)
        self.addCleanup(client.close)

        for _ in range(2):
            self.assertEqual(
                [listener.fileno()], list(self.connections.read(BATCH))
            )
        self.connections.ignore(listener)
        self.assertEqual([], list(self.connections.read(BATCH)))


class DescriptorsTest(ConnectionsCase):
    def test_close(self) -> None:
        """Closing closes everything; closing twice is allowed."""
        _, peer = self.connect()
        fd = self.connections.fd

        self.connections.close()
        self.connections.close()

        self.assertEqual(b'', peer.recv(1))
        self.assertRaises(OSError, os.fstat, fd)
        self.assertEqual(0, len(self.connections))

    def test_abandon(self) -> None:
        """A forked child that abandons leaves the epoll to its parent."""
        _, peer = self.connect()

        def abandon() -> bool:
            self.connections.abandon()
            return len(self.connections) > 0

        self.assertFalse(self.in_child(abandon))

        peer.send(b'{}')
        self.assertTrue(polling.wait_readable(self.connections.fd, 0))
        self.assertEqual([b'{}'], self.read())

    def test_closed_behind_our_back(self) -> None:
        """A closed epoll is an OSError of read()."""
        self.connect()
        os.close(self.connections.fd)

        self.assertRaises(OSError, self.connections.read, BATCH)

        self.connections.forget()

    def test_forget(self) -> None:
        """Forgetting closes no descriptor that has another owner by now."""
        reader, _ = self.connect()
        null = os.open(os.devnull, os.O_RDONLY)
        self.addCleanup(os.close, null)
        numbers = [reader.fileno(), self.connections.fd]
        for number in numbers:
            os.dup2(null, number)

        self.connections.forget()

        for number in numbers:
            self.assertTrue(os.path.samestat(os.fstat(null), os.fstat(number)))
            os.close(number)
