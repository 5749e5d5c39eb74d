# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Comparison of the reports of publishers and subscribers.

Rule: pure values. The counts of publishers are compared with what three
subscribers have; none is believed on its own.
"""

import collections
from collections.abc import Iterable
from collections.abc import Iterator
import dataclasses
from typing import NamedTuple

import unixnotif

#: Notifications by publisher_id.
Counts = collections.Counter[str]


class Report(NamedTuple):
    """The report of one publisher of the service."""

    publisher_id: str
    pid: int
    emitted: int


class Run(NamedTuple):
    """A command of the service that has ended."""

    command: str
    exit_code: int
    reports: list[Report]
    log: str


@dataclasses.dataclass(frozen=True)
class Outcome:
    """The reports of all sides at the end.

    :param asked: number of notifications that the service should emit
    :param runs: the commands of the service
    :param fixture: what the fixture captured
    :param tail: what ``unixnotif tail`` printed
    :param listener: what the listener of oslo.messaging counted
    :param lost: number of lost notifications that the fixture reports
    :param page: path of the report page; '' if nothing was captured
    """

    asked: int
    runs: list[Run]
    fixture: list[unixnotif.Notification]
    tail: list[unixnotif.Notification]
    listener: Counts
    lost: int
    page: str = ''

    @property
    def reports(self) -> list[Report]:
        """The reports of all publishers, by publisher_id."""
        return sorted(report for run in self.runs for report in run.reports)

    @property
    def emitted(self) -> Counts:
        """Notifications of each publisher, by its own count."""
        return Counts(
            {each.publisher_id: each.emitted for each in self.reports}
        )

    @property
    def same(self) -> bool:
        """True if fixture and tail have the same notifications.

        The order counts for each publisher.
        """
        return _by_publisher(self.fixture) == _by_publisher(self.tail)

    def problems(self) -> Iterator[str]:
        """Yield the problems; none after success."""
        for run in self.runs:
            if run.exit_code:
                yield f'"{run.command}" ended with exit code {run.exit_code}'
            if not run.reports:
                yield f'"{run.command}" did not report its notifications'
        emitted = self.emitted.total()
        if emitted != self.asked:
            yield f'{emitted} of {self.asked} notifications were emitted'
        yield from self._miscounts('the fixture', count(self.fixture))
        yield from self._miscounts('tail', count(self.tail))
        yield from self._miscounts('the listener', self.listener)
        if not self.same:
            yield 'the fixture and tail have different notifications'
        if self.lost:
            yield f'notifications that the fixture lost: {self.lost}'
        # The kernel reports these, not the process itself.
        senders = {
            (each.publisher_id, each.sender and each.sender.pid)
            for each in self.fixture
        }
        for who, pid in senders.difference(each[:2] for each in self.reports):
            yield f'process {pid} emitted as {who}, but did not report it'

    def _miscounts(self, name: str, counts: Counts) -> Iterator[str]:
        emitted = self.emitted
        for who in sorted(emitted | counts):
            if counts[who] != emitted[who]:
                yield f'{who} emitted {emitted[who]}, {name} has {counts[who]}'


def count(notifications: Iterable[unixnotif.Notification]) -> Counts:
    """Return the number of notifications of each publisher."""
    return Counts(str(each.publisher_id) for each in notifications)


def _by_publisher(
    notifications: Iterable[unixnotif.Notification],
) -> dict[str | None, list[unixnotif.Notification]]:
    grouped = collections.defaultdict(list)
    for each in notifications:
        grouped[each.publisher_id].append(each)
    return grouped
