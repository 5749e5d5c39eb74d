# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The processes that take part in a campaign.

Rule: the books contain a consumer as soon as it has subscribed, and a stream
before its first notification.
"""

from collections.abc import Callable
import dataclasses
import random
import time

from tools.chaos import aio_consumer
from tools.chaos import books
from tools.chaos import cast
from tools.chaos import children
from tools.chaos import consumers
from tools.chaos import emitter
from tools.chaos import events
from tools.chaos import ledger
from tools.chaos import places

# Seconds between two notifications of an idle emitter, while the conductor
# waits for an event that a publisher must notice.
_NUDGE_INTERVAL = 0.1


@dataclasses.dataclass(slots=True, eq=False)
class ConsumingMember:
    """A consuming process.

    :ivar seat: its seat in the ledger
    :ivar subscriber: itself or its group, in the book
    """

    child: children.Child
    kind: cast.ConsumerKind
    seat: int
    subscriber: books.Subscriber


@dataclasses.dataclass(slots=True, eq=False)
class EmittingMember:
    """An emitting process.

    :ivar entries: the streams of its threads in this round
    :ivar task: number of notifications of each thread in this round
    :ivar busy: it has not yet finished its task
    :ivar leaving: it ends when it has finished its task
    """

    child: children.Child
    kind: cast.EmitterKind
    entries: list[books.StreamEntry] = dataclasses.field(default_factory=list)
    task: int = 0
    busy: bool = False
    leaving: bool = False


class Company:
    """All processes of a campaign.

    :param processes: starts and ends them
    :param shared: the ledger
    :param everywhere: the addresses by name
    :ivar books: one for each address
    """

    def __init__(
        self,
        processes: children.Children,
        shared: ledger.Ledger,
        log: events.EventLog,
        everywhere: dict[str, places.Place],
    ) -> None:
        self.processes = processes
        self.shared = shared
        self.log = log
        self.places = everywhere
        self.books = {name: books.Book(shared) for name in everywhere}
        self.streams = ledger.Allocator(shared)
        self.consumers: list[ConsumingMember] = []
        self.emitters: list[EmittingMember] = []
        self.brief: list[children.Child] = []
        self.round = 0
        self._free = set(range(shared.seats))
        self._vacant: set[int] = set()

    def start(self) -> None:
        """Start all processes."""
        # Consumers connect to the owner of an address.
        for kind in cast.EMITTERS:
            if kind.place == cast.SOCKET:
                self.hire_emitter(kind)
        for each in cast.CONSUMERS:
            subscriber = None
            for _ in range(each.members):
                subscriber = self.hire_consumer(each, subscriber).subscriber
        for kind in cast.EMITTERS:
            if kind.place != cast.SOCKET:
                self.hire_emitter(kind)

    def begin(self, number: int) -> None:
        """Start a round; all processes are idle."""
        self.round = number
        self.streams.clear()
        for place in self.places.values():
            place.clean()
        for book in self.books.values():
            book.begin(self._vacant)
        self._free |= self._vacant
        self._vacant = set()
        self.processes.ask(self.consuming(), 'round', number=number)
        for member in list(self.emitters):
            if member.leaving:
                self.emitters.remove(member)
                self.hire_emitter(member.kind)

    def consuming(self, place: str | None = None) -> list[children.Child]:
        """Return the consuming processes of one address, or of all."""
        return [
            one.child
            for one in self.consumers
            if place in (None, one.kind.place)
        ]

    def hire_consumer(
        self,
        kind: cast.ConsumerKind,
        subscriber: books.Subscriber | None = None,
    ) -> ConsumingMember:
        """Start a consumer, and wait until it has subscribed.

        :param subscriber: the group that it joins
        """
        seat = self._free.pop()
        self.shared.clear_seat(seat)
        kinds = {'asyncio': aio_consumer.Consumer}
        process = kinds.get(kind.style, consumers.Consumer)(
            kind,
            self.places[kind.place].address,
            self.shared,
            self.log,
            seat,
            self.round,
        )
        child = self.processes.spawn(f'{kind.place} {kind.name}', process.run)
        self.answer(kind.place, child, 'start')
        book = self.books[kind.place]
        if subscriber is None:
            subscriber = books.Subscriber(child.name, role(kind))
            book.subscribe(subscriber)
        book.seat(subscriber, seat)
        member = ConsumingMember(child, kind, seat, subscriber)
        self.consumers.append(member)
        return member

    def dismiss_consumer(self, member: ConsumingMember) -> None:
        """Forget a consumer that has ended; its seat is free next round."""
        self.consumers.remove(member)
        self._vacant.add(member.seat)

    def hire_emitter(self, kind: cast.EmitterKind) -> EmittingMember:
        """Start an emitter, and wait until it has opened its publisher."""
        process = emitter.Emitter(
            kind, self.places[kind.place].address, self.shared, self.log
        )
        child = self.processes.spawn(f'{kind.place} {kind.name}', process.run)
        self.processes.answer(child, 'start')
        member = EmittingMember(child, kind)
        self.emitters.append(member)
        return member

    def end_emitter(self, member: EmittingMember, how: str) -> None:
        """Let an emitter end when it has finished its task.

        :param how: one of ``emitter.ENDINGS``
        """
        member.leaving = member.child.may_end = True
        member.child.send('end', how=how)

    def hire_brief_emitter(
        self, place: str, count: int, rng: random.Random
    ) -> None:
        """Start an emitter that publishes a few notifications and ends."""
        entry = self.open_stream(place, f'{place} brief', count)
        process = emitter.BriefEmitter(
            self.places[place].address,
            self.shared,
            self.log,
            {
                'round': self.round,
                'slot': entry.slot,
                'count': count,
                'seed': rng.random(),
                'how': rng.choice(emitter.ENDINGS),
                'send_buffer_size': rng.choice(cast.BRIEF_BUFFERS),
            },
        )
        child = self.processes.spawn(entry.name, process.run)
        child.may_end = True
        entry.name = child.name
        self.brief.append(child)

    def open_stream(
        self, place: str, name: str, size: int, mute: bool = False
    ) -> books.StreamEntry:
        """Reserve the memory of a stream, and enter it in the book.

        :param size: maximum number of notifications
        :param mute: the notifications are owed to nobody
        """
        entry = books.StreamEntry(self.streams.reserve(size), name, mute)
        self.books[place].streams.append(entry)
        return entry

    def idle(self) -> bool:
        """Return True if all emitters have finished."""
        for member in self.emitters:
            if member.busy and member.child.take('emit'):
                member.busy = False
        self.brief = [one for one in self.brief if one.status is None]
        working = any(
            member.busy or (member.leaving and member.child.status is None)
            for member in self.emitters
        )
        return not (self.brief or working or self.processes.orphans())

    def nudge(self, place: str) -> int:
        """Let each idle emitter of an address publish one notification.

        :returns: the number of copies dropped
        """
        self.idle()
        emitters = [
            one.child
            for one in self.emitters
            if one.kind.place == place
            and one.entries
            and not (one.busy or one.leaving)
        ]
        answers = self.processes.ask(emitters, 'publish')
        return sum(answer['dropped'] for answer in answers)

    def wait_for(
        self, place: str, what: str, ready: Callable[[], bool]
    ) -> None:
        """Wait for a condition; idle emitters publish from time to time.

        A publisher notices a change of its address when it publishes.
        """
        due = time.monotonic() + _NUDGE_INTERVAL

        def check() -> bool:
            nonlocal due
            if ready():
                return True
            if time.monotonic() >= due:
                self.nudge(place)
                due = time.monotonic() + _NUDGE_INTERVAL
            return False

        self.processes.wait_for(what, check)

    def answer(self, place: str, child: children.Child, do: str) -> None:
        """Wait for an answer; idle emitters publish from time to time."""
        self.wait_for(
            place, f'{child} to answer {do!r}', lambda: bool(child.take(do))
        )


def role(kind: cast.ConsumerKind) -> str:
    """Return the name of the row of a kind of consumers."""
    return f'{kind.place}: {kind.name}'
