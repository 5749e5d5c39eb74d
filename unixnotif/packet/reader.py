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

"""Receiving documents from one socket, whatever a peer sends.

Rule: a reader returns whole documents or says what the peer did wrong; it
never waits, and leaks no descriptor that a peer passed.
"""

import _socket
import array
import fcntl
import functools
import json
import os
from typing import Final
from typing import NoReturn

from unixnotif import errors
from unixnotif.packet import sockets
from unixnotif.packet import writer

#: Default limit of one document, in bytes.
MAX_MESSAGE_SIZE: Final = 32 * 1024 * 1024

# SCM_RIGHTS for one descriptor; alignment lets the kernel fit two.
_ANCILLARY = _socket.CMSG_SPACE(array.array('i').itemsize)
# Of what recvmsg(2) reports, all but what every record has.
_UNUSUAL = ~(_socket.MSG_EOR | _socket.MSG_CMSG_CLOEXEC)


class PacketReader:
    """Reads documents off one connection of records.

    :param sock: connected SEQPACKET socket, owned by the reader
    :param buffer: at least ``MAX_PACKET`` bytes; readers may share one,
        since every document is copied out of it at once
    :param max_size: limit of a document in bytes
    """

    def __init__(
        self, sock: sockets.Socket, buffer: bytearray, max_size: int
    ) -> None:
        self._sock = sock
        self._buffer = memoryview(buffer)
        self._max_size = max_size
        self._receive = functools.partial(
            sock.recvmsg_into, [buffer], _ANCILLARY, _socket.MSG_CMSG_CLOEXEC
        )
        self.sender = sockets.peer(sock)

    #: Nothing is kept outside the kernel; see :class:`LineReader`.
    buffered: Final = False

    def fileno(self) -> int:
        """The socket's descriptor."""
        return self._sock.fileno()

    def read(self) -> bytes | None:
        """The next document; None when there is none now.

        :raises EOFError: the other end is closed
        :raises PeerError: the record is not a document; the next may be
        """
        try:
            size, ancillary, flags, _ = self._receive()
        except BlockingIOError:
            return None
        except OSError as e:
            raise EOFError from e
        if ancillary or flags & _UNUSUAL:
            return self._read_unusual(size, ancillary, flags)
        if not size:
            raise EOFError
        _check_size(size, self._max_size)
        return self._buffer[:size].tobytes()

    def _read_unusual(
        self, size: int, ancillary: list[tuple[int, int, bytes]], flags: int
    ) -> bytes:
        # Own every descriptor before judging: what is not closed here stays
        # open for ever.
        fds = array.array('i')
        for level, kind, data in ancillary:
            if (level, kind) == (_socket.SOL_SOCKET, _socket.SCM_RIGHTS):
                fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
        try:
            if flags & _socket.MSG_CTRUNC:
                raise errors.PeerError(
                    'descriptors that did not fit: too many were sent, or '
                    'this process may not open more'
                )
            if flags & _socket.MSG_TRUNC:
                raise errors.PeerError(
                    f'a record over {len(self._buffer)} bytes'
                )
            if len(fds) != 1:
                raise errors.PeerError(f'{len(fds)} descriptors in a record')
            header = self._buffer[:size].tobytes()
            return _read_memfd(fds[0], header, self._max_size)
        finally:
            for fd in fds:
                os.close(fd)

    def stop(self) -> None:
        """Let the other end send no more; what it has sent is read."""
        sockets.stop_receiving(self._sock)

    def close(self) -> None:
        """Close the connection."""
        self._sock.close()


def _read_memfd(fd: int, header: bytes, max_size: int) -> bytes:
    """The document in a received memfd.

    Without the seals the sender could change or shorten it while it is
    read; F_GET_SEALS works on memfds only, so that nothing else (a pipe
    that blocks, a file on a dead network) is ever read.

    :raises PeerError: the descriptor or the header is not as agreed
    """
    try:
        promised = json.loads(header)['memfd']
    except (ValueError, KeyError, TypeError, RecursionError):
        raise errors.PeerError('a descriptor without its header') from None
    try:
        seals = fcntl.fcntl(fd, fcntl.F_GET_SEALS)
    except OSError:
        raise errors.PeerError('a descriptor that is not a memfd') from None
    if seals & writer.SEALS != writer.SEALS:
        raise errors.PeerError('a memfd that its sender can still change')
    size = os.fstat(fd).st_size
    if size != promised:
        raise errors.PeerError(
            f'a memfd of {size} bytes, announced as {promised!r:.20}'
        )
    _check_size(size, max_size)
    chunks = []
    offset = 0
    # pread, since all receivers share one file offset.
    while offset < size:
        chunks.append(os.pread(fd, size - offset, offset))
        offset += len(chunks[-1])
    return b''.join(chunks)


def _check_size(size: int, max_size: int) -> None:
    if size > max_size:
        raise errors.PeerError(
            f'a document of {size} bytes; max_message_size is {max_size}'
        )


class LineReader:
    """Reads documents off one stream, as JSON lines.

    :param sock: connected stream socket, owned by the reader
    :param buffer: where the kernel writes; readers may share one
    :param max_size: limit of a document in bytes
    """

    def __init__(
        self, sock: sockets.Socket, buffer: bytearray, max_size: int
    ) -> None:
        self._sock = sock
        self._buffer = buffer
        self._max_size = max_size
        self._begun = bytearray()
        self._lines: list[bytes] = []
        self.sender = sockets.peer(sock)

    @property
    def buffered(self) -> bool:
        """Whether a document is here of which the descriptor says nothing."""
        return bool(self._lines)

    def fileno(self) -> int:
        """The socket's descriptor."""
        return self._sock.fileno()

    def read(self) -> bytes | None:
        """The next document; None when there is none now.

        :raises EOFError: the other end is closed
        :raises PeerError: a line is too long, or has no end; it is skipped
        """
        while not self._lines:
            try:
                size = self._sock.recv_into(self._buffer)
            except BlockingIOError:
                return None
            except OSError:
                size = 0
            if not size:
                self._end()
            self._split(bytes(memoryview(self._buffer)[:size]))
        line = self._lines.pop()
        if len(line) > self._max_size:
            raise errors.PeerError(
                f'a line over {self._max_size} bytes (max_message_size)'
            )
        return line

    def _end(self) -> NoReturn:
        if self._begun:
            size = len(self._begun)
            self._begun.clear()
            raise errors.PeerError(f'a line of {size} bytes without an end')
        raise EOFError

    def _split(self, data: bytes) -> None:
        first, *lines = data.split(b'\n')
        # Of a line that is too long, as much is kept as tells that it is.
        self._begun += first[: self._max_size + 1 - len(self._begun)]
        if lines:
            lines.insert(0, bytes(self._begun))
            self._begun = bytearray(lines.pop()[: self._max_size + 1])
            # Popped from the end; an empty line is nothing (a keep-alive).
            self._lines = [line for line in reversed(lines) if line]

    def stop(self) -> None:
        """Let the other end send no more; what it has sent is read."""
        sockets.stop_receiving(self._sock)

    def close(self) -> None:
        """Close the connection."""
        self._sock.close()
