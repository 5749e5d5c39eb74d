# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A second subscriber, which shares no code with the first.

Rule: this module uses only the standard library, and follows the page about
the wire format. Each line of the output is a notification or a loss, with the
id of the emitting process.
"""

import argparse
import json
import os
from pathlib import Path
import select
import signal
import socket
import struct
import sys
from typing import Any

_RECORD = 128 * 1024


def subscribe(directory: Path) -> tuple[socket.socket, Path]:
    """Return a listening socket in a rendezvous directory, and its path."""
    name = f'{os.getpid()}-{os.urandom(8).hex()}.sock'
    hidden, path = directory / f'.{name}', directory / name
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(str(hidden))
    hidden.chmod(0o660)
    listener.listen(128)
    hidden.rename(path)
    return listener, path


def read(connection: socket.socket) -> bytes:
    """Return the next document; empty at the end of the connection."""
    data, descriptors, _, _ = socket.recv_fds(connection, _RECORD, 1)
    if not descriptors:
        return data
    [descriptor] = descriptors
    with open(descriptor, 'rb') as large:
        # The offset is shared by all subscribers.
        size = json.loads(data)['memfd']
        parts = bytearray()
        while len(parts) < size:
            part = os.pread(large.fileno(), size - len(parts), len(parts))
            if not part:
                raise ValueError('a document is shorter than announced')
            parts += part
        return bytes(parts)


def line(document: dict[str, Any], pid: int) -> dict[str, Any]:
    """Return the output line of a document, as a value for JSON."""
    if 'lost' in document:
        return {'pid': pid, 'lost': document['lost']['count']}
    return {
        'pid': pid,
        'message_id': document['message_id'],
        'event_type': document['event_type'],
        'topics': ' '.join(document.get('topics', [])),
    }


def main() -> None:
    """Follow a directory until SIGTERM, and then to the end of the buffers."""
    options = argparse.ArgumentParser(prog='python -m tools.cloud.witness')
    options.add_argument('directory', type=Path)
    directory = options.parse_args().directory
    wakeup, signaled = socket.socketpair()
    signaled.setblocking(False)
    signal.set_wakeup_fd(signaled.fileno())
    signal.signal(signal.SIGTERM, lambda *_: None)
    listener, path = subscribe(directory)
    listener.setblocking(False)
    senders: dict[socket.socket, int] = {}
    stopping = False
    while True:
        ready, _, _ = select.select(
            [listener, wakeup, *senders], [], [], 0 if stopping else None
        )
        if stopping and not ready:
            return
        for each in ready:
            if each is wakeup:
                stopping = True
                wakeup.recv(16)
                path.unlink(missing_ok=True)
            elif each is listener:
                connection, _ = listener.accept()
                credentials = connection.getsockopt(
                    socket.SOL_SOCKET, socket.SO_PEERCRED, 12
                )
                senders[connection] = struct.unpack('3i', credentials)[0]
            elif data := read(each):
                found = line(json.loads(data), senders[each])
                sys.stdout.write(json.dumps(found) + '\n')
                sys.stdout.flush()
            else:
                del senders[each]
                each.close()


if __name__ == '__main__':
    main()
