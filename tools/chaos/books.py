# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The conductor's record of a round: streams, subscribers, replacements.

Rule: the conductor knows only what shared memory proves. A notification
whose call of ``publish`` began after an event follows the event; one whose
call returned before an event precedes it; the others are owed to nobody.
"""

import dataclasses

from tools.chaos import audit
from tools.chaos import ledger
from tools.chaos import settlement
from tools.chaos.ledger import SeatWord
from tools.chaos.ledger import StreamWord


@dataclasses.dataclass(slots=True)
class StreamEntry:
    """A stream of this round.

    :ivar unowed: ranges of sequence numbers that are owed to nobody
    :ivar mute: owed to nobody at all
    """

    slot: int
    name: str
    mute: bool
    unowed: list[audit.Range] = dataclasses.field(default_factory=list)
    killed: bool = False


@dataclasses.dataclass(slots=True)
class Subscriber:
    """A consumer, or a group that shares one copy.

    :param role: its row in the table
    :ivar seats: seats of its consumers in this round
    :ivar start: first notification that is owed, by slot
    :ivar end: number of notifications that are owed, by slot; None if the
        subscriber stayed
    """

    name: str
    role: str
    seats: list[int] = dataclasses.field(default_factory=list)
    start: dict[int, int] = dataclasses.field(default_factory=dict)
    end: dict[int, int] | None = None
    killed: bool = False
    cut: bool = False


class Book:
    """The record of one address in one round.

    :param shared: the ledger
    """

    def __init__(self, shared: ledger.Ledger) -> None:
        self._shared = shared
        self.streams: list[StreamEntry] = []
        self.subscribers: list[Subscriber] = []
        # The counts of each seat at the last settlement.
        self._settled: dict[int, tuple[int, ...]] = {}

    def begin(self, vacant: set[int]) -> None:
        """Start a round with the subscribers that are still there.

        :param vacant: seats whose consumers have ended
        """
        self.streams = []
        self.subscribers = [
            one
            for one in self.subscribers
            if not one.killed and one.end is None
        ]
        for subscriber in self.subscribers:
            subscriber.start = {}
            subscriber.seats = [
                seat for seat in subscriber.seats if seat not in vacant
            ]

    def seat(self, subscriber: Subscriber, seat: int) -> None:
        """Add a consumer to a subscriber."""
        subscriber.seats.append(seat)
        self._settled[seat] = (0,) * len(ledger.COUNTS)

    def _read(self, seat: int) -> tuple[int, ...]:
        """Return the counts of a seat, since the consumer started."""
        return tuple(self._shared.seat(seat)[: len(ledger.COUNTS)])

    def snapshot(self, word: StreamWord) -> dict[int, int]:
        """Return one word of each stream, by slot."""
        return {
            entry.slot: self._shared.stream(entry.slot)[word]
            for entry in self.streams
        }

    def exempt(self, before: dict[int, int]) -> None:
        """Declare the notifications since a snapshot as owed to nobody.

        :param before: snapshot of ``DONE`` before the replacement; the
            replacement ends now
        """
        for slot, begun in self.snapshot(StreamWord.BEGUN).items():
            [entry] = [each for each in self.streams if each.slot == slot]
            entry.unowed.append((before.get(slot, 0), begun))

    def subscribe(self, subscriber: Subscriber) -> None:
        """Record that a subscriber has subscribed."""
        subscriber.start = self.snapshot(StreamWord.BEGUN)
        self.subscribers.append(subscriber)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Record that a subscriber will leave now."""
        subscriber.end = self.snapshot(StreamWord.DONE)

    def settle(self) -> settlement.Settlement:
        """Return the result of the round, once.

        No process may publish or receive now.
        """
        streams = {entry.slot: self._stream(entry) for entry in self.streams}
        accounts = [self._account(one, streams) for one in self.subscribers]
        return settlement.settle(list(streams.values()), accounts)

    def _stream(self, entry: StreamEntry) -> audit.Stream:
        words = self._shared.stream(entry.slot)
        base = words[StreamWord.BASE]
        begun = words[StreamWord.BEGUN]
        unowed = [*entry.unowed, (0, words[StreamWord.UNOWED])]
        if entry.mute:
            unowed = [(0, begun)]
        return audit.Stream(
            entry.name,
            begun,
            words[StreamWord.DONE],
            bytes(self._shared.delivered[base : base + begun]),
            bytes(self._shared.dropped[base : base + begun]),
            tuple(unowed),
            entry.killed,
            words[StreamWord.EXCEPTIONS],
        )

    def _account(
        self, subscriber: Subscriber, streams: dict[int, audit.Stream]
    ) -> audit.Account:
        copies = []
        duplicated = 0
        for slot, stream in streams.items():
            base = self._shared.stream(slot)[StreamWord.BASE]
            arrays = [
                bytes(self._shared.seen(seat)[base : base + stream.begun])
                for seat in subscriber.seats
            ]
            seen, shared = audit.merge(arrays)
            duplicated += shared
            start = subscriber.start.get(slot, 0)
            end = None
            if subscriber.end is not None:
                end = subscriber.end.get(slot, 0)
            copies.append(audit.Copy(stream, seen, start, end))
        counts = [0] * len(ledger.COUNTS)
        for seat in subscriber.seats:
            now = self._read(seat)
            for word in ledger.COUNTS:
                counts[word] += now[word] - self._settled[seat][word]
            self._settled[seat] = now
        return audit.Account(
            subscriber.name,
            tuple(copies),
            lost=counts[SeatWord.LOST],
            out_of_order=counts[SeatWord.OUT_OF_ORDER],
            duplicated=counts[SeatWord.DUPLICATED] + duplicated,
            rejected=counts[SeatWord.REJECTED],
            exceptions=counts[SeatWord.EXCEPTIONS],
            example=self._example(subscriber, streams),
            killed=subscriber.killed,
            cut=subscriber.cut,
        )

    def _example(
        self, subscriber: Subscriber, streams: dict[int, audit.Stream]
    ) -> str:
        """Return the first notification out of order or duplicated."""
        for seat in subscriber.seats:
            words = self._shared.seat(seat)
            slot = words[SeatWord.FAULT_SLOT] - 1
            if slot in streams:
                seq = words[SeatWord.FAULT_SEQ]
                return f'{streams[slot].name}: {seq}'
        return ''
