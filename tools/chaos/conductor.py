# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The campaign: rounds of notifications, disturbances and accounting.

Rule: each round ends with idle emitters, flushed drop counts and consumers
that have received everything, so that its figures are exact.
"""

import collections
from collections.abc import Callable
from collections.abc import Container
import dataclasses
from pathlib import Path
import random
import time

from tools.chaos import audit
from tools.chaos import cast
from tools.chaos import children
from tools.chaos import companies
from tools.chaos import disturbances
from tools.chaos import events
from tools.chaos import ledger
from tools.chaos import places
from tools.chaos import plans
from tools.chaos import replacements
from tools.chaos import settlement
from tools.chaos import tasks

# Room in the ledger beside the notifications of the tasks.
_SLOTS = 1024
_SEATS = 64
_ROOM = 100_000
# Notifications per second on a machine with other work.
_SLOWEST = 300
# Attempts to flush; the first one suffices if all consumers have read.
_FLUSHES = 5
_MAX_OFFENCES = 20


@dataclasses.dataclass(slots=True)
class Result:
    """The figures of a campaign.

    :ivar rows: by name; the row of the emitters of an address has the
        faults that belong to no subscriber
    :ivar offences: the first faults
    :ivar disturbances: number of each disturbance, by name and address
    :ivar failure: the reason why the campaign could not continue
    """

    rows: dict[str, audit.Figures] = dataclasses.field(default_factory=dict)
    offences: list[str] = dataclasses.field(default_factory=list)
    disturbances: collections.Counter[str] = dataclasses.field(
        default_factory=collections.Counter
    )
    published: int = 0
    rounds: int = 0
    seconds: float = 0.0
    failure: str = ''

    @property
    def faults(self) -> int:
        """Number of faults in all rows."""
        return sum(row.faults for row in self.rows.values())

    @property
    def exact(self) -> bool:
        """Return True if the campaign ended without a fault."""
        return not self.faults and not self.failure


class Conductor:
    """Runs a campaign.

    :param base: an empty directory for the addresses
    :param notifications: number of notifications to publish, at least
    :param per_round: number of notifications of a round
    :param seed: seed of the plans
    :param names: names of the disturbances
    :param progress: called from time to time with the result so far
    """

    def __init__(
        self,
        base: Path,
        log: events.EventLog,
        notifications: int,
        per_round: int,
        seed: int,
        names: Container[str],
        progress: Callable[[Result], None],
    ) -> None:
        self._base = base
        self._log = log
        self._notifications = notifications
        self._per_round = per_round
        self._seed = seed
        self._names = names
        self._progress = progress
        self.result = Result()

    def run(self) -> Result:
        """Run the campaign to its end, or to the first process that hangs."""
        begin = time.monotonic()
        everywhere = self._places()
        shared = ledger.Ledger(_SLOTS, 2 * self._per_round + _ROOM, _SEATS)
        with children.Children(self._log) as processes:
            company = companies.Company(
                processes, shared, self._log, everywhere
            )
            try:
                company.start()
                while self.result.published < self._notifications:
                    self._run_round(company)
                    self.result.seconds = time.monotonic() - begin
                    self._progress(self.result)
            except children.CampaignError as e:
                self.result.failure = str(e)
                self._add('campaign', audit.Figures(exceptions=1))
                self._log.write('failure', reason=str(e))
        self.result.seconds = time.monotonic() - begin
        return self.result

    def _places(self) -> dict[str, places.Place]:
        everywhere = {
            cast.DIRECTORY: places.Directory(self._base, cast.DIRECTORY),
            cast.LINK: places.Link(self._base, cast.LINK),
            cast.SOCKET: places.Socket(self._base, cast.SOCKET),
        }
        for place in everywhere.values():
            place.create()
        return everywhere

    def _run_round(self, company: companies.Company) -> None:
        self.result.rounds += 1
        number = self.result.rounds
        rng = plans.seeded(self._seed, number)
        self._log.write('round', number=number)
        company.begin(number)
        rest = self._notifications - self.result.published
        count = min(self._per_round, rest)
        steps = plans.make(rng, self._names)
        while steps and steps[0].due == plans.BEFORE:
            self._disturb(company, steps.pop(0), rng)
        tasks.distribute(company, count, rng.random())
        for step in steps:
            self._await_progress(company, step.due * count)
            self._disturb(company, step, rng)
        company.processes.wait_for(
            'the emitters to finish', company.idle, self._patience()
        )
        self._flush(company)
        self._settle(company)

    def _disturb(
        self,
        company: companies.Company,
        step: plans.Step,
        rng: random.Random,
    ) -> None:
        self._log.write('disturb', what=step.name, place=step.place)
        self.result.disturbances[f'{step.name} {step.place}'] += 1
        for kind in (disturbances.Disturbances, replacements.Replacements):
            act = getattr(kind(company, rng), step.name, None)
            if act is not None:
                act(step.place)

    def _await_progress(
        self, company: companies.Company, count: float
    ) -> None:
        company.processes.wait_for(
            f'{count:.0f} notifications',
            lambda: company.streams.published() >= count or company.idle(),
            self._patience(),
        )

    def _patience(self) -> float:
        """Return the seconds in which a slow machine finishes a round."""
        return children.DEADLINE + self._per_round / _SLOWEST

    def _flush(self, company: companies.Company) -> None:
        """Let all publishers send the pending drop counts."""
        consumers = company.consuming()
        company.processes.ask(consumers, 'sync')
        for name in company.places:
            for _ in range(_FLUSHES):
                dropped = company.nudge(name)
                company.processes.ask(company.consuming(name), 'sync')
                if not dropped:
                    break

    def _settle(self, company: companies.Company) -> None:
        for name, book in company.books.items():
            settled = book.settle()
            for subscriber, figures in zip(
                book.subscribers, settled.subscribers, strict=True
            ):
                self._add(subscriber.role, figures)
            self._add(f'{name}: emitters', settled.emitters)
            self.result.published += settled.emitters.emitted
            self._report(name, settled)

    def _add(self, row: str, figures: audit.Figures) -> None:
        rows = self.result.rows
        rows[row] = rows.get(row, audit.Figures()) + figures

    def _report(self, place: str, settled: settlement.Settlement) -> None:
        for offence in settled.offences:
            # The name of a consumer contains the name of its address.
            where = f'{place} ' if offence.name == 'emitters' else ''
            text = f'round {self.result.rounds}: {where}{offence}'
            self._log.write('offence', text=text)
            if len(self.result.offences) < _MAX_OFFENCES:
                self.result.offences.append(text)
