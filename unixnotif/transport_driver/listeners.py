# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The listener: where a server of oslo.messaging polls for messages.

Rule: one thread polls, and it alone reads and closes the subscriptions. Any
thread may stop the listener.
"""

import enum
import os
from typing import Final

from oslo_messaging._drivers import base

from unixnotif import clock
from unixnotif import consumer as consumers
from unixnotif import process
from unixnotif import wakeups
from unixnotif.transport_driver import messages
from unixnotif.transport_driver import subscription

# Seconds for which a poll in a forked child waits.
_STEP: Final = consumers.CHECK_INTERVAL
# First pause of a full listener in seconds; see _resume().
_SHORTEST_PAUSE: Final = 0.005


class State(enum.Enum):
    """The state of a listener."""

    LISTENING = enum.auto()
    #: Unsubscribed; the rest of the documents is being delivered.
    DRAINING = enum.auto()
    ENDED = enum.auto()


class UnixListener(base.PollStyleListener):  # type: ignore[misc]
    """Delivers notifications as messages.

    :param subscriptions: owned by the listener
    :param limit: maximum number of messages that endpoints have not
        acknowledged; further ones stay in the socket
    """

    def __init__(
        self, subscriptions: subscription.Subscriptions, limit: int
    ) -> None:
        super().__init__()
        self._subscriptions = subscriptions
        self._wakeup = wakeups.Wakeup()
        self._ledger = messages.Ledger(limit, self._wakeup.wake)
        self._state = State.LISTENING
        self._stopping = False
        self._pause = _SHORTEST_PAUSE
        # True if the last call has read many documents.
        self._flows = False
        self._pid = os.getpid()

    @property
    def unacknowledged(self) -> int:
        """Number of messages that endpoints have not acknowledged."""
        return self._ledger.count

    @property
    def has_ended(self) -> bool:
        """True if nothing is open, and no message will come."""
        return self._state is State.ENDED

    def poll(
        self,
        timeout: float | None = None,
        batch_size: int | None = 1,
        batch_timeout: float | None = None,
    ) -> list[messages.Message]:
        """Return the next batch of messages.

        :param timeout: seconds to wait for the first message; None waits
            forever
        :param batch_size: maximum number of messages; None is as many as
            are there, up to the limit
        :param batch_timeout: seconds from the first message in which the
            batch may fill; None waits without limit, or not at all if
            ``batch_size`` is None
        :returns: an empty list if no message arrives in time. After
            :meth:`stop`, the call never waits: it returns the remaining
            messages, and then an empty list.
        """
        if process.check() != self._pid:
            return self._poll_in_child(timeout)
        most = self._ledger.limit if batch_size is None else batch_size
        batch: list[messages.Message] = []
        deadline = clock.deadline(timeout)
        while len(batch) < most:
            message = self._next(deadline)
            if message is None:
                break
            batch.append(message)
            if len(batch) == 1 and most > 1:
                if batch_size is None and batch_timeout is None:
                    batch_timeout = 0.0
                deadline = clock.deadline(batch_timeout)
        return batch

    def _poll_in_child(self, timeout: float | None) -> list[messages.Message]:
        """Return no message: a green thread may poll in a forked child too."""
        if not self._stopping:
            # The server polls again at once.
            clock.sleep(_STEP if timeout is None else min(timeout, _STEP))
        return []

    def _next(self, deadline: float) -> messages.Message | None:
        """Return the next message; None when the time is over."""
        ledger = self._ledger
        skipped = 0
        while True:
            if self._state is not State.LISTENING:
                return self._next_of_rest()
            if self._stopping:
                self._leave()
                continue
            message = ledger.take_due()
            if message is not None:
                return message
            if has_room := ledger.has_room():
                received = self._subscriptions.take()
                if received is not None:
                    return ledger.new_message(received)
            work = self._read(has_room)
            if work and skipped <= consumers.MAX_SKIPPED:
                skipped += work
                continue
            now = clock.monotonic()
            if now >= deadline:
                return None
            if not work:
                until = min(deadline, ledger.due_at)
                self._wait(max(0.0, until - now), ledger.has_room())

    def _read(self, has_room: bool) -> int:
        """Read documents, if there is room for messages; return the work.

        The system calls of this thread and the endpoints in others obstruct
        each other, since the interpreter has one lock. So after many
        messages this thread waits until endpoints have handled most of them.
        """
        if has_room and not (self._flows and self._hold()):
            room = self._ledger.limit - self._ledger.count
            work = self._subscriptions.advance(room)
            self._flows = work >= subscription.LARGE
            return work
        self._subscriptions.follow()
        return 0

    def _hold(self) -> bool:
        """Return True if endpoints have many messages left.

        Ask this once after each call that has read many documents.
        """
        self._flows = False
        return not self._ledger.hold()

    def _wait(self, timeout: float, has_room: bool) -> None:
        """Wait for documents, or for room."""
        if not has_room:
            timeout = min(timeout, self._pause)
        self._subscriptions.wait(timeout, self._wakeup.fileno(), has_room)
        self._wakeup.clear()
        if not has_room:
            self._resume()

    def _resume(self) -> None:
        """Deliver again if one place is free: endpoints may be slow."""
        if self._ledger.resume():
            self._pause = _SHORTEST_PAUSE
        else:
            self._pause = min(2 * self._pause, _STEP)

    def _leave(self) -> None:
        self._ledger.stop()
        self._subscriptions.leave()
        self._state = State.DRAINING

    def _next_of_rest(self) -> messages.Message | None:
        """Return the next message that was delivered before the end."""
        while self._state is State.DRAINING:
            message = self._ledger.take_due()
            if message is not None:
                return message
            received = self._subscriptions.take()
            if received is not None:
                return self._ledger.new_message(received)
            if not self._subscriptions.finish():
                self._end()
        return self._ledger.take_due()

    def _end(self) -> None:
        self._state = State.ENDED
        self._ledger.stop()
        self._subscriptions.close()
        self._wakeup.close()

    def stop(self) -> None:
        """Make :meth:`poll` unsubscribe and return the remaining messages."""
        self._stopping = True
        self._wakeup.wake()

    def cleanup(self) -> None:
        """Close everything; no thread may poll any more."""
        self._stopping = True
        if self._state is not State.ENDED:
            self._end()
