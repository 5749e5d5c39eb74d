# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Subscribers of a directory, and the owner of a socket."""

import os
import socket

import fixtures

from unixnotif import address
from unixnotif import errors
from unixnotif import publisher
from unixnotif.doctor import subscribers
from unixnotif.doctor.subscribers import State
from unixnotif.tests import base


class LookTest(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.where = self.new_directory()

    def states(self) -> dict[str, State]:
        look = subscribers.look(self.where.path, 1024)
        return {each.name: each.state for each in look.found}

    def test_states(self) -> None:
        """A socket is alive, dead, full or unusable."""
        self.bind(self.where, 'alive.sock', socket.SOCK_SEQPACKET)
        self.bind(self.where, 'stream.sock', socket.SOCK_STREAM)
        self.bind(self.where, 'dead.sock', socket.SOCK_SEQPACKET).close()
        self.bind(self.where, 'full.sock', socket.SOCK_SEQPACKET, backlog=0)
        for _ in range(2):
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self.addCleanup(sock.close)
            sock.setblocking(False)
            try:
                sock.connect(f'{self.where.path}/full.sock')
            except BlockingIOError:
                break
        datagram = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(datagram.close)
        datagram.bind(f'{self.where.path}/datagram.sock')
        self.assertEqual(
            {
                'alive.sock': State.ALIVE,
                'stream.sock': State.ALIVE,
                'dead.sock': State.DEAD,
                'full.sock': State.FULL,
                'datagram.sock': State.UNUSABLE,
            },
            self.states(),
        )

    def test_only_sockets(self) -> None:
        """Other files are not opened, and links are not followed."""
        alive = f'{self.where.path}/alive.sock'
        self.bind(self.where, 'alive.sock', socket.SOCK_SEQPACKET)
        os.mkfifo(f'{self.where.path}/fifo.sock')
        os.symlink(alive, f'{self.where.path}/link.sock')
        os.mkdir(f'{self.where.path}/directory.sock')
        self.assertEqual({'alive.sock': State.ALIVE}, self.states())

    def test_a_consumer(self) -> None:
        """A consumer has its process id and its group."""
        self.new_consumer(self.where, 'audit')
        [found] = subscribers.look(self.where.path, 1024).found
        self.assertEqual(
            (State.ALIVE, 'audit', os.getpid()),
            (found.state, found.group, found.pid),
        )

    @base.as_root
    def test_denied(self) -> None:
        """A socket that refuses this user."""
        self.bind(self.where, 'a.sock', socket.SOCK_SEQPACKET)
        os.chmod(f'{self.where.path}/a.sock', 0o600)
        os.chmod(self.where.path, 0o755)

        def look() -> list[str]:
            with base.as_user(65533):
                return list(self.states().values())

        os.chmod(os.path.dirname(self.where.path), 0o755)
        self.assertEqual(['denied'], self.in_child(look))

    def test_a_limited_number(self) -> None:
        """Further sockets are counted, and not tried."""
        self.useFixture(
            fixtures.MonkeyPatch('unixnotif.doctor.subscribers.MOST', 1)
        )
        for name in ('a.sock', 'b.sock', 'c.sock'):
            self.bind(self.where, name, socket.SOCK_SEQPACKET)
        look = subscribers.look(self.where.path, 1024)
        self.assertEqual((1, 2), (len(look.found), look.untried))

    def test_too_many_names(self) -> None:
        """A look ends after a limited number of steps."""
        self.useFixture(
            fixtures.MonkeyPatch('unixnotif.doctor.subscribers._MOST_STEPS', 0)
        )
        self.assertTrue(subscribers.look(self.where.path, 1024).incomplete)

    def test_users(self) -> None:
        """Places are counted by the owner of the socket."""
        self.bind(self.where, 'a.sock', socket.SOCK_SEQPACKET)
        self.bind(self.where, 'b.sock', socket.SOCK_SEQPACKET)
        self.bind(self.where, 'dead.sock', socket.SOCK_SEQPACKET).close()
        look = subscribers.look(self.where.path, 1024)
        self.assertEqual({os.geteuid(): 2}, look.users())

    def test_no_directory(self) -> None:
        """A missing directory raises UnavailableError."""
        self.assertRaises(
            errors.UnavailableError,
            subscribers.look,
            f'{self.where.path}/none',
            1024,
        )


class OwnerTest(base.TestCase):
    def test_owner(self) -> None:
        """The owner is the listening process, or unknown."""
        where = self.new_socket()
        self.assertEqual(State.DEAD, subscribers.owner(where.path).state)
        with publisher.Publisher(where):
            owner = subscribers.owner(where.path)
        self.assertEqual(
            (State.ALIVE, os.getpid(), os.geteuid()),
            (owner.state, owner.pid, owner.uid),
        )

    def test_dead(self) -> None:
        """A socket of a process that was killed."""
        where = self.new_directory()
        self.bind(where, 'a.sock', socket.SOCK_STREAM).close()
        owner = subscribers.owner(f'{where.path}/a.sock')
        self.assertEqual(State.DEAD, owner.state)

    def test_another_kind(self) -> None:
        """A subscriber's socket is no address of a service."""
        where = self.new_directory()
        self.bind(where, 'a.sock', socket.SOCK_SEQPACKET)
        owner = subscribers.owner(f'{where.path}/a.sock')
        self.assertEqual(State.UNUSABLE, owner.state)

    def test_no_directory(self) -> None:
        """The directory of the socket is missing."""
        where = address.Address('/nowhere/x.sock', False)
        self.assertRaises(
            errors.UnavailableError, subscribers.owner, where.path
        )
