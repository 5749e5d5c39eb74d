# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""All consumers of one listener, behind one interface.

Rule: one thread at a time. A missing address is no error: the listener
subscribes when the address is there.
"""

import collections
import logging
from typing import Final

from unixnotif import address as addresses
from unixnotif import clock
from unixnotif import consumer as consumers
from unixnotif import errors
from unixnotif import grammar
from unixnotif import notification
from unixnotif import polling
from unixnotif import targets

LOG = logging.getLogger(__name__)

#: Work of a step (see :meth:`Consumer.advance`) that suggests that more
#: documents wait.
LARGE: Final = consumers.MAX_SKIPPED // 32
#: Work after which a call starts no further step.
MAX_WORK: Final = consumers.MAX_SKIPPED
#: Seconds between two warnings about lost notifications.
WARN_INTERVAL: Final = 60.0


class Subscriptions:
    """The consumers of one listener.

    In a rendezvous directory, each topic has a consumer, in the group that
    shares the copies of the topic. At a ``unix://`` address, one consumer
    receives everything.

    :param where: where notifications are published
    :param wanted: the notifications to take
    :param pool: listeners of one pool share a copy
    :param max_message_size: limit of a document in bytes
    """

    def __init__(
        self,
        where: addresses.Address,
        wanted: targets.Targets,
        pool: str | None,
        max_message_size: int,
    ) -> None:
        self._where = where
        self._topic_of = wanted.topic_of
        topics: list[str | None] = [None]
        if where.is_directory:
            topics = [*wanted.topics]
        # Consumers that are not subscribed yet, and subscribed ones.
        self._missing = [
            (
                topic,
                consumers.Consumer(
                    where,
                    topic and wanted.group(topic, pool),
                    max_message_size=max_message_size,
                ),
            )
            for topic in topics
        ]
        self._subscribed: list[tuple[str | None, consumers.Consumer]] = []
        self._retry_at = 0.0
        self._problem = ''
        self._reported = 0
        self._warnings = clock.RateLimiter(WARN_INTERVAL)
        self._subscribe()

    def _subscribe(self) -> None:
        """Subscribe further consumers; log a failure if its reason changes."""
        while self._missing:
            try:
                self._missing[0][1].subscribe()
            except (errors.UnavailableError, OSError) as e:
                self._retry_at = clock.monotonic() + consumers.CHECK_INTERVAL
                self._log_problem(str(e))
                return
            self._subscribed.append(self._missing.pop(0))
        if self._problem:
            LOG.info('The listener is subscribed to %s.', self._where)

    def _log_problem(self, problem: str) -> None:
        if problem != self._problem:
            LOG.warning(
                'The listener cannot subscribe to %s: %s. Retrying every '
                '%s seconds.',
                self._where,
                problem,
                consumers.CHECK_INTERVAL,
            )
            self._problem = problem

    def take(self) -> notification.Notification | None:
        """Return the next document that the listener wants."""
        topic_of = self._topic_of
        for topic, each in self._subscribed:
            while (received := each.take()) is not None:
                found = topic_of(
                    received.topics, received.exchange, received.priority
                )
                # In a directory, each topic of a document that the listener
                # wants brings a copy.
                if found is not None and found == (topic or found):
                    return received
        return None

    def advance(self, most: int) -> int:
        """Read documents, without waiting.

        :param most: do not read another batch after this number
        :returns: the work, which is bounded; 0 if there is nothing to read
        """
        self._look()
        work = step = LARGE
        while step >= LARGE and work <= MAX_WORK:
            step = sum(each.advance() for _, each in self._subscribed)
            work += step
            if self._buffered() >= most:
                break
        self._report_lost()
        return work - LARGE

    def _buffered(self) -> int:
        return sum(each.buffered for _, each in self._subscribed)

    def _look(self) -> None:
        if self._missing and clock.monotonic() >= self._retry_at:
            self._subscribe()

    def follow(self) -> None:
        """Resubscribe if the address was recreated; read nothing."""
        self._look()
        for _, each in self._subscribed:
            each.follow()

    def wait(self, timeout: float, wakeup: int, reads: bool) -> None:
        """Wait for documents, for at most CHECK_INTERVAL.

        :param wakeup: a descriptor that ends the wait
        :param reads: False waits for the wakeup only
        """
        fds = [wakeup]
        if reads:
            fds += [each.fileno() for _, each in self._subscribed]
        polling.wait_any(fds, min(timeout, consumers.CHECK_INTERVAL))

    def leave(self) -> None:
        """Unsubscribe; :meth:`finish` reads the remaining documents."""
        self._missing.clear()
        for _, each in self._subscribed:
            each.leave()

    def finish(self) -> bool:
        """Read some of the documents that were delivered before the end.

        A document that a publisher cannot deliver any more goes to another
        member of the group.

        :returns: False if everything was read
        """
        has_more = False
        for _, each in self._subscribed:
            has_more |= each.finish(last=True)
        return has_more

    def _report_lost(self, at_last: bool = False) -> None:
        """Log the number of lost notifications when it has risen."""
        total = sum(each.lost for _, each in self._subscribed)
        if total > self._reported and (
            self._warnings.allows('lost') or at_last
        ):
            self._reported = total
            reasons: collections.Counter[str] = collections.Counter()
            for _, each in self._subscribed:
                reasons += each.lost_reasons
            LOG.warning(
                'The listener at %s has lost %d notification%s since its '
                'start (%s), including notifications that no endpoint wants. '
                'For buffer_full, the listener reads too slowly: add a '
                'worker, or raise send_buffer_size in group '
                '[oslo_messaging_unix] of the emitting service.',
                self._where,
                total,
                '' if total == 1 else 's',
                grammar.counts(dict(sorted(reasons.items()))),
            )

    def close(self) -> None:
        """Close all consumers; closing twice is allowed."""
        self._missing.clear()
        self._report_lost(at_last=True)
        for _, each in self._subscribed:
            each.close()
        self._subscribed.clear()
