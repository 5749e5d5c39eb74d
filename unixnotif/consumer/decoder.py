# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The decoder of a consumer: from items to notifications.

Rule: an item raises nothing. The decoder counts each item that is not a
notification, and logs the first invalid ones. At the end of a consumer, the
documents of one user cost other users only a bounded delay.
"""

import collections
import logging
from typing import Final

from unixnotif import clock
from unixnotif import errors
from unixnotif import lost_record
from unixnotif import notification
from unixnotif import shares
from unixnotif import terminal
from unixnotif.consumer import batch

LOG = logging.getLogger(__name__)

#: Maximum processor time, in seconds, to decode the documents of one user
#: after a consumer has unsubscribed. The documents within limits.MAX_REST
#: need less, unless a peer has made them slow to decode.
MAX_SECONDS: Final = 5.0
# Enough log lines to find a peer that sends invalid data.
_MAX_WARNINGS: Final = 10
# The first bytes of a lost record, and the maximum size of the lost records
# that a consumer reads while it discards documents. Those of publishers are
# smaller.
_LOST: Final = b'{"lost":'
_MAX_LOST_SIZE: Final = 1024


class Decoder:
    """Decodes the items of one consumer.

    :param where: the consumer's address, for the log

    :ivar lost_reasons: number of lost notifications by reason
    :ivar rejected: number of invalid and of discarded items, by error class
    """

    def __init__(self, where: str) -> None:
        self.lost_reasons: collections.Counter[str] = collections.Counter()
        self.rejected: collections.Counter[str] = collections.Counter()
        self._where = where
        # Number of invalid items.
        self._invalid = 0
        self.start()

    def start(self) -> None:
        """Decode without a limit of time."""
        self._has_limit = False
        self._discards = False
        # By user.
        self._seconds: dict[int, float] = collections.defaultdict(float)

    def limit(self) -> None:
        """Limit the processor time of each user from now on.

        When a user has used MAX_SECONDS, the decoder discards the other
        documents of this user. Users who can end the process anyway have no
        limit.
        """
        self._has_limit = True

    def discard(self) -> None:
        """Discard each document from now on, except lost records."""
        self._has_limit = self._discards = True

    def read(self, item: batch.Item) -> notification.Notification | None:
        """Decode an item; return None if it is not a notification.

        Count the notifications of a lost record. Count every discarded or
        invalid item, and log the first _MAX_WARNINGS invalid ones. A document
        that exhausts the memory or the stack is invalid, too.
        """
        try:
            if isinstance(item, errors.PeerError):
                raise item
            if self._has_limit:
                read = self._decode_rest(*item)
            else:
                read = notification.decode(*item)
        except errors.DiscardedError as e:
            self.rejected[type(e).__name__] += 1
            return None
        except (
            errors.PeerError,
            errors.DocumentError,
            MemoryError,
            RecursionError,
        ) as e:
            self._reject(e)
            return None
        if isinstance(read, notification.Lost):
            counts = self.lost_reasons
            for reason, count in read.reasons.items():
                counts[lost_record.known_reason(counts, reason)] += count
            return None
        return read

    def _reject(self, error: Exception) -> None:
        self.rejected[type(error).__name__] += 1
        self._invalid += 1
        if self._invalid <= _MAX_WARNINGS:
            LOG.warning(
                'Rejected data at %s: %s%s',
                self._where,
                terminal.escape(str(error) or type(error).__name__),
                ' (further rejections are not logged)'
                if self._invalid == _MAX_WARNINGS
                else '',
            )

    def _decode_rest(
        self, data: bytes, sender: notification.Sender
    ) -> notification.Notification | notification.Lost:
        """Decode a document, unless it has to be discarded.

        :raises DiscardedError: the user has no time left, or all documents
            are discarded
        """
        uid = sender.uid
        is_late = self._seconds[uid] >= MAX_SECONDS
        if is_late or (self._discards and not _is_lost(data)):
            raise errors.DiscardedError
        begin = clock.thread_time()
        try:
            return notification.decode(data, sender)
        finally:
            if not shares.is_exempt(uid):
                self._seconds[uid] += clock.thread_time() - begin
                if self._seconds[uid] >= MAX_SECONDS:
                    self._warn(uid)

    def _warn(self, uid: int) -> None:
        LOG.warning(
            'The consumer of %s has unsubscribed, and discards the remaining '
            'documents of user %d: decoding the earlier documents took more '
            'than %d seconds.',
            self._where,
            uid,
            MAX_SECONDS,
        )


def _is_lost(data: bytes) -> bool:
    """Return True if a document is a lost record, as publishers write it."""
    return len(data) <= _MAX_LOST_SIZE and data.startswith(_LOST)
