# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""The lost topic: reports the number of lost notifications to the bus.

Rule: an outage makes dozens of lost records. Their counts are added up, and
there is at most one message in an interval.
"""

import collections
import os
from typing import Final
import uuid

from unixnotif import clock
from unixnotif import notification

#: Event type of these messages.
EVENT_TYPE: Final = 'unixnotif.lost'
#: Seconds between two messages.
INTERVAL: Final = 5.0


class LostTopic:
    """Makes the messages for one topic.

    :param topic: of these messages
    :param address: the URI that the relay reads; part of the payload
    """

    def __init__(self, topic: str, address: str) -> None:
        self._topic = topic
        self._address = address
        self._waiting: collections.Counter[str] = collections.Counter()
        self._next = clock.monotonic()

    def add(self, reasons: collections.Counter[str]) -> None:
        """Add the counts of lost notifications."""
        self._waiting += reasons

    def message(
        self, at_once: bool = False
    ) -> notification.Notification | None:
        """Return a message; None if there is none to publish now.

        The counts stay until :meth:`sent`.

        :param at_once: ignore the interval
        """
        if not self._waiting:
            return None
        if not at_once and clock.monotonic() < self._next:
            return None
        return notification.Notification(
            message_id=str(uuid.uuid4()),
            publisher_id=f'unixnotif-relay:{os.uname().nodename}',
            event_type=EVENT_TYPE,
            priority='WARN',
            timestamp=str(clock.now().replace(tzinfo=None)),
            payload={
                'address': self._address,
                'count': self._waiting.total(),
                'reasons': dict(self._waiting),
            },
            topics=(self._topic,),
        )

    def sent(self) -> None:
        """Record that the last message was handed over."""
        self._waiting.clear()
        self._next = clock.monotonic() + INTERVAL
