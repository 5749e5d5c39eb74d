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

"""Intakes: connections by the thousand, limits, and who has a turn."""

import _socket
import contextlib
import os
import resource
import shutil
from typing import Any

import fixtures

from unixnotif import address
from unixnotif import consumer as consumers
from unixnotif import errors
from unixnotif import packet
from unixnotif import polling
from unixnotif import rendezvous
from unixnotif.consumer import core
from unixnotif.consumer import intakes
from unixnotif.tests import base


class _TestCase(base.TestCase):
    def open(self, where: address.Address) -> intakes.Intake:
        intake = intakes.open_intake(where, None, packet.MAX_MESSAGE_SIZE)
        self.addCleanup(intake.close)
        return intake

    def connect(self, where: address.Address) -> _socket.socket:
        """A connection to the only consumer in a directory, as a peer's."""
        (name,) = os.listdir(where.path)
        with rendezvous.Directory(where.path) as directory:
            sock, _ = rendezvous.connect(directory, name)
        self.addCleanup(sock.close)
        return sock

    def pump(self, intake: intakes.Intake) -> list[bytes]:
        items: list[intakes.Item] = []
        intake.pump(items)
        return [each[0] for each in items if isinstance(each, tuple)]


class DirectoryIntakeTest(_TestCase):
    def test_kind(self) -> None:
        """The address of a directory gives an intake with a socket in it."""
        where = self.new_directory()

        self.assertIsInstance(self.open(where), intakes.DirectoryIntake)

        (name,) = os.listdir(where.path)
        found = os.stat(f'{where.path}/{name}')
        self.assertEqual(0o140660, found.st_mode)

    def test_every_sender(self) -> None:
        """A document comes with the credentials of who sent it."""
        where = self.new_directory()
        intake = self.open(where)
        self.connect(where).send(b'{}')

        items: list[intakes.Item] = []
        intake.pump(items)

        self.assertEqual(
            [(b'{}', (os.getpid(), os.geteuid(), os.getegid()))], items
        )

    def test_turns(self) -> None:
        """A busy peer does not keep the others from having their turn."""
        where = self.new_directory()
        intake = self.open(where)
        busy, other = self.connect(where), self.connect(where)
        for _ in range(200):
            busy.send(b'busy')
        other.send(b'other')

        found = self.pump(intake)

        self.assertIn(b'other', found)
        self.assertLess(len(found), 200)
        while more := self.pump(intake):
            found += more
        self.assertEqual(200, found.count(b'busy'))

    def test_newcomers(self) -> None:
        """Nor does a crowd of newcomers."""
        where = self.new_directory()
        intake = self.open(where)
        self.connect(where)
        self.pump(intake)
        for _ in range(150):
            self.connect(where).send(b'new')

        found = self.pump(intake)

        self.assertLess(len(found), 150)
        while more := self.pump(intake):
            found += more
        self.assertEqual(150, len(found))

    def test_more_wait(self) -> None:
        """Who comes when there are too many waits, and is served later."""
        self.patch(intakes, 'MAX_CONNECTIONS', 2)
        where = self.new_directory()
        intake = self.open(where)
        peers = [self.connect(where) for _ in range(5)]
        for n, peer in enumerate(peers):
            peer.send(b'%d' % n)

        self.assertEqual([b'0', b'1'], self.pump(intake))
        self.assertEqual([], self.pump(intake))
        # Else whoever waits for the next document would spin.
        self.assertFalse(polling.wait_readable(intake.fd, 0))
        intake.check()
        self.assertEqual([], self.pump(intake))
        for n in range(3):
            peers[n].close()
            self.pump(intake)  # sees that it has left
            self.assertEqual([b'%d' % (n + 2)], self.pump(intake))
        # Those who were let in are still served.
        peers[3].send(b'again')
        self.assertEqual([b'again'], self.pump(intake))

    def test_waiting_costs_nothing(self) -> None:
        """While they wait the descriptor is not readable for them."""
        self.patch(intakes, 'MAX_CONNECTIONS', 1)
        where = self.new_directory()
        receiver = self.new_consumer(where)
        first, second = self.connect(where), self.connect(where)
        first.send(base.document(1))
        second.send(base.document(2))

        self.assertEqual([1], base.payloads(receiver))
        self.assertIsNone(receiver.receive(0.001))
        first.close()
        received = receiver.receive(10)

        assert received
        self.assertEqual(2, received.payload)

    def test_no_descriptor_left(self) -> None:
        """Short of descriptors it accepts nobody, and later goes on."""
        where = self.new_directory()

        def receive() -> Any:
            clock = self.new_clock(core)
            receiver = consumers.Consumer(where)
            receiver.subscribe()
            peer = self.connect(where)
            peer.send(base.document('patient'))
            _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
            short = base.payloads(receiver)
            clock.advance(consumers.CHECK_INTERVAL)
            short += base.payloads(receiver)
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            clock.advance(consumers.CHECK_INTERVAL)
            return [short, base.payloads(receiver)]

        self.assertEqual([[], ['patient']], self.in_child(receive))

    def test_comes_back_with_connections(self) -> None:
        """Who was connected stays so when the directory is made again."""
        where = self.new_directory()
        intake = self.open(where)
        peer = self.connect(where)
        self.pump(intake)
        shutil.rmtree(where.path)
        self.assertFalse(intake.check())
        os.mkdir(where.path)
        self.assertTrue(intake.check())

        peer.send(b'old')
        self.connect(where).send(b'new')

        self.assertEqual({b'old', b'new'}, set(self.pump(intake)))

    def test_full_when_it_comes_back(self) -> None:
        """The limit of connections holds after coming back, too."""
        self.patch(intakes, 'MAX_CONNECTIONS', 1)
        where = self.new_directory()
        intake = self.open(where)
        old = self.connect(where)
        self.pump(intake)
        shutil.rmtree(where.path)
        os.mkdir(where.path)
        self.assertTrue(intake.check())
        self.connect(where).send(b'new')

        self.assertEqual([], self.pump(intake))
        old.close()
        self.pump(intake)
        self.assertEqual([b'new'], self.pump(intake))

    def test_refused_when_it_comes_back(self) -> None:
        """A directory that refuses is tried again, and nothing leaks."""
        where = self.new_directory()
        intake = self.open(where)
        shutil.rmtree(where.path)
        os.mkdir(where.path)

        def refuse(*args: Any) -> None:
            raise errors.UnavailableError('not now')

        with fixtures.MonkeyPatch('unixnotif.rendezvous.Subscription', refuse):
            self.assertFalse(intake.check())
            before = os.listdir('/proc/self/fd')
            self.assertFalse(intake.check())
            self.assertEqual(before, os.listdir('/proc/self/fd'))

        self.assertTrue(intake.check())
        self.connect(where).send(b'back')
        self.assertEqual([b'back'], self.pump(intake))

    def test_nothing_leaks(self) -> None:
        """Neither a failure nor closing leaves a descriptor behind."""
        where = self.new_directory()
        before = os.listdir('/proc/self/fd')
        missing = address.Address(where.path + '/no')
        self.assertRaises(errors.UnavailableError, self.open, missing)
        self.assertEqual(before, os.listdir('/proc/self/fd'))
        intake = intakes.open_intake(where, None, 1000)
        peers = [self.connect(where) for _ in range(3)]
        self.pump(intake)

        intake.close()
        intake.close()

        for each in peers:
            each.close()
        self.assertEqual(before, os.listdir('/proc/self/fd'))
        self.assertEqual([], os.listdir(where.path))

    def test_refused(self) -> None:
        """A directory that one may not write to refuses, and nothing leaks."""
        if os.geteuid():
            self.skipTest('only root can become another user')
        where = self.new_directory()
        for path in os.path.dirname(where.path), where.path:
            os.chmod(path, 0o755)

        def subscribe_as_nobody() -> Any:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            before = os.listdir('/proc/self/fd')
            try:
                intakes.open_intake(where, None, 1000)
            except errors.UnavailableError as e:
                return [str(e), before == os.listdir('/proc/self/fd')]

        message, clean = self.in_child(subscribe_as_nobody)

        self.assertIn('Permission denied', message)
        self.assertIn('user 65534', message)
        self.assertTrue(clean)


class ListenerIntakeTest(_TestCase):
    def listen(self, where: address.Address) -> _socket.socket:
        parent, name = os.path.split(where.path)
        return self.bind(address.Address(parent), name, _socket.SOCK_STREAM)

    def accept(self, listener: _socket.socket) -> _socket.socket:
        accepted = packet.accept(listener)
        self.addCleanup(accepted.close)
        return accepted

    def test_kind(self) -> None:
        """The address of a socket gives an intake that is connected."""
        where = self.new_socket()
        listener = self.listen(where)

        self.assertIsInstance(self.open(where), intakes.ListenerIntake)

        self.accept(listener)

    def test_lines(self) -> None:
        """Lines are documents, however the bytes come."""
        where = self.new_socket()
        listener = self.listen(where)
        intake = self.open(where)
        sock = self.accept(listener)
        found = []
        for piece in b'{"a"', b': 1}\n{}\n{"b', b'": 2}', b'\n\n{}\n':
            sock.send(piece)
            found.append(self.pump(intake))

        self.assertEqual(
            [[], [b'{"a": 1}', b'{}'], [], [b'{"b": 2}', b'{}']], found
        )

    def test_comes_back(self) -> None:
        """It connects anew when the connection has ended."""
        where = self.new_socket()
        listener = self.listen(where)
        intake = self.open(where)
        sock = self.accept(listener)
        sock.send(b'1\n')
        sock.close()

        self.assertEqual([b'1'], self.pump(intake))
        self.pump(intake)
        self.accept(listener).send(b'2\n')
        self.assertEqual([b'2'], self.pump(intake))
        self.assertTrue(intake.check())

    def test_nobody_listens(self) -> None:
        """While nobody listens it is not subscribed, and tries again."""
        where = self.new_socket()
        listener = self.listen(where)
        intake = self.open(where)
        self.accept(listener).close()
        listener.close()
        os.unlink(where.path)

        self.pump(intake)

        self.assertFalse(intake.check())
        listener = self.listen(where)
        self.assertTrue(intake.check())
        self.accept(listener).send(b'back\n')
        self.assertEqual([b'back'], self.pump(intake))

    def test_nothing_leaks(self) -> None:
        """Neither a failure nor closing leaves a descriptor behind."""
        where = self.new_socket()
        before = os.listdir('/proc/self/fd')
        self.assertRaises(errors.UnavailableError, self.open, where)
        self.assertEqual(before, os.listdir('/proc/self/fd'))
        listener = self.listen(where)

        intake = intakes.open_intake(where, None, 1000)
        intake.close()
        intake.close()

        with contextlib.closing(listener):
            self.accept(listener).close()
        self.assertEqual(before, os.listdir('/proc/self/fd'))
