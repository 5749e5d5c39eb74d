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

_FLAGS = _socket.MSG_DONTWAIT | _socket.MSG_NOSIGNAL
# A memfd is not charged to the socket buffer, so a reader that has stopped
# could pin any number of them. A record with a descriptor takes somewhat
# under 1 KiB of the buffer: at most about eight wait unread.
_LARGE_QUEUE: Final = 8 * 1024
# Below this a stream socket takes all of a line or nothing.
_ATOMIC_LINE: Final = 64 * 1024


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
            self._memfd = fd
            rest = memoryview(self.data)
            while rest:
                rest = rest[os.write(fd, rest) :]
            fcntl.fcntl(fd, fcntl.F_ADD_SEALS, SEALS | fcntl.F_SEAL_SEAL)
        return self._memfd

    def close(self) -> None:
        """Let the memfd go; subscribers keep their own reference."""
        if self._memfd is not None:
            os.close(self._memfd)
            self._memfd = None


def send_packet(sock: _socket.socket, outgoing: Outgoing) -> str | None:
    """Send a document as one record.

    :returns: None when it is in the peer's queue, else why it is not
    :raises ConnectionError: the peer is gone
    """
    if len(outgoing.data) <= MAX_PACKET:
        try:
            sock.send(outgoing.data, _FLAGS)
            return None
        except BlockingIOError:
            return BUFFER_FULL
        except OSError as e:
            if e.errno != errno.EMSGSIZE:
                return _reason(e)
    # Either too large for a record, or somebody made the buffer small.
    if _queued(sock) > _LARGE_QUEUE:
        return BUFFER_FULL
    header = json.dumps({'memfd': len(outgoing.data)}).encode()
    try:
        rights = array.array('i', [outgoing.memfd])
        sock.sendmsg(
            [header],
            [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, rights)],
            _FLAGS,
        )
    except OSError as e:
        return _reason(e)
    return None


def _reason(e: OSError) -> str:
    if isinstance(e, ConnectionError) or e.errno == errno.ENOTCONN:
        raise ConnectionError(*e.args) from e
    if e.errno == errno.EMSGSIZE:
        return TOO_LARGE
    # EAGAIN, and what the kernel says when it is short of memory, or when
    # too many descriptors are in flight (ETOOMANYREFS, unix(7)).
    return BUFFER_FULL


def _queued(sock: _socket.socket) -> int:
    """Bytes that the peer has not read, with overhead (SIOCOUTQ, unix(7))."""
    raw = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, b'\0' * 4)
    return int(struct.unpack('i', raw)[0])


def send_line(
    sock: _socket.socket, outgoing: Outgoing
) -> tuple[str | None, bytes]:
    """Send a document as one line on a stream.

    A long line is only begun when the buffer has room for all of it, so
    that the kernel takes it whole.

    :returns: why it was not sent, or None; and what the kernel did not take
        of it all the same, which must be sent before anything else
    :raises ConnectionError: the peer is gone
    """
    line = outgoing.line
    if len(line) > _ATOMIC_LINE:
        size = sock.getsockopt(_socket.SOL_SOCKET, _socket.SO_SNDBUF)
        # The kernel charges pages, not bytes: a quarter more is enough.
        need = len(line) + len(line) // 4 + 4096
        if need > size:
            return TOO_LARGE, b''
        if need > size - _queued(sock):
            return BUFFER_FULL, b''
    try:
        sent = sock.send(line, _FLAGS)
    except BlockingIOError:
        return BUFFER_FULL, b''
    except OSError as e:
        return _reason(e), b''
    return None, line[sent:]
