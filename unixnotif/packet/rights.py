# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Descriptors that a peer passes (SCM_RIGHTS, unix(7)).

Rule: a process that needs no descriptors lets the kernel refuse them. A
process that receives descriptors owns each of them at once, and never waits
to close one.
"""

import _socket
import array
from collections.abc import Collection
from collections.abc import Iterable
import contextlib
import fcntl
import functools
import os
from typing import Final

from unixnotif import closer
from unixnotif.packet import sockets
from unixnotif.packet import transmission

# A record carries this many descriptors at most (SCM_MAX_FD, unix(7)). There
# is room for all of them: in the thread of the caller, the kernel closes
# descriptors without room, and that may block.
_MAX_DESCRIPTORS: Final = 253
#: Room for all descriptors of a record.
ANCILLARY: Final = _socket.CMSG_SPACE(
    _MAX_DESCRIPTORS * array.array('i').itemsize
)
# Unit of st_blocks of stat(2), in bytes.
_BLOCK: Final = 512
# Records that a connection may hold when it is closed; with more, a thread
# closes it. The limit applies only if /proc does not show whether the
# connection holds descriptors.
_MAX_DISCARDED: Final = 64
# The buffer for discarded data.
_SCRAP: Final = bytearray(4096)
_PAGE: Final = os.sysconf('SC_PAGESIZE')
# A test suite may replace functions of os while it runs (nova's does).
_close = os.close
_fstat = os.fstat

# Level and option for setsockopt(2): Linux 6.16 and later, see
# asm-generic/socket.h. Python has no name for the option.
_PASS_RIGHTS: Final = (_socket.SOL_SOCKET, 83)


def refuse_descriptors(sock: _socket.socket) -> None:
    """Refuse descriptors that peers pass to a socket, where the kernel can.

    The peer's sendmsg(2) fails with EPERM. Connections of a listening socket
    inherit this, also while they wait to be accepted. An older kernel does
    not know the option and passes descriptors.
    """
    with contextlib.suppress(OSError):
        sock.setsockopt(*_PASS_RIGHTS, 0)


def close_all(fds: Iterable[int], max_size: int) -> bool:
    """Close received descriptors, without waiting for any of them.

    :param max_size: limit of a document in bytes
    :returns: True if the close of some may block: a thread closes those
    """
    foreign = []
    for fd in fds:
        if _is_harmless(fd, max_size):
            _close(fd)
        else:
            foreign.append(fd)
    if foreign:
        _close_in_background(foreign)
    return bool(foreign)


def _close_in_background(fds: Collection[int]) -> None:
    """Close descriptors whose close may block."""
    closer.in_background(functools.partial(_close_each, fds), len(fds))


def _close_each(fds: Iterable[int]) -> None:
    for fd in fds:
        # A file system may report an error; the descriptor is closed.
        with contextlib.suppress(OSError):
            _close(fd)


def discard(sock: sockets.Socket) -> bool:
    """Close a connection with all unread data, without waiting.

    :returns: True if the peer passed descriptors, so that closing the
        connection may block: a thread does it
    """
    if sock.is_open():
        # From here on the peer can pass no more descriptors.
        sockets.stop_receiving(sock)
        held = sockets.holds_descriptors(sock)
        if held or (held is None and not _is_emptied(sock)):
            closer.in_background(sock.close)
            return True
    sock.close()
    return False


def _is_emptied(sock: sockets.Socket) -> bool:
    """Read a stopped connection; return True if it is empty afterwards.

    Return False if the peer passed descriptors, or sent too many records.
    """
    kind = sock.getsockopt(_socket.SOL_SOCKET, _socket.SO_TYPE)
    # With this option each record has credentials, and the end has none
    # (unix(7)). That distinguishes an empty record from the end. A stream has
    # no empty records.
    sock.setsockopt(_socket.SOL_SOCKET, _socket.SO_PASSCRED, 1)
    for _ in range(_MAX_DISCARDED):
        try:
            size, ancillary, _, _ = sock.recvmsg_into(
                [_SCRAP], ANCILLARY, _socket.MSG_CMSG_CLOEXEC
            )
        except OSError:
            # For example ECONNRESET, which the kernel reports once.
            continue
        if not size and (not ancillary or kind == _socket.SOCK_STREAM):
            return True
        fds = descriptors(ancillary)
        if fds:
            _close_in_background(fds)
            break
    return False


def _is_harmless(fd: int, max_size: int) -> bool:
    """Return True if closing a descriptor takes no time.

    This is true for a sealed memfd, unless it is very large. Of other files
    not even fstat(2) is safe: on FUSE it waits for the peer.
    """
    # Its last page may be half empty.
    return bool(is_sealed(fd)) and (
        _fstat(fd).st_blocks * _BLOCK <= max_size + _PAGE
    )


def is_sealed(fd: int) -> bool | None:
    """Return True if no process can change a memfd; None if it is no memfd."""
    try:
        seals = fcntl.fcntl(fd, fcntl.F_GET_SEALS)
    except OSError:
        return None
    return seals & transmission.SEALS == transmission.SEALS


def descriptors(
    ancillary: Iterable[tuple[int, int, bytes]],
) -> 'array.array[int]':
    """Return the descriptors that a record brought."""
    fds = array.array('i')
    for level, kind, data in ancillary:
        if (level, kind) == (_socket.SOL_SOCKET, _socket.SCM_RIGHTS):
            fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
    return fds
