# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Attacks by a hostile member of the sharing group.

Rule: an attack is a generator that needs only the permissions of a member. It
runs up to each ``yield``, and continues when the service and all attackers
are ready. An attack continues when the service defends itself, and ends only
with its process.
"""

import array
from collections.abc import Callable
from collections.abc import Iterator
import contextlib
import fcntl
import os
import signal
import socket
import time
from typing import Final
from typing import NamedTuple

from bench import payloads
from bench import throughput
from unixnotif import packet

SOCKETS: Final = 1000
#: The default max_subscribers.
PLACES: Final = 1024
#: A quarter of them: the share of one user.
STOPPED_READERS: Final = 256
NAMES: Final = 100_000
STORM_PROCESSES: Final = 4
#: A consumer reads one connection of each process at a time.
FLOOD_PROCESSES: Final = 32
IDLE_CONNECTIONS: Final = 4500
#: Data that is no document.
REJECTED: Final = b'x'
STREAM: Final = socket.SOCK_STREAM
PACKETS: Final = socket.SOCK_SEQPACKET
#: Seconds between two acts of an attacker that is not meant to be busy.
PAUSE: Final = 0.02

_TOUCH_PAUSE: Final = 0.001
_FLOODING_CONNECTIONS: Final = 8
# Names of one file: links are faster to create than files.
_LINKS: Final = 1000
# Values of SO_SNDBUF, which the kernel doubles and clamps to
# net.core.wmem_max. A consumer cannot empty so large a buffer before the
# attacker fills it again.
_PACKETS_BUFFER: Final = 512 * 1024
_STREAM_BUFFER: Final = 4 * 1024 * 1024
# Documents for one connection before the next has its turn.
_TURN: Final = 1000
_ANNOUNCEMENTS: Final = 64
_SEALS: Final = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
# Bytes for one system call on a stream.
_CHUNK: Final = 256 * 1024


class Place(NamedTuple):
    """The target of an attack.

    :ivar directory: the rendezvous directory, or the directory of the socket
    :ivar linger: seconds of SO_LINGER of the sockets that attackers pass
    """

    directory: str
    linger: int

    @property
    def socket(self) -> str:
        """Path of the ``unix://`` address."""
        return f'{self.directory}/notifications.sock'

    def uri(self, scheme: str) -> str:
        """Return the address: ``unix`` or ``unix+dir``."""
        path = self.socket if scheme == 'unix' else self.directory
        return f'{scheme}://{path}'

    def consumer(self) -> str:
        """Wait for a consumer in the directory; return its socket's path."""
        while True:
            for name in os.listdir(self.directory):
                if not name.startswith('.'):
                    return f'{self.directory}/{name}'
            time.sleep(PAUSE)


class Attack(NamedTuple):
    """One way to disturb a service.

    :ivar name: for tables
    :ivar steps: what each process does
    :ivar processes: number of processes that attack at the same time
    """

    name: str
    steps: Callable[[Place], Iterator[None]]
    processes: int = 1


def listen(path: str, kind: int) -> socket.socket:
    """Return a listening socket that the sharing group may connect to."""
    listener = socket.socket(socket.AF_UNIX, kind)
    # Not chmod(2) after bind(2): the service may connect between the two.
    os.umask(0o117)
    listener.bind(path)
    listener.listen(1)
    return listener


def connect(path: str, kind: int, blocking: bool = True) -> socket.socket:
    """Return a new connection.

    :raises BlockingIOError: the backlog is full, and ``blocking`` is False
    :raises OSError: no process listens, or the path refuses
    """
    connection = socket.socket(socket.AF_UNIX, kind)
    connection.setblocking(blocking)
    try:
        connection.connect(path)
    except BaseException:
        connection.close()
        raise
    return connection


def _set_buffer(connection: socket.socket, size: int) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, size)


def wait_for_ever() -> None:
    """Wait until the conductor kills the process."""
    while True:
        signal.pause()


def document(size: int = 0) -> bytes:
    """Return a valid document that the consumer's filter rejects.

    :param size: in bytes; 0 is as small as possible
    """
    smallest = len(_document(''))
    return _document('x' * max(0, size - smallest))


def _document(filler: str) -> bytes:
    payload = payloads.Payload('', 'unwanted', {'filler': filler})
    return throughput.ready_made(payload)


def _storm(path: str, kind: int) -> Iterator[None]:
    yield
    while True:
        with contextlib.suppress(OSError):
            connect(path, kind).close()


# Attacks on a publisher.


def storm_publisher(place: Place) -> Iterator[None]:
    """Connect and leave without end."""
    yield from _storm(place.socket, STREAM)


def subscribe(count: int, group: str, place: Place) -> Iterator[None]:
    """Listen at many sockets, accept nothing and read nothing.

    :param group: of the subscribers, with an ``@``; empty for none
    """
    held = [
        listen(f'{place.directory}/{group}{number}.sock', PACKETS)
        for number in range(count)
    ]
    yield
    while held:
        signal.pause()


def leave_dead_sockets(place: Place) -> Iterator[None]:
    """Leave sockets behind at which no process listens."""
    for number in range(SOCKETS):
        listen(f'{place.directory}/{number}.sock', PACKETS).close()
    yield
    wait_for_ever()


def create_names(count: int, suffix: str, place: Place) -> Iterator[None]:
    """Create names, and change the directory without end."""
    for number in range(count):
        path = f'{place.directory}/{number}{suffix}'
        if number % _LINKS:
            os.link(f'{place.directory}/{number - 1}{suffix}', path)
        else:
            _touch(path)
    yield
    while True:
        _touch(f'{place.directory}/touched')
        os.unlink(f'{place.directory}/touched')
        time.sleep(_TOUCH_PAUSE)


def _touch(path: str) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o660))


# Attacks on a consumer in a directory.


def storm_consumer(place: Place) -> Iterator[None]:
    """Connect and leave without end."""
    yield from _storm(place.consumer(), PACKETS)


def stay_idle(place: Place) -> Iterator[None]:
    """Fill the backlog, then all places, and send nothing."""
    path = place.consumer()
    held: list[socket.socket] = []

    def fill() -> None:
        with contextlib.suppress(OSError):
            while len(held) < IDLE_CONNECTIONS:
                held.append(connect(path, PACKETS, False))

    fill()
    yield
    while True:
        fill()
        time.sleep(PAUSE)


def flood_consumer(data: bytes, place: Place) -> Iterator[None]:
    """Keep connections full."""
    path = place.consumer()
    held: dict[int, socket.socket] = {}

    def fill(number: int) -> None:
        try:
            if number not in held:
                held[number] = connect(path, PACKETS, False)
                _set_buffer(held[number], _PACKETS_BUFFER)
            for _ in range(_TURN):
                held[number].send(data)
        except BlockingIOError:
            pass
        except OSError:
            # The consumer has closed the connection.
            if number in held:
                held.pop(number).close()

    for number in range(_FLOODING_CONNECTIONS):
        fill(number)
    yield
    while True:
        for number in range(_FLOODING_CONNECTIONS):
            fill(number)
        time.sleep(_TOUCH_PAUSE)


def announce(place: Place) -> Iterator[None]:
    """Send one large memfd as one document after another."""
    data = document(packet.MAX_MESSAGE_SIZE)
    memfd = os.memfd_create('bench', os.MFD_ALLOW_SEALING)
    with open(memfd, 'wb', closefd=False) as file:
        file.write(data)
    fcntl.fcntl(memfd, fcntl.F_ADD_SEALS, _SEALS)
    header = b'{"memfd": %d}' % len(data)
    rights = array.array('i', [memfd])
    ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)]
    connection = connect(place.consumer(), PACKETS)
    for _ in range(_ANNOUNCEMENTS):
        connection.sendmsg([header], ancillary)
    yield
    while True:
        try:
            connection.sendmsg([header], ancillary)
        except OSError:
            connection.close()
            connection = connect(place.consumer(), PACKETS)
        time.sleep(PAUSE)


# Attacks on the consumer of a unix:// address; the attacker listens there.


def flood_reader(line: bytes, place: Place) -> Iterator[None]:
    """Send the same line without end.

    :param line: with its newline; without one, the line never ends
    """
    data = line * max(1, _CHUNK // len(line))
    listener = listen(place.socket, STREAM)
    connection, _ = listener.accept()
    _set_buffer(connection, _STREAM_BUFFER)
    yield
    while True:
        try:
            connection.sendall(data)
        except OSError:
            # The consumer has closed the connection.
            connection.close()
            connection, _ = listener.accept()
            _set_buffer(connection, _STREAM_BUFFER)


def listen_quietly(place: Place) -> Iterator[None]:
    """Accept the consumer, and do nothing: no attack."""
    listener = listen(place.socket, STREAM)
    connection, _ = listener.accept()
    while True:
        yield
        # Keep the connection.
        assert connection.fileno() >= 0
