# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Subscribers of a publisher: the receivers of one copy each.

Rule: offering a document never waits and never raises for a bad subscriber.
The outcome is the delivery or the reason of the drop.
"""

from collections.abc import Hashable
from collections.abc import Iterable

from unixnotif import lost_record
from unixnotif import packet
from unixnotif.packet import Outcome
from unixnotif.publisher import rotations
from unixnotif.publisher.members import Member

# Outcomes that mean that no process listens.
_OVER = frozenset({Outcome.ABSENT, Outcome.GONE})


class Subscriber:
    """A consumer that gets a copy of its own.

    :param member: owned by the subscriber
    :param lost: drops by reason that the consumer does not know of
    """

    __slots__ = ('lost', 'member')

    def __init__(
        self, member: Member, lost: dict[str, int] | None = None
    ) -> None:
        self.member = member
        self.lost = {} if lost is None else lost

    @property
    def all_members(self) -> Iterable[Member]:
        """Members, each of which uses a place."""
        return (self.member,)

    def offer(self, outgoing: packet.Outgoing) -> Outcome:
        """Send a document, after a pending lost record."""
        if self.lost:
            outcome = report(self.member, self.lost)
            if outcome is not Outcome.DELIVERED:
                return outcome
        return self.member.write(outgoing)

    def settle(self) -> bool:
        """Send a pending lost record.

        :returns: True if no lost record is pending any more
        """
        return not self.lost or (
            report(self.member, self.lost) in _OVER or not self.lost
        )

    def settle_finally(self) -> None:
        """Send a pending lost record, even if the buffer is full."""
        if not self.settle():
            self.member.expand()
            self.settle()

    def drop(self, reason: Outcome) -> None:
        """Add one drop to the pending lost record."""
        key = reason.value
        self.lost[key] = self.lost.get(key, 0) + 1

    def close(self) -> None:
        """Close every connection."""
        self.member.close()


class Group:
    """Consumers that share one copy.

    The publisher serves the members round robin, separately for each kind of
    document. If a member is full or gone, the publisher tries the next one.

    :param members: by name; owned by the group
    :param rotation: which member is first
    :param lost: see :class:`Subscriber`

    :ivar shrunk: True if a member was given up that may return
    """

    __slots__ = ('lost', 'members', 'rotation', 'shrunk')

    def __init__(
        self,
        members: dict[str, Member],
        rotation: rotations.Rotation,
        lost: dict[str, int] | None = None,
    ) -> None:
        self.members = members
        self.rotation = rotation
        self.shrunk = False
        self.lost = {} if lost is None else lost

    def _in_turn(self, kind: Hashable = None) -> list[tuple[str, Member]]:
        members = list(self.members.items())
        first = self.rotation.turn(kind) % len(members) if members else 0
        return members[first:] + members[:first]

    @property
    def all_members(self) -> Iterable[Member]:
        """See :class:`Subscriber`."""
        return self.members.values()

    def offer(self, outgoing: packet.Outgoing) -> Outcome:
        """See :class:`Subscriber`."""
        result = Outcome.GONE
        for name, member in self._in_turn(outgoing.kind):
            self.rotation.take(outgoing.kind)
            outcome = Outcome.DELIVERED
            if self.lost:
                outcome = report(member, self.lost)
            if outcome is Outcome.DELIVERED:
                outcome = member.write(outgoing)
            if outcome is Outcome.DELIVERED:
                return outcome
            if outcome in _OVER:
                self.members.pop(name, member).close()
                self.shrunk = True
            else:
                result = outcome
        return result

    def settle(self) -> bool:
        """See :class:`Subscriber`."""
        if not self.lost:
            return True
        outcomes = []
        for _, member in self._in_turn():
            outcomes.append(report(member, self.lost))
            if not self.lost:
                return True
        return _OVER.issuperset(outcomes)

    def settle_finally(self) -> None:
        """See :class:`Subscriber`."""
        if not self.settle():
            for member in self.members.values():
                member.expand()
            self.settle()

    def drop(self, reason: Outcome) -> None:
        """See :class:`Subscriber`."""
        key = reason.value
        self.lost[key] = self.lost.get(key, 0) + 1

    def close(self) -> None:
        """See :class:`Subscriber`."""
        for member in self.members.values():
            member.close()


#: A receiver of one copy.
Target = Subscriber | Group


def report(member: Member, lost: dict[str, int]) -> Outcome:
    """Send a lost record, and clear the counts if it was sent."""
    outgoing = packet.Outgoing(lost_record.encode(lost))
    try:
        return member.write(outgoing)
    finally:
        # In a finally block: a signal handler may raise after the kernel took
        # the record. Not in a function: a handler could interrupt its call.
        sent = outgoing.sent
        if sent and sent[-1] >= 0:
            lost.clear()
