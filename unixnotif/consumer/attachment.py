# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The connections and the intakes of a subscribed consumer.

Rule: an attachment is subscribed when it is constructed. It resubscribes when
the address leads elsewhere, until :meth:`Attachment.leave`.
"""

import collections
from collections.abc import Collection
import functools
import logging
import math
from typing import Final

from unixnotif import address as addresses
from unixnotif import clock
from unixnotif import errors
from unixnotif import rendezvous
from unixnotif.consumer import batch
from unixnotif.consumer import connections
from unixnotif.consumer import intakes

LOG = logging.getLogger(__name__)

#: Seconds between two checks that the address is still there.
CHECK_INTERVAL: Final = rendezvous.CHECK_INTERVAL
#: Maximum number of former intakes. A user who may replace the address could
#: add an intake at each check.
MAX_FORMER: Final = 16


class Attachment:
    """The subscription of one consumer.

    :param where: where notifications are published
    :param group: share one copy with the group's other members, or None
    :param max_size: limit of a document in bytes
    :param items: receives the documents, in order
    :raises UnavailableError: the consumer cannot subscribe now

    :ivar subscribed: True if the address existed at the last check
    :ivar check_at: when to call :meth:`check`
    """

    def __init__(
        self,
        where: addresses.Address,
        group: str | None,
        max_size: int,
        items: collections.deque[batch.Item],
    ) -> None:
        self._where = where
        self._group = group
        self._new_connections = functools.partial(
            connections.Connections, max_size, items, str(where)
        )
        self._connections = self._new_connections()
        try:
            opened = intakes.open_intake(where, group, self._connections)
        except BaseException:
            self._connections.close()
            raise
        # The last one is the subscription; the others have left.
        self._intakes: list[intakes.Intake] = [opened]
        self.subscribed = True
        self.check_at = clock.monotonic() + CHECK_INTERVAL

    @property
    def fd(self) -> int:
        """A descriptor that is readable when data or a connection arrives."""
        return self._connections.fd

    def is_open(self) -> bool:
        """Return False if all descriptors were closed by other code."""
        return self._intakes[-1].is_open() and self._connections.is_open()

    def advance(self, most: int) -> int:
        """Read, then accept, without waiting; one round.

        :param most: documents of one connection
        :returns: the work, which is bounded, in bytes; 0 if nothing arrived
        """
        owned = self._connections
        ended = owned.ended
        try:
            waiting = owned.read(most)
        except (OSError, ValueError):
            self.recover()
            return batch.COST
        work = owned.work
        if waiting:
            work += self._accept(waiting) * batch.COST
        if owned.ended != ended:
            self._make_room()
            work += (owned.ended - ended) * batch.COST
        return work

    def _make_room(self) -> None:
        """Continue after connections have ended."""
        self.retry()
        self._prune()
        if not self._where.is_directory and self.check_at != math.inf:
            # The process that listened has closed the connection.
            self.check_at = 0.0

    def _accept(self, waiting: Collection[int]) -> int:
        """Accept new connections; return their number.

        The connections of an intake wait until the older intakes have none
        left: a process that moves to a newer intake has connected to it later.
        """
        accepted = 0
        for each in self._intakes:
            accepted += each.accept(waiting)
            if not each.ended:
                break
        self._prune()
        return accepted

    def retry(self) -> None:
        """Accept again after there was no room or no descriptor."""
        for each in self._intakes:
            each.retry()

    def check(self) -> None:
        """Subscribe again if the address leads elsewhere."""
        if not self.is_open():
            self.recover()
        elif self._intakes[-1].is_current():
            self.subscribed = True
        else:
            self._move()
        self.retry()
        self.check_at = clock.monotonic() + CHECK_INTERVAL

    def _move(self) -> None:
        """Subscribe where the address leads now; leave the former intake."""
        former = self._intakes[-1]
        try:
            newer = intakes.open_intake(
                self._where, self._group, self._connections
            )
        except errors.UnavailableError:
            self.subscribed = False
        else:
            self.subscribed = True
            for each in self._intakes:
                if each.continues(newer):
                    newer = each
            self._intakes = [x for x in self._intakes if x is not newer]
            self._intakes.append(newer)
            if newer is former:
                return
        former.leave()
        self._prune()
        while len(self._intakes) > MAX_FORMER + 1:
            self._intakes.pop(0).expire()

    def _prune(self) -> None:
        """Forget intakes that have ended, except the newest one."""
        *left, newest = self._intakes
        self._intakes = [each for each in left if not each.ended]
        self._intakes.append(newest)

    def recover(self) -> None:
        """Subscribe again after all descriptors were closed."""
        LOG.warning(
            'Another part of this process closed the descriptors of the '
            'consumer of %s. Unread notifications are lost. The consumer '
            'subscribes again.',
            self._where,
        )
        former = self._intakes[-1]
        for each in self._intakes:
            each.close()
        self._connections.forget()
        self._intakes = [former]
        self._connections = self._new_connections()
        self._move()

    def leave(self) -> None:
        """Accept no new emitters; continue to read connected ones."""
        if not self.is_open():
            self.recover()
        self.subscribed = False
        self.check_at = math.inf
        for each in self._intakes:
            each.leave()
        if not self._where.is_directory:
            # A publisher that listens does not look for readers that have
            # left. After this call, its next send to this reader fails.
            self._connections.stop()

    def cut_off(self) -> None:
        """Stop all emitters from sending, so that reading ends.

        The consumer reads what was sent before, up to a limit for each user.
        """
        self._connections.stop()
        self.retry()

    def has_more(self) -> bool:
        """Return True while a connection is open."""
        return len(self._connections) > 0

    def accepts(self) -> bool:
        """Return True if a connection may still wait to be accepted."""
        return any(not each.ended for each in self._intakes)

    def close(self) -> None:
        """Unsubscribe, and close everything."""
        owned = self._connections
        end = owned.close if self.is_open() else owned.forget
        for each in self._intakes:
            each.close()
        end()

    def abandon(self) -> None:
        """Only close descriptors, as a forked child must."""
        owned = self._connections
        end = owned.abandon if self.is_open() else owned.forget
        for each in self._intakes:
            each.abandon()
        end()
