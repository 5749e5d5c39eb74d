# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The core of a consumer: its subscription, and the documents that it read.

Rule: no method waits. :class:`unixnotif.Consumer` and
:class:`unixnotif.aio.Consumer` wait between the calls, each in its own way.
"""

import collections
import math
import os
from typing import Final
from typing import Unpack

from unixnotif import address as addresses
from unixnotif import clock
from unixnotif import errors
from unixnotif import filter as filters
from unixnotif import notification
from unixnotif import packet
from unixnotif import process
from unixnotif import rendezvous
from unixnotif.consumer import attachment
from unixnotif.consumer import batch
from unixnotif.consumer import connections
from unixnotif.consumer import decoder

# A test suite may replace functions of os while it runs (nova's does).
_getpid = os.getpid

#: Seconds between two checks that the address is still there.
CHECK_INTERVAL: Final = attachment.CHECK_INTERVAL


class Core:
    """The part of a consumer that never waits.

    For the parameters and the attributes see :class:`unixnotif.Consumer`.
    """

    def __init__(
        self,
        uri: addresses.Address | str,
        group: str | None = None,
        *,
        event_type: filters.Globs | None = None,
        max_message_size: int = packet.MAX_MESSAGE_SIZE,
        **criteria: Unpack[filters.Criteria],
    ) -> None:
        self.address = addresses.Address.parse(uri)
        self.group = group and rendezvous.check_group(group)
        if group and not self.address.is_directory:
            raise errors.AddressError(
                f'{self.address} is one socket, where every reader gets every '
                'notification; groups need a rendezvous directory (unix+dir://)'
            )
        self.filter = filters.Filter(event_type, **criteria)
        self._decoder = decoder.Decoder(str(self.address))
        self.lost_reasons = self._decoder.lost_reasons
        self.rejected = self._decoder.rejected
        self._max_message_size = max_message_size
        self._items: collections.deque[batch.Item] = collections.deque()
        # None while not subscribed.
        self._attached: attachment.Attachment | None = None
        self._flowing = False
        # The process that subscribed, if this is a forked child of it.
        self._parent: int | None = None
        self._pid = process.check()
        process.track(self)

    @property
    def lost(self) -> int:
        """Number of notifications dropped for this consumer."""
        return self.lost_reasons.total()

    @property
    def subscribed(self) -> bool:
        """True if the address existed at the last check."""
        return self._attached is not None and self._attached.subscribed

    def subscribe(self) -> None:
        """Subscribe, unless the consumer is subscribed already.

        :raises MissingError: the directory or the driver does not exist, or
            too many readers wait until the driver accepts them
        :raises UnavailableError: subscribing fails for another reason
        """
        self._pid = process.check()
        if self._attached is None:
            self._decoder.start()
            self._attached = attachment.Attachment(
                self.address, self.group, self._max_message_size, self._items
            )
            self._parent = None

    def advance(self) -> int:
        """Read at most one batch of each connection, without waiting.

        :returns: the work (see batch.COST), which is bounded; 0 if there is
            nothing more to read now
        :raises UnavailableError: not subscribed, or closed
        """
        self.follow()
        before = len(self._items)
        # The first document after a pause does not wait for others. A
        # ``unix://`` reader receives several lines at once.
        is_single = not self._flowing and self.address.is_directory
        most = 1 if is_single else connections.BATCH
        work = self._owned().advance(most)
        if len(self._items) > before:
            self._flowing = True
        return work

    def follow(self) -> None:
        """Subscribe again if the address leads elsewhere.

        This method checks once every CHECK_INTERVAL, even if documents are
        buffered.
        """
        process.check()
        attached = self._attached
        if attached is not None and clock.monotonic() >= attached.check_at:
            attached.check()

    @property
    def buffered(self) -> int:
        """Number of documents that were read and not taken."""
        return len(self._items)

    def take(
        self, deadline: float = math.inf
    ) -> notification.Notification | None:
        """Return the next wanted notification of the documents that were read.

        This method decodes one document at a time: a batch of decoded
        documents would leave the processor's cache before its use.

        :param deadline: time of :func:`clock.monotonic`; a large document is
            left for a later call if the time until then may be too short to
            decode the document
        """
        while self._items:
            if deadline < math.inf and batch.is_late(self._items[0], deadline):
                return None
            received = self._decoder.read(self._items.popleft())
            if received is not None and self.filter.matches(received):
                return received
        return None

    def take_of(self, most: int) -> notification.Notification | None:
        """Return the next wanted notification, as :meth:`take` does.

        :param most: maximum number of documents to decode
        """
        for _ in range(min(most, len(self._items))):
            received = self._decoder.read(self._items.popleft())
            if received is not None and self.filter.matches(received):
                return received
        return None

    @property
    def discarded(self) -> int:
        """Number of documents that the consumer discarded at its end."""
        return self.rejected[errors.DiscardedError.__name__]

    def leave(self) -> None:
        """Accept no new emitters; :meth:`finish` reads the rest."""
        process.check()
        self._decoder.limit()
        if self._attached is not None:
            self._attached.leave()

    def finish(self, last: bool) -> bool:
        """Read some of the remaining documents, after :meth:`leave`.

        :param last: stop all emitters from sending
        :returns: False if all was read
        """
        process.check()
        attached = self._attached
        if attached is None:
            return False
        if last:
            attached.cut_off()
        work = self.advance()
        return (
            self.buffered > 0
            or attached.has_more()
            or (attached.accepts() and (work > 0 or not last))
        )

    def fileno(self) -> int:
        """Return a descriptor for select, poll or an event loop.

        If it is readable, call ``receive(0)`` until it returns None. Also call
        ``receive(0)`` every ``CHECK_INTERVAL`` seconds, so that the consumer
        notices a recreated directory.

        :raises UnavailableError: not subscribed
        """
        process.check()
        return self._owned().fd

    def _owned(self) -> attachment.Attachment:
        if self._attached is not None:
            return self._attached
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
        """Unsubscribe, and discard unread notifications."""
        process.check()
        attached, self._attached = self._attached, None
        if attached is not None:
            attached.close()
        self._items.clear()

    def after_fork(self) -> None:
        """Leave the subscription to the parent process."""
        attached, self._attached = self._attached, None
        parent, self._pid = self._pid, _getpid()
        if attached is not None:
            self._parent = parent
            attached.abandon()
        self._items = collections.deque()

    def at_exit(self) -> None:
        """Do nothing: the kernel closes everything."""

    def __repr__(self) -> str:
        state = 'subscribed' if self.subscribed else 'not subscribed'
        return f'<Consumer {self.address} {state} lost={self.lost}>'
