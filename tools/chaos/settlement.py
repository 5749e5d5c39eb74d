# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The settlement of one round at one address: all subscribers and streams.

Rule: pure functions on values.

The figures of one subscriber exclude notifications that are owed to nobody,
for example while a directory is replaced. But each publisher counts the copies
that it delivered and dropped, so the sums must agree:

    delivered + dropped = received + reported lost

over all streams and all subscribers of an address. If the figures of no
subscriber contain a difference, the settlement adds the difference to the row
of the emitters.
"""

from collections.abc import Iterator
from collections.abc import Sequence
import dataclasses

from tools.chaos import audit
from tools.chaos.audit import Account
from tools.chaos.audit import Figures
from tools.chaos.audit import Stream

# Streams that an offence names.
_MAX_STREAMS = 2


@dataclasses.dataclass(frozen=True, slots=True)
class Offence:
    """A column that is not zero, for the report.

    :param name: name of the subscriber, or "emitters"
    :param column: name of the column
    :param count: the figure
    :param examples: names and sequence numbers of the first notifications
    """

    name: str
    column: str
    count: int
    examples: str = ''

    def __str__(self) -> str:
        text = f'{self.name}: {self.column.replace("_", " ")} {self.count:,}'
        return f'{text} ({self.examples})' if self.examples else text


@dataclasses.dataclass(frozen=True, slots=True)
class Settlement:
    """The result of a round at one address.

    :param subscribers: one row for each account, in the same order
    :param emitters: the row of the emitters
    :param offences: the first faults
    """

    subscribers: tuple[Figures, ...]
    emitters: Figures
    offences: tuple[Offence, ...]


def settle(
    streams: Sequence[Stream], accounts: Sequence[Account]
) -> Settlement:
    """Compare the records of all subscribers with those of all emitters."""
    balances = [audit.balance(account) for account in accounts]
    rows = tuple(figures for figures, _ in balances)
    emitters = Figures(
        emitted=sum(stream.begun for stream in streams),
        exceptions=sum(stream.exceptions for stream in streams),
    )
    if not any(account.killed for account in accounts):
        excused = sum(pending for _, pending in balances)
        emitters += _difference(streams, accounts, rows, excused)
    offences: list[Offence] = []
    for account, figures in zip(accounts, rows, strict=True):
        offences += _offences(account, figures)
    offences += [
        Offence('emitters', name, count)
        for name in audit.FAULTS
        if (count := getattr(emitters, name))
    ]
    return Settlement(rows, emitters, tuple(offences))


def _difference(
    streams: Sequence[Stream],
    accounts: Sequence[Account],
    rows: Sequence[Figures],
    excused: int,
) -> Figures:
    """Return the faults that the rows of the subscribers do not contain.

    :param excused: number of pending drop counts that SIGKILL discarded
    """
    claims = sum(
        sum(stream.delivered[: stream.done])
        + sum(stream.dropped[: stream.done])
        for stream in streams
    )
    books = sum(row.received + row.lost for row in rows)
    gaps = sum(row.unreported + row.forgotten for row in rows)
    missing = max(0, claims - books - excused - gaps)
    silent = _silent(streams, accounts) if missing else 0
    silent -= sum(row.unreported for row in rows)
    unreported = min(missing, max(0, silent))
    # Subscribers may have received, or lost, an interrupted notification.
    interrupted = sum(stream.begun - stream.done for stream in streams)
    over = sum(row.over_reported for row in rows)
    excess = books - claims - interrupted * len(accounts) - over
    return Figures(
        unreported=unreported,
        forgotten=missing - unreported,
        over_reported=max(0, excess),
    )


def _silent(streams: Sequence[Stream], accounts: Sequence[Account]) -> int:
    """Count the copies that were delivered but not received."""
    count = 0
    for number, stream in enumerate(streams):
        arrays = [account.copies[number].seen for account in accounts]
        for seq in range(stream.done):
            seen = sum(array[seq] for array in arrays)
            count += max(0, stream.delivered[seq] - seen)
    return count


def _offences(account: Account, figures: Figures) -> Iterator[Offence]:
    for name in audit.FAULTS:
        count = getattr(figures, name)
        if not count:
            continue
        examples = ''
        if name in ('unreported', 'forgotten'):
            examples = _missed(account)
        elif name in ('out_of_order', 'duplicated'):
            examples = account.example
        yield Offence(account.name, name, count, examples)


def _missed(account: Account) -> str:
    """Return the first missed notifications of the first streams."""
    examples = []
    for copy in account.copies:
        found = audit.misses(copy, account.cut).examples
        if found:
            numbers = ', '.join(map(str, found))
            examples.append(f'{copy.stream.name}: {numbers}')
    return '; '.join(examples[:_MAX_STREAMS])
