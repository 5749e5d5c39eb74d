# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Attackers that pass sockets whose last close(2) waits (SO_LINGER).

Rule: see :mod:`bench.attacks`. An attacker sends the descriptor of the socket,
the *trap*, over a connection, and disconnects. The receive queue of the
service then has the last reference. The call of the service waits for the
close of the trap, unless another thread closes the trap.
"""

import array
from collections.abc import Iterator
import contextlib
import itertools
import os
import signal
import socket
import struct
import time
from typing import Final

from bench import attacks

# Traps of one process: enough for a round.
_MAX_TRAPS: Final = 64
_SMALL_BUFFER: Final = 4096
_NO_LINGER: Final = struct.pack('ii', 0, 0)


class Traps:
    """TCP sockets that linger.

    A trap has unsent data for a peer that reads nothing. The peers stay open
    until the process ends: the end of a peer releases the waiting process.

    :param linger: seconds
    """

    def __init__(self, linger: int) -> None:
        self._linger = struct.pack('ii', 1, linger)
        self._listener = socket.socket()
        self._listener.setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER
        )
        self._listener.bind(('127.0.0.1', 0))
        self._listener.listen()
        self._peers: list[socket.socket] = []

    def leave(self, connection: socket.socket) -> None:
        """Pass a trap over a connection, and close the connection."""
        while len(self._peers) >= _MAX_TRAPS:
            signal.pause()
        trap = self._make()
        rights = array.array('i', [trap.fileno()])
        with connection, trap:
            try:
                connection.sendmsg(
                    [b'x\n'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)]
                )
            except OSError:
                # The service accepts no descriptors. The trap must not
                # catch its owner.
                trap.setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER
                )

    def _make(self) -> socket.socket:
        trap = socket.socket()
        trap.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SMALL_BUFFER)
        trap.connect(self._listener.getsockname())
        self._peers.append(self._listener.accept()[0])
        trap.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                trap.send(bytes(_SMALL_BUFFER))
        trap.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, self._linger)
        return trap


def at_directory(place: attacks.Place) -> Iterator[None]:
    """Subscribe in a directory; leave a trap when the publisher connects."""
    traps = Traps(place.linger)
    yield
    for number in itertools.count():
        path = f'{place.directory}/{os.getpid()}-{number}.sock'
        with attacks.listen(path, attacks.PACKETS) as listener:
            connection, _ = listener.accept()
            traps.leave(connection)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)


def as_reader(place: attacks.Place) -> Iterator[None]:
    """Leave a trap when the publisher has accepted the connection."""
    traps = Traps(place.linger)
    yield
    while True:
        with contextlib.suppress(OSError):
            connection = attacks.connect(place.socket, attacks.STREAM)
            # A document arrives after the accept.
            connection.recv(1)
            traps.leave(connection)


def before_accept(place: attacks.Place) -> Iterator[None]:
    """Leave traps in the backlog of the publisher."""
    yield from _leave_traps(place.linger, place.socket, attacks.STREAM)


def at_consumer(place: attacks.Place) -> Iterator[None]:
    """Leave traps with the consumer in a directory."""
    yield from _leave_traps(place.linger, place.consumer(), attacks.PACKETS)


def _leave_traps(linger: int, path: str, kind: int) -> Iterator[None]:
    traps = Traps(linger)
    yield
    while True:
        with contextlib.suppress(OSError):
            traps.leave(attacks.connect(path, kind))
        time.sleep(attacks.PAUSE)


def as_listener(place: attacks.Place) -> Iterator[None]:
    """Listen at the address, and leave a trap with each consumer."""
    traps = Traps(place.linger)
    listener = attacks.listen(place.socket, attacks.STREAM)
    connection, _ = listener.accept()
    yield
    while True:
        traps.leave(connection)
        connection, _ = listener.accept()


def unread_in_directory(place: attacks.Place) -> Iterator[None]:
    """Leave a trap on an accepted connection, and one in the backlog."""
    traps = Traps(place.linger)
    path = place.consumer()
    accepted = attacks.connect(path, attacks.PACKETS)
    yield
    # The consumer accepts.
    yield
    traps.leave(accepted)
    traps.leave(attacks.connect(path, attacks.PACKETS))
    yield
    attacks.wait_for_ever()


def unread_on_stream(place: attacks.Place) -> Iterator[None]:
    """Listen at the address, and leave a trap that nobody reads."""
    traps = Traps(place.linger)
    listener = attacks.listen(place.socket, attacks.STREAM)
    connection, _ = listener.accept()
    yield
    yield
    traps.leave(connection)
    yield
    attacks.wait_for_ever()
