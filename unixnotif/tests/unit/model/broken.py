# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Broken publishers and consumers, one for each invariant of the model.

Rule: a variant overrides public methods only. The model must reject it.
"""

from collections.abc import Iterator
import itertools
import os
import select
from typing import Any
from typing import ClassVar

from unixnotif import consumer
from unixnotif import notification
from unixnotif import publisher


class SwallowingPublisher(publisher.Publisher):
    """Reports a document as delivered without sending it."""

    _calls = 0

    def publish(self, document: Any, kind: Any = None) -> publisher.Delivery:
        """See :class:`Publisher`."""
        self._calls += 1
        if self._calls % 4 or not self.address.is_directory:
            return super().publish(document, kind)
        subscribers = super().refresh()
        return publisher.Delivery(subscribers, subscribers, {})


class ForgettingConsumer(consumer.Consumer):
    """Reports one notification less as lost."""

    @property
    def lost(self) -> int:
        """See :class:`Consumer`."""
        return max(0, super().lost - 1)


class InventingConsumer(consumer.Consumer):
    """Reports one notification too many as lost."""

    @property
    def lost(self) -> int:
        """See :class:`Consumer`."""
        return super().lost + 1


class RepeatingConsumer(consumer.Consumer):
    """Receives the last notification once more."""

    _last: notification.Notification | None = None

    def receive(
        self, timeout: float | None = None
    ) -> notification.Notification | None:
        """See :class:`Consumer`."""
        received = super().receive(timeout)
        if received is None:
            received, self._last = self._last, None
        else:
            self._last = received
        return received


class SwappingConsumer(consumer.Consumer):
    """Swaps two notifications."""

    _later: notification.Notification | None = None

    def receive(
        self, timeout: float | None = None
    ) -> notification.Notification | None:
        """See :class:`Consumer`."""
        received = super().receive(timeout)
        if self._later is None and received is not None:
            self._later, received = received, super().receive(0)
            if received is not None:
                return received
        received, self._later = self._later, received
        return received

    def drain(
        self, timeout: float = consumer.CHECK_INTERVAL
    ) -> Iterator[notification.Notification]:
        """See :class:`Consumer`."""
        later = [] if self._later is None else [self._later]
        return itertools.chain(later, super().drain(timeout))


class DeafConsumer(consumer.Consumer):
    """Looks at its address only if a notification has arrived."""

    _reading = False
    _pid = 0

    def subscribe(self, timeout: float | None = 0.0) -> None:
        """See :class:`Consumer`."""
        super().subscribe(timeout)
        self._pid = os.getpid()

    def receive(
        self, timeout: float | None = None
    ) -> notification.Notification | None:
        """See :class:`Consumer`."""
        poll = select.poll()
        poll.register(self.fileno(), select.POLLIN)
        is_quiet = not self._reading and not poll.poll(0)
        if is_quiet and self._pid == os.getpid():
            return None
        received = super().receive(timeout)
        self._reading = received is not None
        return received


class RaisingPublisher(publisher.Publisher):
    """Raises an exception because of a slow subscriber."""

    def publish(self, document: Any, kind: Any = None) -> publisher.Delivery:
        """See :class:`Publisher`."""
        delivery = super().publish(document, kind)
        if delivery.dropped:
            raise BlockingIOError
        return delivery


class RaisingConsumer(consumer.Consumer):
    """Raises an exception because of an unexpected state."""

    def receive(
        self, timeout: float | None = None
    ) -> notification.Notification | None:
        """See :class:`Consumer`."""
        received = super().receive(timeout)
        if self.lost:
            raise KeyError(self.lost)
        return received


class LeakingPublisher(publisher.Publisher):
    """Leaves a descriptor open.

    :cvar leaked: the descriptors
    """

    leaked: ClassVar[list[int]] = []

    def open(self) -> None:
        """See :class:`Publisher`."""
        super().open()
        self.leaked.append(os.open(os.devnull, os.O_RDONLY))
