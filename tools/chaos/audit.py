# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The accounting of one round at one address.

Rule: pure functions on values. A tolerance applies only if the values prove
its reason.

For each subscriber, a consumer or a group that shares one copy:

    emitted = received + reported lost + unknowable
              + unreported + forgotten - over-reported

All columns behind ``unknowable`` are faults. README.rst explains the columns.
"""

from collections.abc import Iterator
from collections.abc import Sequence
import dataclasses

#: A half-open range of sequence numbers.
Range = tuple[int, int]

_MAX_EXAMPLES = 3


@dataclasses.dataclass(frozen=True, slots=True)
class Stream:
    """The notifications of one thread of one emitting process.

    :param name: for reports
    :param begun: number of calls of ``publish`` that began
    :param done: number of calls of ``publish`` that returned; the others
        were in progress when the process was killed
    :param delivered: copies delivered, by sequence number
    :param dropped: copies dropped, by sequence number
    :param unowed: notifications that are owed to no subscriber
    :param killed: the process ended by SIGKILL
    :param exceptions: number of calls of ``publish`` that raised
    """

    name: str
    begun: int
    done: int
    delivered: bytes
    dropped: bytes
    unowed: tuple[Range, ...] = ()
    killed: bool = False
    exceptions: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Copy:
    """The part of one stream that one subscriber received.

    :param seen: 1 for each sequence number received, by sequence number
    :param start: first notification that began after the subscription
    :param end: number of notifications that returned before the subscriber
        left; None if the subscriber stayed
    """

    stream: Stream
    seen: bytes
    start: int = 0
    end: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Account:
    """The record of one subscriber at the end of a round.

    :param copies: one for each stream of the address, in the same order
    :param lost: number of notifications reported lost in this round
    :param out_of_order: number of notifications received out of order
    :param duplicated: number of notifications received twice
    :param rejected: number of documents that the consumer rejected
    :param exceptions: number of exceptions of the consumer
    :param killed: a consumer ended by SIGKILL; nothing is owed to it
    :param example: a notification out of order or duplicated
    :param cut: the subscriber left, and the publisher cannot send it the
        pending drop counts (``drain`` at a ``unix://`` address)
    """

    name: str
    copies: tuple[Copy, ...]
    lost: int = 0
    out_of_order: int = 0
    duplicated: int = 0
    rejected: int = 0
    exceptions: int = 0
    example: str = ''
    killed: bool = False
    cut: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Figures:
    """One row of the table; rows can be added."""

    emitted: int = 0
    received: int = 0
    lost: int = 0
    unknowable: int = 0
    unreported: int = 0
    over_reported: int = 0
    out_of_order: int = 0
    duplicated: int = 0
    forgotten: int = 0
    rejected: int = 0
    exceptions: int = 0

    def __add__(self, other: 'Figures') -> 'Figures':
        names = [field.name for field in dataclasses.fields(self)]
        return Figures(
            *(getattr(self, name) + getattr(other, name) for name in names)
        )

    @property
    def faults(self) -> int:
        """Sum of the columns that must be zero."""
        return sum(getattr(self, name) for name in FAULTS)


#: Columns that must be zero.
FAULTS = (
    'unreported',
    'over_reported',
    'out_of_order',
    'duplicated',
    'forgotten',
    'rejected',
    'exceptions',
)


@dataclasses.dataclass(frozen=True, slots=True)
class Misses:
    """Notifications of one stream that a subscriber did not receive.

    :param silent: owed, and no emitter counted a drop
    :param counted: owed, and the emitter counted a drop
    :param pending: part of ``counted``; the emitter ended before it could
        send these drop counts
    :param optional: not owed, but the emitter may have counted a drop
    :param received: number of notifications that were received
    :param examples: first sequence numbers of ``silent`` and ``counted``
    """

    silent: int
    counted: int
    pending: int
    optional: int
    received: int
    examples: tuple[int, ...]


def merge(copies: Sequence[bytes]) -> tuple[bytes, int]:
    """Return the union of the notifications of all members of a group.

    :returns: the union, and the number of duplicates between members
    """
    total = sum(seen.count(1) for seen in copies)
    union = 0
    for seen in copies:
        union |= int.from_bytes(seen, 'little')
    merged = union.to_bytes(len(copies[0]), 'little')
    return merged, total - merged.count(1)


def owed(copy: Copy) -> list[Range]:
    """Return the notifications that the subscriber must account for.

    A call of ``publish`` that SIGKILL interrupted is not owed.
    """
    stream = copy.stream
    end = stream.done if copy.end is None else min(copy.end, stream.done)
    ranges = []
    at = copy.start
    for first, last in sorted(stream.unowed):
        ranges.append((at, min(first, end)))
        at = max(at, last)
    ranges.append((at, end))
    return [(first, last) for first, last in ranges if first < last]


def misses(copy: Copy, cut: bool = False) -> Misses:
    """Return the misses of one copy.

    :param cut: see :class:`Account`
    """
    stream = copy.stream
    ranges = owed(copy)
    silent: list[int] = []
    counted: list[int] = []
    pending = 0
    for number, (first, last) in enumerate(ranges, 1):
        here = list(_unseen(copy.seen, first, last))
        drops = [seq for seq in here if stream.dropped[seq]]
        silent += [seq for seq in here if not stream.dropped[seq]]
        counted += drops
        if stream.killed or cut:
            # A lost record precedes the next delivered notification.
            end = len(copy.seen) if number == len(ranges) else last
            flushed = copy.seen.rfind(1, first, end)
            pending += sum(seq > flushed for seq in drops)
    return Misses(
        len(silent),
        len(counted),
        pending,
        _optional(copy, ranges),
        copy.seen.count(1),
        tuple((silent + counted)[:_MAX_EXAMPLES]),
    )


def _optional(copy: Copy, ranges: Sequence[Range]) -> int:
    """Count misses outside the ranges; a lost record may include them."""
    stream = copy.stream
    count = at = 0
    for first, last in [*ranges, (stream.begun, stream.begun)]:
        for seq in _unseen(copy.seen, at, first):
            count += seq >= stream.done or stream.dropped[seq] > 0
        at = last
    return count


def _unseen(seen: bytes, first: int, last: int) -> Iterator[int]:
    at = seen.find(0, first, last)
    while at >= 0:
        yield at
        at = seen.find(0, at + 1, last)


def balance(account: Account) -> tuple[Figures, int]:
    """Return the figures of one subscriber.

    :returns: the figures, and the number of pending drop counts that may be
        missing from the lost records
    """
    found = [misses(copy, account.cut) for copy in account.copies]
    received = sum(one.received for one in found)
    faults = {
        'out_of_order': account.out_of_order,
        'duplicated': account.duplicated,
        'rejected': account.rejected,
        'exceptions': account.exceptions,
    }
    if account.killed:
        emitted = received + account.lost
        return Figures(emitted, received, account.lost, **faults), 0
    silent = sum(one.silent for one in found)
    counted = sum(one.counted for one in found)
    pending = sum(one.pending for one in found)
    optional = sum(one.optional for one in found)
    missed = silent + counted
    gap = max(0, missed - pending - account.lost)
    forgotten = min(gap, max(0, counted - pending - account.lost))
    surplus = max(0, account.lost - missed)
    killed = any(copy.stream.killed for copy in account.copies)
    return (
        Figures(
            emitted=received + missed + min(optional, surplus),
            received=received,
            lost=account.lost,
            unknowable=max(0, missed - account.lost - gap),
            unreported=gap - forgotten,
            over_reported=max(0, surplus - optional),
            forgotten=forgotten,
            **faults,
        ),
        pending + (optional if killed or account.cut else 0),
    )
