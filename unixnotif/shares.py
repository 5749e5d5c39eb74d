# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Fair shares: the part of a limited resource that one user may take.

Rule: no user id can take everything, except those that could anyway: root,
and the user of this process.
"""

import collections
import os
from typing import Final

# A test suite may replace functions of os while it runs (nova's does).
_geteuid = os.geteuid

#: The total, divided by the share of one user.
USERS: Final = 4


def is_exempt(uid: int) -> bool:
    """Return True if a user may hold more than its share."""
    return not uid or uid == _geteuid()


def exempt() -> frozenset[int]:
    """Return the users that may hold more than their share now."""
    return frozenset((0, _geteuid()))


class Shares:
    """A limited number of places (or bytes), and the users that hold them.

    :param limit: number of all places

    :ivar share: maximum for one user, unless the user is exempt
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.share = max(1, limit // USERS)
        self._held: collections.Counter[int] = collections.Counter()
        self._total = 0

    def held(self, uid: int) -> int:
        """Return how many places a user holds."""
        return self._held[uid]

    def room(self, uid: int) -> int:
        """Return how many more places a user may take now; 0 is none."""
        room = self.limit - self._total
        if not is_exempt(uid):
            room = min(room, self.share - self._held[uid])
        return max(0, room)

    def take(self, uid: int, number: int = 1) -> bool:
        """Take places for a user; return False if the user has no room."""
        if self.room(uid) < number:
            return False
        self.hold(uid, number)
        return True

    def hold(self, uid: int, number: int = 1) -> None:
        """Take places for a user, whether there is room or not."""
        self._held[uid] += number
        self._total += number

    def release(self, uid: int, number: int = 1) -> None:
        """Give back places that a user holds."""
        self._held[uid] -= number
        self._total -= number
        if not self._held[uid]:
            del self._held[uid]
