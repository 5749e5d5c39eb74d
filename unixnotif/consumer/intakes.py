# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The origin of a consumer's connections, for each kind of address.

Rule: an intake is one subscription. It is subscribed when it is constructed,
it can leave, and it ends; it is never reopened. When the address leads
elsewhere, the consumer opens another one. Connections outlive their intake.
"""

from collections.abc import Collection
import contextlib
import errno
from typing import Final
from typing import Protocol

from unixnotif import address
from unixnotif import closer
from unixnotif import kernel
from unixnotif import listening
from unixnotif import packet
from unixnotif import rendezvous
from unixnotif.consumer import connections

# A listening socket that was shut down and has no connection left.
_NOBODY_LEFT: Final = frozenset({errno.EINVAL, errno.EBADF})
# A listening socket without waiting connections.
_NOBODY: Final = frozenset({errno.EAGAIN, *_NOBODY_LEFT})


class Intake(Protocol):
    """A subscription: how emitting processes find a consumer."""

    def is_open(self) -> bool:
        """Return True if the descriptors are still this intake's own."""

    def is_current(self) -> bool:
        """Return True if the address still leads here."""

    def continues(self, newer: 'Intake') -> bool:
        """Return True if a newer intake leads to the same publisher.

        Then the method ends the newer intake, and this intake continues.
        """

    def retry(self) -> None:
        """Accept again after there was no room or no descriptor."""

    def accept(self, waiting: Collection[int]) -> int:
        """Accept some waiting connections.

        :param waiting: the listening sockets with waiting connections
        :returns: number of new connections, at most a batch
        """

    def leave(self) -> None:
        """Accept no new emitters.

        Waiting connections are still accepted, and connections are read.
        """

    @property
    def ended(self) -> bool:
        """True if nothing more can arrive from the intake."""

    def close(self) -> None:
        """Leave, and accept no more connections; open ones are still read."""

    def expire(self) -> None:
        """End at once, because the consumer has too many former intakes."""

    def abandon(self) -> None:
        """Only close descriptors, as a forked child must."""


class DirectoryIntake:
    """Our own socket in a rendezvous directory.

    Emitting processes connect to it, each with a connection of its own.

    :param path: of the directory
    :param group: share one copy with the group's other members, or None
    :param owned: the consumer's connections
    :raises UnavailableError: the directory is missing or refuses
    """

    def __init__(
        self, path: str, group: str | None, owned: connections.Connections
    ) -> None:
        self._connections = owned
        self._directory = rendezvous.Directory(path)
        try:
            self._subscription = rendezvous.Subscription(
                self._directory, group
            )
        except BaseException:
            self._directory.close()
            raise
        self._listener = self._subscription.listener
        self._left = False
        self._watching = False
        self.retry()

    def is_open(self) -> bool:
        """See :class:`Intake`."""
        return self._left or (
            self._directory.is_open() and self._listener.is_open()
        )

    def is_current(self) -> bool:
        """See :class:`Intake`."""
        return not self._left and not self._subscription.is_lost()

    def continues(self, newer: Intake) -> bool:
        """See :class:`Intake`."""
        return False

    def retry(self) -> None:
        """See :class:`Intake`."""
        if (
            not self._watching
            and not self.ended
            and not self._connections.is_full
        ):
            self._connections.watch(self._listener)
            self._watching = True

    def _pause(self) -> None:
        """Leave the connections in the backlog until the next retry."""
        if self._watching:
            with contextlib.suppress(OSError):
                self._connections.ignore(self._listener)
            self._watching = False

    def accept(self, waiting: Collection[int]) -> int:
        """See :class:`Intake`."""
        if self._listener.fileno() not in waiting:
            return 0
        accepted = 0
        while accepted < connections.BATCH:
            if self._connections.is_full:
                self._pause()
                break
            try:
                sock = packet.accept(self._listener)
            except BlockingIOError:
                if self._left:
                    self.close()
                break
            except OSError as e:
                if self._left and e.errno in _NOBODY_LEFT:
                    self.close()
                else:
                    self._pause()
                break
            self._connections.add(sock, packet.PacketReader)
            accepted += 1
        return accepted

    def leave(self) -> None:
        """See :class:`Intake`."""
        if not self._left:
            self._left = True
            self._subscription.hide()

    @property
    def ended(self) -> bool:
        """See :class:`Intake`."""
        return self._left and self._listener.fileno() < 0

    def close(self) -> None:
        """See :class:`Intake`."""
        if self._listener.is_open():
            self._pause()
            self._dismiss()
        self._left = True
        self._subscription.close()
        self._directory.close()

    def expire(self) -> None:
        """See :class:`Intake`; accepted connections are still read."""
        if self._listener.is_open():
            self._pause()
            self._connections.reject_waiting(self._dismiss())
        self.close()

    def _dismiss(self) -> int:
        """Drop the connections in the backlog, without waiting for them.

        The kernel closes these connections with the listening socket. They
        may hold passed descriptors, whose close may block.

        :returns: the number of connections; one stands for all those beyond
            one batch, or for which this process has no descriptor
        """
        # A socket that receives no more is always readable.
        somebody_waits = kernel.Readiness(
            self._listener.fileno()
        ).is_readable()
        packet.stop_receiving(self._listener)
        # The call after the last connection finds the backlog empty.
        for number in range(connections.BATCH + 1):
            try:
                sock = packet.accept(self._listener)
            except OSError as e:
                if e.errno in _NOBODY:
                    return number
                break
            packet.discard(sock)
        rest = packet.Socket(fileno=self._listener.detach())
        closer.in_background(rest.close)
        return number + somebody_waits

    def abandon(self) -> None:
        """See :class:`Intake`."""
        self._left = True
        self._subscription.abandon()
        self._directory.close()


class SocketIntake:
    """One connection to the process that listens at the address.

    :param path: of the socket
    :param owned: the consumer's connections
    :raises UnavailableError: no process listens, or the system refuses
    """

    def __init__(self, path: str, owned: connections.Connections) -> None:
        self._path = path
        self._connections = owned
        sock, self._file_id = listening.connect(path)
        self._sock = sock
        self._reader = owned.add(sock, packet.LineReader)

    def _is_connected(self) -> bool:
        return self._reader in self._connections

    def _receives(self) -> bool:
        """Return True if the other end may still send."""
        return self._is_connected() and packet.has_peer(self._sock)

    def is_open(self) -> bool:
        """See :class:`Intake`."""
        return not self._is_connected() or self._sock.is_open()

    def is_current(self) -> bool:
        """See :class:`Intake`."""
        return self._receives() and not rendezvous.names_other(
            self._path, self._file_id
        )

    def continues(self, newer: Intake) -> bool:
        """See :class:`Intake`.

        A publisher whose socket was removed binds a new socket and keeps its
        readers. A second connection to this publisher would bring everything
        twice. If the other end of this connection is closed, the newer
        intake belongs to another process or to another publisher.
        """
        if (
            isinstance(newer, SocketIntake)
            and self._receives()
            and newer._reader.sender == self._reader.sender
        ):
            self._file_id = newer._file_id
            newer._connections.drop(newer._reader)
            return True
        return False

    def retry(self) -> None:
        """See :class:`Intake`."""

    def accept(self, waiting: Collection[int]) -> int:
        """See :class:`Intake`."""
        return 0

    def leave(self) -> None:
        """See :class:`Intake`; no emitter connects to a reader."""

    @property
    def ended(self) -> bool:
        """See :class:`Intake`."""
        return not self._is_connected()

    def close(self) -> None:
        """See :class:`Intake`."""

    def expire(self) -> None:
        """See :class:`Intake`."""
        if self._is_connected():
            self._connections.drop_unread(self._reader)

    def abandon(self) -> None:
        """See :class:`Intake`."""


def open_intake(
    where: address.Address,
    group: str | None,
    owned: connections.Connections,
) -> Intake:
    """Open the intake for an address, subscribed.

    :raises UnavailableError: the consumer cannot subscribe now
    """
    if where.is_directory:
        return DirectoryIntake(where.path, group, owned)
    return SocketIntake(where.path, owned)
