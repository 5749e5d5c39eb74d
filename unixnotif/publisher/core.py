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

"""The publisher: one document in, one copy to every subscriber.

Rule: ``publish`` makes only non-blocking system calls, in the caller's
thread. A bad subscriber costs a count, never a stall or an error. Nothing
here waits, keeps a document, or starts a thread.
"""

import collections
from collections.abc import Callable
import contextlib
import functools
import logging
import time
from typing import Self

from unixnotif import address as addresses
from unixnotif import errors
from unixnotif import packet
from unixnotif import polling
from unixnotif.publisher import drops
from unixnotif.publisher import lifetime
from unixnotif.publisher import sources
from unixnotif.publisher import subscribers
from unixnotif.publisher.delivery import Delivery
from unixnotif.publisher.delivery import Document
from unixnotif.publisher.delivery import NOBODY

LOG = logging.getLogger(__name__)

MAX_SUBSCRIBERS = 1024
# Seconds between two attempts to own a unix:// address. A directory is
# tried every time: a subscriber may be in it already.
_RETRY_INTERVAL = 1.0


class Publisher:
    """Publishes documents at one address.

    Safe to use from any number of threads and greenlets, and after a fork,
    where the child opens sockets of its own at first use. Documents are
    delivered in the order of the calls.

    :param address: an Address or a URI
    :param mode: mode of the listening socket; of a directory, who may write
        to such a socket may subscribe
    :param group: name or number of the group that may subscribe; None is
        the process's own
    :param send_buffer_size: SO_SNDBUF of each subscriber in bytes
    :param max_message_size: in bytes; a larger document is dropped
    :param max_subscribers: more are ignored, with a warning
    :raises AddressError: the URI is not an address
    """

    def __init__(
        self,
        address: addresses.Address | str,
        *,
        mode: int = 0o660,
        group: str | None = None,
        send_buffer_size: int = packet.SEND_BUFFER_SIZE,
        max_message_size: int = packet.MAX_MESSAGE_SIZE,
        max_subscribers: int = MAX_SUBSCRIBERS,
    ) -> None:
        self.address = addresses.Address.parse(address)
        self.dropped: collections.Counter[str] = collections.Counter()
        self._open_source = functools.partial(
            sources.open_source, self.address, mode, group, send_buffer_size
        )
        self._max_message_size = max_message_size
        self._max_subscribers = max_subscribers
        self.closed = False
        self._reset()
        lifetime.track(self)

    def _reset(self) -> None:
        """Become as if just made, without closing anything."""
        # Re-entrant, for its owner may come back: through a signal handler,
        # a finalizer, or a log handler that emits notifications.
        self._lock = polling.NativeLock()
        self._source: sources.Source | None = None
        self._changed: Callable[[], bool] = lambda: True
        self._known: sources.Subscribers = {}
        self._targets: list[subscribers.Subscriber] = []
        self._complaint = ''
        self._retry_at = 0.0
        self._refused = 0
        self._drops = drops.Drops(self.address)

    def open(self) -> None:
        """Own the address, or make the directory, now and not at first use.

        :raises InUseError: a living process owns the ``unix://`` address
        :raises UnavailableError: it cannot be used now; ``publish`` goes on
            trying
        """
        with self._lock:
            self._retry_at = 0.0
            self._update()

    def refresh(self) -> int:
        """Look for subscribers now; say in the log when that cannot be.

        :returns: how many there are
        """
        complaint = ''
        with self._lock:
            refused = self._refused
            try:
                self._update()
                if self._source is not None:
                    self._complaint = ''
            # OSError: short of descriptors, say; the next call looks again.
            except (errors.UnavailableError, OSError) as e:
                if str(e) != self._complaint:
                    self._complaint = complaint = str(e)
            refused = max(0, self._refused - refused)
            count = len(self._targets)
        # Not under the lock: a log handler may yield or emit notifications.
        if complaint:
            LOG.error(
                'Notifications of this process reach nobody at %s: %s. '
                'It is tried again at the next notification.',
                self.address,
                complaint,
            )
        if refused:
            LOG.warning(
                '%d more subscribers of %s than max_subscribers = %d '
                'get nothing.',
                refused,
                self.address,
                self._max_subscribers,
            )
        return count

    def _update(self) -> None:
        """Open the source if need be, and ask it who subscribes.

        :raises UnavailableError: the address cannot be used now
        """
        if self.closed:
            return
        if self._source is not None:
            try:
                self._ask(self._source)
                return
            except errors.UnavailableError:
                # The directory was removed; perhaps there is one again.
                self._drop_source()
        if not self.address.is_directory:
            now = time.monotonic()
            if now < self._retry_at:
                return
            self._retry_at = now + _RETRY_INTERVAL
        self._source = self._open_source()
        self._changed = self._source.changed
        self._ask(self._source)

    def _ask(self, source: sources.Source) -> None:
        self._refused = source.update(self._known, self._max_subscribers)
        self._targets = list(self._known.values())

    def publish(self, document: Document) -> Delivery:
        """Give every subscriber one copy, without waiting.

        :param document: encoded, or a function that encodes it, which is
            only called when there is a subscriber; it may raise
            DocumentError, which is a drop; what else it raises is raised
        :returns: what was delivered and dropped
        """
        if self._changed():
            self.refresh()
        with self._lock:
            # Another thread may just have been entering whom it found.
            if not self._targets:
                return NOBODY
        try:
            data = document if isinstance(document, bytes) else document()
        except errors.DocumentError as e:
            LOG.error('A notification is dropped: %s', e)
            data = b''
        # An empty packet would read like the end of the connection.
        reason = None if data else packet.UNSERIALIZABLE
        if len(data) > self._max_message_size:
            LOG.error(
                'A notification of %d bytes is dropped; max_message_size '
                'is %d.',
                len(data),
                self._max_message_size,
            )
            reason = packet.TOO_LARGE
        outgoing = packet.Outgoing(data)
        with self._lock, contextlib.closing(outgoing):
            delivery = self._deliver(outgoing, reason)
        if delivery.dropped:
            self._drops.warn_if_due()
        return delivery

    def _deliver(
        self, outgoing: packet.Outgoing, verdict: str | None
    ) -> Delivery:
        """Offer the document to all; the lock is held.

        :param verdict: drop it for all, for this reason
        """
        delivered = absent = 0
        dropped: dict[str, int] = {}
        gone = False
        targets = self._targets
        for target in targets:
            try:
                reason = verdict or target.offer(outgoing)
                if reason == packet.BUFFER_FULL and lifetime.relieve(
                    self.address
                ):
                    reason = target.offer(outgoing)
            except subscribers.AbsentError:
                absent += 1
                continue
            except subscribers.GoneError:
                absent += 1
                gone = True
                continue
            if reason is None:
                delivered += 1
            else:
                target.drop(reason)
                dropped[reason] = dropped.get(reason, 0) + 1
        if dropped:
            self.dropped.update(dropped)
            self._drops.add(dropped)
        if gone:
            self._known = {
                key: subscriber
                for key, subscriber in self._known.items()
                if subscriber.members
            }
            self._targets = list(self._known.values())
        return Delivery(len(targets) - absent, delivered, dropped)

    def _drop_source(self) -> None:
        for subscriber in self._known.values():
            subscriber.close()
        self._known = {}
        self._targets = []
        if self._source is not None:
            self._source.close()
            self._source = None
        self._changed = lambda: True

    def close(self) -> None:
        """Tell each subscriber what it still misses, and let the address go.

        Later calls of ``publish`` do nothing.
        """
        with self._lock:
            self._drop_source()
            self.closed = True
            self._changed = lambda: False
        self._drops.warn()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __del__(self) -> None:
        # Nobody can be in the middle of a call.
        if hasattr(self, '_lock'):
            self.close()

    def __repr__(self) -> str:
        return f'<Publisher {self.address} subscribers={len(self._targets)}>'

    def after_fork(self) -> None:
        """Leave the parent's sockets to the parent."""
        for subscriber in self._known.values():
            for member in subscriber.members.values():
                member.close()
        if self._source is not None:
            self._source.abandon()
        self._reset()
        self.dropped = collections.Counter()
        if self.closed:
            self._changed = lambda: False
