# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Shared parts of the tests of the publisher."""

import _socket
import socket

from unixnotif import address
from unixnotif import packet
from unixnotif import publisher as publishers
from unixnotif.packet import Outcome
from unixnotif.publisher import budgets
from unixnotif.publisher import departed
from unixnotif.publisher import directory_source
from unixnotif.publisher import refusals
from unixnotif.publisher import sources
from unixnotif.tests import base

#: Smaller than what a few notifications take.
SMALL_BUFFER = 4096


class PublisherCase(base.TestCase):
    def new_addresses(self) -> list[address.Address]:
        """Return an address of each kind."""
        return [self.new_directory(), self.new_socket()]

    def errors_logged(self) -> list[str]:
        return [line for line in self.logged if line.startswith('ERROR')]

    def warnings_logged(self) -> list[str]:
        return [line for line in self.logged if line.startswith('WARNING')]


class MemberCase(base.TestCase):
    """Connections between a member and its consumer."""

    def accept(self, listener: _socket.socket) -> _socket.socket:
        accepted = packet.accept(listener)
        self.addCleanup(accepted.close)
        return accepted

    def pair(self) -> tuple[packet.PacketWriter, socket.socket]:
        """Return a writer with a small buffer, and the peer's socket."""
        near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        sock = packet.Socket(fileno=near.detach())
        for each in sock, far:
            each.setblocking(False)
            self.addCleanup(each.close)
        packet.set_send_buffer(sock, SMALL_BUFFER)
        return packet.PacketWriter(sock), far

    def received(self, sock: _socket.socket | socket.socket) -> list[bytes]:
        """Return all records or bytes that have arrived."""
        found = []
        try:
            while data := sock.recv(65536):
                found.append(data)
        except BlockingIOError:
            pass
        return found


class FakeMember:
    """Gives the outcome that a test sets, and stores the documents.

    :ivar attempts: number of calls of write()
    """

    def __init__(self, outcome: Outcome = Outcome.DELIVERED) -> None:
        self.uid = 0
        self.outcome = outcome
        self.sent: list[bytes] = []
        self.attempts = 0
        self.after_expansion: Outcome | None = None
        self.expanded = False
        self.closed = False

    def prepare(self) -> Outcome:
        return Outcome.READY

    def write(self, outgoing: packet.Outgoing) -> Outcome:
        self.attempts += 1
        if self.outcome is Outcome.DELIVERED:
            self.sent.append(outgoing.data)
            outgoing.sent.append(len(outgoing.data))
        return self.outcome

    def expand(self) -> None:
        """Take the outcome that a test has set for this case."""
        self.expanded = True
        self.outcome = self.after_expansion or self.outcome

    def has_peer(self) -> bool:
        return True

    def close(self) -> None:
        self.closed = True


class DirectorySourceCase(base.TestCase):
    """A rendezvous directory, and sources of it.

    :ivar left: the subscribers that left
    :ivar memfds: the limits of all sources
    :ivar attempts: the attempts of all sources that fail
    """

    def setUp(self) -> None:
        super().setUp()
        self.clock = self.new_clock()
        self.where = self.new_directory()
        self.left = departed.Departed()
        self.memfds = packet.Memfds()
        self.attempts = budgets.Attempts(refusals.Refusals('/run/x'))
        self.addCleanup(self.left.abandon)

    def open(
        self,
        max_subscribers: int = 10,
        former: dict[str, dict[str, int]] | None = None,
        where: address.Address | None = None,
        **options: int,
    ) -> directory_source.DirectorySource:
        settings = sources.Settings(
            options.get('mode', 0o660), None, 65536, max_subscribers
        )
        opened = directory_source.DirectorySource(
            (where or self.where).path,
            options.get('gid', -1),
            settings,
            {} if former is None else former,
            self.memfds,
            self.attempts,
        )
        self.addCleanup(self.release, opened)
        return opened

    def release(self, opened: directory_source.DirectorySource) -> None:
        for target in opened.targets.values():
            target.close()
        opened.close()

    def offer(
        self, opened: directory_source.DirectorySource, payload: object
    ) -> list[str]:
        """Offer a document to all; return the outcomes."""
        outgoing = packet.Outgoing(base.document(payload))
        return [
            target.offer(outgoing).value for target in opened.targets.values()
        ]


def fill(publisher: publishers.Publisher, begin: int = 0) -> int:
    """Publish until a document is dropped; return the next number."""
    while not publisher.publish(base.document(begin)).dropped:
        begin += 1
    return begin + 1
