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

"""A service that closes all descriptors, as daemons do when they start."""

from collections.abc import Callable
import contextlib
import functools
import os
import select
import socket
from typing import Any

from unixnotif import address
from unixnotif import rendezvous
from unixnotif.tests.unit.publisher import cases
from unixnotif.tests.unit.publisher import scenes


class Foreign:
    """Files of the service, with numbers that the publisher had.

    :param make: opens such a file and returns its number; None makes none
    :param numbers: are closed, whoever has them
    """

    def __init__(
        self, make: Callable[[], int] | None, numbers: set[int]
    ) -> None:
        # Before the numbers are free, so that none of these has one.
        opened = {number: make() for number in numbers} if make else {}
        for number in numbers:
            os.closerange(number, number + 1)
        self._files = {}
        for number, other in opened.items():
            os.dup2(other, number)
            os.close(other)
            self._files[number] = os.fstat(number)

    def lost(self) -> list[int]:
        """Return the numbers that name another file by now."""
        return [
            number
            for number, status in self._files.items()
            if not _names(number, status)
        ]


def _names(number: int, status: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.fstat(number), status)
    except OSError:
        return False


class ClosedDescriptorsTest(cases.PublisherCase):
    def setUp(self) -> None:
        super().setUp()
        self.path = ''
        self.peers: list[socket.socket] = []

    def new_file(self) -> int:
        return os.open(f'{self.path}/file', os.O_RDWR | os.O_CREAT)

    def new_directory_descriptor(self) -> int:
        return os.open(self.path, os.O_RDONLY)

    def new_connection(self, kind: int) -> int:
        """Open a connection of the service, for example to a database."""
        near, far = socket.socketpair(socket.AF_UNIX, kind)
        far.setblocking(False)
        self.peers.append(far)
        return near.detach()

    def new_stream(self) -> int:
        return self.new_connection(socket.SOCK_STREAM)

    def new_packets(self) -> int:
        return self.new_connection(socket.SOCK_SEQPACKET)

    def new_listener(self) -> int:
        """Open a listening socket of the service, where somebody waits."""
        listener = socket.socket(socket.AF_UNIX)
        path = f'{self.path}/{len(self.peers)}'
        listener.bind(path)
        listener.listen()
        listener.setblocking(False)
        peer = socket.socket(socket.AF_UNIX)
        peer.connect(path)
        peer.setblocking(False)
        self.peers.append(peer)
        return listener.detach()

    def new_epoll(self) -> int:
        poll = select.epoll()
        number = os.dup(poll.fileno())
        poll.close()
        return number

    def written(self) -> str:
        """Return what somebody wrote to the files of the service."""
        found = b''
        for name in os.listdir(self.path):
            if os.path.isfile(f'{self.path}/{name}'):
                with open(f'{self.path}/{name}', 'rb') as file:
                    found += file.read()
        for peer in self.peers:
            with contextlib.suppress(BlockingIOError):
                found += peer.recv(65536) or b'closed'
        return found.decode()

    def close_descriptors(
        self,
        where: address.Address,
        make: Callable[[], int] | None,
        pending: bool = True,
    ) -> Any:
        """Close and reuse the descriptors, and publish; run in a child.

        :param make: opens the files that have the numbers by then
        :param pending: the subscriber does not know of a drop yet
        """
        self.path = self.new_directory().path
        clock = self.new_clock()
        scene = scenes.Scene(where, clock)
        if pending:
            scene.fill()
            scene.read()
        foreign = Foreign(make, scene.descriptors)
        found = [scene.publish()]
        scene.read()
        clock.advance(rendezvous.CHECK_INTERVAL)
        scene.read()
        found.append(scene.publish())
        scene.read()
        scene.subscribe()
        found.append(scene.publish())
        scene.read()
        missing = scene.unaccounted()
        scene.publisher.close()
        return [
            found,
            missing,
            foreign.lost(),
            self.written(),
            self.logged,
        ]

    def kinds(self) -> list[Callable[[], int] | None]:
        return [
            None,
            self.new_file,
            self.new_directory_descriptor,
            self.new_stream,
            self.new_packets,
            self.new_listener,
            self.new_epoll,
        ]

    def test_directory(self) -> None:
        """The next notification is delivered, and nothing is forgotten."""
        for make in self.kinds():
            for pending in False, True:
                where = self.new_directory()

                deliveries, missing, lost, written, _ = self.in_child(
                    functools.partial(
                        self.close_descriptors, where, make, pending
                    )
                )

                message = f'{make}, {pending}'
                self.assertEqual(
                    [[1, 1, {}], [1, 1, {}], [2, 2, {}]], deliveries, message
                )
                self.assertEqual([], missing, message)
                self.assertEqual([], lost, message)
                self.assertEqual('', written, message)

    def test_socket(self) -> None:
        """The readers reconnect, and receive the notifications since then."""
        for make in self.kinds():
            for pending in False, True:
                where = self.new_socket()

                deliveries, _, lost, written, _ = self.in_child(
                    functools.partial(
                        self.close_descriptors, where, make, pending
                    )
                )

                message = f'{make}, {pending}'
                self.assertEqual(
                    [[0, 0, {}], [1, 1, {}], [2, 2, {}]], deliveries, message
                )
                self.assertEqual([], lost, message)
                self.assertEqual('', written, message)
