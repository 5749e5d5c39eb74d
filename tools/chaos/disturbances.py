# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Disturbances of processes: signals, departures, forks.

Rule: each method returns after its disturbance has ended. The books then
contain each notification that the disturbance exempts.
"""

from collections.abc import Iterator
import contextlib
import random
import signal

from tools.chaos import cast
from tools.chaos import children
from tools.chaos import companies
from tools.chaos import emitter
from tools.chaos import tasks

# Seconds for which a process stays stopped.
_STOP = (0.005, 0.3)
# Probability that a process is stopped during another disturbance.
_STOP_CHANCE = 0.4
# Number of emitters started at once, and of their notifications.
_BRIEF = (2, 6)
_BRIEF_COUNT = (5, 120)


@contextlib.contextmanager
def stopped(
    company: companies.Company, place: str, rng: random.Random
) -> Iterator[None]:
    """Sometimes stop a process of an address during another disturbance."""
    candidates = company.consuming(place) + [
        one.child for one in company.emitters if one.kind.place == place
    ]
    child = rng.choice(candidates)
    seconds = rng.uniform(*_STOP)
    if rng.random() > _STOP_CHANCE:
        yield
        return
    child.signal(signal.SIGSTOP)
    yield
    company.processes.pause(seconds)
    child.signal(signal.SIGCONT)


class Disturbances:
    """Disturbances of the processes of one address.

    :param company: the processes
    :param rng: selects processes and durations
    """

    def __init__(self, company: companies.Company, rng: random.Random) -> None:
        self._company = company
        self._rng = rng

    def kill_emitter(self, place: str) -> None:
        """Kill an emitter; its successor takes over the rest of the task."""
        member = self._rng.choice(self._emitters(place))
        self._company.processes.kill(member.child)
        self._company.emitters.remove(member)
        for entry in member.entries:
            entry.killed = True
        rest = tasks.remaining(self._company, member) if member.busy else 0
        if place == cast.SOCKET:
            # An orphaned worker may own the address now.
            self._company.processes.wait_for(
                f'the workers of {member.child} to end',
                lambda: not self._company.processes.orphans(),
            )
        successor = self._company.hire_emitter(member.kind)
        seed = str(self._rng.random())
        tasks.assign(self._company, successor, rest, seed)

    def end_emitter(self, place: str) -> None:
        """End an emitter after its task, with pending drop counts."""
        members = self._emitters(place)
        if len(members) > 1:
            how = self._rng.choice(emitter.ENDINGS)
            self._company.end_emitter(self._rng.choice(members), how)

    def restart_owner(self, place: str) -> None:
        """End the idle owner of a socket, and start a successor."""
        [member] = self._emitters(place)
        how = self._rng.choice(emitter.ENDINGS)
        self._company.end_emitter(member, how)
        self._company.processes.wait_for(
            f'the end of {member.child}',
            lambda: member.child.status is not None,
        )
        self._company.emitters.remove(member)
        self._company.hire_emitter(member.kind)

    def kill_consumer(self, place: str) -> None:
        """Kill a consumer, and start a successor."""
        victims = [one for one in self._consumers(place) if one.kind.dies]
        member = self._rng.choice(victims)
        self._company.processes.kill(member.child)
        member.subscriber.killed = True
        self._company.dismiss_consumer(member)
        self._company.hire_consumer(member.kind)

    def stop_emitter(self, place: str) -> None:
        """Stop an emitter for a while."""
        self._stop(self._rng.choice(self._emitters(place)).child)

    def stop_consumer(self, place: str) -> None:
        """Stop a consumer for a while, so that its buffers fill."""
        self._stop(self._rng.choice(self._consumers(place)).child)

    def _stop(self, child: children.Child) -> None:
        child.signal(signal.SIGSTOP)
        self._company.processes.pause(self._rng.uniform(*_STOP))
        child.signal(signal.SIGCONT)

    def leave(self, place: str) -> None:
        """Let a consumer leave with ``drain()``, and start a successor."""
        leavers = [one for one in self._consumers(place) if one.kind.leaves]
        member = self._rng.choice(leavers)
        grouped = member.kind.group is not None
        subscriber = member.subscriber
        if not grouped:
            self._company.books[place].unsubscribe(subscriber)
            subscriber.cut = place == cast.SOCKET
        member.child.may_end = True
        member.child.send('leave')
        with stopped(self._company, place, self._rng):
            pass
        self._company.answer(place, member.child, 'leave')
        self._company.dismiss_consumer(member)
        self._company.hire_consumer(
            member.kind, subscriber if grouped else None
        )

    def fork_consumer(self, place: str) -> None:
        """Fork a child of a consumer that leaves the context manager."""
        for member in self._consumers(place):
            if member.kind.forks:
                self._company.processes.ask([member.child], 'fork')

    def start_brief_emitters(self, place: str) -> None:
        """Start emitters that publish a few notifications and end."""
        for _ in range(self._rng.randint(*_BRIEF)):
            count = self._rng.randint(*_BRIEF_COUNT)
            self._company.hire_brief_emitter(place, count, self._rng)

    def _consumers(self, place: str) -> list[companies.ConsumingMember]:
        return [
            one for one in self._company.consumers if one.kind.place == place
        ]

    def _emitters(self, place: str) -> list[companies.EmittingMember]:
        return [
            one
            for one in self._company.emitters
            if one.kind.place == place and not one.leaving
        ]
