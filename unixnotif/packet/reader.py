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
never waits, also not to close a descriptor that a peer passed, and leaks
none.
"""

import _socket
import array
from collections.abc import Collection
from collections.abc import Iterable
import contextlib
import fcntl
import functools
import json
import os
import re
from typing import Final
from typing import NoReturn

from unixnotif import closing
from unixnotif import errors
from unixnotif.packet import sockets
from unixnotif.packet import writer

#: Default limit of one document, in bytes.
MAX_MESSAGE_SIZE: Final = 32 * 1024 * 1024

# A record carries this many descriptors at most (SCM_MAX_FD, unix(7)). There
# is room for all of them: what does not fit, the kernel closes in the thread
# of the caller, and that may block.
_MAX_DESCRIPTORS: Final = 253
_ANCILLARY = _socket.CMSG_SPACE(_MAX_DESCRIPTORS * array.array('i').itemsize)
# Of what recvmsg(2) reports, all but what every record has.
_UNUSUAL = ~(_socket.MSG_EOR | _socket.MSG_CMSG_CLOEXEC)
# What st_blocks of stat(2) counts.
_BLOCK: Final = 512
# Records that a connection may hold when it is closed; with more, a thread
# closes it. Only where /proc does not say what a connection holds.
_MAX_DISCARDED: Final = 64
# Where they go; nobody reads it.
_SCRAP: Final = bytearray(4096)
_PAGE: Final = os.sysconf('SC_PAGESIZE')
# More lines than this are not usual in one read.
_MANY: Final = 1024
_EMPTY_LINES = re.compile(rb'\n{2,}')

# A test suite may replace functions of os while it runs (nova's does).
_close = os.close
_fstat = os.fstat
_pread = os.pread


class _Reader:
    """The owner of one connection, and of the descriptors that it brings.

    :ivar sender: who connected
    :ivar is_suspect: whether the peer passed a descriptor whose close may
        block
    """

    def __init__(
        self, sock: sockets.Socket, buffer: bytearray, max_size: int
    ) -> None:
        self._sock = sock
        self._max_size = max_size
        self._receive = functools.partial(
            sock.recvmsg_into, [buffer], _ANCILLARY, _socket.MSG_CMSG_CLOEXEC
        )
        self.sender = sockets.peer(sock)
        self.is_suspect = False

    def fileno(self) -> int:
        """The socket's descriptor."""
        return self._sock.fileno()

    def stop(self) -> None:
        """Let the other end send no more; what it has sent is read."""
        sockets.stop_receiving(self._sock)

    def discard(self) -> None:
        """Close the connection with all that is unread, without waiting."""
        if discard(self._sock):
            self.is_suspect = True

    def close(self) -> None:
        """Close the connection, which somebody else has open, too."""
        self._sock.close()

    def _close_all(self, fds: Iterable[int]) -> None:
        """Close received descriptors, without waiting for any of them."""
        foreign = []
        for fd in fds:
            if _is_harmless(fd, self._max_size):
                _close(fd)
            else:
                foreign.append(fd)
        if foreign:
            self.is_suspect = True
            _close_in_background(foreign)


def _close_in_background(fds: Collection[int]) -> None:
    """Close descriptors whose close may block."""
    closing.in_background(functools.partial(_close_each, fds), len(fds))


def _close_each(fds: Iterable[int]) -> None:
    for fd in fds:
        # A file system may report an error; the descriptor is closed.
        with contextlib.suppress(OSError):
            _close(fd)


def discard(sock: sockets.Socket) -> bool:
    """Close a connection with all that is unread, without waiting.

    :returns: True if the peer passed descriptors, so that closing the
        connection may block: a thread does it
    """
    if sock.is_open():
        # From here on nobody passes another descriptor.
        sockets.stop_receiving(sock)
        held = sockets.holds_descriptors(sock)
        if held or (held is None and not _is_emptied(sock)):
            closing.in_background(sock.close)
            return True
    sock.close()
    return False


def _is_emptied(sock: sockets.Socket) -> bool:
    """Read a stopped connection; return True if that was all.

    Return False if it brings descriptors, or too many records.
    """
    kind = sock.getsockopt(_socket.SOL_SOCKET, _socket.SO_TYPE)
    # Each record has credentials then, the end has none (unix(7)): so an
    # empty record is no end. On a stream there are none.
    sock.setsockopt(_socket.SOL_SOCKET, _socket.SO_PASSCRED, 1)
    for _ in range(_MAX_DISCARDED):
        try:
            size, ancillary, _, _ = sock.recvmsg_into(
                [_SCRAP], _ANCILLARY, _socket.MSG_CMSG_CLOEXEC
            )
        except OSError:
            # Such as ECONNRESET, which the kernel reports once.
            continue
        if not size and (not ancillary or kind == _socket.SOCK_STREAM):
            return True
        fds = _descriptors(ancillary)
        if fds:
            _close_in_background(fds)
            break
    return False


def _is_harmless(fd: int, max_size: int) -> bool:
    """Return True if closing a descriptor takes no time.

    Such is a sealed memfd, unless it has very much memory to give back. Of
    other files not even fstat(2) is safe: on FUSE it waits for the peer.
    """
    try:
        seals = fcntl.fcntl(fd, fcntl.F_GET_SEALS)
    except OSError:
        return False
    if seals & writer.SEALS != writer.SEALS:
        return False
    # Its last page may be half empty.
    return _fstat(fd).st_blocks * _BLOCK <= max_size + _PAGE


def _descriptors(
    ancillary: Iterable[tuple[int, int, bytes]],
) -> 'array.array[int]':
    """Return the descriptors that a record brought."""
    fds = array.array('i')
    for level, kind, data in ancillary:
        if (level, kind) == (_socket.SOL_SOCKET, _socket.SCM_RIGHTS):
            fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
    return fds


class PacketReader(_Reader):
    """Reads documents off one connection of records.

    :param sock: connected SEQPACKET socket, owned by the reader
    :param buffer: at least ``MAX_PACKET`` bytes; readers may share one,
        since every document is copied out of it at once
    :param max_size: limit of a document in bytes
    """

    def __init__(
        self, sock: sockets.Socket, buffer: bytearray, max_size: int
    ) -> None:
        super().__init__(sock, buffer, max_size)
        self._buffer = memoryview(buffer)

    #: Nothing is kept outside the kernel; see :class:`LineReader`.
    buffered: Final = False

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
        # Inline, for each document: _check_size().
        if size > self._max_size:
            _check_size(size, self._max_size)
        return self._buffer[:size].tobytes()

    def _read_unusual(
        self, size: int, ancillary: list[tuple[int, int, bytes]], flags: int
    ) -> bytes:
        # Own every descriptor before judging: what is not closed here stays
        # open for ever.
        fds = _descriptors(ancillary)
        try:
            if flags & _socket.MSG_CTRUNC:
                raise errors.PeerError(
                    'a descriptor that this process may not open: it has too '
                    'many'
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
            self._close_all(fds)


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
    size = _fstat(fd).st_size
    if size != promised:
        raise errors.PeerError(
            f'a memfd of {size} bytes, announced as {promised!r:.20}'
        )
    if not size:
        raise errors.PeerError('an empty memfd')
    _check_size(size, max_size)
    try:
        return _copy(fd, size)
    except MemoryError:
        raise errors.PeerError(
            f'not enough memory for a document of {size} bytes'
        ) from None
    except OSError as e:
        # It was opened to write only, for example.
        raise errors.PeerError(
            f'a memfd that cannot be read: {e.strerror}'
        ) from None


def _copy(fd: int, size: int) -> bytes:
    """Return the bytes of a file.

    :raises OSError: it cannot be read
    """
    chunks = []
    offset = 0
    # pread, since all receivers share one file offset.
    while offset < size:
        chunks.append(_pread(fd, size - offset, offset))
        offset += len(chunks[-1])
    return b''.join(chunks)


def _check_size(size: int, max_size: int) -> None:
    if size > max_size:
        raise errors.PeerError(
            f'a document of {size} bytes; max_message_size is {max_size}'
        )


class LineReader(_Reader):
    """Reads documents off one stream, as JSON lines.

    :param sock: connected stream socket, owned by the reader
    :param buffer: where the kernel writes; readers may share one
    :param max_size: limit of a document in bytes
    """

    def __init__(
        self, sock: sockets.Socket, buffer: bytearray, max_size: int
    ) -> None:
        super().__init__(sock, buffer, max_size)
        self._buffer = buffer
        self._begun = bytearray()
        self._lines: list[bytes] = []

    @property
    def buffered(self) -> bool:
        """Whether a document is here of which the descriptor says nothing."""
        return bool(self._lines)

    def read(self) -> bytes | None:
        """The next document; None when there is none now.

        Receives at most once: b'' means that it took a part of a document,
        and that there may be more.

        :raises EOFError: the other end is closed
        :raises PeerError: a line is too long, or has no end; it is skipped.
            Or the peer passed descriptors
        """
        if not self._lines:
            try:
                size, ancillary, flags, _ = self._receive()
            except BlockingIOError:
                return None
            except OSError:
                self._end()
            if not size:
                self._end()
            self._split(bytes(memoryview(self._buffer)[:size]))
            if ancillary or flags & _UNUSUAL:
                fds = _descriptors(ancillary)
                self._close_all(fds)
                raise errors.PeerError(f'{len(fds)} descriptors on a stream')
            if not self._lines:
                return b''
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
            # Of a line that is too long, the rest was not kept.
            over = 'over ' if size > self._max_size else 'of '
            size = min(size, self._max_size)
            raise errors.PeerError(f'a line {over}{size} bytes without an end')
        raise EOFError

    def _split(self, data: bytes) -> None:
        first, *lines = data.split(b'\n', _MANY)
        if len(lines) == _MANY:
            # An empty line is nothing (a keep-alive), but a peer may send
            # nothing else. So the rest go before each becomes an object.
            lines += _EMPTY_LINES.sub(b'\n', lines.pop()).split(b'\n')
        # Of a line that is too long, as much is kept as tells that it is.
        self._begun += first[: self._max_size + 1 - len(self._begun)]
        if lines:
            lines.insert(0, bytes(self._begun))
            self._begun = bytearray(lines.pop()[: self._max_size + 1])
            # Popped from the end.
            self._lines = [line for line in reversed(lines) if line]
