# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Messages between the conductor and its processes.

Rule: one message is one JSON object in one packet of a socket pair.
"""

import contextlib
import json
import select
import socket
from typing import Any

Message = dict[str, Any]

_MAX_SIZE = 1 << 16


class Channel:
    """One end of a connection between two processes.

    :param sock: connected SEQPACKET socket; the channel owns it
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def fileno(self) -> int:
        """Return the descriptor of the socket."""
        return self._sock.fileno()

    def send(self, message: Message) -> None:
        """Send a message; do nothing if the other process has ended."""
        with contextlib.suppress(ConnectionError):
            self._sock.sendall(json.dumps(message).encode())

    def receive(self, timeout: float | None = None) -> Message | None:
        """Return the next message, or None if the timeout expires.

        :param timeout: seconds; None waits forever
        :raises EOFError: the other process has ended
        """
        if not readable([self], timeout):
            return None
        try:
            data = self._sock.recv(_MAX_SIZE)
        except ConnectionError:
            data = b''
        if not data:
            raise EOFError
        message: Message = json.loads(data)
        return message

    def close(self) -> None:
        """Close the socket."""
        self._sock.close()


def pair() -> tuple[Channel, Channel]:
    """Return two connected channels."""
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    return Channel(one), Channel(other)


def readable(
    channels: list[Channel], timeout: float | None, *others: int
) -> set[int]:
    """Return the readable descriptors, after at most ``timeout`` seconds.

    :param others: further descriptors to watch
    """
    poll = select.poll()
    for fd in [*(channel.fileno() for channel in channels), *others]:
        poll.register(fd, select.POLLIN)
    milliseconds = None if timeout is None else int(timeout * 1000)
    return {fd for fd, _ in poll.poll(milliseconds)}
