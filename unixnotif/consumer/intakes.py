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

"""Where a consumer's documents come in, for each kind of address.

Rule: an intake owns its sockets and survives whatever a peer does to them;
it knows nothing of what documents say.
"""

import _socket
import contextlib
from typing import Protocol

from unixnotif import address
from unixnotif import errors
from unixnotif import listening
from unixnotif import notification
from unixnotif import packet
from unixnotif import polling
from unixnotif import rendezvous

#: Most connections of emitting processes at a time; more wait unaccepted.
MAX_CONNECTIONS = 4096
#: Documents read from one connection before the next has its turn.
BATCH = 64

Reader = packet.PacketReader | packet.LineReader
#: A document and who sent it, or what a peer did wrong.
Item = tuple[bytes, notification.Sender] | errors.PeerError


class Intake(Protocol):
    """Brings in documents without waiting.

    :ivar fd: readable when something came in
    """

    fd: int

    def pump(self, items: list[Item], most: int = BATCH) -> None:
        """Append what can be read now.

        :param most: documents of one connection, unless more are here of
            which ``fd`` says nothing
        """

    def check(self) -> bool:
        """Come back when the address was lost.

        :returns: whether it is subscribed
        """

    def close(self) -> None:
        """Leave."""


class _Readers:
    """The connections of an intake, and which of them can be read."""

    def __init__(self, max_size: int) -> None:
        self.poller = polling.Poller()
        self._max_size = max_size
        self._buffer = bytearray(packet.MAX_PACKET)
        self._readers: dict[int, Reader] = {}

    def __len__(self) -> int:
        return len(self._readers)

    def add(self, sock: _socket.socket, kind: type[Reader]) -> None:
        reader = kind(sock, self._buffer, self._max_size)
        self._readers[reader.fileno()] = reader
        self.poller.add(reader.fileno())

    def read(self, fd: int, items: list[Item], most: int) -> bool:
        """Read a batch; False when the connection has ended."""
        reader = self._readers[fd]
        sender = reader.sender
        room = most
        try:
            while room > 0 or reader.buffered:
                room -= 1
                try:
                    data = reader.read()
                except errors.PeerError as e:
                    items.append(e)
                    continue
                if data is None:
                    return True
                items.append((data, sender))
        except EOFError:
            self.drop(fd)
            return False
        return True

    def drop(self, fd: int) -> None:
        self.poller.remove(fd)
        self._readers.pop(fd).close()

    def close(self) -> None:
        for fd in list(self._readers):
            self.drop(fd)
        self.poller.close()


class DirectoryIntake:
    """Our own socket in a rendezvous directory.

    Emitting processes connect to it, each with a connection of its own.

    :raises UnavailableError: the directory is missing or refuses
    """

    def __init__(self, path: str, group: str | None, max_size: int) -> None:
        self._path = path
        self._group = group
        self._readers = _Readers(max_size)
        self.fd = self._readers.poller.fd
        self._directory: rendezvous.Directory | None = None
        self._subscription: rendezvous.Subscription | None = None
        self._accepting = False
        try:
            self._subscribe()
        except BaseException:
            self.close()
            raise

    def _subscribe(self) -> None:
        directory = rendezvous.Directory(self._path)
        try:
            self._subscription = rendezvous.Subscription(
                directory, self._group
            )
        except BaseException:
            directory.close()
            raise
        self._directory = directory
        self._accept(True)

    def _unsubscribe(self) -> None:
        if self._subscription is not None:
            self._accept(False)
            self._subscription.close()
            self._subscription = None
        if self._directory is not None:
            self._directory.close()
            self._directory = None

    def _accept(self, accepting: bool) -> None:
        """Watch the listening socket, or leave who comes in its backlog."""
        if self._subscription is None or accepting == self._accepting:
            return
        fd = self._subscription.listener.fileno()
        if accepting:
            self._readers.poller.add(fd)
        else:
            self._readers.poller.remove(fd)
        self._accepting = accepting

    def pump(self, items: list[Item], most: int = BATCH) -> None:
        """See :class:`Intake`."""
        for fd in self._readers.poller.ready():
            subscription = self._subscription
            if subscription and fd == subscription.listener.fileno():
                for admitted in self._admit(subscription.listener):
                    # What made it connect is there already.
                    self._readers.read(admitted, items, most)
            elif not self._readers.read(fd, items, most):
                # There is room for one more.
                self._accept(True)

    def _admit(self, listener: _socket.socket) -> list[int]:
        """Accept some of those who wait; their descriptors."""
        admitted: list[int] = []
        while len(admitted) < BATCH:
            if len(self._readers) >= MAX_CONNECTIONS:
                self._accept(False)
                break
            try:
                sock = packet.accept(listener)
            except BlockingIOError:
                break
            except OSError:
                # No descriptor is left: try again at the next check.
                self._accept(False)
                break
            admitted.append(sock.fileno())
            self._readers.add(sock, packet.PacketReader)
        return admitted

    def check(self) -> bool:
        """See :class:`Intake`."""
        directory, subscription = self._directory, self._subscription
        if directory and subscription:
            if directory.is_current() and directory.has(subscription.name):
                self._accept(len(self._readers) < MAX_CONNECTIONS)
                return True
            # Removed, and perhaps made again, as systemd does. Who has
            # connected before that may have sent something already.
            while self._admit(subscription.listener):
                pass
            self._unsubscribe()
        with contextlib.suppress(errors.UnavailableError):
            self._subscribe()
        return self._subscription is not None

    def close(self) -> None:
        """See :class:`Intake`."""
        self._unsubscribe()
        self._readers.close()


class ListenerIntake:
    """One connection to the process that listens at the address.

    :raises UnavailableError: nobody listens, or it is refused
    """

    def __init__(self, path: str, max_size: int) -> None:
        self._path = path
        self._readers = _Readers(max_size)
        self.fd = self._readers.poller.fd
        try:
            self._connect()
        except BaseException:
            self.close()
            raise

    def _connect(self) -> None:
        self._readers.add(listening.connect(self._path), packet.LineReader)

    def pump(self, items: list[Item], most: int = BATCH) -> None:
        """See :class:`Intake`."""
        for fd in self._readers.poller.ready():
            if not self._readers.read(fd, items, most):
                self.check()

    def check(self) -> bool:
        """See :class:`Intake`."""
        if not len(self._readers):
            with contextlib.suppress(errors.UnavailableError):
                self._connect()
        return len(self._readers) > 0

    def close(self) -> None:
        """See :class:`Intake`."""
        self._readers.close()


def open_intake(
    where: address.Address, group: str | None, max_size: int
) -> Intake:
    """The intake for an address, subscribed.

    :raises UnavailableError: it cannot be subscribed now
    """
    if where.is_directory:
        return DirectoryIntake(where.path, group, max_size)
    return ListenerIntake(where.path, max_size)
