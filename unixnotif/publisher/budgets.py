# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The attempts to connect that may fail in one call of the publisher.

Rule: looking for subscribers and delivering to them share one budget, and no
user has more than its share of it. A call renews the budget when it looks
for subscribers; after a failed attempt, the next call looks.
"""

from collections.abc import Callable
from typing import Final

from unixnotif import shares
from unixnotif.publisher import refusals

#: Attempts that may fail in one call; a quarter of them for one user.
MOST_FAILURES: Final = 64
#: Broken connections that one call replaces; a quarter of them for one user.
MOST_RECONNECTS: Final = 256


class Attempts:
    """The budget of one publisher.

    :param refused: keeps the sockets that refused a connection

    :ivar refused: the same
    :ivar look_again: called after each attempt that counts, so that the next
        call begins with a look, which renews the budget
    """

    def __init__(self, refused: refusals.Refusals) -> None:
        self.refused = refused
        self._failed = shares.Shares(MOST_FAILURES)
        self._reconnects = shares.Shares(MOST_RECONNECTS)
        self._spent = False
        self.look_again: Callable[[], None] = _do_nothing

    def renew(self) -> None:
        """Begin a call."""
        if self._spent:
            self._failed = shares.Shares(MOST_FAILURES)
            self._reconnects = shares.Shares(MOST_RECONNECTS)
            self._spent = False

    def room(self, uid: int) -> bool:
        """Return True if one more attempt for a user may fail."""
        return self._failed.room(uid) > 0

    def reconnect(self, uid: int) -> bool:
        """Return True if a broken connection may be replaced; count it.

        These attempts have a budget of their own, which names without a
        listener do not use up. With one budget, a subscriber that left could
        count as unreachable. A user that is exempt from its share needs no
        budget.
        """
        if shares.is_exempt(uid):
            return True
        if not self._reconnects.room(uid):
            return False
        self._spent = True
        self._reconnects.hold(uid)
        self.look_again()
        return True

    def fail(self, uid: int) -> None:
        """Count an attempt to connect for a user, usually a failed one."""
        self._spent = True
        self._failed.hold(uid)
        self.look_again()


def _do_nothing() -> None:
    """Stand in for a source, until there is one."""
