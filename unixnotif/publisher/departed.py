# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Subscribers that left while they were owed a lost record.

Rule: what a subscriber missed is reported on the connection that it had, as
soon as the connection has room. A consumer reads its connections to their end.
"""

from collections.abc import Iterable
from collections.abc import Iterator
from typing import Final

from unixnotif import shares
from unixnotif.publisher import subscriber

# Maximum number of subscribers that a publisher keeps; each user has a share.
# Beyond it, the publisher closes the oldest one.
_MAX_KEPT: Final = 1024
# Attempts in one call: each costs a system call that mostly fails.
_MAX_TRIED: Final = 4


class Departed:
    """The subscribers that left, oldest first.

    :ivar targets: a dict as an ordered set: adding one twice is allowed
    """

    def __init__(self) -> None:
        self.targets: dict[subscriber.Target, None] = {}

    def add(self, targets: Iterable[subscriber.Target]) -> None:
        """Take over subscribers; close the oldest of a user over its share."""
        added = dict.fromkeys(targets)
        if not added:
            return
        self.targets.update(added)
        # Newest first: if a user is over its share, its oldest ones are
        # closed.
        kept = shares.Shares(_MAX_KEPT)
        for target in reversed(list(self.targets)):
            if not kept.take(_user(target)):
                self._close(target)

    def users(self) -> Iterator[int]:
        """Yield the user of each member of subscribers with lost records."""
        for target in self.targets:
            if target.lost:
                yield from (member.uid for member in target.all_members)

    def settle(self) -> None:
        """Send some lost records; close subscribers without a lost record."""
        # Closing those without a lost record is cheap: close all at once.
        for target in list(self.targets):
            if not target.lost:
                self._close(target)
        for target in list(self.targets)[:_MAX_TRIED]:
            if target.settle():
                self._close(target)
            else:
                # The others have their turn at the next call.
                self.targets[target] = self.targets.pop(target)

    def _close(self, target: subscriber.Target) -> None:
        target.close()
        self.targets.pop(target, None)

    def close(self) -> None:
        """Send all lost records, for the last time; close all subscribers."""
        for target in list(self.targets):
            target.settle_finally()
            self._close(target)

    def abandon(self) -> None:
        """Only close the connections, as a forked child must."""
        for target in list(self.targets):
            self._close(target)


def _user(target: subscriber.Target) -> int:
    return next((member.uid for member in target.all_members), 0)
