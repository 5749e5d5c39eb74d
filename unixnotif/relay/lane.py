# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""Lanes: threads that publish notifications to the bus.

Rule: notifications of one publisher use one lane, so their order is kept. A
lane holds only a few notifications, and while it is full the relay does not
read. A lane has one message on its way at a time.
"""

from collections.abc import Callable
import dataclasses
import queue
import threading
from typing import Final
import zlib

import tenacity

from unixnotif import clock
from unixnotif import notification as notifications
from unixnotif.relay import bus_health
from unixnotif.relay import refusals
from unixnotif.relay import tally

#: Notifications that wait in a lane.
DEPTH: Final = 8
#: Maximum number of topics of a notification: each one is a message.
MAX_TOPICS: Final = 16
#: Seconds after which the relay gives up a message that the bus refuses.
PATIENCE: Final = 10.0
# Seconds between two attempts: the first and the longest pause.
_FIRST_PAUSE: Final = 0.25
_LONGEST_PAUSE: Final = 2.0
# Seconds between two checks for the end.
_INTERVAL: Final = 0.1

#: Publishes a notification to a topic; raises if the bus did not take it.
Publish = Callable[[notifications.Notification, str], None]


@dataclasses.dataclass(frozen=True, slots=True)
class Item:
    """A notification for the bus.

    :param counts: False for a notification that the relay itself made
    """

    notification: notifications.Notification
    counts: bool = True


class Lanes:
    """The lanes of a relay.

    :param number: of lanes
    :param publish: may block without a limit while the bus is away
    :param default_topic: for notifications without topics
    :param describe: returns the text of an error, for reports
    :param patience: seconds, see PATIENCE
    """

    def __init__(
        self,
        number: int,
        publish: Publish,
        accounts: tally.Accounts,
        health: bus_health.Health,
        *,
        default_topic: str = 'notifications',
        describe: Callable[[BaseException], str] = str,
        patience: float = PATIENCE,
    ) -> None:
        self._common = _Common(
            publish, accounts, health, default_topic, describe, patience
        )
        self._lanes = [_Lane(n, self._common) for n in range(number)]

    def put(self, item: Item, timeout: float) -> bool:
        """Hand over a notification.

        :param timeout: seconds to wait while the lane is full
        :returns: False if the lane is still full
        """
        publisher_id = item.notification.publisher_id or ''
        # Not hash(), whose result differs between processes: all relays of a
        # group choose the lane in the same way.
        number = zlib.crc32(publisher_id.encode(errors='surrogatepass'))
        return self._lanes[number % len(self._lanes)].put(item, timeout)

    def end(self) -> None:
        """End each lane after it has published its notifications."""
        self._common.ending.set()

    def wait(self, timeout: float) -> bool:
        """Wait for the end of all lanes.

        :returns: False if a lane is still alive
        """
        deadline = clock.deadline(timeout)
        return all(
            each.wait(max(0.0, deadline - clock.monotonic()))
            for each in self._lanes
        )

    def abandon(self) -> None:
        """End each lane before its next attempt.

        A lane whose attempt does not return stays alive.
        """
        self._common.ending.set()
        self._common.abandoned.set()


@dataclasses.dataclass(frozen=True)
class _Common:
    """The objects that all lanes of a relay use."""

    publish: Publish
    accounts: tally.Accounts
    health: bus_health.Health
    default_topic: str
    describe: Callable[[BaseException], str]
    patience: float
    ending: threading.Event = dataclasses.field(
        default_factory=threading.Event
    )
    abandoned: threading.Event = dataclasses.field(
        default_factory=threading.Event
    )


class _Lane:
    """One thread, and the notifications that wait for it."""

    def __init__(self, number: int, common: _Common) -> None:
        self._number = number
        self._common = common
        self._items: queue.Queue[Item] = queue.Queue(DEPTH)
        # A driver may block without end; the process must end nevertheless.
        self._thread = threading.Thread(
            target=self._run, name=f'lane-{number}', daemon=True
        )
        self._thread.start()

    def put(self, item: Item, timeout: float) -> bool:
        try:
            self._items.put(item, timeout=timeout)
        except queue.Full:
            return False
        return True

    def wait(self, timeout: float) -> bool:
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._common.abandoned.is_set():
            try:
                item = self._items.get(timeout=_INTERVAL)
            except queue.Empty:
                if self._common.ending.is_set():
                    return
            else:
                self._forward(item)

    def _forward(self, item: Item) -> None:
        """Publish a notification; count it unless the relay is abandoned."""
        sent = item.notification
        topics = list(dict.fromkeys(sent.topics)) or [
            self._common.default_topic
        ]
        refused = _Refusal(self._common.patience)
        try:
            if len(topics) > MAX_TOPICS:
                raise ValueError(
                    f'{len(topics)} topics; the maximum is {MAX_TOPICS}'
                )
            for topic in topics:
                self._retrying(refused)(self._attempt, sent, topic)
        except _AbandonedError:
            return
        except Exception as e:
            self._common.accounts.refuse(
                f'{sent.event_type} of {sent.publisher_id} '
                f'(message_id {sent.message_id}): {self._common.describe(e)}',
                item.counts,
            )
            return
        if item.counts:
            self._common.accounts.forward()

    def _retrying(self, refused: '_Refusal') -> tenacity.Retrying:
        return tenacity.Retrying(
            wait=tenacity.wait_random_exponential(
                multiplier=_FIRST_PAUSE,
                max=_LONGEST_PAUSE,
                min=_FIRST_PAUSE,
            ),
            retry=tenacity.retry_if_not_exception_type(_AbandonedError),
            stop=refused.is_final,
            sleep=tenacity.sleep_using_event(self._common.abandoned),
            reraise=True,
        )

    def _attempt(self, sent: notifications.Notification, topic: str) -> None:
        if self._common.abandoned.is_set():
            raise _AbandonedError
        self._common.health.begin(self._number)
        try:
            self._common.publish(sent, topic)
        except Exception as e:
            if refusals.is_refusal(e):
                self._common.health.refuse(self._number)
            else:
                self._common.health.fail(
                    self._number, self._common.describe(e)
                )
            raise
        self._common.health.succeed(self._number)


class _AbandonedError(Exception):
    """The relay ends; the outcome of the message is unknown."""


class _Refusal:
    """Measures how long the bus has refused a notification."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._since: float | None = None

    def is_final(self, state: tenacity.RetryCallState) -> bool:
        """Return True when the relay shall give up."""
        error = state.outcome.exception() if state.outcome else None
        if error is None or not refusals.is_refusal(error):
            return False
        now = clock.monotonic()
        if self._since is None:
            self._since = now
        return now - self._since >= self._patience
