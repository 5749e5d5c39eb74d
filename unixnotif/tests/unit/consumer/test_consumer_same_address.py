# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Both ends of one address, when the path leads elsewhere."""

import _socket
from collections.abc import Callable
import ctypes
import functools
import itertools
import os
import shutil
from typing import Any

from unixnotif import address
from unixnotif import consumer as consumers
from unixnotif import notification
from unixnotif import packet
from unixnotif import publisher as publishers
from unixnotif.consumer import attachment
from unixnotif.consumer import limits
from unixnotif.packet import sockets
from unixnotif.publisher import route
from unixnotif.tests import base
from unixnotif.tests.unit.consumer import cases

# From sched.h and mount(2).
_CLONE_NEWNS = 0x20000
_MS_REC_PRIVATE = 0x4000 | 0x40000


class SameAddressCase(cases.ConsumerCase):
    def setUp(self) -> None:
        super().setUp()
        self.clock = self.new_clock()
        self.clock.stop()
        self.published = 0

    def open(
        self, where: address.Address
    ) -> tuple[publishers.Publisher, consumers.Consumer]:
        """Return both ends, after one notification."""
        publisher = self.new_publisher(where)
        receiver = self.new_consumer(where)
        self.assertEqual(1, self.publish(publisher).delivered)
        self.assertEqual([self.published], base.payloads(receiver))
        return publisher, receiver

    def publish(self, publisher: publishers.Publisher) -> publishers.Delivery:
        """Publish the next number when a check of the path is due."""
        self.clock.advance(consumers.CHECK_INTERVAL)
        self.published += 1
        return publisher.publish(base.document(self.published))

    def look(self, receiver: consumers.Consumer) -> list[Any]:
        """Receive when a check of the path is due."""
        self.clock.advance(consumers.CHECK_INTERVAL)
        return base.payloads(receiver)


class DirectoryTest(SameAddressCase):
    """A directory in the place of another one."""

    def check(
        self,
        where: address.Address,
        replace: Callable[[], None],
        order: tuple[str, ...],
    ) -> None:
        """Replace the directory; the ends look at the path in an order.

        :param order: of the ends, 'publisher' and 'consumer'
        """
        publisher, receiver = self.open(where)
        replace()
        expected = []
        found = []
        moved = False
        for end in order:
            if end == 'publisher':
                self.publish(publisher)
                if moved:
                    expected.append(self.published)
            else:
                found += self.look(receiver)
                moved = True
        # Another subscriber, at the path that there is now.
        other = self.new_consumer(where)
        for _ in range(2):
            self.assertEqual((2, 2, {}), self.publish(publisher), str(order))
            expected.append(self.published)
            found += self.look(receiver)

        self.assertEqual(expected, found, str(order))
        self.assertEqual(expected[-2:], base.payloads(other), str(order))
        self.assertEqual(0, receiver.lost, str(order))
        self.assertEqual([], self.logged, str(order))
        for each in publisher, receiver, other:
            each.close()

    def orders(self) -> list[tuple[str, ...]]:
        """Return orders in which the consumer looks at least once."""
        return [
            order
            for order in itertools.product(('publisher', 'consumer'), repeat=3)
            if 'consumer' in order
        ]

    def test_renamed_and_recreated(self) -> None:
        """Both ends move to the directory that has the name now."""
        for order in self.orders():
            where = self.new_directory()

            def replace(where: address.Address = where) -> None:
                os.rename(where.path, where.path + '.old')
                os.mkdir(where.path)

            self.check(where, replace, order)
            # The consumer leaves no socket in the former directory.
            self.assertEqual([], os.listdir(where.path + '.old'))
            os.rmdir(where.path + '.old')

    def test_removed_and_recreated(self) -> None:
        """Both ends move to a directory that was removed and recreated."""
        for order in self.orders():
            where = self.new_directory()

            def replace(where: address.Address = where) -> None:
                shutil.rmtree(where.path)
                os.mkdir(where.path)

            self.check(where, replace, order)

    def test_symbolic_link(self) -> None:
        """Both ends move to the directory to which the link leads now."""
        for order in self.orders():
            parent = self.new_directory().path
            for name in 'v1', 'v2':
                os.mkdir(f'{parent}/{name}')
            os.symlink('v1', f'{parent}/current')

            def replace(parent: str = parent) -> None:
                os.symlink('v2', f'{parent}/new')
                os.rename(f'{parent}/new', f'{parent}/current')

            self.check(address.Address(f'{parent}/current'), replace, order)

    @base.as_root
    def test_mounted_over(self) -> None:
        """Both ends move to a file system that is mounted over."""

        def check(order: tuple[str, ...], where: address.Address) -> str:
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.unshare(_CLONE_NEWNS) or libc.mount(
                b'none', b'/', None, _MS_REC_PRIVATE, None
            ):
                return os.strerror(ctypes.get_errno())

            def replace() -> None:
                path = os.fsencode(where.path)
                if libc.mount(b'none', path, b'tmpfs', 0, None):
                    raise OSError(ctypes.get_errno(), 'mount')

            self.check(where, replace, order)
            return ''

        for order in self.orders():
            where = self.new_directory()
            reason = self.in_child(functools.partial(check, order, where))
            if reason:
                self.skipTest(f'cannot mount here: {reason}')

    def test_before_the_interval(self) -> None:
        """Before CHECK_INTERVAL both ends use the former directory."""
        where = self.new_directory()
        publisher, receiver = self.open(where)
        os.rename(where.path, where.path + '.old')
        self.addCleanup(shutil.rmtree, where.path + '.old')
        os.mkdir(where.path)

        self.assertEqual((1, 1, {}), publisher.publish(base.document('x')))

        self.assertEqual(['x'], base.payloads(receiver))

    def test_the_way_back(self) -> None:
        """Both ends return to the former directory."""
        where = self.new_directory()
        publisher, receiver = self.open(where)
        for _ in range(2):
            os.rename(where.path, where.path + '.old')
            os.mkdir(where.path)
            self.assertEqual([], self.look(receiver))
            self.assertEqual((1, 1, {}), self.publish(publisher))
            self.assertEqual([self.published], self.look(receiver))
            shutil.rmtree(where.path)
            os.rename(where.path + '.old', where.path)
            self.assertEqual([], self.look(receiver))
            self.assertEqual((1, 1, {}), self.publish(publisher))
            self.assertEqual([self.published], self.look(receiver))

    def test_refused(self) -> None:
        """If a file is in the way, the consumer retries and leaks nothing."""
        where = self.new_directory()
        publisher, receiver = self.open(where)
        shutil.rmtree(where.path)
        with open(where.path, 'w'):
            pass
        self.look(receiver)
        self.assertFalse(receiver.subscribed)
        before = base.descriptors_before()
        for _ in range(3):
            self.assertEqual([], self.look(receiver))
            self.assertEqual(before, base.open_descriptors())
        os.unlink(where.path)
        os.mkdir(where.path)

        self.look(receiver)

        self.assertTrue(receiver.subscribed)
        self.publish(publisher)
        self.assertEqual([self.published], self.look(receiver))

    def test_many_connections(self) -> None:
        """The limit of connections holds across directories."""
        self.patch(limits, 'MAX_CONNECTIONS', 1)
        where = self.new_directory()
        publisher, receiver = self.open(where)
        shutil.rmtree(where.path)
        os.mkdir(where.path)
        self.look(receiver)
        peer = self.connect(where)
        peer.send(base.document('peer'))

        # The publisher still holds the only connection.
        self.assertEqual([], self.look(receiver))
        publisher.refresh()
        self.assertEqual(['peer'], self.look(receiver))


class SocketTest(SameAddressCase):
    """A listening socket in the place of another one."""

    def test_removed_while_connected(self) -> None:
        """A connected reader receives everything once."""
        for order in itertools.product(('publisher', 'reader'), repeat=4):
            where = self.new_socket()
            publisher, reader = self.open(where)
            os.unlink(where.path)
            expected = []
            found = []
            for end in order:
                if end == 'publisher':
                    self.publish(publisher)
                    expected.append(self.published)
                else:
                    found += self.look(reader)
            self.publish(publisher)
            expected.append(self.published)
            other = self.new_consumer(where)
            for _ in range(2):
                self.assertEqual(
                    2, self.publish(publisher).subscribers, str(order)
                )
                expected.append(self.published)
                found += self.look(reader)

            self.assertEqual(expected, found, str(order))
            self.assertEqual(expected[-2:], base.payloads(other), str(order))
            self.assertTrue(reader.subscribed)
            self.assertEqual([], self.logged, str(order))
            for each in publisher, reader, other:
                each.close()

    def test_removed_again_and_again(self) -> None:
        """A reader keeps one connection, whatever happens to the socket."""
        where = self.new_socket()
        publisher, reader = self.open(where)
        before = base.descriptors_before()
        for _ in range(3):
            os.unlink(where.path)
            self.assertEqual((1, 1, {}), self.publish(publisher))
            self.assertEqual([self.published], self.look(reader))
            self.assertEqual((1, 1, {}), self.publish(publisher))
            self.assertEqual([self.published], self.look(reader))

        self.assertEqual(before, base.open_descriptors())

    def test_other_owner(self) -> None:
        """When another process takes the path, the reader follows."""
        where = self.new_socket()
        publisher, reader = self.open(where)
        parent = os.path.dirname(where.path)
        for name in os.listdir(parent):
            os.unlink(f'{parent}/{name}')
        proceed, tell_proceed = os.pipe()
        done, tell_done = os.pipe()

        def own() -> Any:
            # Close this copy, so that the reads below end if the test ends.
            os.close(tell_proceed)
            deliveries = []
            other = publishers.Publisher(where)
            other.open()
            os.write(tell_done, b'.')
            for n in range(2):
                os.read(proceed, 1)
                deliveries.append(other.publish(base.document(f'other {n}')))
                os.write(tell_done, b'.')
            os.read(proceed, 1)
            other.close()
            return deliveries

        child = base.Child(own)
        os.read(done, 1)
        self.assertEqual((0, 0, {}), self.publish(publisher))
        (error,) = self.logged
        self.assertIn(f'process {child.pid}, which is alive', error)
        found = self.look(reader)
        for _ in range(2):
            os.write(tell_proceed, b'.')
            os.read(done, 1)
            found += self.look(reader)
            self.assertEqual((0, 0, {}), self.publish(publisher))
        os.write(tell_proceed, b'.')

        self.assertEqual([[1, 1, {}], [1, 1, {}]], child.result())
        self.assertEqual(['other 0', 'other 1'], found)
        # The first owner takes the path again.
        self.clock.advance(route._RETRY_INTERVAL)
        publisher.refresh()
        self.assertEqual([], self.look(reader))
        self.assertEqual((1, 1, {}), self.publish(publisher))
        self.assertEqual([self.published], self.look(reader))
        for fd in proceed, tell_proceed, done, tell_done:
            os.close(fd)


class ManyListenersTest(SameAddressCase):
    """A hostile user who replaces the socket again and again."""

    def test_former_connections_are_bounded(self) -> None:
        """The consumer closes the oldest one, and reports that."""
        where = self.new_socket()
        parent, name = os.path.split(where.path)
        pids = itertools.count(1)
        self.patch(
            sockets,
            'peer',
            # Not the consumer's own user, and a new process each time.
            lambda sock: notification.Sender(next(pids), 5, 5),
        )
        peers = []
        for n in range(attachment.MAX_FORMER + 5):
            if n:
                os.unlink(where.path)
            listener = self.bind(
                address.Address(parent), name, _socket.SOCK_STREAM
            )
            if not n:
                receiver = self.new_consumer(where)
            self.clock.advance(consumers.CHECK_INTERVAL)
            self.assertIsNone(receiver.receive(0))
            peers.append(packet.accept(listener))
            self.addCleanup(peers[-1].close)

        for peer in peers[:4]:
            self.assertRaises(BrokenPipeError, peer.send, b'x')
        for n, peer in enumerate(peers[4:]):
            peer.send(base.document(n) + b'\n')
        self.assertEqual(
            list(range(attachment.MAX_FORMER + 1)), base.payloads(receiver)
        )
        self.assertEqual({'PeerError': 4}, receiver.rejected)
        self.assertIn(
            'the consumer closed a connection of process 1 with unread data: '
            'user 5 sent too much, opened too many connections or sockets, '
            'or sent descriptors that take long to close',
            ' '.join(self.logged),
        )
