# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Messages of a listener, from their delivery to their acknowledgment.

Rule: any thread may acknowledge or requeue a message, also after the
listener has stopped, and neither call raises.
"""

import collections
from collections.abc import Callable
import logging
import math
from typing import Any
from typing import Final

from oslo_messaging._drivers import base

from unixnotif import clock
from unixnotif import notification
from unixnotif import polling

LOG = logging.getLogger(__name__)

#: Seconds before a requeued message is delivered again.
REQUEUE_DELAY: Final = 0.5
#: Seconds between two warnings about requeued messages.
WARN_INTERVAL: Final = 60.0


class Ledger:
    """The messages of a listener that endpoints have not acknowledged.

    :param limit: maximum number of these messages
    :param wake: called when the listener may have something to do
    """

    def __init__(self, limit: int, wake: Callable[[], None]) -> None:
        self.limit = limit
        self._wake = wake
        self._lock = polling.NativeLock()
        self._count = 0
        self._stopped = False
        # A listener that waits for endpoints continues when they have little
        # to do: a wake for each message would cost more than the message.
        self._low = limit // 16 if limit >= 64 else limit - 1
        self._waiting = False
        # Requeued messages, with the time of the next delivery.
        self._requeued: collections.deque[tuple[float, Message]] = (
            collections.deque()
        )
        self._warnings = clock.RateLimiter(WARN_INTERVAL)

    @property
    def count(self) -> int:
        """Number of messages without an acknowledgment."""
        return self._count

    def has_room(self) -> bool:
        """Return True if one more message may be delivered.

        After False, an acknowledgment wakes the listener when endpoints have
        little to do.
        """
        if self._count < self.limit and not self._waiting:
            return True
        return self.hold()

    def hold(self) -> bool:
        """Deliver nothing until endpoints have few messages left.

        :returns: True if they have few messages already
        """
        with self._lock:
            self._waiting = self._count > self._low
            return not self._waiting

    def resume(self) -> bool:
        """Deliver again if one place is free; return True if it is."""
        with self._lock:
            self._waiting = self._count >= self.limit
            return not self._waiting

    def new_message(self, received: notification.Notification) -> 'Message':
        """Return the message of a notification; count it."""
        with self._lock:
            self._count += 1
        return Message(received, self)

    def acknowledge(self, message: 'Message') -> None:
        """Count a message as done, once."""
        with self._lock:
            if message.done:
                return
            message.done = True
            self._count -= 1
            is_due = self._waiting and self._count <= self._low
            self._waiting = self._waiting and not is_due
        if is_due:
            self._wake()

    def requeue(self, message: 'Message') -> None:
        """Deliver a message again, after a delay.

        After the listener has stopped, the message is lost instead, with a
        warning. A stopped listener ends when it has nothing to deliver, and an
        endpoint could requeue a message without end.
        """
        due = clock.monotonic() + REQUEUE_DELAY
        with self._lock:
            if message.done or message.waits:
                return
            if not self._stopped:
                message.waits = True
                self._requeued.append((due, message))
        if not message.waits:
            self.acknowledge(message)
            if self._warnings.allows('requeue'):
                LOG.warning(
                    'Notification %s (message_id %s) is lost: an endpoint '
                    'requeued it after the listener was stopped. Further '
                    'warnings about requeued notifications are suppressed '
                    'for %d seconds.',
                    message.message['event_type'],
                    message.msg_id,
                    WARN_INTERVAL,
                )
        self._wake()

    def take_due(self) -> 'Message | None':
        """Return the next requeued message if it is due."""
        if not self._requeued:
            return None
        with self._lock:
            due, message = self._requeued[0]
            if not self._stopped and due > clock.monotonic():
                return None
            self._requeued.popleft()
            message.waits = False
        return message

    @property
    def due_at(self) -> float:
        """Time at which the next requeued message is due."""
        with self._lock:
            return self._requeued[0][0] if self._requeued else math.inf

    def stop(self) -> None:
        """Deliver requeued messages at once; accept no further requeue."""
        with self._lock:
            self._stopped = True


class Message(base.IncomingMessage):  # type: ignore[misc]
    """One notification for the endpoints of a listener.

    :ivar done: True if the message was acknowledged
    :ivar waits: True if the message waits for the next delivery
    """

    def __init__(
        self, received: notification.Notification, ledger: Ledger
    ) -> None:
        message: dict[str, Any] = {
            'message_id': received.message_id,
            'publisher_id': received.publisher_id,
            'event_type': received.event_type,
            'priority': received.priority,
            'payload': received.payload,
            'timestamp': received.timestamp,
        }
        super().__init__(received.context, message, received.message_id)
        self._ledger = ledger
        self.done = False
        self.waits = False

    def acknowledge(self) -> None:
        """Make room for another message."""
        self._ledger.acknowledge(self)

    def requeue(self) -> None:
        """Deliver the message again, by the same listener."""
        self._ledger.requeue(self)
