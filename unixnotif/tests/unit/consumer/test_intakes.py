# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Intakes: how a subscription begins, accepts, moves and ends."""

import _socket
import array
import collections
from collections.abc import Callable
import os
from typing import Any

from unixnotif import address
from unixnotif import closer
from unixnotif import errors
from unixnotif import packet
from unixnotif import polling
from unixnotif.consumer import batch
from unixnotif.consumer import connections
from unixnotif.consumer import intakes
from unixnotif.consumer import limits
from unixnotif.tests import base
from unixnotif.tests.unit.consumer import cases

BATCH = connections.BATCH


class IntakeCase(cases.ConsumerCase):
    def setUp(self) -> None:
        super().setUp()
        self.items: collections.deque[batch.Item] = collections.deque()
        self.connections = self.new_connections()

    def new_connections(self) -> connections.Connections:
        created = connections.Connections(packet.MAX_MESSAGE_SIZE, self.items)
        self.addCleanup(created.close)
        return created

    def limit_connections(self, limit: int) -> None:
        self.patch(limits, 'MAX_CONNECTIONS', limit)
        self.connections = self.new_connections()

    def open(
        self, where: address.Address, group: str | None = None
    ) -> intakes.Intake:
        opened = intakes.open_intake(where, group, self.connections)
        self.addCleanup(opened.close)
        return opened

    def pump(self, *opened: intakes.Intake) -> list[bytes]:
        """Read once, then accept once; return the documents."""
        waiting = self.connections.read(BATCH)
        for each in opened:
            each.accept(waiting)
        found = [item[0] for item in self.items if isinstance(item, tuple)]
        self.items.clear()
        return found

    def pump_all(self, *opened: intakes.Intake) -> list[bytes]:
        """Read and accept until nothing is left."""
        found = []
        while polling.wait_readable(self.connections.fd, 0):
            found += self.pump(*opened)
        return found

    def files(self, where: address.Address) -> list[str]:
        return os.listdir(where.path)


class DirectoryIntakeTest(IntakeCase):
    def setUp(self) -> None:
        super().setUp()
        self.where = self.new_directory()

    def test_kind(self) -> None:
        """The address of a directory gives an intake with a socket in it."""
        opened = self.open(self.where)

        self.assertIsInstance(opened, intakes.DirectoryIntake)
        (name,) = self.files(self.where)
        found = os.stat(f'{self.where.path}/{name}')
        self.assertEqual(0o140660, found.st_mode)
        self.assertTrue(name.startswith(f'{os.getpid()}-'))

    def test_group(self) -> None:
        """The socket of a group's member has the group in its name."""
        self.open(self.where, 'audit')

        (name,) = self.files(self.where)
        self.assertTrue(name.startswith(f'audit@{os.getpid()}-'))

    def test_accept(self) -> None:
        """A connection is accepted, and read in the next round."""
        opened = self.open(self.where)
        self.assertFalse(opened.accept(()))
        self.connect(self.where).send(b'{}')
        waiting = self.connections.read(BATCH)
        self.assertEqual(1, len(waiting))

        self.assertTrue(opened.accept(waiting))
        self.assertFalse(opened.accept(waiting))

        self.assertEqual([b'{}'], self.pump(opened))

    def test_crowd(self) -> None:
        """One call accepts a bounded number of connections."""
        opened = self.open(self.where)
        for _ in range(BATCH + 10):
            self.connect(self.where).send(b'new')

        self.pump(opened)
        self.assertEqual(BATCH, len(self.connections))

        self.assertEqual([b'new'] * (BATCH + 10), self.pump_all(opened))

    def test_too_many_connections(self) -> None:
        """Over the limit, peers wait, and are accepted later."""
        self.limit_connections(2)
        opened = self.open(self.where)
        peers = [self.connect(self.where) for _ in range(5)]
        for n, peer in enumerate(peers):
            peer.send(b'%d' % n)

        self.assertEqual([b'0', b'1'], self.pump_all(opened))
        # Else a consumer that waits for the next document would spin.
        self.assertFalse(polling.wait_readable(self.connections.fd, 0))
        opened.retry()
        self.assertEqual([], self.pump_all(opened))
        for n in range(3):
            peers[n].close()
            self.pump(opened)
            opened.retry()
            self.assertEqual([b'%d' % (n + 2)], self.pump_all(opened))
        # The accepted connections are still read.
        peers[3].send(b'again')
        self.assertEqual([b'again'], self.pump(opened))

    def test_no_descriptor_left(self) -> None:
        """Without a free descriptor, connections wait for the next retry."""

        def accept() -> Any:
            opened = self.open(self.where)
            peer = self.connect(self.where)
            peer.send(b'patient')
            with base.no_more_descriptors():
                short = self.pump_all(opened)
                self.assertFalse(polling.wait_readable(self.connections.fd, 0))
            opened.retry()
            return [len(short), len(self.pump_all(opened))]

        self.assertEqual([0, 1], self.in_child(accept))

    def test_is_current(self) -> None:
        """An intake is current while the address leads to its socket."""
        opened = self.open(self.where)
        self.assertTrue(opened.is_current())
        os.rename(self.where.path, self.where.path + '.old')
        self.assertFalse(opened.is_current())
        os.mkdir(self.where.path)
        self.assertFalse(opened.is_current())
        os.rmdir(self.where.path)
        os.rename(self.where.path + '.old', self.where.path)
        self.assertTrue(opened.is_current())

        (name,) = self.files(self.where)
        os.unlink(f'{self.where.path}/{name}')

        self.assertFalse(opened.is_current())

    def test_leave(self) -> None:
        """After leaving, the intake accepts former connections only."""
        opened = self.open(self.where)
        (name,) = self.files(self.where)
        path = f'{self.where.path}/{name}'
        for n in range(BATCH + 10):
            self.connect(self.where).send(b'%d' % n)
        os.link(path, f'{self.where.path}/link')

        opened.leave()
        opened.leave()

        # The others are accepted in turn, a batch in a round.
        self.assertEqual(0, len(self.connections))
        self.assertFalse(opened.is_current())
        self.assertEqual(['link'], self.files(self.where))
        self.assertRaises(
            ConnectionRefusedError,
            packet.connect,
            _socket.SOCK_SEQPACKET,
            f'{self.where.path}/link',
        )
        self.assertEqual(
            [b'%d' % n for n in range(BATCH + 10)], self.pump_all(opened)
        )
        self.assertTrue(opened.ended)

    def test_leave_when_full(self) -> None:
        """Peers over the limit are accepted after leaving, too."""
        self.limit_connections(1)
        opened = self.open(self.where)
        peers = [self.connect(self.where) for _ in range(3)]
        for n, peer in enumerate(peers):
            peer.send(b'%d' % n)

        opened.leave()

        found = []
        for n, peer in enumerate(peers):
            self.assertFalse(opened.ended)
            found += self.pump_all(opened)
            self.assertEqual([b'%d' % each for each in range(n + 1)], found)
            peer.close()
            self.pump(opened)
            opened.retry()
        self.pump_all(opened)
        self.assertTrue(opened.ended)

    def test_connections_outlive_the_intake(self) -> None:
        """Connections of an intake that has left or closed are read."""
        former = self.open(self.where)
        peer = self.connect(self.where)
        self.pump(former)
        former.leave()
        newer = self.open(self.where)
        self.assertFalse(former.continues(newer))
        former.close()

        peer.send(b'old')
        self.assertEqual([b'old'], self.pump_all(newer))
        self.connect(self.where).send(b'new')
        self.assertEqual([b'new'], self.pump_all(newer))

    def test_is_open(self) -> None:
        """An intake is open until a descriptor names another file."""
        opened = self.open(self.where)
        assert isinstance(opened, intakes.DirectoryIntake)
        self.assertTrue(opened.is_open())
        null = os.open(os.devnull, os.O_RDONLY)
        self.addCleanup(os.close, null)
        number = opened._listener.fileno()
        os.dup2(null, number)

        self.assertFalse(opened.is_open())

        # The number belongs to another file now, which must stay open.
        opened.close()
        self.assertTrue(os.path.samestat(os.fstat(null), os.fstat(number)))
        os.close(number)

    def test_close(self) -> None:
        """Closing removes the socket; closing twice is allowed."""
        before = base.descriptors_before()
        opened = self.open(self.where)

        opened.close()
        opened.close()

        self.assertTrue(opened.ended)
        self.assertEqual([], self.files(self.where))
        self.assertEqual(before, base.open_descriptors())

    def test_close_with_a_backlog(self) -> None:
        """Closing discards waiting peers; a thread closes a long backlog."""
        background: list[Callable[[], object]] = []
        self.patch(closer, 'in_background', background.append)
        for count, threads in ((3, 0), (BATCH, 0), (BATCH + 1, 1)):
            before = base.descriptors_before()
            opened = self.open(self.where)
            peers = [self.connect(self.where) for _ in range(count)]
            peers[0].send(b'x')

            opened.close()

            self.assertEqual(threads, len(background))
            for _ in range(threads):
                background.pop()()
            for peer in peers:
                self.assertRaises(OSError, peer.send, b'x')
                peer.close()
            self.assertEqual(before, base.open_descriptors())

    def test_close_with_descriptors_in_the_backlog(self) -> None:
        """Closing leaves connections with descriptors to threads."""
        background: list[Callable[[], object]] = []
        self.patch(closer, 'in_background', background.append)
        opened = self.open(self.where)
        for _ in range(3):
            peer = self.connect(self.where)
            rights = array.array('i', [peer.fileno()])
            peer.sendmsg(
                [b'x'], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, rights)]
            )
        self.connect(self.where)

        opened.close()

        self.assertEqual(3, len(background))
        while background:
            background.pop()()

    def test_close_without_a_descriptor(self) -> None:
        """A thread closes a backlog that this process cannot accept."""
        background: list[Callable[[], object]] = []
        self.patch(closer, 'in_background', background.append)

        def close() -> int:
            opened = self.open(self.where)
            peer = self.connect(self.where)
            with base.no_more_descriptors():
                opened.close()
                background.pop()()
            self.assertRaises(OSError, peer.send, b'x')
            return len(background)

        self.assertEqual(0, self.in_child(close))

    def test_expire_without_a_descriptor(self) -> None:
        """An intake that expires reports only connections that waited."""

        def expire() -> list[int]:
            found = []
            for waiting in range(3):
                opened = self.open(self.where)
                peers = [self.connect(self.where) for _ in range(waiting)]
                with base.no_more_descriptors():
                    opened.expire()
                found.append(len(self.items))
                self.items.clear()
                for each in peers:
                    each.close()
            return found

        # Without a descriptor, one stands for all.
        self.assertEqual([0, 1, 1], self.in_child(expire))

    def test_abandon(self) -> None:
        """A forked child that abandons leaves the socket to its parent."""
        opened = self.open(self.where)
        self.in_child(opened.abandon)

        self.assertTrue(opened.is_current())
        self.connect(self.where).send(b'{}')
        self.assertEqual([b'{}'], self.pump_all(opened))

    def test_abandon_closes(self) -> None:
        """Abandoning closes the descriptors."""
        before = base.descriptors_before()
        opened = self.open(self.where)
        self.connections.ignore(opened._listener)  # type: ignore[attr-defined]

        opened.abandon()

        self.assertEqual(before, base.open_descriptors())
        self.assertEqual(1, len(self.files(self.where)))

    def test_missing(self) -> None:
        """A missing directory is an error, and leaks no descriptor."""
        before = base.descriptors_before()

        self.assertRaises(
            errors.MissingError,
            self.open,
            address.Address(self.where.path + '/no'),
        )

        self.assertEqual(before, base.open_descriptors())

    @base.as_root
    def test_refused(self) -> None:
        """A directory closed to this user is an error, without a leak."""
        for path in os.path.dirname(self.where.path), self.where.path:
            os.chmod(path, 0o755)

        def subscribe_as_nobody() -> Any:
            before = base.descriptors_before()
            with base.as_user(65534):
                try:
                    self.open(self.where)
                except errors.UnavailableError as e:
                    return [str(e), base.open_descriptors() - before]

        message, leaked = self.in_child(subscribe_as_nobody)

        self.assertIn('Permission denied', message)
        self.assertIn('user 65534', message)
        self.assertEqual(0, leaked)


class SocketIntakeTest(IntakeCase):
    def setUp(self) -> None:
        super().setUp()
        self.where = self.new_socket()
        self.listener = self.listen()

    def listen(self) -> _socket.socket:
        parent, name = os.path.split(self.where.path)
        return self.bind(address.Address(parent), name, _socket.SOCK_STREAM)

    def accept(self) -> packet.Socket:
        accepted = packet.accept(self.listener)
        self.addCleanup(accepted.close)
        return accepted

    def test_kind(self) -> None:
        """The address of a socket gives an intake that is connected."""
        self.assertIsInstance(self.open(self.where), intakes.SocketIntake)

        self.accept()
        self.assertEqual(1, len(self.connections))

    def test_lines(self) -> None:
        """Lines are documents, however the bytes arrive."""
        opened = self.open(self.where)
        sock = self.accept()
        found = []
        for piece in b'{"a"', b': 1}\n{}\n{"b', b'": 2}', b'\n\n{}\n':
            sock.send(piece)
            found.append(self.pump(opened))

        self.assertEqual(
            [[], [b'{"a": 1}', b'{}'], [], [b'{"b": 2}', b'{}']], found
        )

    def test_is_current(self) -> None:
        """An intake is current while it is connected to the address."""
        opened = self.open(self.where)
        sock = self.accept()
        self.assertTrue(opened.is_current())
        os.rename(self.where.path, self.where.path + '.old')
        self.assertFalse(opened.is_current())
        os.rename(self.where.path + '.old', self.where.path)
        self.assertTrue(opened.is_current())
        sock.send(b'last\n')
        sock.close()

        self.assertEqual([b'last'], self.pump(opened))
        self.pump(opened)

        self.assertFalse(opened.is_current())

    def test_closed_with_something_to_read(self) -> None:
        """A closed connection is not current, although it has documents."""
        opened = self.open(self.where)
        sock = self.accept()
        sock.send(b'unread\n')
        sock.close()

        self.assertFalse(opened.is_current())

        # A new listener of the process may have a file with the same inode.
        newer = self.open(self.where)
        self.assertFalse(opened.continues(newer))
        self.assertEqual(2, len(self.connections))
        self.assertEqual([b'unread'], self.pump(opened))

    def test_same_process_binds_again(self) -> None:
        """The connection to a process that still sends is kept."""
        former = self.open(self.where)
        sock = self.accept()
        os.unlink(self.where.path)
        self.listener = self.listen()
        self.assertFalse(former.is_current())
        newer = self.open(self.where)

        self.assertTrue(former.continues(newer))

        self.assertTrue(former.is_current())
        self.assertFalse(former.ended)
        self.assertTrue(newer.ended)
        self.assertEqual(1, len(self.connections))
        self.assertEqual(b'', self.accept().recv(1))
        sock.send(b'{}\n')
        self.assertEqual([b'{}'], self.pump_all(former))

    def test_other_process_takes_over(self) -> None:
        """A connection to another process is another subscription."""
        os.unlink(self.where.path)
        ready, tell_ready = os.pipe()
        end, tell_end = os.pipe()

        def own() -> None:
            os.close(tell_end)
            self.listener = self.listen()
            os.write(tell_ready, b'.')
            os.read(end, 1)

        child = base.Child(own)
        os.read(ready, 1)
        former = self.open(self.where)
        os.unlink(self.where.path)
        self.listener = self.listen()
        newer = self.open(self.where)

        self.assertFalse(former.continues(newer))

        self.assertEqual(2, len(self.connections))
        self.assertFalse(newer.ended)
        for fd in ready, tell_ready, end, tell_end:
            os.close(fd)
        child.result()

    def test_ended_connection_does_not_continue(self) -> None:
        """The same process's newer connection replaces one that ended."""
        former = self.open(self.where)
        self.accept().close()
        self.pump(former)
        newer = self.open(self.where)

        self.assertFalse(former.continues(newer))

        self.assertTrue(newer.is_current())

    def test_leave(self) -> None:
        """After leaving, the connection is still read, to its end."""
        opened = self.open(self.where)
        sock = self.accept()

        opened.leave()

        sock.send(b'{}\n')
        self.assertEqual([b'{}'], self.pump(opened))
        self.assertFalse(opened.ended)
        sock.close()
        self.pump(opened)
        self.assertTrue(opened.ended)

    def test_is_open(self) -> None:
        """An intake is open until its descriptor names another file."""
        opened = self.open(self.where)
        assert isinstance(opened, intakes.SocketIntake)
        self.assertTrue(opened.is_open())
        null = os.open(os.devnull, os.O_RDONLY)
        self.addCleanup(os.close, null)
        number = opened._reader.fileno()
        os.dup2(null, number)

        self.assertFalse(opened.is_open())

        self.connections.forget()
        self.assertTrue(os.path.samestat(os.fstat(null), os.fstat(number)))
        os.close(number)

    def test_end_is_no_sign_of_closed_descriptors(self) -> None:
        """An intake whose connection has ended still counts as open."""
        opened = self.open(self.where)
        self.accept().close()
        self.pump(opened)

        self.assertTrue(opened.is_open())

    def test_nobody_listens(self) -> None:
        """A socket without a listener is an error, and leaks nothing."""
        self.listener.close()
        before = base.descriptors_before()

        for _ in range(2):
            self.assertRaises(errors.MissingError, self.open, self.where)
            self.assertEqual(before, base.open_descriptors())
            parent = os.path.dirname(self.where.path)
            self.where = address.Address(f'{parent}/no/x', is_directory=False)

    def test_close(self) -> None:
        """Closing leaves the connection to its owner."""
        opened = self.open(self.where)
        sock = self.accept()

        opened.close()
        opened.close()

        self.assertEqual(1, len(self.connections))
        self.connections.close()
        self.assertEqual(b'', sock.recv(1))
