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

"""Sending a document to one socket, without waiting.

Rule: a document is one SEQPACKET record, or one line on a stream, or, when
it is too large for a record, a sealed memfd that a record carries. It goes
whole or not at all, and what hinders it is told by a reason.
"""

import _socket
import array
import errno
import fcntl
import json
import os
import struct
import termios
from typing import Final

#: Default send buffer of each subscriber, in bytes (SO_SNDBUF, socket(7));
#: the kernel clamps it to net.core.wmem_max.
SEND_BUFFER_SIZE: Final = 4 * 1024 * 1024
#: Largest record; what is larger travels as a memfd. It fits the smallest
#: usual send buffer (212992) with room for the kernel's own use.
MAX_PACKET: Final = 128 * 1024
#: What keeps others from changing a memfd while it is read.
SEALS: Final = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE

#: Reasons for a drop.
BUFFER_FULL: Final = 'buffer_full'
BACKLOG_FULL: Final = 'backlog_full'
TOO_LARGE: Final = 'too_large'
UNSERIALIZABLE: Final = 'unserializable'
DENIED: Final = 'denied'
UNREACHABLE: Final = 'unreachable'

_FLAGS = _socket.MSG_DONTWAIT | _socket.MSG_NOSIGNAL
# A memfd is not charged to the socket buffer. So that a reader that has
# stopped pins no more than so many bytes, they are counted...
_MAX_PINNED: Final = 64 * 1024 * 1024
# ... until no more than so much is unread, which is a few records at most.
_NEARLY_EMPTY: Final = 8 * 1024
# Up to this a stream socket takes all of a line or nothing: the kernel puts
# it into one buffer, which may exceed the rest of SO_SNDBUF.
_ATOMIC_LINE: Final = 32 * 1024


class Outgoing:
    """One encoded document on its way to any number of subscribers.

    What a form of it costs (a copy with a newline, a memfd) is paid at most
    once, by the first subscriber that needs it.

    :param data: the document, UTF-8 without a newline
    """

    __slots__ = ('data', '_line', '_memfd')

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._line: bytes | None = None
        self._memfd: int | None = None

    @property
    def line(self) -> bytes:
        """The document as a JSON line."""
        if self._line is None:
            self._line = self.data + b'\n'
        return self._line

    @property
    def memfd(self) -> int:
        """A sealed memfd with the document (memfd_create(2), fcntl(2)).

        All receivers share it; the seals keep any of them from changing
        what the others read.
        """
        if self._memfd is None:
            fd = os.memfd_create(
                'unixnotif', os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING
            )
            try:
                rest = memoryview(self.data)
                while rest:
                    rest = rest[os.write(fd, rest) :]
                fcntl.fcntl(fd, fcntl.F_ADD_SEALS, SEALS | fcntl.F_SEAL_SEAL)
            except BaseException:
                # Half a document is for nobody.
                os.close(fd)
                raise
            self._memfd = fd
        return self._memfd

    def close(self) -> None:
        """Let the memfd go; subscribers keep their own reference."""
        if self._memfd is not None:
            os.close(self._memfd)
            self._memfd = None


class PacketWriter:
    """Sends documents on one connection, each as one record.

    :param sock: connected SEQPACKET socket, owned by the writer
    """

    __slots__ = ('_pinned', '_sock')

    def __init__(self, sock: _socket.socket) -> None:
        self._sock = sock
        self._pinned = 0

    def write(self, outgoing: Outgoing) -> str | None:
        """Send a document, without waiting.

        :returns: None when it is in the peer's queue, else why it is not
        :raises ConnectionError: the peer is gone
        """
        if len(outgoing.data) <= MAX_PACKET:
            try:
                self._sock.send(outgoing.data, _FLAGS)
                return None
            except BlockingIOError:
                return BUFFER_FULL
            except OSError as e:
                if e.errno != errno.EMSGSIZE:
                    return _reason(e)
        # Either too large for a record, or somebody made the buffer small.
        return self._write_memfd(outgoing)

    def _write_memfd(self, outgoing: Outgoing) -> str | None:
        size = len(outgoing.data)
        if _unread(self._sock) <= _NEARLY_EMPTY:
            self._pinned = 0
        if self._pinned and self._pinned + size > _MAX_PINNED:
            return BUFFER_FULL
        header = json.dumps({'memfd': size}).encode()
        try:
            rights = array.array('i', [outgoing.memfd])
            self._sock.sendmsg(
                [header],
                [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, rights)],
                _FLAGS,
            )
        except OSError as e:
            return _reason(e)
        self._pinned += size
        return None

    def close(self) -> None:
        """Close the connection; what is in the kernel is still read."""
        self._sock.close()


class LineWriter:
    """Sends documents on one stream, each as one line.

    :param sock: connected stream socket, owned by the writer
    """

    __slots__ = ('_rest', '_sock')

    def __init__(self, sock: _socket.socket) -> None:
        self._sock = sock
        self._rest = b''

    def write(self, outgoing: Outgoing) -> str | None:
        """Send a document, without waiting.

        A long line is only begun when the buffer has room for all of it,
        so that the kernel takes it whole.

        :returns: None when it is in the peer's queue, else why it is not
        :raises ConnectionError: the peer is gone
        """
        # Should the kernel have taken a part of a line all the same,
        # nothing may come between that and its rest.
        if self._rest and (self._send(self._rest) or self._rest):
            return BUFFER_FULL
        line = outgoing.line
        if len(line) > _ATOMIC_LINE:
            size = self._sock.getsockopt(_socket.SOL_SOCKET, _socket.SO_SNDBUF)
            # The kernel charges pages, not bytes: a quarter more is enough.
            need = len(line) + len(line) // 4 + 4096
            if need > size:
                return TOO_LARGE
            if need > size - _unread(self._sock):
                return BUFFER_FULL
        return self._send(line)

    def _send(self, line: bytes) -> str | None:
        try:
            self._rest = line[self._sock.send(line, _FLAGS) :]
        except OSError as e:
            return _reason(e)
        return None

    def close(self) -> None:
        """Close the connection; what is in the kernel is still read."""
        self._sock.close()


#: What sends documents on one connection.
Writer = PacketWriter | LineWriter


def _reason(e: OSError) -> str:
    """Why a document was not sent.

    :raises ConnectionError: because the peer is gone
    """
    if isinstance(e, ConnectionError) or e.errno == errno.ENOTCONN:
        raise ConnectionError(*e.args) from e
    if e.errno == errno.EMSGSIZE:
        return TOO_LARGE
    # EAGAIN, and what the kernel says when it is short of memory, or when
    # too many descriptors are in flight (ETOOMANYREFS, unix(7)).
    return BUFFER_FULL


def _unread(sock: _socket.socket) -> int:
    """Bytes that the peer has not read, with overhead (SIOCOUTQ, unix(7))."""
    raw = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, b'\0' * 4)
    return int(struct.unpack('i', raw)[0])
