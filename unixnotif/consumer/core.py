#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""The consumer: subscribe, receive notifications, know what was lost.

Rule: once subscribed it comes back by itself, and nothing that a peer sends
raises here: it is counted in ``rejected`` and logged. One consumer is for
one thread at a time.
"""

import collections
from collections.abc import Iterable
from collections.abc import Iterator
import logging
import math
import time
from typing import Final
from typing import Self

from unixnotif import address as addresses
from unixnotif import errors
from unixnotif import notification
from unixnotif import packet
from unixnotif import polling
from unixnotif import rendezvous
from unixnotif.consumer import draining
from unixnotif.consumer import intakes

LOG = logging.getLogger(__name__)

#: Seconds between two looks whether the address is still there.
CHECK_INTERVAL: Final = 0.2
# With a timeout of 0, what is not wanted is skipped for so many seconds at
# most: a peer could send it for ever.
_MAX_SKIPPING = 0.1
# Seconds between two looks while notifications flow.
_LULL = 0.0002
# Of what one peer can make us log, this is enough to find it.
_MAX_WARNINGS = 10
# Publishers know a handful; what a peer makes up must not fill memory.
_MAX_REASONS = 100


class Consumer:
    """Receives the notifications published at one address.

    Use it as a context manager, or call :meth:`subscribe` and
    :meth:`close`. Iterating yields notifications for ever.

    :param uri: an Address or a URI
    :param group: consumers of one group share one copy of each
        notification; only in a rendezvous directory
    :param event_type: glob, or several; see
        :class:`~unixnotif.notification.Filter`
    :param priority: for example ``error``
    :param topic: for example ``versioned_notifications``
    :param max_message_size: limit of a document in bytes; larger ones are
        rejected
    :raises AddressError: the URI or the group is not valid

    :ivar lost: notifications that publishers had to drop for this consumer
    :ivar lost_reasons: the same by reason
    :ivar rejected: what peers sent that is not a document, by error class
    """

    def __init__(
        self,
        uri: addresses.Address | str,
        group: str | None = None,
        *,
        event_type: str | Iterable[str] | None = None,
        priority: str | None = None,
        topic: str | None = None,
        max_message_size: int = packet.MAX_MESSAGE_SIZE,
    ) -> None:
        self.address = addresses.Address.parse(uri)
        self.group = group and rendezvous.check_group(group)
        if group and not self.address.is_directory:
            raise errors.AddressError(
                f'{self.address} is one socket, where every reader gets all; '
                'groups need a rendezvous directory (unix+dir://)'
            )
        self.filter = notification.Filter(
            event_type=event_type, priority=priority, topic=topic
        )
        self.lost_reasons: collections.Counter[str] = collections.Counter()
        self.rejected: collections.Counter[str] = collections.Counter()
        self._max_message_size = max_message_size
        self._intake: intakes.Intake | None = None
        self._items: collections.deque[intakes.Item] = collections.deque()
        self._check_at = 0.0
        self._flowing = False
        self._subscribed = False

    @property
    def lost(self) -> int:
        """Notifications that publishers had to drop for this consumer."""
        return self.lost_reasons.total()

    @property
    def subscribed(self) -> bool:
        """Whether the address was there when last looked at."""
        return self._subscribed

    def subscribe(self, timeout: float | None = 0.0) -> None:
        """Subscribe; every later ``notify()`` of any process reaches us.

        :param timeout: seconds to wait for the directory or the listening
            driver to appear; None waits for ever
        :raises MissingError: it is not there
        :raises UnavailableError: it refuses; this is not waited for
        """
        deadline = _deadline(timeout)
        while self._intake is None:
            try:
                self._intake = intakes.open_intake(
                    self.address, self.group, self._max_message_size
                )
            except errors.MissingError:
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    raise
                time.sleep(min(CHECK_INTERVAL, remaining))
        self._subscribed = True

    def receive(
        self, timeout: float | None = None
    ) -> notification.Notification | None:
        """The next notification that passes the filters.

        :param timeout: seconds; 0 never waits, None waits for ever
        :returns: None when the time is over
        :raises UnavailableError: not subscribed, or closed
        """
        received = self._next()
        if received is not None:
            return received
        start = time.monotonic()
        deadline = _deadline(timeout)
        while True:
            read = self._read_batch()
            received = self._next()
            if received is not None:
                self._flowing = True
                return received
            now = time.monotonic()
            if read:
                # Nothing of it was wanted, and there may be more.
                if now >= max(deadline, start + _MAX_SKIPPING):
                    return None
            elif now >= deadline:
                return None
            else:
                self._wait(deadline - now)

    def _wait(self, timeout: float) -> None:
        """Wait for documents, for at most CHECK_INTERVAL."""
        if self._flowing:
            # In a burst the next one is on its way. Whoever emits it need
            # not wake us, which costs it more than all the rest, and we
            # find several at once.
            self._flowing = False
            time.sleep(min(timeout, _LULL))
        else:
            timeout = min(timeout, CHECK_INTERVAL)
            polling.wait_readable(self.fileno(), timeout)

    def _read_batch(self) -> bool:
        """Read what is here, at most a batch.

        :returns: whether something was read, wanted or not
        :raises UnavailableError: not subscribed, or closed
        """
        intake = self._open_intake()
        now = time.monotonic()
        if now >= self._check_at:
            self._check_at = now + CHECK_INTERVAL
            self._subscribed = intake.check()
        batch: list[intakes.Item] = []
        # The first one after a pause is not kept waiting for others.
        intake.pump(batch, intakes.BATCH if self._flowing else 1)
        self._items.extend(batch)
        return bool(batch)

    def _next(self) -> notification.Notification | None:
        """The next wanted one of those that were read.

        They are decoded when they are asked for: a batch of decoded ones
        would leave the processor's cache before it is used.
        """
        while self._items:
            received = self._read(self._items.popleft())
            if received is not None and self.filter.matches(received):
                return received
        return None

    def _read(self, item: intakes.Item) -> notification.Notification | None:
        """Decode; count and keep quiet about what is no notification."""
        try:
            if isinstance(item, errors.PeerError):
                raise item
            read = notification.decode(*item)
        except (errors.PeerError, errors.DocumentError) as e:
            self.rejected[type(e).__name__] += 1
            total = self.rejected.total()
            if total <= _MAX_WARNINGS:
                LOG.warning(
                    'Rejected at %s: %s%s',
                    self.address,
                    e,
                    ' (no more is logged)' if total == _MAX_WARNINGS else '',
                )
            return None
        if isinstance(read, notification.Lost):
            for reason, count in read.reasons.items():
                room = len(self.lost_reasons) < _MAX_REASONS
                known = room or reason in self.lost_reasons
                self.lost_reasons[reason if known else 'other'] += count
            return None
        return read

    def drain(
        self, timeout: float = CHECK_INTERVAL
    ) -> Iterator[notification.Notification]:
        """Unsubscribe, and give what was delivered by then, to the last one.

        :param timeout: seconds in which whoever emits may notice, and say
            what it had to drop for us; then it is cut off
        :returns: the rest of the notifications, of those that are wanted
        """
        self._subscribed = False
        if intake := self._intake:
            intake.leave()
        return self._drain(intake, _deadline(timeout))

    def _drain(
        self, intake: intakes.Intake | None, deadline: float
    ) -> Iterator[notification.Notification]:
        yield from iter(self._next, None)
        for batch in draining.rest(intake, deadline) if intake else ():
            self._items.extend(batch)
            yield from iter(self._next, None)
        self.close()

    def fileno(self) -> int:
        """A descriptor for select, poll or an event loop.

        It is readable when something came in. Then call ``receive(0)``
        until it returns None. Call that every ``CHECK_INTERVAL`` seconds
        too, so that the consumer notices when the address was made anew.

        :raises UnavailableError: not subscribed
        """
        return self._open_intake().fd

    def _open_intake(self) -> intakes.Intake:
        if self._intake:
            return self._intake
        raise errors.UnavailableError(
            f'this consumer is not subscribed to {self.address}; use "with '
            'Consumer(uri) as consumer", or call subscribe()'
        )

    def close(self) -> None:
        """Unsubscribe; what was not received is discarded."""
        if self._intake is not None:
            self._intake.close()
            self._intake = None
            self._subscribed = False
        self._items.clear()

    def __enter__(self) -> Self:
        self.subscribe()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[notification.Notification]:
        while True:
            received = self.receive()
            if received is not None:
                yield received

    def __repr__(self) -> str:
        state = 'subscribed' if self._subscribed else 'not subscribed'
        return f'<Consumer {self.address} {state} lost={self.lost}>'


def _deadline(timeout: float | None) -> float:
    return math.inf if timeout is None else time.monotonic() + timeout
