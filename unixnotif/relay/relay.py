# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""The thread that reads: from the consumer into the lanes.

Rule: while a lane is full nothing is read, the sockets fill, and publishers
count the notifications that they drop. A signal only sets a flag. The relay
then forwards the notifications that it has received, until its deadline.
"""

from collections.abc import Callable
import math
from typing import Final

from unixnotif import clock
from unixnotif import consumer
from unixnotif import notification
from unixnotif.relay import lane
from unixnotif.relay import tally

# Seconds between two looks at everything but the consumer.
_LOOK_INTERVAL: Final = 0.2
# Of the time to stop, the part that is left to close the connections.
_CLOSING: Final = 0.1


class Relay:
    """Forwards the notifications of a consumer.

    :param source: subscribed
    :param stopping: returns True when the relay shall end
    :param look: called several times a second, whatever the bus does
    :param stop_timeout: seconds for :meth:`run` to return after stopping()
    """

    def __init__(
        self,
        source: consumer.Consumer,
        lanes: lane.Lanes,
        accounts: tally.Accounts,
        *,
        stopping: Callable[[], bool],
        look: Callable[[], None],
        stop_timeout: float,
    ) -> None:
        self._source = source
        self._lanes = lanes
        self._accounts = accounts
        self._stopping = stopping
        self._observe = look
        self._stop_timeout = stop_timeout
        self._next_look = clock.monotonic()
        # Set when the relay stops: the deadline of the lanes, and the end of
        # the time to stop.
        self._deadline: float | None = None
        self._end = math.inf

    def run(self) -> None:
        """Forward until stopping() returns True; then forward the rest."""
        while not self._has_to_stop():
            received = self._source.receive(consumer.CHECK_INTERVAL)
            if received is not None:
                self._forward(received)
            self._look()
        for received in self._source.drain_steps():
            if received is not None:
                self._forward(received)
            self._look()
            if self.remaining <= 0:
                break
        self._source.discard()
        self._accounts.receive(self._source.discarded)

    def send(self, own: notification.Notification) -> bool:
        """Hand over a notification of the relay itself.

        :returns: False if the lane is full
        """
        return self._lanes.put(lane.Item(own, counts=False), 0.0)

    def finish(self) -> bool:
        """Wait until the lanes have ended, or the time is over.

        :returns: False if a lane does not end
        """
        if self._deadline is None:
            self._begin_to_stop()
        self._lanes.end()
        while not self._lanes.wait(min(self.remaining, _LOOK_INTERVAL)):
            self._observe()
            if self.remaining <= 0:
                self._lanes.abandon()
                return self._lanes.wait(_LOOK_INTERVAL)
        return True

    @property
    def remaining(self) -> float:
        """Seconds until the lanes must have ended."""
        if self._deadline is None:
            return self._stop_timeout
        return max(0.0, self._deadline - clock.monotonic())

    @property
    def time_left(self) -> float:
        """Seconds until the process should end."""
        return max(0.0, self._end - clock.monotonic())

    def _has_to_stop(self) -> bool:
        if self._deadline is None and self._stopping():
            self._begin_to_stop()
            # Publishers shall not fill the sockets meanwhile.
            self._source.leave()
        return self._deadline is not None

    def _begin_to_stop(self) -> None:
        now = clock.monotonic()
        self._end = now + self._stop_timeout
        self._deadline = now + self._stop_timeout * (1 - _CLOSING)

    def _forward(self, received: notification.Notification) -> None:
        """Count a notification, and wait for a place in its lane."""
        self._accounts.receive()
        item = lane.Item(received)
        while not self._has_to_stop() or self.remaining > 0:
            timeout = min(self.remaining, _LOOK_INTERVAL)
            if self._lanes.put(item, timeout):
                return
            self._source.follow()
            self._look()

    def _look(self) -> None:
        if clock.monotonic() >= self._next_look:
            self._observe()
            self._next_look = clock.monotonic() + _LOOK_INTERVAL
