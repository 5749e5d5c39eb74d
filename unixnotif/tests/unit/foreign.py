# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A service that closes all descriptors, and opens files of its own.

The kernel gives the numbers of the closed descriptors to the new files. Only
the service may use the new files. Run a service in a forked child only,
because the service closes descriptors of its process.
"""

from collections.abc import Callable
import contextlib
import os
import select
import socket


class Service:
    """The files of a service.

    :param path: a directory for them
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._peers: list[socket.socket] = []
        self._files: dict[int, os.stat_result] = {}

    def take_over(self, numbers: set[int], kind: str) -> None:
        """Close descriptors, and give their numbers to files of a kind.

        :param kind: see :data:`KINDS`
        """
        make = KINDS[kind]
        # The numbers are not free yet, so none of these files gets one.
        opened = {number: make(self) for number in numbers} if make else {}
        for number in numbers:
            os.closerange(number, number + 1)
        for number, other in opened.items():
            os.dup2(other, number)
            os.close(other)
            self._files[number] = os.fstat(number)

    def damage(self) -> str:
        """Return the damage to the files; an empty text means none."""
        closed = [
            number
            for number, status in self._files.items()
            if not _names(number, status)
        ]
        if closed:
            return f'closed: {closed}'
        written = b''
        for name in os.listdir(self._path):
            if os.path.isfile(f'{self._path}/{name}'):
                with open(f'{self._path}/{name}', 'rb') as file:
                    written += file.read()
        for peer in self._peers:
            with contextlib.suppress(BlockingIOError):
                written += peer.recv(65536) or b'the end'
        return written.decode()

    def _new_file(self) -> int:
        return os.open(f'{self._path}/file', os.O_RDWR | os.O_CREAT)

    def _new_directory(self) -> int:
        return os.open(self._path, os.O_RDONLY)

    def _new_connection(self, kind: int) -> int:
        """Open a connection, for example to a database."""
        near, far = socket.socketpair(socket.AF_UNIX, kind)
        far.setblocking(False)
        self._peers.append(far)
        return near.detach()

    def _new_stream(self) -> int:
        return self._new_connection(socket.SOCK_STREAM)

    def _new_packets(self) -> int:
        return self._new_connection(socket.SOCK_SEQPACKET)

    def _new_listener(self) -> int:
        """Return a listening socket with a waiting connection."""
        listener = socket.socket(socket.AF_UNIX)
        path = f'{self._path}/{len(self._peers)}'
        listener.bind(path)
        listener.listen()
        listener.setblocking(False)
        peer = socket.socket(socket.AF_UNIX)
        peer.connect(path)
        peer.setblocking(False)
        self._peers.append(peer)
        return listener.detach()

    def _new_epoll(self) -> int:
        poll = select.epoll()
        number = os.dup(poll.fileno())
        poll.close()
        return number


#: The kinds of files that can have the numbers.
KINDS: dict[str, Callable[[Service], int] | None] = {
    'nothing': None,
    'file': Service._new_file,
    'directory': Service._new_directory,
    'stream': Service._new_stream,
    'packets': Service._new_packets,
    'listener': Service._new_listener,
    'epoll': Service._new_epoll,
}


def _names(number: int, status: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.fstat(number), status)
    except OSError:
        return False


def open_descriptors() -> set[int]:
    """Return the numbers of the descriptors that are open."""
    found = set()
    for name in os.listdir('/proc/self/fd'):
        # The listing has a descriptor of its own.
        with contextlib.suppress(OSError):
            os.fstat(int(name))
            found.add(int(name))
    return found
