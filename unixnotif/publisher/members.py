# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The members of a subscriber: the connections to its processes.

Rule: a member never waits and never raises for a bad peer; it returns the
outcome of a document.
"""

import _socket
from collections.abc import Mapping
import errno
from typing import Final
from typing import Protocol

from unixnotif import packet
from unixnotif import rendezvous
from unixnotif.packet import Outcome
from unixnotif.publisher import budgets

# An attribute of an enum costs more than a global.
_GONE: Final = Outcome.GONE


class Member(Protocol):
    """The connection to one process of a consumer.

    :ivar uid: the user whose share of places and memory it uses
    """

    uid: int

    def prepare(self) -> Outcome:
        """Connect if necessary; return READY, or the reason of a failure."""

    def write(self, outgoing: packet.Outgoing) -> Outcome:
        """Send a document; connect first if necessary."""

    def expand(self) -> None:
        """Make room for the last record in a buffer that is full."""

    def has_peer(self) -> bool:
        """Return False if a reader that connected has left."""

    def close(self) -> None:
        """Close what is open."""


class ConnectedMember:
    """A reader that connected to our listening socket.

    :param writer: owned by the member
    :param uid: user of the reader's process
    """

    __slots__ = ('_writer', 'uid', 'write')

    def __init__(self, writer: packet.Writer, uid: int) -> None:
        self._writer = writer
        self.write = writer.write
        self.uid = uid

    def prepare(self) -> Outcome:
        """See :class:`Member`."""
        return Outcome.READY

    def expand(self) -> None:
        """See :class:`Member`."""
        self._writer.expand()

    def has_peer(self) -> bool:
        """See :class:`Member`."""
        return self._writer.has_peer()

    def close(self) -> None:
        """See :class:`Member`."""
        self._writer.close()


class DirectoryMember:
    """A consumer whose socket is in a rendezvous directory.

    The publisher connects to the consumer before there is something to send,
    and again if the connection breaks while the socket still listens.

    :param directory: not owned
    :param name: file name of the socket
    :param uid: owner of the socket
    :param memfds: the publisher's limits
    :param attempts: the publisher's budget of attempts that fail
    """

    __slots__ = (
        '_attempts',
        '_directory',
        '_kinds',
        '_memfds',
        '_name',
        '_refusal',
        '_send_buffer_size',
        '_writer',
        'uid',
    )

    def __init__(
        self,
        directory: rendezvous.Directory,
        name: str,
        uid: int,
        send_buffer_size: int,
        memfds: packet.Memfds,
        attempts: budgets.Attempts,
    ) -> None:
        self._directory = directory
        self._name = name
        self.uid = uid
        self._send_buffer_size = send_buffer_size
        self._memfds = memfds
        self._attempts = attempts
        self._writer: packet.Writer | None = None
        # In the order to try them: a socket rarely changes its kind.
        self._kinds = [_socket.SOCK_SEQPACKET, _socket.SOCK_STREAM]
        # Why the last attempt failed.
        self._refusal = Outcome.UNREACHABLE

    def write(self, outgoing: packet.Outgoing) -> Outcome:
        """See :class:`Member`."""
        broken = self._writer is not None
        if self._writer is not None:
            outcome = self._writer.write(outgoing)
            if outcome is not _GONE:
                return outcome
            if self._close_writer():
                # The former connection is unread, and keeps its place. The
                # member gets another one only if its user has a place.
                return _GONE
        room = self._attempts.reconnect if broken else self._attempts.room
        if not room(self.uid):
            # The next call tries again.
            return self._refusal
        outcome = self.prepare()
        if outcome is not Outcome.READY or self._writer is None:
            return outcome
        if not broken:
            # An attempt that works counts as well: a peer may close each
            # connection before the next call.
            self._attempts.fail(self.uid)
        outcome = self._writer.write(outgoing)
        if outcome is Outcome.GONE:
            # The process listens, and closed the new connection at once: a
            # consumer does that if its user has too many connections.
            self.close()
            self._note(
                Outcome.UNREACHABLE, 'The subscriber closes each connection'
            )
            return Outcome.UNREACHABLE
        return outcome

    def prepare(self) -> Outcome:
        """See :class:`Member`."""
        if self._writer is not None:
            return Outcome.READY
        outcome = self._connect()
        if outcome is not Outcome.READY:
            self._attempts.fail(self.uid)
        # If there is no budget for an attempt, write() cannot know that the
        # member is gone: then it counts as unreachable.
        self._refusal = outcome if outcome.is_drop else Outcome.UNREACHABLE
        return outcome

    def _connect(self) -> Outcome:
        try:
            sock, stream = rendezvous.connect(
                self._directory, self._name, self._kinds
            )
        except ConnectionRefusedError:
            # Dead, or its process is about to listen.
            left = rendezvous.sweep(self._directory, self._name) is None
            return Outcome.GONE if left else Outcome.ABSENT
        except OSError as e:
            # Other errors: the socket is of an unknown kind, or this process
            # has no descriptor left.
            outcome = _CONNECT_FAILURES.get(e.errno, Outcome.UNREACHABLE)
            if outcome in (Outcome.DENIED, Outcome.UNREACHABLE):
                self._note(outcome, e.strerror or str(e))
            return outcome
        packet.set_send_buffer(sock, self._send_buffer_size)
        self._writer = (
            packet.LineWriter(sock, self._memfds, self.uid)
            if stream
            else packet.PacketWriter(sock, self._memfds, self.uid)
        )
        return Outcome.READY

    def _note(self, outcome: Outcome, reason: str) -> None:
        """Name the socket in the next warning about drops."""
        self._attempts.refused.add(self._name, outcome.value, reason)

    def expand(self) -> None:
        """See :class:`Member`."""
        if self._writer is not None:
            self._writer.expand()

    def has_peer(self) -> bool:
        """See :class:`Member`; the next send finds out, so return True."""
        return True

    def close(self) -> None:
        """See :class:`Member`."""
        self._close_writer()

    def _close_writer(self) -> bool:
        """Return True if the connection is kept, since it is unread."""
        writer, self._writer = self._writer, None
        return writer is not None and writer.close()


_CONNECT_FAILURES: Mapping[int | None, Outcome] = {
    errno.EAGAIN: Outcome.BACKLOG_FULL,
    errno.ENOENT: Outcome.GONE,
    # No socket has the name (any more).
    errno.ENOTSOCK: Outcome.GONE,
    # The directory is closed.
    errno.EBADF: Outcome.GONE,
    errno.EACCES: Outcome.DENIED,
    errno.EPERM: Outcome.DENIED,
}
