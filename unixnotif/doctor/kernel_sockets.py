# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Unix sockets and their connections, as the kernel lists them.

Rule: the list comes from sock_diag(7), which needs no privilege. It has the
sockets of one network namespace.
"""

import _socket
from collections.abc import Collection
from collections.abc import Iterator
import os
import struct
from typing import Final

_NETLINK_SOCK_DIAG: Final = 4
_SOCK_DIAG_BY_FAMILY: Final = 20
_NLM_F_REQUEST: Final = 1
_NLM_F_DUMP: Final = 0x300
_NLMSG_ERROR: Final = 2
_NLMSG_DONE: Final = 3
# struct nlmsghdr, struct unix_diag_req, struct unix_diag_msg, struct rtattr.
_HEADER: Final = struct.Struct('=IHHII')
_REQUEST: Final = struct.Struct('=BBHIIIII')
_ENTRY: Final = struct.Struct('=BBBBIII')
_ATTRIBUTE: Final = struct.Struct('=HH')
_TWO: Final = struct.Struct('=II')
_ONE: Final = struct.Struct('=I')
_ALL_STATES: Final = 0xFFFFFFFF
_SHOW_FILE_AND_PEERS: Final = 2 | 4 | 8
_FILE: Final = 1
_PEER: Final = 2
_WAITING: Final = 3
_SECONDS: Final = 5
_MOST: Final = 1_000_000


def connected(
    files: Collection[tuple[int, int]],
) -> dict[tuple[int, int], list[int]] | None:
    """Return which sockets are connected to a listener.

    :param files: device and inode of the files of listeners
    :returns: inodes of the connected sockets, by file; None if the kernel
        does not list them
    """
    # The kernel lists 32 bits of an inode, and its own encoding of a device.
    wanted = {
        (_kernel_device(dev), ino & _ALL_STATES): (dev, ino)
        for dev, ino in files
    }
    found: dict[tuple[int, int], list[int]] = {}
    try:
        for attributes in _entries():
            file = attributes.get(_FILE, b'')
            if len(file) < _TWO.size:
                continue
            inode, device = _TWO.unpack_from(file)
            key = wanted.get((device, inode))
            # Those that the listener has accepted, and those that wait.
            peers = attributes.get(_PEER, b'') + attributes.get(_WAITING, b'')
            if key is not None:
                found.setdefault(key, []).extend(_inodes(peers))
    except OSError:
        return None
    return found


def _inodes(data: bytes) -> Iterator[int]:
    whole = len(data) - len(data) % _ONE.size
    for (inode,) in _ONE.iter_unpack(data[:whole]):
        # A peer that was closed has none.
        if inode:
            yield inode


def _kernel_device(device: int) -> int:
    return os.major(device) << 20 | os.minor(device)


def _entries() -> Iterator[dict[int, bytes]]:
    """Yield the attributes of every Unix socket.

    :raises OSError: the kernel does not list them
    """
    request = _REQUEST.pack(
        _socket.AF_UNIX, 0, 0, _ALL_STATES, 0, _SHOW_FILE_AND_PEERS, 0, 0
    )
    header = _HEADER.pack(
        _HEADER.size + len(request),
        _SOCK_DIAG_BY_FAMILY,
        _NLM_F_REQUEST | _NLM_F_DUMP,
        1,
        0,
    )
    sock = _socket.socket(
        _socket.AF_NETLINK,
        _socket.SOCK_RAW | _socket.SOCK_CLOEXEC,
        _NETLINK_SOCK_DIAG,
    )
    count = 0
    try:
        sock.settimeout(_SECONDS)
        sock.send(header + request)
        while count < _MOST:
            for kind, message in _messages(sock.recv(65536)):
                if kind == _NLMSG_DONE:
                    return
                if kind == _NLMSG_ERROR:
                    code = -struct.unpack_from('=i', message)[0]
                    raise OSError(code, os.strerror(code))
                count += 1
                yield _attributes(message[_ENTRY.size :])
    finally:
        sock.close()


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= _HEADER.size:
        length, kind, *_ = _HEADER.unpack_from(data)
        if length < _HEADER.size:
            return
        yield kind, data[_HEADER.size : length]
        data = data[_aligned(length) :]


def _attributes(data: bytes) -> dict[int, bytes]:
    found = {}
    while len(data) >= _ATTRIBUTE.size:
        length, kind = _ATTRIBUTE.unpack_from(data)
        if length < _ATTRIBUTE.size:
            break
        found[kind] = data[_ATTRIBUTE.size : length]
        data = data[_aligned(length) :]
    return found


def _aligned(length: int) -> int:
    return (length + 3) & ~3
