# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The consumer: subscribe, receive notifications, know what was lost.

Rule: a subscribed consumer resubscribes by itself. Invalid data of a peer
raises nothing: the consumer counts it in ``rejected`` and logs it. One
consumer is for one thread at a time.
"""

import collections
from collections.abc import Iterator
import math
import os
from typing import Final
from typing import Self
from typing import Unpack

from unixnotif import address as addresses
from unixnotif import clock
from unixnotif import errors
from unixnotif import filter as filters
from unixnotif import notification
from unixnotif import packet
from unixnotif import polling
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
#: Work (see batch.COST) that a call may do after its deadline: a wanted
#: notification may follow unwanted ones. The limit is the work of 2048 small
#: documents, or connections that come and go. A peer could send these without
#: end.
MAX_SKIPPED: Final = 2048 * batch.COST
# Seconds between two reads while notifications flow.
_LULL: Final = 0.0002


class Consumer:
    """Receives the notifications published at one address.

    Use it as a context manager, or call :meth:`subscribe` and
    :meth:`close`. Iterating yields notifications without end.

    :param uri: an Address or a URI
    :param group: consumers of one group share one copy of each
        notification; only in a rendezvous directory
    :param event_type: one or more globs, for example ``instance.create.*``
    :param max_message_size: limit of a document in bytes; larger ones are
        rejected
    :param criteria: see :class:`~unixnotif.filter.Filter`, for example
        ``priority='error'``
    :raises AddressError: the URI or the group is not valid

    :ivar lost: number of notifications that publishers dropped for this
        consumer
    :ivar lost_reasons: number of lost notifications by reason
    :ivar rejected: number of invalid and of discarded documents, and of
        connections that the consumer closed unread, by error class
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

    def subscribe(self, timeout: float | None = 0.0) -> None:
        """Subscribe: receive the notifications of every process from now on.

        :param timeout: seconds to wait until the directory exists, or a
            driver listens; None waits forever
        :raises MissingError: the directory or the driver does not exist, or
            too many readers wait until the driver accepts them
        :raises UnavailableError: subscribing fails for another reason
        """
        self._pid = process.check()
        deadline = clock.deadline(timeout)
        while self._attached is None:
            try:
                self._attached = attachment.Attachment(
                    self.address,
                    self.group,
                    self._max_message_size,
                    self._items,
                )
                self._decoder.start()
                self._parent = None
            except errors.MissingError:
                remaining = deadline - clock.monotonic()
                if remaining <= 0:
                    raise
                clock.sleep(min(CHECK_INTERVAL, remaining))

    def receive(
        self, timeout: float | None = None
    ) -> notification.Notification | None:
        """Return the next notification that passes the filters.

        Documents that the filters exclude may precede a wanted notification.
        So when the timeout expires, the call reads up to 2048 more of these
        documents if they are already waiting. This takes milliseconds.

        Decoding a document of some megabytes takes a fraction of a second. If
        the remaining time is too short, the call returns None at once, and
        the next call begins with the document.

        :param timeout: seconds; 0 never waits, None waits forever
        :returns: None if no wanted notification arrives in time
        :raises UnavailableError: the consumer is not subscribed, is closed,
            or was subscribed by the parent of this process
        """
        # follow(), inline: this code runs for each notification.
        attached = self._attached
        if (
            _getpid() != self._pid
            or attached is None
            or clock.monotonic() >= attached.check_at
        ):
            self.follow()
        received = self.take()
        if received is not None:
            return received
        deadline = clock.deadline(timeout)
        skipped = 0
        # The first document is decoded, whatever its size, so that each call
        # makes progress. A call with timeout 0 decodes all documents in user
        # space, because the descriptor of fileno() does not report those.
        limit = math.inf
        while True:
            work = self.advance()
            received = self.take(limit)
            if received is not None:
                return received
            limit = deadline if timeout else math.inf
            now = clock.monotonic()
            if self._items:
                # The next call begins with it.
                return None
            if work:
                # No document of the batch was wanted, and there may be more.
                skipped += work
                if now >= deadline and skipped > MAX_SKIPPED:
                    return None
            elif now >= deadline:
                return None
            else:
                self._wait(deadline - now)

    def _wait(self, timeout: float) -> None:
        """Wait for documents, for at most CHECK_INTERVAL."""
        if self._flowing:
            # In a burst the next document follows soon. After a sleep,
            # several documents are there at once. And no emitter has to
            # wake this thread: that would cost the emitter more than the
            # send.
            self._flowing = False
            clock.sleep(min(timeout, _LULL))
        else:
            timeout = min(timeout, CHECK_INTERVAL)
            polling.wait_readable(self.fileno(), timeout)

    def advance(self) -> int:
        """Read at most one batch of each connection, without waiting.

        :returns: the work (see MAX_SKIPPED), which is bounded; 0 if there is
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

    def drain(
        self, timeout: float = CHECK_INTERVAL
    ) -> Iterator[notification.Notification]:
        """Unsubscribe, and yield the rest of the delivered notifications.

        The emitters notice that the consumer has unsubscribed, send their last
        lost records, and close their connections. After the timeout, the
        consumer shuts down the connections that are still open, and reads
        their content: at most 1 GiB of each user. It decodes the documents of
        a user for at most 5 seconds of processor time. Root and the
        consumer's own user have no limits. Each connection that the consumer
        closes unread, and each document that it discards, counts in
        ``rejected``.

        :param timeout: maximum number of seconds to wait for the emitters
        :returns: the remaining notifications that match the filters
        """
        steps = self.drain_steps(timeout)
        return (received for received in steps if received is not None)

    def drain_steps(
        self, timeout: float = CHECK_INTERVAL
    ) -> Iterator[notification.Notification | None]:
        """Do the same as :meth:`drain`, in short steps.

        A step decodes at most one document. After a step without a wanted
        notification, the iterator yields None, so that the caller can stop.
        """
        self.leave()
        return self._drain(clock.deadline(timeout))

    def _drain(
        self, deadline: float
    ) -> Iterator[notification.Notification | None]:
        more = True
        while more:
            remaining = deadline - clock.monotonic()
            more = self.finish(remaining <= 0)
            while self._items:
                yield self.take_of(1)
            if more and remaining > 0:
                timeout = min(remaining, CHECK_INTERVAL)
                polling.wait_readable(self.fileno(), timeout)
            yield None
        self.close()

    def discard(self) -> None:
        """Unsubscribe, and discard the rest of the delivered documents.

        The consumer counts these documents in :attr:`discarded` without
        decoding them. It reads lost records.
        """
        self.leave()
        self._decoder.discard()
        for _ in self.drain_steps(0):
            pass

    @property
    def discarded(self) -> int:
        """Number of documents that the consumer discarded at its end."""
        return self.rejected[errors.DiscardedError.__name__]

    def leave(self) -> None:
        """Accept no new emitters; :meth:`drain` receives the rest."""
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
        state = 'subscribed' if self.subscribed else 'not subscribed'
        return f'<Consumer {self.address} {state} lost={self.lost}>'
