# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Readers of documents from one socket, whatever a peer sends.

Rule: a reader returns complete documents or reports the error of the peer. It
never waits, not even to close a descriptor that a peer passed, and leaks none.
"""

import _socket
from collections.abc import Iterable
import functools
import json
import os
import re
from typing import Final
from typing import NoReturn

from unixnotif import errors
from unixnotif import grammar
from unixnotif.packet import rights
from unixnotif.packet import sockets

#: Default limit of one document, in bytes.
MAX_MESSAGE_SIZE: Final = 32 * 1024 * 1024

# The flags of recvmsg(2) that an ordinary record does not have.
_UNUSUAL = ~(_socket.MSG_EOR | _socket.MSG_CMSG_CLOEXEC)
# More lines than this are not usual in one read.
_MANY: Final = 1024
_EMPTY_LINES = re.compile(rb'\n{2,}')

# A test suite may replace functions of os while it runs (nova's does).
_fstat = os.fstat
_pread = os.pread


class _Reader:
    """The owner of one connection, and of the descriptors that it brings.

    :ivar sender: the process that connected
    :ivar is_suspect: True if the peer passed a descriptor whose close may
        block
    """

    def __init__(
        self, sock: sockets.Socket, buffer: bytearray, max_size: int
    ) -> None:
        self._sock = sock
        self._max_size = max_size
        self._receive = functools.partial(
            sock.recvmsg_into,
            [buffer],
            rights.ANCILLARY,
            _socket.MSG_CMSG_CLOEXEC,
        )
        self.sender = sockets.peer(sock)
        self.is_suspect = False

    def fileno(self) -> int:
        """Return the descriptor of the socket."""
        return self._sock.fileno()

    def stop(self) -> None:
        """Stop the other end from sending; earlier data is still read."""
        sockets.stop_receiving(self._sock)

    def discard(self) -> None:
        """Close the connection with all unread data, without waiting."""
        if rights.discard(self._sock):
            self.is_suspect = True

    def close(self) -> None:
        """Close the connection, which another owner has open, too."""
        self._sock.close()

    def _close_all(self, fds: Iterable[int]) -> None:
        """Close received descriptors, without waiting for any of them."""
        if rights.close_all(fds, self._max_size):
            self.is_suspect = True


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
        """Return the next document; None if there is none now.

        :raises EOFError: the other end is closed
        :raises PeerError: the record is not a document; reading can continue
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
        # _check_size(), inline: this code runs for each document.
        if size > self._max_size:
            _check_size(size, self._max_size)
        return self._buffer[:size].tobytes()

    def _read_unusual(
        self, size: int, ancillary: list[tuple[int, int, bytes]], flags: int
    ) -> bytes:
        # Own every descriptor before judging: what is not closed here stays
        # open without end.
        fds = rights.descriptors(ancillary)
        try:
            if flags & _socket.MSG_CTRUNC:
                # The kernel did not install the descriptor. The flag does
                # not show the reason: EMFILE, or security_file_receive().
                # The kernel closed the descriptor during the call, which may
                # have blocked.
                self.is_suspect = True
                raise errors.PeerError(
                    'a descriptor that this process cannot receive: the '
                    'process has too many open descriptors (RLIMIT_NOFILE), '
                    'or a security module (SELinux, AppArmor) denies the '
                    'descriptor'
                )
            if flags & _socket.MSG_TRUNC:
                raise errors.PeerError(
                    f'a record over {len(self._buffer)} bytes'
                )
            if len(fds) != 1:
                raise errors.PeerError(
                    f'a record with {grammar.plural(len(fds), "descriptor")}; '
                    'the record of a large document has 1'
                )
            header = self._buffer[:size].tobytes()
            return _read_memfd(fds[0], header, self._max_size)
        finally:
            self._close_all(fds)


def _read_memfd(fd: int, header: bytes, max_size: int) -> bytes:
    """Return the document in a received memfd.

    Without the seals, the sender could change or shorten the memfd during the
    read. F_GET_SEALS works on memfds only, so this function never reads
    another file (a pipe that blocks, a file on a dead network).

    :raises PeerError: the descriptor or the header is not as agreed
    """
    try:
        promised = json.loads(header)['memfd']
    except (ValueError, KeyError, TypeError, RecursionError):
        raise errors.PeerError(
            'a descriptor in a record that is not {"memfd": SIZE}'
        ) from None
    is_sealed = rights.is_sealed(fd)
    if is_sealed is None:
        raise errors.PeerError('a descriptor that is not a memfd')
    if not is_sealed:
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
        # The memfd may be open for writing only.
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
        """True if a document is buffered in user space."""
        return bool(self._lines)

    def read(self) -> bytes | None:
        """Return the next document; None if there is none now.

        This method receives at most once. It returns b'' if it received only
        a part of a document, and there may be more.

        :raises EOFError: the other end is closed
        :raises PeerError: a line is too long or has no end, and is skipped;
            or the peer passed descriptors
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
                fds = rights.descriptors(ancillary)
                self._close_all(fds)
                raise errors.PeerError(
                    'descriptors on a stream, which may carry only lines'
                )
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
            # _split() keeps at most one byte more than the limit.
            over = 'over ' if size > self._max_size else 'of '
            size = min(size, self._max_size)
            raise errors.PeerError(f'a line {over}{size} bytes without an end')
        raise EOFError

    def _split(self, data: bytes) -> None:
        first, *lines = data.split(b'\n', _MANY)
        if len(lines) == _MANY:
            # An empty line (a keep-alive) is ignored, but a peer may send only
            # empty lines. Remove most of them before each becomes an object.
            lines += _EMPTY_LINES.sub(b'\n', lines.pop()).split(b'\n')
        # Of a line that is too long, keep one byte more than the limit.
        self._begun += first[: self._max_size + 1 - len(self._begun)]
        if lines:
            lines.insert(0, bytes(self._begun))
            self._begun = bytearray(lines.pop()[: self._max_size + 1])
            # read() pops lines from the end.
            self._lines = [line for line in reversed(lines) if line]
