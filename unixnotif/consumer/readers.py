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

"""The connections of an intake.

Rule: they are read in turns, and survive whatever a peer does to them.
"""

import _socket

from unixnotif import errors
from unixnotif import notification
from unixnotif import packet
from unixnotif import polling

Reader = packet.PacketReader | packet.LineReader
#: A document and who sent it, or what a peer did wrong.
Item = tuple[bytes, notification.Sender] | errors.PeerError

# More documents than a socket holds; a peer could send for ever.
_REST = 1 << 16


class Readers:
    """The connections of an intake, and which of them can be read."""

    def __init__(self, max_size: int) -> None:
        self.poller = polling.Poller()
        self._max_size = max_size
        self._buffer = bytearray(packet.MAX_PACKET)
        self._readers: dict[int, Reader] = {}
        self._former: set[int] = set()

    def __len__(self) -> int:
        return len(self._readers)

    def add(self, sock: _socket.socket, kind: type[Reader]) -> None:
        """Take a connection, and close it when it has ended."""
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

    def retire(self) -> None:
        """Have what these still hold read before what comes on new ones."""
        self._former = set(self._readers)

    def read_former(self, fd: int, items: list[Item]) -> None:
        """Read what the sender of a new connection sent on a retired one.

        It made the new one after all of that: its order is kept.
        """
        if self._former:
            self._former &= self._readers.keys()
            pid = self._readers[fd].sender.pid
            for former in self._former - {fd}:
                if self._readers[former].sender.pid == pid:
                    self.read(former, items, _REST)

    def stop(self) -> None:
        """Let nobody send any more; each ends when it was read."""
        for reader in self._readers.values():
            reader.stop()

    def drop(self, fd: int) -> None:
        """Close a connection."""
        self.poller.remove(fd)
        self._readers.pop(fd).close()

    def close(self) -> None:
        """Close all."""
        for fd in list(self._readers):
            self.drop(fd)
        self.poller.close()
