# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Writers of documents to one socket, without waiting.

Rule: a document is one SEQPACKET record, or one line on a stream, or, when
it is too large for a record, a sealed memfd that a record carries. A document
is sent completely or not at all, and the outcome names the reason.
"""

import _socket
import array
import errno
import json
from typing import Final

from unixnotif import kernel
from unixnotif import polling
from unixnotif.packet import inflight
from unixnotif.packet import sockets
from unixnotif.packet.outcome import Outcome
from unixnotif.packet.transmission import Outgoing

#: Default send buffer of each subscriber, in bytes (SO_SNDBUF, socket(7));
#: the kernel clamps it to net.core.wmem_max.
SEND_BUFFER_SIZE: Final = 4 * 1024 * 1024
#: Largest record; what is larger travels as a memfd. It fits the smallest
#: usual send buffer (212992) with room for the kernel's own use.
MAX_PACKET: Final = 128 * 1024

# An attribute of an enum costs more than a global.
_DELIVERED: Final = Outcome.DELIVERED
_FLAGS: Final = (_socket.MSG_DONTWAIT | _socket.MSG_NOSIGNAL,)
_send = kernel.send
# The peer has closed its end, or other code has closed this end.
_NO_CONNECTION: Final = frozenset(
    {errno.ENOTCONN, errno.EBADF, errno.ENOTSOCK, errno.EDESTADDRREQ}
)
# A stream socket takes a line whole or not at all if the kernel puts it into
# one buffer, which may exceed the rest of SO_SNDBUF. This buffer has at most
# 32 KiB, and at most half of SO_SNDBUF less 64 (unix_stream_sendmsg).
# A record of any size is one buffer, and may exceed the rest just the same.
_MAX_ATOMIC: Final = 32 * 1024


class _Connection:
    """A connection to one reader, as both kinds of writer use it.

    :param sock: connected socket, owned by the writer; its send buffer keeps
        the size that it has now
    :param memfds: limits on what readers have not received
    :param uid: user of the reader, whose share it uses
    """

    __slots__ = ('_copies', '_in_flight', '_size', '_sock', '_uid')

    def __init__(
        self,
        sock: sockets.Socket,
        memfds: inflight.Memfds | None = None,
        uid: int = 0,
    ) -> None:
        self._sock = sock
        self._uid = uid
        memfds = memfds or inflight.Memfds()
        self._copies = memfds.copies
        self._in_flight = inflight.InFlight(sock, memfds, uid)
        self._size = sock.getsockopt(_socket.SOL_SOCKET, _socket.SO_SNDBUF)

    def expand(self) -> None:
        """Make room for the last record in a buffer that is full."""
        sockets.expand_send_buffer(self._sock)

    def has_peer(self) -> bool:
        """Return False if the reader has closed its end."""
        return not polling.is_hung_up(self._sock.fileno())

    def close(self) -> bool:
        """Close the connection; the peer still reads buffered data.

        :returns: True if the connection is kept until the peer has done so
        """
        return self._in_flight.close()


class PacketWriter(_Connection):
    """Sends documents on one connection, each as one record.

    :param sock: connected SEQPACKET socket, owned by the writer
    :param memfds: limits on what readers have not received, which is not
        charged to the socket buffer
    :param uid: user of the reader, whose share it uses
    """

    __slots__ = ('_unread',)

    def __init__(
        self,
        sock: sockets.Socket,
        memfds: inflight.Memfds | None = None,
        uid: int = 0,
    ) -> None:
        super().__init__(sock, memfds, uid)
        self._unread = self._in_flight.entries

    def write(self, outgoing: Outgoing) -> Outcome:
        """Send a document, without waiting."""
        size = len(outgoing.data)
        if size <= MAX_PACKET:
            try:
                if self._unread:
                    # Now: a new record in the buffer would make a received
                    # memfd look unread.
                    self._in_flight.refresh()
                # If a long record exceeded the buffer, expand() could not
                # make room for the last record.
                if size > _MAX_ATOMIC:
                    if not self._has_room(size):
                        return Outcome.BUFFER_FULL
                    if not self._copies.take(self._uid, outgoing.serial, size):
                        # A memfd is not copied: all readers share it.
                        return self._write_memfd(outgoing)
                _send(self._sock, outgoing.data, outgoing.sent)
                return _DELIVERED
            except BlockingIOError:
                return Outcome.BUFFER_FULL
            except OSError as e:
                if e.errno != errno.EMSGSIZE:
                    return _failure(e)
        # Too large for a record, or other code made the buffer small.
        return self._write_memfd(outgoing)

    def _has_room(self, size: int) -> bool:
        """Return True if a record fits, or is too large for any room."""
        need = _need(size)
        return need > self._size or need <= self._size - inflight.unread(
            self._sock
        )

    def _write_memfd(self, outgoing: Outgoing) -> Outcome:
        size = len(outgoing.data)
        header = json.dumps({'memfd': size}).encode()
        try:
            if not self._in_flight.room(outgoing.serial, size):
                return Outcome.BUFFER_FULL
            rights = array.array('i', [outgoing.memfd])
        except OSError as e:
            return _failure(e)
        ancillary = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, rights)]
        # Before the send: if a signal handler raises, the memfd is counted.
        self._in_flight.add(outgoing.serial, size)
        try:
            # One bytecode sends and appends, see Outgoing.
            outgoing.sent.extend(
                map(self._sock.sendmsg, ([header],), (ancillary,), _FLAGS)
            )
        except OSError as e:
            self._in_flight.cancel()
            return _failure(e)
        return _DELIVERED


class LineWriter(_Connection):
    """Sends documents on one stream, each as one line.

    :param sock: connected stream socket, owned by the writer; its send
        buffer keeps the size that it has now
    :param memfds: limits on what readers have not received
    :param uid: user of the reader, whose share it uses
    """

    __slots__ = ('_atomic', '_rest')

    def __init__(
        self,
        sock: sockets.Socket,
        memfds: inflight.Memfds | None = None,
        uid: int = 0,
    ) -> None:
        super().__init__(sock, memfds, uid)
        self._atomic = min(_MAX_ATOMIC, self._size // 2 - 64)
        self._rest = b''

    def write(self, outgoing: Outgoing) -> Outcome:
        """Send a document, without waiting.

        The writer begins a long line only when the buffer has room for all
        of it, so that the kernel takes it whole.
        """
        line = outgoing.line
        sent = outgoing.sent
        try:
            # Should the kernel have taken a part of a line all the same,
            # nothing may come between that part and the rest.
            if self._rest:
                partial: list[int] = []
                _send(self._sock, self._rest, partial)
                self._rest = self._rest[sum(partial) :]
                if self._rest:
                    return Outcome.BUFFER_FULL
            if len(line) > self._atomic:
                need = _need(len(line))
                if need > self._size:
                    return Outcome.TOO_LARGE
                if need > self._size - inflight.unread(self._sock):
                    return Outcome.BUFFER_FULL
                if not self._copies.take(
                    self._uid, outgoing.serial, len(line)
                ):
                    return Outcome.BUFFER_FULL
            _send(self._sock, line, sent)
        except OSError as e:
            return _failure(e)
        if sent[-1] != len(line):
            self._rest = line[sent[-1] :]
        return _DELIVERED


#: An object that sends documents on one connection.
Writer = PacketWriter | LineWriter


def _failure(e: OSError) -> Outcome:
    """Return the outcome of a document after a failed system call."""
    if isinstance(e, ConnectionError) or e.errno in _NO_CONNECTION:
        return Outcome.GONE
    if e.errno == errno.EMSGSIZE:
        return Outcome.TOO_LARGE
    if e.errno in (errno.EMFILE, errno.ENFILE):
        return Outcome.UNREACHABLE
    # EAGAIN, and what the kernel says when it is short of memory, or when
    # too many descriptors are in flight (ETOOMANYREFS, unix(7)).
    return Outcome.BUFFER_FULL


def _need(size: int) -> int:
    """Return the maximum buffer space for a document, in bytes.

    The kernel charges pages, not bytes: a quarter more is enough.
    """
    return size + size // 4 + 4096
