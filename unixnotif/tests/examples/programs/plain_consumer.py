# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A subscriber that needs only sockets.

It uses the standard library, and only system calls that C, Go and other
languages have.
"""

import fcntl
import json
import os
import select
import socket
import sys

DIRECTORY = '/run/nova/notifications'
SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE


def join() -> socket.socket:
    """Return a listening socket in the directory, under a new name."""
    name = f'{os.getpid()}-{os.urandom(8).hex()}.sock'
    hidden = f'{DIRECTORY}/.{name}'
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(hidden)
    os.chmod(hidden, 0o660)
    listener.listen(128)
    os.rename(hidden, f'{DIRECTORY}/{name}')
    return listener


def read(connection: socket.socket) -> bytes | None:
    """Return the next document of a connection; None at its end."""
    data, fds, flags, _ = socket.recv_fds(
        connection, 128 * 1024, 1, socket.MSG_CMSG_CLOEXEC
    )
    try:
        if flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC) or len(fds) > 1:
            raise ValueError('not a record of this protocol')
        return read_memfd(fds[0], json.loads(data)['memfd']) if fds else data
    finally:
        for fd in fds:
            os.close(fd)


def read_memfd(fd: int, size: int) -> bytes:
    """Return a large document, which its sender can no longer change."""
    if fcntl.fcntl(fd, fcntl.F_GET_SEALS) & SEALS != SEALS:
        raise ValueError('a file that its sender can change')
    if size != os.fstat(fd).st_size or size > 32 * 1024 * 1024:
        raise ValueError('the size of the file is wrong')
    parts = bytearray()
    while len(parts) < size:
        parts += os.pread(fd, size - len(parts), len(parts))
    return bytes(parts)


def describe(document: bytes) -> str:
    """Return a line about a notification, or about lost notifications."""
    decoded = json.loads(document)
    if 'lost' in decoded:
        return f'lost {decoded["lost"]["count"]}'
    return f'{decoded["event_type"]} {len(document)} bytes'


listener = join()
connections: list[socket.socket] = []
while True:
    for ready in select.select([listener, *connections], [], [])[0]:
        if ready is listener:
            connections.append(listener.accept()[0])
            continue
        try:
            document = read(ready)
            line = describe(document) if document else None
        except (ValueError, KeyError, TypeError) as e:
            print('rejected:', e, file=sys.stderr)
            continue
        except OSError:
            line = None
        if line is None:
            connections.remove(ready)
            ready.close()
        else:
            print(line)
