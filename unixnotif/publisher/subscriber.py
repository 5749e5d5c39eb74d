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
the outcome says whether the document went, or why not.
"""

from collections.abc import Mapping
import errno
from typing import Final
from typing import Protocol

from unixnotif import clock
from unixnotif import notification
from unixnotif import packet
from unixnotif import rendezvous
from unixnotif.packet import Outcome

# An attribute of an enum costs more than a global.
_GONE: Final = Outcome.GONE
# Seconds for which a socket that refuses connections is tried at every call,
# and seconds between two attempts for one that is much older.
_NEW: Final = 1.0
_RETRY_INTERVAL: Final = 1.0
# The outcomes of a subscriber that needs no lost record any more.
_OVER = frozenset({Outcome.ABSENT, Outcome.GONE})


class Member(Protocol):
    """One consumer process's way to be reached."""

    def prepare(self) -> Outcome:
        """Connect if need be; READY, or why that is not possible."""

    def write(self, outgoing: packet.Outgoing) -> Outcome:
        """Send a document, and connect first if need be."""

    def expand(self) -> None:
        """Make room for the last record in a buffer that is full."""

    def close(self) -> None:
        """Close what is open."""


class ConnectedMember:
    """A reader that connected to our listening socket.

    :param writer: owned by the member
    """

    __slots__ = ('_writer',)

    def __init__(self, writer: packet.Writer) -> None:
        self._writer = writer

    def prepare(self) -> Outcome:
        """See :class:`Member`."""
        return Outcome.READY

    def write(self, outgoing: packet.Outgoing) -> Outcome:
        """See :class:`Member`."""
        return self._writer.write(outgoing)

    def expand(self) -> None:
        """See :class:`Member`."""
        self._writer.expand()

    def close(self) -> None:
        """See :class:`Member`."""
        self._writer.close()


class DirectoryMember:
    """A consumer whose socket is in a rendezvous directory.

    It is connected to before there is something to send, and again when the
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

    def write(self, outgoing: packet.Outgoing) -> Outcome:
        """See :class:`Member`."""
        if self._writer is not None:
            outcome = self._writer.write(outgoing)
            if outcome is not _GONE:
                return outcome
            self.close()
        outcome = self.prepare()
        if outcome is not Outcome.READY or self._writer is None:
            return outcome
        outcome = self._writer.write(outgoing)
        if outcome is Outcome.GONE:
            self.close()
            return Outcome.ABSENT
        return outcome

    def prepare(self) -> Outcome:
        """See :class:`Member`."""
        if self._writer is not None:
            return Outcome.READY
        if self._retry_at and clock.monotonic() < self._retry_at:
            return Outcome.ABSENT
        try:
            sock, stream = rendezvous.connect(self._directory, self._name)
        except ConnectionRefusedError:
            return self._refused()
        except OSError as e:
            # Else not a socket of a known kind, or no descriptor is left.
            return _CONNECT_FAILURES.get(e.errno, Outcome.UNREACHABLE)
        packet.set_send_buffer(sock, self._send_buffer_size)
        self._writer = (
            packet.LineWriter(sock) if stream else packet.PacketWriter(sock)
        )
        self._retry_at = 0.0
        return Outcome.READY

    def _refused(self) -> Outcome:
        age = rendezvous.sweep(self._directory, self._name)
        if age is None:
            return Outcome.GONE
        # Its process may be about to listen: try a new socket at every call,
        # an old one seldom.
        if age >= _NEW:
            self._retry_at = clock.monotonic() + min(_RETRY_INTERVAL, age / 10)
        return Outcome.ABSENT

    def expand(self) -> None:
        """See :class:`Member`."""
        if self._writer is not None:
            self._writer.expand()

    def close(self) -> None:
        """See :class:`Member`."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()


_CONNECT_FAILURES: Mapping[int | None, Outcome] = {
    errno.EAGAIN: Outcome.BACKLOG_FULL,
    errno.ENOENT: Outcome.GONE,
    # The directory is closed.
    errno.EBADF: Outcome.GONE,
    errno.EACCES: Outcome.DENIED,
    errno.EPERM: Outcome.DENIED,
}


class Subscriber:
    """A consumer that gets a copy of its own.

    :param member: owned by the subscriber
    :param lost: drops by reason that the consumer does not know of
    """

    __slots__ = ('lost', 'member')

    def __init__(
        self, member: Member, lost: dict[str, int] | None = None
    ) -> None:
        self.member = member
        self.lost = {} if lost is None else lost

    def prepare(self) -> Outcome:
        """Connect if need be; READY, or why that is not possible."""
        return self.member.prepare()

    def offer(self, outgoing: packet.Outgoing) -> Outcome:
        """Send a document, and before it what the subscriber missed."""
        if self.lost:
            outcome = report(self.member, self.lost)
            if outcome is not Outcome.DELIVERED:
                return outcome
        return self.member.write(outgoing)

    def settle(self) -> bool:
        """Report what the subscriber missed.

        :returns: True if the subscriber is owed nothing any more
        """
        return not self.lost or (
            report(self.member, self.lost) in _OVER or not self.lost
        )

    def settle_at_last(self) -> None:
        """Report what the subscriber missed, even if its buffer is full."""
        if not self.settle():
            self.member.expand()
            self.settle()

    def drop(self, reason: Outcome) -> None:
        """Owe the subscriber a lost record."""
        key = reason.value
        self.lost[key] = self.lost.get(key, 0) + 1

    def close(self) -> None:
        """Close every connection."""
        self.member.close()


class Group:
    """Consumers that share one copy.

    The publisher serves the members round robin, and the next member when
    one is full or gone.

    :param members: by name; owned by the group
    :param turn: which member is first
    :param lost: see :class:`Subscriber`
    """

    __slots__ = ('lost', 'members', 'turn')

    def __init__(
        self,
        members: dict[str, Member],
        turn: int,
        lost: dict[str, int] | None = None,
    ) -> None:
        self.members = members
        self.turn = turn
        self.lost = {} if lost is None else lost

    def _in_turn(self) -> list[tuple[str, Member]]:
        members = list(self.members.items())
        first = self.turn % len(members) if members else 0
        return members[first:] + members[:first]

    def prepare(self) -> Outcome:
        """See :class:`Subscriber`; one member that is ready is enough."""
        outcome = Outcome.GONE
        for _, member in self._in_turn():
            found = member.prepare()
            if found is Outcome.READY:
                return found
            if found is not Outcome.GONE:
                outcome = found
        return outcome

    def offer(self, outgoing: packet.Outgoing) -> Outcome:
        """See :class:`Subscriber`."""
        result = Outcome.GONE
        for name, member in self._in_turn():
            self.turn += 1
            outcome = Outcome.DELIVERED
            if self.lost:
                outcome = report(member, self.lost)
            if outcome is Outcome.DELIVERED:
                outcome = member.write(outgoing)
            if outcome is Outcome.DELIVERED:
                return outcome
            if outcome is Outcome.GONE:
                self.members.pop(name, member).close()
            elif outcome is not Outcome.ABSENT or result is Outcome.GONE:
                result = outcome
        return result

    def settle(self) -> bool:
        """See :class:`Subscriber`."""
        if not self.lost:
            return True
        outcomes = []
        for _, member in self._in_turn():
            outcomes.append(report(member, self.lost))
            if not self.lost:
                return True
        return _OVER.issuperset(outcomes)

    def settle_at_last(self) -> None:
        """See :class:`Subscriber`."""
        if not self.settle():
            for member in self.members.values():
                member.expand()
            self.settle()

    def drop(self, reason: Outcome) -> None:
        """See :class:`Subscriber`."""
        key = reason.value
        self.lost[key] = self.lost.get(key, 0) + 1

    def close(self) -> None:
        """See :class:`Subscriber`."""
        for member in self.members.values():
            member.close()


#: Who gets one copy.
Target = Subscriber | Group


def report(member: Member, lost: dict[str, int]) -> Outcome:
    """Send a lost record, and clear the counts if it went."""
    record = notification.Lost(sum(lost.values()), dict(lost))
    outgoing = packet.Outgoing(record.encode())
    try:
        return member.write(outgoing)
    finally:
        # Even if an exception interrupts the call after the record went.
        if outgoing.sent:
            lost.clear()
