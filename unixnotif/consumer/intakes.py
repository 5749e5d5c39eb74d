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
from unixnotif import packet
from unixnotif import rendezvous
from unixnotif.consumer import readers

#: Most connections of emitting processes at a time; more wait unaccepted.
MAX_CONNECTIONS = 4096
#: Documents read from one connection before the next has its turn.
BATCH = 64

Item = readers.Item


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

    def leave(self) -> None:
        """Be found by nobody new; who sends already may notice and end."""

    def stop(self) -> None:
        """Let nobody send any more; what was sent before can be read."""

    @property
    def connections(self) -> int:
        """How many there are, of those that were accepted."""

    @property
    def ended(self) -> bool:
        """Whether all was read, after :meth:`stop`."""

    def close(self) -> None:
        """Leave, and discard what was not read."""


class DirectoryIntake:
    """Our own socket in a rendezvous directory.

    Emitting processes connect to it, each with a connection of its own.

    :raises UnavailableError: the directory is missing or refuses
    """

    def __init__(self, path: str, group: str | None, max_size: int) -> None:
        self._path = path
        self._group = group
        self._readers = readers.Readers(max_size)
        self.fd = self._readers.poller.fd
        self._directory: rendezvous.Directory | None = None
        self._subscription: rendezvous.Subscription | None = None
        self._accepting = False
        self._stopped = False
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
                    self._readers.read_former(admitted, items)
                    # What made it connect is there already.
                    if not self._readers.read(admitted, items, most):
                        self._accept(True)
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
                if self._stopped:
                    # All who had come before are in.
                    self._accept(False)
                break
            except OSError:
                # No descriptor is left: try again at the next check.
                self._accept(False)
                break
            if self._stopped:
                packet.stop_receiving(sock)
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
            self._readers.retire()
            self._unsubscribe()
        with contextlib.suppress(errors.UnavailableError):
            self._subscribe()
        return self._subscription is not None

    def leave(self) -> None:
        """See :class:`Intake`."""
        if self._subscription is not None:
            self._subscription.hide()

    def stop(self) -> None:
        """See :class:`Intake`."""
        if self._subscription is not None and not self._stopped:
            packet.stop_receiving(self._subscription.listener)
            self._accept(True)
        self._stopped = True
        self._readers.stop()

    @property
    def connections(self) -> int:
        """See :class:`Intake`."""
        return len(self._readers)

    @property
    def ended(self) -> bool:
        """See :class:`Intake`."""
        return self._stopped and not self._accepting and not self._readers

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
        self._readers = readers.Readers(max_size)
        self.fd = self._readers.poller.fd
        self._stopped = False
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
        if not self._readers and not self._stopped:
            with contextlib.suppress(errors.UnavailableError):
                self._connect()
        return bool(self._readers)

    def leave(self) -> None:
        """See :class:`Intake`.

        The listening process does not look who is there while it sends.
        """
        self.stop()

    def stop(self) -> None:
        """See :class:`Intake`."""
        self._stopped = True
        self._readers.stop()

    @property
    def connections(self) -> int:
        """See :class:`Intake`."""
        return len(self._readers)

    @property
    def ended(self) -> bool:
        """See :class:`Intake`."""
        return self._stopped and not self._readers

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
