# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The interface of an address to its publisher, for both kinds.

Rule: a source keeps its subscribers consistent with the filesystem or with the
connections, and handles no documents. It is open when it is constructed, ends
once, and is never reopened.
"""

from collections.abc import Collection
from collections.abc import Iterable
import math
from typing import Final
from typing import NamedTuple
from typing import Protocol

from unixnotif import clock
from unixnotif import shares
from unixnotif.publisher import departed
from unixnotif.publisher import subscriber

Targets = dict[str, subscriber.Target]
#: Number of subscribers without a place, which receive nothing, by user id.
Refused = dict[int, int]
#: Sockets of other users that refuse this process: user id by file name.
Denied = dict[str, int]


class Settings(NamedTuple):
    """The settings of a publisher's sockets.

    :param mode: of the listening socket, for example 0o660
    :param group: name or number of the group that may subscribe, or None
    :param send_buffer_size: SO_SNDBUF of each subscriber in bytes
    :param max_subscribers: additional subscribers receive nothing; a user
        other than root and this process's own has at most a quarter of them
    """

    mode: int
    group: str | None
    send_buffer_size: int
    max_subscribers: int


def count_places(
    targets: Targets, limit: int, former: Iterable[int]
) -> shares.Shares:
    """Return the places that the members of subscribers hold.

    Each call counts all places, so the count cannot drift.

    :param limit: max_subscribers
    :param former: the user of each subscriber that left, and that has not
        received everything: else its user could leave any number unread
    """
    places = shares.Shares(limit)
    for target in targets.values():
        for member in target.all_members:
            places.hold(member.uid)
    for uid in former:
        # Never more than the share: that would take the places of others.
        if not shares.is_exempt(uid) and places.held(uid) < places.share:
            places.hold(uid)
    return places


class Source(Protocol):
    """The subscribers of one address, from its opening to its end.

    :ivar targets: receivers of a copy, by key
    :ivar refused: users over a limit, at the last update
    :ivar denied: sockets that were found to refuse this process, at the last
        update, and therefore have no place
    """

    targets: Targets
    refused: Refused
    denied: Denied

    def changed(self) -> bool:
        """Return True if :meth:`update` must be called."""

    def is_lost(self) -> bool:
        """Return True if another source must replace this one."""

    def update(self, left: departed.Departed) -> bool:
        """Bring the targets up to date.

        :param left: takes over the subscribers that have left
        :returns: False if a new subscriber was gone before it was reached:
            perhaps the address is lost
        :raises InUseError: another process owns the address
        :raises UnavailableError: new subscribers cannot be found now
        :raises OSError: the same
        """

    def discard(self, keys: Collection[str]) -> None:
        """Forget subscribers that have ended."""

    def is_open(self) -> bool:
        """Return True if the descriptors are still this source's own."""

    def leave(self) -> None:
        """Remove the address, and keep the connections."""

    def close(self) -> None:
        """Close everything but the subscribers; they are the caller's."""

    def abandon(self) -> None:
        """Only close descriptors, as a forked child must."""


class Unopened:
    """Stands in for a source that is not open yet, or was closed.

    :param retry_at: time of the next attempt to open a source
    """

    def __init__(self, retry_at: float = 0.0) -> None:
        self._retry_at = retry_at
        self.targets: Targets = {}
        self.refused: Refused = {}
        self.denied: Denied = {}

    def changed(self) -> bool:
        """See :class:`Source`."""
        return clock.monotonic() >= self._retry_at

    is_lost = changed

    def update(self, left: departed.Departed) -> bool:
        """See :class:`Source`."""
        return True

    def discard(self, keys: Collection[str]) -> None:
        """See :class:`Source`."""

    def is_open(self) -> bool:
        """See :class:`Source`."""
        return True

    def leave(self) -> None:
        """See :class:`Source`."""

    def close(self) -> None:
        """See :class:`Source`."""

    def abandon(self) -> None:
        """See :class:`Source`."""


#: The source of a publisher that is closed.
CLOSED: Final = Unopened(math.inf)
