# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A driver that publishes with zmq.

Rule: if zmq is not installed, the benchmarks skip it and print its name and
the reason.
"""

from typing import Any

from oslo_messaging import notify
from oslo_serialization import jsonutils

from unixnotif import document

try:
    import zmq
except ImportError:
    zmq = None  # type: ignore[assignment]


class MissingError(Exception):
    """A peer is not on this machine."""


class ZmqDriver(notify.Driver):  # type: ignore[misc]
    """A notification driver that publishes with a zmq PUB socket.

    The driver serializes as the driver of unixnotif does, so that only the
    transports differ.

    :param endpoint: to bind
    """

    def __init__(self, endpoint: str) -> None:
        if zmq is None:
            raise MissingError('pyzmq is not installed')
        super().__init__(None, [], None)
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.PUB)
        self._socket.bind(endpoint)

    def notify(
        self,
        ctxt: dict[str, Any],
        message: dict[str, Any],
        priority: str,
        retry: int | None,
    ) -> None:
        """Publish; drops when a subscriber's queue is full."""
        self.send(
            document.encode(
                {**message, 'context': ctxt}, jsonutils.to_primitive
            )
        )

    def send(self, data: bytes) -> None:
        """Publish a ready-made document."""
        self._socket.send(data, zmq.NOBLOCK)

    def close(self) -> None:
        """Close the socket and end zmq's thread."""
        self._socket.close(0)
        self._context.term()
