# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The report of a run, as text.

Rule: pure functions on values.
"""

import collections
from collections.abc import Callable
from collections.abc import Mapping
import dataclasses

from tools import tables
from tools.cloud import accounts
from tools.cloud import captures


@dataclasses.dataclass(frozen=True)
class Outcome:
    """The end of a scenario.

    :ivar account: of the notifications
    :ivar seconds: how long it took
    :ivar facts: sentences about what was shown
    :ivar faults: sentences about what was wrong
    """

    account: accounts.Account
    seconds: float
    facts: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()

    @property
    def all_faults(self) -> tuple[str, ...]:
        """Sentences about the scenario and about its account."""
        return (*self.faults, *self.account.faults)


def by_process(
    capture: captures.Capture, name: Callable[[int | None], str]
) -> list[str]:
    """Return a table of services, their processes and notifications.

    :param name: returns the service of a process
    """
    pids = collections.Counter(each.pid for each in capture.received)
    rows = sorted(
        (name(pid), str(pid), str(count)) for pid, count in pids.items()
    )
    total = ('all', str(len(rows)), str(capture.count()))
    return tables.lay_out(
        [('service', 'process', 'notifications'), *rows, total]
    )


def by_type(
    capture: captures.Capture, name: Callable[[int | None], str]
) -> list[str]:
    """Return a table of event types and the services that emit them."""
    counts = collections.Counter(
        (name(each.pid), each.event_type) for each in capture.received
    )
    rows = [
        (service, event_type, str(count))
        for (service, event_type), count in sorted(counts.items())
    ]
    return tables.lay_out(
        [('service', 'event type', 'notifications'), *rows], names=2
    )


def scenarios(outcomes: Mapping[str, Outcome]) -> list[str]:
    """Return the table of scenarios, by their names, and every fault."""
    head = ('scenario', 'emitted', 'received', 'lost', 'away', 'seconds', '')
    rows = [
        (
            name,
            str(each.account.emitted),
            str(each.account.received),
            str(each.account.lost),
            str(each.account.absent),
            f'{each.seconds:.0f}',
            'WRONG' if each.all_faults else 'exact',
        )
        for name, each in outcomes.items()
    ]
    lines = tables.lay_out([head, *rows])
    for name, outcome in outcomes.items():
        lines += [f'{name}: {fact}' for fact in outcome.facts]
    for name, outcome in outcomes.items():
        lines += [f'WRONG {name}: {f}' for f in outcome.all_faults]
    return lines
