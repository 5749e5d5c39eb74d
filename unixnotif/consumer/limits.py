# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Limits on the connections of each user to a consumer.

Rule: a user costs other users only a delay. Each user id has a share of the
places. If a user passed descriptors, and too many descriptors wait to be
closed, the consumer does not read from this user.
"""

import collections
import logging
from typing import Final

from unixnotif import clock
from unixnotif import closer
from unixnotif import descriptors
from unixnotif import shares

LOG = logging.getLogger(__name__)

#: Maximum number of places, if the process may open enough descriptors.
MAX_CONNECTIONS: Final = 4096
#: Maximum work, in bytes, that the documents of one user cause after a
#: consumer has stopped receiving: see Connections.stop(). The kernel keeps
#: what a user has sent, and a user can send hundreds of gigabytes.
MAX_REST: Final = 1 << 30
# Seconds between two warnings of a kind.
_WARNING_INTERVAL: Final = 60.0


class Places:
    """The places for connections of one consumer.

    :param where: the consumer's address, for the log

    :ivar limit: number of places; at most half of the descriptors that the
        process may open, since the rest of the process needs some, too
    :ivar suspects: users who passed descriptors whose close may block
    """

    def __init__(self, where: str) -> None:
        self.limit = max(1, descriptors.limit(2 * MAX_CONNECTIONS) // 2)
        self.suspects: set[int] = set()
        self._where = where
        self._shares = shares.Shares(self.limit)
        # Places for connections over the share of a user.
        self._over = shares.Shares(max(shares.USERS, self.limit // 2))
        # The descriptors of these connections by user, oldest first.
        self._over_of: dict[int, dict[int, None]] = {}
        # Work by user since :meth:`Connections.stop`.
        self._rest: collections.Counter[int] = collections.Counter()
        self._refused = 0
        self._limiter = clock.RateLimiter(_WARNING_INTERVAL)

    @property
    def is_full(self) -> bool:
        """True if all places, or all places over the shares, are taken.

        A user that has a share cannot take all of either.
        """
        # Root has no share of its own.
        return not self._shares.room(0) or not self._over.room(0)

    def take(self, uid: int) -> bool:
        """Take a place; return False if the user has its share already."""
        if self._shares.take(uid):
            return True
        self._refused += 1
        self._warn(
            'User %d has %d connections to the consumer of %s, the '
            'maximum for one user (%d for all users). The consumer reads '
            'each further connection once and closes it (%d so far).',
            uid,
            self._shares.share,
            self._where,
            self.limit,
            self._refused,
        )
        return False

    def release(self, uid: int) -> None:
        """Give back a place."""
        self._shares.release(uid)

    def take_over(self, uid: int, fd: int) -> int | None:
        """Take a place over the share of a user.

        :param fd: the descriptor of the connection
        :returns: the user's oldest connection over the share, which must be
            dropped, if the user has too many of them
        """
        own = self._over_of.setdefault(uid, {})
        oldest = None
        if not self._over.room(uid) and own:
            oldest = next(iter(own))
        own[fd] = None
        self._over.hold(uid)
        return oldest

    def release_over(self, uid: int, fd: int) -> None:
        """Give back a place over the share of a user."""
        own = self._over_of[uid]
        del own[fd]
        if not own:
            del self._over_of[uid]
        self._over.release(uid)

    def has_rest(self, uid: int, work: int) -> bool:
        """Count work after Connections.stop(); return False over the limit.

        Users who can end the process anyway have no limit.
        """
        self._rest[uid] += work
        return self._rest[uid] <= MAX_REST or shares.is_exempt(uid)

    def suspect(self, uid: int) -> None:
        """Remember that a user passed a descriptor whose close may block.

        Users who can end the process anyway are not suspected.
        """
        if not shares.is_exempt(uid):
            self.suspects.add(uid)

    def is_blocked(self, uid: int) -> bool:
        """Return True if a user must not be read now."""
        if uid not in self.suspects or not closer.is_stuck():
            return False
        self._warn(
            'User %d passed descriptors to the consumer of %s. Either the '
            'user passed many descriptors, or closing them blocks. While at '
            'least %d descriptors wait to be closed, the consumer does not '
            'read the connections of this user.',
            uid,
            self._where,
            closer.MAX_THREADS,
        )
        return True

    def _warn(self, message: str, *args: object) -> None:
        """Log a warning, at most one of a kind in a minute."""
        if self._limiter.allows(message):
            LOG.warning(message, *args)
