# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Number of unread documents of a subscriber before the first drop.

Rule: the job counts the documents. The numbers depend on the kernel and on
``net.core.wmem_max``, not on the speed of the machine.
"""

from collections.abc import Callable
import socket
from typing import Any

from bench import payloads
from bench import stages
from bench import throughput
from unixnotif import Consumer
from unixnotif import packet
from unixnotif import Publisher

_LIMIT = 200_000
_LARGEST = 1 << 30


def run(stage: stages.Stage) -> list[dict[str, Any]]:
    """Measure; one row for each address, buffer and payload."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
        kernels = sock.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
    sizes = {
        "the kernel's default": kernels,
        "unixnotif's default": packet.SEND_BUFFER_SIZE,
        'as large as can be': _LARGEST,
    }
    return [
        {
            'contender': scheme,
            'buffer': name,
            'send_buffer_size': size,
            'payload': payload.name,
            'document_bytes': len(throughput.ready_made(payload)),
            'unread': _unread(
                stage.uri(scheme), size, throughput.ready_made(payload)
            ),
        }
        for scheme in ('unix+dir', 'unix')
        for name, size in sizes.items()
        for payload in payloads.PAYLOADS.values()
    ]


def _unread(uri: str, size: int, data: bytes) -> int:
    """Return the number of documents that a subscriber can leave unread."""
    with Publisher(uri, send_buffer_size=size) as publisher, Consumer(uri):
        return _count(lambda: not publisher.publish(data).dropped)


def _count(taken: Callable[[], bool]) -> int:
    count = 0
    while count < _LIMIT and taken():
        count += 1
    return count
