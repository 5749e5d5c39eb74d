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

"""Subscribers as a publisher sees them: who gets one copy, and by which way.

Rule: offering a document never waits and never raises for a bad subscriber;
it says whether the document went, or why not.
"""

import contextlib
import time
from typing import Protocol

from unixnotif import notification
from unixnotif import packet
from unixnotif import rendezvous


class GoneError(Exception):
    """A member does not exist any more."""


class AbsentError(Exception):
    """Nobody listens on a member's socket just now; nothing is owed to it."""


def deliver(
    writer: packet.Writer,
    outgoing: packet.Outgoing | None,
    lost: dict[str, int],
) -> str | None:
    """Tell a consumer what it missed, if anything, and give it a document.

    :param outgoing: None sends the lost record alone
    :param lost: drops by reason; cleared once the record is under way
    :returns: None, or the reason why the document did not go
    :raises ConnectionError: the consumer is gone
    """
    if lost:
        record = notification.Lost(sum(lost.values()), dict(lost))
        reason = writer.write(packet.Outgoing(record.encode()))
        if reason is not None:
            return reason
        lost.clear()
    return writer.write(outgoing) if outgoing else None


class Member(Protocol):
    """One consumer process's way to be reached."""

    def offer(
        self, outgoing: packet.Outgoing | None, lost: dict[str, int]
    ) -> str | None:
        """Send, as :func:`deliver` does.

        :raises GoneError: it will never be reached again
        :raises AbsentError: nobody listens now
        """

    def close(self) -> None:
        """Close what is open."""


class ConnectedMember:
    """A reader that connected to our listening socket.

    :param writer: owned by the member
    """

    __slots__ = ('_writer',)

    def __init__(self, writer: packet.Writer) -> None:
        self._writer = writer

    def offer(
        self, outgoing: packet.Outgoing | None, lost: dict[str, int]
    ) -> str | None:
        """See :class:`Member`."""
        try:
            return deliver(self._writer, outgoing, lost)
        except ConnectionError as e:
            raise GoneError from e

    def close(self) -> None:
        """See :class:`Member`."""
        self._writer.close()


class DirectoryMember:
    """A consumer whose socket is in a rendezvous directory.

    It is connected to when there is something to send, and again when the
    connection broke while its socket still listens.
    """

    __slots__ = (
        '_directory',
        '_name',
        '_retry_at',
        '_send_buffer_size',
        '_writer',
    )

    def __init__(
        self,
        directory: rendezvous.Directory,
        name: str,
        send_buffer_size: int,
    ) -> None:
        self._directory = directory
        self._name = name
        self._send_buffer_size = send_buffer_size
        self._writer: packet.Writer | None = None
        self._retry_at = 0.0

    def offer(
        self, outgoing: packet.Outgoing | None, lost: dict[str, int]
    ) -> str | None:
        """See :class:`Member`."""
        if self._writer is not None:
            try:
                return deliver(self._writer, outgoing, lost)
            except ConnectionError:
                self.close()
        writer = self._connect()
        if isinstance(writer, str):
            return writer
        try:
            return deliver(writer, outgoing, lost)
        except ConnectionError:
            self.close()
            raise AbsentError from None

    def _connect(self) -> packet.Writer | str:
        """The writer of a new connection, or the reason for a drop."""
        if self._retry_at and time.monotonic() < self._retry_at:
            raise AbsentError
        try:
            sock, stream = rendezvous.connect(self._directory, self._name)
        except BlockingIOError:
            return packet.BACKLOG_FULL
        except FileNotFoundError:
            raise GoneError from None
        except ConnectionRefusedError:
            age = rendezvous.sweep(self._directory, self._name)
            if age is None:
                raise GoneError from None
            # A foreign program may be about to listen: look again soon when
            # the socket is new, seldom when it is not.
            self._retry_at = time.monotonic() + min(1.0, age / 10)
            raise AbsentError from None
        except PermissionError:
            return packet.DENIED
        except OSError:
            # Not a socket of a kind we know, or no descriptor is left.
            return packet.UNREACHABLE
        packet.set_send_buffer(sock, self._send_buffer_size)
        self._writer = (
            packet.LineWriter(sock) if stream else packet.PacketWriter(sock)
        )
        self._retry_at = 0.0
        return self._writer

    def close(self) -> None:
        """See :class:`Member`."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None


class Subscriber:
    """Whoever gets one copy: one consumer, or a group that shares it.

    :param members: consumers by name
    :param turn: which member of a group is first; a group is served round
        robin, and by the next member when one is full or gone
    """

    __slots__ = ('_turn', 'lost', 'members')

    def __init__(self, members: dict[str, Member], turn: int = 0) -> None:
        self.members = members
        self.lost: dict[str, int] = {}
        self._turn = turn

    def offer(self, outgoing: packet.Outgoing | None) -> str | None:
        """Send to one member, and count it when that cannot be.

        :returns: None when it went, else the reason why not
        :raises GoneError: no member is left
        :raises AbsentError: no member listens now
        """
        members = list(self.members.items())
        if len(members) > 1:
            first = self._turn % len(members)
            members = members[first:] + members[:first]
        present = False
        reason = None
        for name, member in members:
            self._turn += 1
            try:
                reason = member.offer(outgoing, self.lost)
            except GoneError:
                self.members.pop(name).close()
                continue
            except AbsentError:
                continue
            if reason is None:
                return None
            present = True
        if not self.members:
            raise GoneError
        if not present:
            raise AbsentError
        return reason

    def drop(self, reason: str) -> None:
        """Owe the subscriber a lost record."""
        self.lost[reason] = self.lost.get(reason, 0) + 1

    def close(self) -> None:
        """Confess what is still owed, and close every connection."""
        # When the buffer is full, a new connection has one that is empty.
        for _ in range(2):
            if self.lost:
                with contextlib.suppress(GoneError, AbsentError):
                    self.offer(None)
            for member in self.members.values():
                member.close()
