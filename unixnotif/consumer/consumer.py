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
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
import logging
import math
import os
import time
from typing import Final
from typing import Self

from unixnotif import address as addresses
from unixnotif import clock
from unixnotif import errors
from unixnotif import filter as filters
from unixnotif import notification
from unixnotif import packet
from unixnotif import polling
from unixnotif import process
from unixnotif import rendezvous
from unixnotif.consumer import connections
from unixnotif.consumer import intake as intakes

LOG = logging.getLogger(__name__)

# A test suite may replace functions of os while it runs (nova's does).
_getpid = os.getpid

#: Seconds between two looks whether the address is still there.
CHECK_INTERVAL: Final = rendezvous.CHECK_INTERVAL
#: With a timeout of 0, this many batches without a wanted notification are
#: skipped at most: a peer could send them for ever.
MAX_SKIPPED: Final = 128
# Seconds between two looks while notifications flow.
_LULL: Final = 0.0002
# Of what one peer can make us log, this is enough to find it.
_MAX_WARNINGS: Final = 10
# Publishers know a handful; what a peer makes up must not fill memory.
_MAX_REASONS: Final = 100


class Consumer:
    """Receives the notifications published at one address.

    Use it as a context manager, or call :meth:`subscribe` and
    :meth:`close`. Iterating yields notifications for ever.

    :param uri: an Address or a URI
    :param group: consumers of one group share one copy of each
        notification; only in a rendezvous directory
    :param event_type: glob, or several; see
        :class:`~unixnotif.filter.Filter`
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
        self.filter = filters.Filter(
            event_type=event_type, priority=priority, topic=topic
        )
        self.lost_reasons: collections.Counter[str] = collections.Counter()
        self.rejected: collections.Counter[str] = collections.Counter()
        self._max_message_size = max_message_size
        self._items: collections.deque[connections.Item] = collections.deque()
        # None while not subscribed.
        self._connections: connections.Connections | None = None
        # The last one is the subscription; the others have left.
        self._intakes: list[intakes.Intake] = []
        self._check_at = 0.0
        self._flowing = False
        self._subscribed = False
        # The process that subscribed, if this is a forked child of it.
        self._parent: int | None = None
        self._pid = process.check()
        process.track(self)

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
        self._pid = process.check()
        deadline = clock.deadline(timeout)
        while self._connections is None:
            try:
                self._open()
            except errors.MissingError:
                remaining = deadline - clock.monotonic()
                if remaining <= 0:
                    raise
                time.sleep(min(CHECK_INTERVAL, remaining))

    def _open(self) -> None:
        owned = connections.Connections(self._max_message_size, self._items)
        try:
            opened = intakes.open_intake(self.address, self.group, owned)
        except BaseException:
            owned.close()
            raise
        self._intakes = [opened]
        self._parent = None
        self._subscribed = True
        self._check_at = clock.monotonic() + CHECK_INTERVAL
        self._connections = owned

    def receive(
        self, timeout: float | None = None
    ) -> notification.Notification | None:
        """Return the next notification that passes the filters.

        :param timeout: seconds; 0 never waits, None waits for ever
        :returns: None when the time is over
        :raises UnavailableError: not subscribed, or closed, or subscribed by
            the parent of this process
        """
        # Inline, for each notification: follow().
        if _getpid() != self._pid or clock.monotonic() >= self._check_at:
            self.follow()
        received = self.take()
        if received is not None:
            return received
        deadline = clock.deadline(timeout)
        skipped = 0
        while True:
            progress = self.advance()
            received = self.take()
            if received is not None:
                return received
            now = clock.monotonic()
            if progress:
                # Nothing of it was wanted, and there may be more.
                skipped += 1
                if now >= deadline and skipped > MAX_SKIPPED:
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

    def advance(self) -> bool:
        """Read at most one batch of each connection, without waiting.

        :returns: True if there may be more to read or to :meth:`take`
        :raises UnavailableError: not subscribed, or closed
        """
        self.follow()
        owned = self._owned()
        connected = len(owned)
        before = len(self._items)
        # The first one after a pause is not kept waiting for others.
        most = connections.BATCH if self._flowing else 1
        try:
            waiting = owned.read(most)
        except (OSError, ValueError):
            self._recover()
            return True
        progress = bool(waiting and self._accept(waiting))
        if len(self._items) > before:
            self._flowing = progress = True
        if len(owned) < connected:
            self._make_room()
            progress = True
        return progress

    def _make_room(self) -> None:
        """Go on after connections have ended."""
        for each in self._intakes:
            each.retry()
        self._prune()
        if not self.address.is_directory and self._check_at != math.inf:
            # The process that listened has closed the connection.
            self._check_at = 0.0

    def _accept(self, waiting: Collection[int]) -> bool:
        """Accept new connections; return True if there are any.

        Those of an intake wait until the older ones have nobody left: a
        process that moves to a newer intake has connected to it later.
        """
        accepted = False
        for each in self._intakes:
            accepted = each.accept(waiting) or accepted
            if not each.ended:
                break
        self._prune()
        return accepted

    def follow(self) -> None:
        """Subscribe anew if the address leads elsewhere.

        Looks once every CHECK_INTERVAL, also while documents that were read
        wait to be taken.
        """
        process.check()
        if (
            clock.monotonic() >= self._check_at
            and self._connections is not None
        ):
            self._check()

    def _is_open(self, owned: connections.Connections) -> bool:
        """Return False if somebody closed all descriptors."""
        return self._intakes[-1].is_open() and owned.is_open()

    def _check(self) -> None:
        if not self._is_open(self._owned()):
            self._recover()
        elif self._intakes[-1].is_current():
            self._subscribed = True
        else:
            self._move()
        for each in self._intakes:
            each.retry()
        self._check_at = clock.monotonic() + CHECK_INTERVAL

    def _move(self) -> None:
        """Subscribe where the address leads now, then leave the former."""
        former = self._intakes[-1]
        try:
            newer = intakes.open_intake(
                self.address, self.group, self._owned()
            )
        except errors.UnavailableError:
            self._subscribed = False
        else:
            self._subscribed = True
            for each in self._intakes:
                if each.continues(newer):
                    newer = each
            self._intakes = [x for x in self._intakes if x is not newer]
            self._intakes.append(newer)
            if newer is former:
                return
        former.leave()
        self._prune()

    def _prune(self) -> None:
        """Forget intakes that have ended; the last one is the state."""
        *left, newest = self._intakes
        self._intakes = [each for each in left if not each.ended]
        self._intakes.append(newest)

    def _recover(self) -> None:
        """Subscribe again after all descriptors were closed."""
        LOG.warning(
            'The descriptors of the consumer of %s were closed by another '
            'part of this process. Notifications that it had not read are '
            'lost. It subscribes again.',
            self.address,
        )
        owned = self._owned()
        former = self._intakes[-1]
        for each in self._intakes:
            each.close()
        owned.forget()
        self._intakes = [former]
        self._connections = connections.Connections(
            self._max_message_size, self._items
        )
        self._move()

    def take(self) -> notification.Notification | None:
        """Return the next wanted one of those that were read.

        They are decoded when they are asked for: a batch of decoded ones
        would leave the processor's cache before it is used.
        """
        while self._items:
            received = self._read(self._items.popleft())
            if received is not None and self.filter.matches(received):
                return received
        return None

    def _read(
        self, item: connections.Item
    ) -> notification.Notification | None:
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
        self.leave()
        return self._drain(clock.deadline(timeout))

    def _drain(self, deadline: float) -> Iterator[notification.Notification]:
        more = True
        while more:
            remaining = deadline - clock.monotonic()
            more = self.finish(remaining <= 0)
            yield from iter(self.take, None)
            if more and remaining > 0:
                polling.wait_readable(self.fileno(), remaining)
        self.close()

    def leave(self) -> None:
        """Be found by nobody new; :meth:`drain` receives the rest."""
        process.check()
        owned = self._connections
        if owned is not None and not self._is_open(owned):
            self._recover()
        self._subscribed = False
        self._check_at = math.inf
        for each in self._intakes:
            each.leave()
        if self._connections is not None and not self.address.is_directory:
            # The listening process does not look who is there while it
            # sends.
            self._connections.stop()

    def finish(self, last: bool) -> bool:
        """Read some of what comes in after :meth:`leave`.

        :param last: let nobody send any more
        :returns: False if all was read
        """
        if self._connections is None:
            return False
        if last:
            # What was sent before is read, to the last; nobody can make it
            # last longer.
            self._connections.stop()
            for each in self._intakes:
                each.retry()
        progress = self.advance()
        return len(self._connections) > 0 or (
            any(not each.ended for each in self._intakes)
            and (progress or not last)
        )

    def fileno(self) -> int:
        """Return a descriptor for select, poll or an event loop.

        It is readable when something came in. Then call ``receive(0)``
        until it returns None. Call that every ``CHECK_INTERVAL`` seconds
        too, so that the consumer follows the address when somebody
        recreates it.

        :raises UnavailableError: not subscribed
        """
        process.check()
        return self._owned().fd

    def _owned(self) -> connections.Connections:
        if self._connections is not None:
            return self._connections
        if self._parent is not None:
            raise errors.UnavailableError(
                f'the consumer of {self.address} belongs to process '
                f'{self._parent}; a forked child needs its own: '
                'call subscribe() in the child'
            )
        raise errors.UnavailableError(
            f'this consumer is not subscribed to {self.address}; use "with '
            'Consumer(uri) as consumer", or call subscribe()'
        )

    def close(self) -> None:
        """Unsubscribe; what was not received is discarded."""
        process.check()
        owned, self._connections = self._connections, None
        self._subscribed = False
        if owned is not None:
            end = owned.close if self._is_open(owned) else owned.forget
            for each in self._intakes:
                each.close()
            end()
        self._intakes = []
        self._items.clear()

    def after_fork(self) -> None:
        """Leave the subscription to the parent process."""
        owned, self._connections = self._connections, None
        parent, self._pid = self._pid, _getpid()
        if owned is not None:
            self._parent = parent
            end = owned.abandon if self._is_open(owned) else owned.forget
            for each in self._intakes:
                each.abandon()
            end()
        self._subscribed = False
        self._intakes = []
        self._items = collections.deque()

    def at_exit(self) -> None:
        """Do nothing: the kernel closes everything."""

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
