# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The memfds that a publisher has sent and that no reader has received.

Rule: unread documents must not fill the memory, nor use up the descriptors
that the kernel lets one user have in flight (ETOOMANYREFS, unix(7)): a service
may pass descriptors of its own.
"""

import _socket
import collections
from collections.abc import Callable
from collections.abc import Iterator
import contextlib
from typing import Final

from unixnotif import descriptors
from unixnotif import kernel
from unixnotif import shares
from unixnotif.packet import copies
from unixnotif.packet import sockets

# The kernel counts the descriptors in flight of all processes of a user, and
# compares the sum with the process's own RLIMIT_NOFILE. One publisher takes
# a quarter of it.
_PART: Final = 4
_MOST_DESCRIPTORS: Final = 4096
#: Maximum number of unread bytes in memfds, of all readers of a publisher.
MOST_BYTES: Final = 256 * 1024 * 1024
#: Maximum number of unread memfds of one reader, and of their bytes. If the
#: user of the reader has a share, at most a quarter of the share.
MOST_OF_READER: Final = 64
MOST_BYTES_OF_READER: Final = 64 * 1024 * 1024
_READERS: Final = 4
# Minimum number of bytes that the kernel charges for a record.
_LEAST_CHARGE: Final = 512


class Memfds:
    """The limits of one publisher, and the unread memfds of its readers."""

    def __init__(self) -> None:
        limit = descriptors.limit(_MOST_DESCRIPTORS)
        self.descriptors = shares.Shares(limit // _PART)
        self.size = shares.Shares(MOST_BYTES)
        #: The bytes that the kernel copies for the readers of each document.
        self.copies = copies.Copies()
        #: Users without room since the last :meth:`take_refused`, by user id.
        self.refused: set[int] = set()
        #: Readers with unread memfds.
        self.readers: set[InFlight] = set()
        # Connections that the publisher has given up, with unread documents.
        self._left: set[InFlight] = set()
        # Number of readers with an unread document, by user and document.
        self._holders: collections.Counter[tuple[int, object]] = (
            collections.Counter()
        )
        self._refreshed: object = None
        #: False while the counts change. A signal handler that raises an
        #: exception leaves it False; :meth:`room` then counts again.
        self.intact = True

    def take_refused(self) -> set[int]:
        """Return the users without room since the last call, by user id."""
        if not self.refused:
            return self.refused
        refused, self.refused = self.refused, set()
        return refused

    def room(self, uid: int, document: object, size: int) -> bool:
        """Return True if a user may leave one more document unread.

        :param document: identifies the document, whose memory all readers of
            a user share
        :param size: size of the document in bytes
        """
        if not self.intact:
            self._recount()
        if not self._has_room(uid, document, size):
            if self._refreshed is document:
                return False
            # Once for each document: other readers may have received memfds.
            self._refreshed = document
            for reader in list(self.readers):
                reader.refresh()
            return self._has_room(uid, document, size)
        return True

    def _has_room(self, uid: int, document: object, size: int) -> bool:
        if not self.descriptors.room(uid):
            return False
        return (
            (uid, document) in self._holders
            or self.size.room(uid) >= size
            # A document that is larger than the share, if it is the only one.
            or not self.size.held(uid)
        )

    def _recount(self) -> None:
        """Count again, from the entries of each reader."""
        self.descriptors = shares.Shares(self.descriptors.limit)
        self.size = shares.Shares(self.size.limit)
        self._holders.clear()
        for reader in list(self.readers):
            reader.recount()
        self.intact = True

    def hold(self, uid: int, document: object, size: int) -> None:
        """Count a document for one reader of a user."""
        self.descriptors.hold(uid)
        self._holders[uid, document] += 1
        if self._holders[uid, document] == 1:
            self.size.hold(uid, size)

    def release(self, uid: int, document: object, size: int) -> None:
        """Undo :meth:`hold`."""
        self.descriptors.release(uid)
        self._holders[uid, document] -= 1
        if not self._holders[uid, document]:
            del self._holders[uid, document]
            self.size.release(uid, size)

    def keep(self, reader: 'InFlight') -> None:
        """Keep a connection until its peer has received all documents.

        Unread documents use memory even after a close, and the publisher
        cannot count them without the connection.
        """
        self._left.add(reader)

    def users_of_unread(self) -> Iterator[int]:
        """Yield the user of each connection that is kept."""
        return (reader.uid for reader in self._left)

    def settle(self) -> None:
        """Close the kept connections without unread documents."""
        for reader in list(self._left):
            if not reader.is_unread():
                self._left.discard(reader)
                reader.sock.close()
            elif not reader.entries:
                reader.end()

    def close(self) -> None:
        """Close all connections that were kept."""
        for reader in list(self._left):
            self._left.discard(reader)
            reader.clear()
            reader.sock.close()


class InFlight:
    """The unread memfds of one reader.

    :param sock: the connection to the reader
    :param memfds: the limits, shared by all readers of the publisher
    :param uid: user of the reader, whose share the reader uses

    :ivar uid: user of the reader
    :ivar entries: each unread document, and its size
    """

    def __init__(self, sock: sockets.Socket, memfds: Memfds, uid: int) -> None:
        self.sock = sock
        self._memfds = memfds
        self.uid = uid
        self._ended = False
        self.entries: collections.deque[tuple[object, int]] = (
            collections.deque()
        )

    def __len__(self) -> int:
        return len(self.entries)

    def refresh(self) -> None:
        """Forget the memfds that the reader has received by now.

        The reader receives records in order, and the kernel charges each
        unread record to the socket buffer. So the charge limits the number of
        unread records, and these are the last ones.
        """
        if self.entries:
            try:
                most = unread(self.sock) // _LEAST_CHARGE
            except ConnectionError:
                most = 0
            while len(self.entries) > most:
                self._forget(self.entries.popleft)

    def _forget(self, take: Callable[[], tuple[object, int]]) -> None:
        """Release one memfd.

        :param take: removes an entry, and returns it
        """
        memfds = self._memfds
        intact, memfds.intact = memfds.intact, False
        memfds.release(self.uid, *take())
        if not self.entries:
            memfds.readers.discard(self)
        memfds.intact = intact

    def recount(self) -> None:
        """Count all unread memfds, after the counts were reset."""
        if not self.entries:
            self._memfds.readers.discard(self)
        for entry in self.entries:
            self._memfds.hold(self.uid, *entry)

    def room(self, document: object, size: int) -> bool:
        """Return True if one more memfd may be sent."""
        self.refresh()
        exempt = shares.is_exempt(self.uid)
        if self.entries:
            most, most_bytes = MOST_OF_READER, MOST_BYTES_OF_READER
            if not exempt:
                # A reader that has stopped leaves room for the user's others.
                most = min(most, self._memfds.descriptors.share // _READERS)
                share = self._memfds.size.share
                most_bytes = min(most_bytes, share // _READERS)
            sizes = sum(each for _, each in self.entries)
            if len(self.entries) >= most or sizes + size > most_bytes:
                if not exempt:
                    self._memfds.refused.add(self.uid)
                return False
        elif exempt:
            # A reader without unread memfds receives the document, even if
            # other readers of an exempt user have used up the limits.
            return True
        if self._memfds.room(self.uid, document, size):
            return True
        self._memfds.refused.add(self.uid)
        return False

    def add(self, document: object, size: int) -> None:
        """Count a memfd before it is sent."""
        memfds = self._memfds
        intact, memfds.intact = memfds.intact, False
        memfds.readers.add(self)
        self.entries.append((document, size))
        memfds.hold(self.uid, document, size)
        memfds.intact = intact

    def cancel(self) -> None:
        """Forget the last memfd: the kernel did not take it."""
        self._forget(self.entries.pop)

    def clear(self) -> None:
        """Forget all memfds."""
        while self.entries:
            self._forget(self.entries.popleft)

    def close(self) -> bool:
        """Close the connection, or keep it until all documents are received.

        :returns: True if the connection is kept until then
        """
        if self.is_unread():
            self._memfds.keep(self)
            return True
        self.sock.close()
        return False

    def is_unread(self) -> bool:
        """Return True if the connection must be kept.

        That is the case while a memfd is unread. If the user of the reader
        has a share, it is the case while any byte is unread.
        """
        self.refresh()
        if self.entries or shares.is_exempt(self.uid):
            return bool(self.entries)
        try:
            return self.sock.is_open() and unread(self.sock) > 0
        except ConnectionError:
            return False

    def end(self) -> None:
        """End the connection; the reader still receives the rest."""
        if not self._ended and self.sock.is_open():
            self._ended = True
            # A reader that is gone needs no end.
            with contextlib.suppress(OSError):
                self.sock.shutdown(_socket.SHUT_WR)


def unread(sock: sockets.Socket) -> int:
    """Return how many bytes the peer has not read (SIOCOUTQ, unix(7)).

    :raises ConnectionError: the descriptor does not name the socket any more
    """
    try:
        return kernel.unread(sock.fileno())
    except (OSError, ValueError) as e:
        # A connected Unix socket always answers. ENOTTY means that the
        # number names a file of another kind, EBADF or ValueError that it
        # was closed.
        raise ConnectionError(*e.args) from e
