# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The consumer: subscribe, receive notifications, know what was lost.

Rule: a subscribed consumer resubscribes by itself. Invalid data of a peer
raises nothing: the consumer counts it in ``rejected`` and logs it. One
consumer is for one thread at a time.
"""

from collections.abc import Iterator
import math
import os
from typing import Final
from typing import Self

from unixnotif import clock
from unixnotif import errors
from unixnotif import notification
from unixnotif import polling
from unixnotif.consumer import batch
from unixnotif.consumer import core

# A test suite may replace functions of os while it runs (nova's does).
_getpid = os.getpid

#: Seconds between two checks that the address is still there.
CHECK_INTERVAL: Final = core.CHECK_INTERVAL
#: Work (see batch.COST) that a call may do after its deadline: a wanted
#: notification may follow unwanted ones. The limit is the work of 2048 small
#: documents, or connections that come and go. A peer could send these without
#: end.
MAX_SKIPPED: Final = 2048 * batch.COST
# Seconds between two reads while notifications flow.
_LULL: Final = 0.0002


class Consumer(core.Core):
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

    def subscribe(self, timeout: float | None = 0.0) -> None:
        """Subscribe: receive the notifications of every process from now on.

        :param timeout: seconds to wait until the directory exists, or a
            driver listens; None waits forever
        :raises MissingError: the directory or the driver does not exist, or
            too many readers wait until the driver accepts them
        :raises UnavailableError: subscribing fails for another reason
        """
        deadline = clock.deadline(timeout)
        while True:
            try:
                return super().subscribe()
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
