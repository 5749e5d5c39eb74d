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

"""The connections of a consumer: one epoll, and its readers.

Rule: the documents of one process are read in the order in which it sent
them, also when it made a new connection meanwhile. So a connection is read
only while older connections of the same process hold nothing unread, and a
new connection is read from the next round on: what the process sent before
it connected is there by then.
"""

import collections
from collections.abc import Collection
import contextlib

from unixnotif import errors
from unixnotif import notification
from unixnotif import packet
from unixnotif import polling

#: Documents read from one connection before the next has its turn.
BATCH = 64

Reader = packet.PacketReader | packet.LineReader
#: A document and who sent it, or what a peer did wrong.
Item = tuple[bytes, notification.Sender] | errors.PeerError


class Connections:
    """What a consumer waits for: connections, and listening sockets.

    :param max_size: limit of a document in bytes
    :param items: receives the documents, in order

    :ivar fd: readable when something can be read or accepted
    """

    def __init__(self, max_size: int, items: collections.deque[Item]) -> None:
        self._poller = polling.Poller()
        self.fd: int = self._poller.fd
        self._items = items
        self._max_size = max_size
        self._buffer = bytearray(packet.MAX_PACKET)
        # By descriptor, with the age, by which they are sorted.
        self._readers: dict[int, tuple[int, Reader]] = {}
        self._accepted = 0

    def __len__(self) -> int:
        return len(self._readers)

    def __contains__(self, reader: object) -> bool:
        if not isinstance(reader, Reader):
            return False
        entry = self._readers.get(reader.fileno())
        return entry is not None and entry[1] is reader

    def is_open(self) -> bool:
        """Return False if somebody closed the epoll behind our back."""
        try:
            self._poller.any_ready()
        except (OSError, ValueError):
            return False
        return True

    def add(self, sock: packet.Socket, kind: type[Reader]) -> Reader:
        """Take a connection, and close it when it has ended."""
        reader = kind(sock, self._buffer, self._max_size)
        self._accepted += 1
        self._readers[reader.fileno()] = (self._accepted, reader)
        self._poller.add(reader.fileno())
        return reader

    def watch(self, listener: packet.Socket) -> None:
        """Report a listening socket while somebody waits to be accepted."""
        self._poller.add(listener.fileno())

    def ignore(self, listener: packet.Socket) -> None:
        """Report a listening socket no more."""
        self._poller.remove(listener.fileno())

    def read(self, most: int) -> Collection[int]:
        """Read from all connections that have something.

        :param most: documents of one connection, unless it holds more in
            user space
        :returns: the listening sockets at which somebody waits
        :raises OSError: somebody closed the epoll behind our back
        """
        waiting = []
        ready = []
        # Room for all: of two connections of a process that are ready, both
        # must be seen.
        for fd in self._poller.ready(len(self._readers) + 8):
            entry = self._readers.get(fd)
            if entry is None:
                waiting.append(fd)
            else:
                ready.append(entry)
        if len(ready) == 1:
            self._read(ready[0][1], most)
        elif ready:
            self._read_in_order(ready, most)
        return waiting

    def _read_in_order(
        self, ready: list[tuple[int, Reader]], most: int
    ) -> None:
        behind: set[int] = set()
        for _, reader in sorted(ready, key=_age):
            pid = reader.sender.pid
            if pid not in behind and self._read(reader, most):
                behind.add(pid)

    def _read(self, reader: Reader, most: int) -> bool:
        """Read a batch; return True if there may be more."""
        sender = reader.sender
        take = self._items.append
        try:
            while most > 0 or reader.buffered:
                most -= 1
                try:
                    data = reader.read()
                except errors.PeerError as e:
                    take(e)
                    continue
                if data is None:
                    return False
                take((data, sender))
        except EOFError:
            self.drop(reader)
            return False
        return True

    def drop(self, reader: Reader) -> None:
        """Close a connection; closing twice is allowed."""
        if reader in self:
            fd = reader.fileno()
            with contextlib.suppress(OSError):
                self._poller.remove(fd)
            del self._readers[fd]
            reader.close()

    def stop(self) -> None:
        """Let nobody send any more; each ends when it was read."""
        for _, reader in self._readers.values():
            reader.stop()

    def close(self) -> None:
        """Close all."""
        for _, reader in list(self._readers.values()):
            self.drop(reader)
        self._poller.close()

    def abandon(self) -> None:
        """Close the descriptors, and leave a shared epoll as it is.

        A forked child has copies of the descriptors; the epoll itself is
        the parent's.
        """
        for _, reader in self._readers.values():
            reader.close()
        self._readers.clear()
        self._poller.close()

    def forget(self) -> None:
        """Give up descriptors that somebody closed behind our back."""
        for _, reader in self._readers.values():
            reader.close()
        self._readers.clear()
        self._poller.forget()


def _age(entry: tuple[int, Reader]) -> int:
    return entry[0]
