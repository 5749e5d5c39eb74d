# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The tasks of a round: numbers of notifications for each emitter.

Rule: the tasks add up to the number of notifications of the round.
"""

from tools.chaos import cast
from tools.chaos import companies
from tools.chaos import emitter
from tools.chaos.ledger import StreamWord

#: Maximum number of notifications of a stream in addition to its task.
RESERVE = 500
# Part of a task for each forked worker.
_WORKER_PART = 20


def distribute(
    company: companies.Company, notifications: int, seed: float
) -> None:
    """Let all emitters publish the notifications of a round."""
    for number, member in enumerate(company.emitters):
        count = -(-notifications * member.kind.share // 100)
        assign(company, member, count, f'{seed}/{number}')


def assign(
    company: companies.Company,
    member: companies.EmittingMember,
    count: int,
    seed: str,
) -> None:
    """Let an emitter publish a number of notifications.

    A new owner of a ``unix://`` address first waits for all consumers to
    connect.
    """
    kind = member.kind
    owner = kind.place == cast.SOCKET
    connect = owner and not member.task
    workers = kind.forks if count >= _WORKER_PART * kind.forks else 0
    extra = count // _WORKER_PART
    member.task = -(-(count - workers * extra) // kind.threads)
    member.busy = True
    room = RESERVE + (emitter.CONNECT_ROOM if connect else 0)
    member.entries = [
        company.open_stream(kind.place, member.child.name, member.task + room)
        for _ in range(kind.threads)
    ]
    forked = [
        # A worker cannot publish at the address that its parent owns.
        company.open_stream(
            kind.place, f'{member.child.name} worker', extra, mute=owner
        )
        for _ in range(workers)
    ]
    expected = len(company.consuming(kind.place)) if connect else 0
    member.child.send(
        'emit',
        round=company.round,
        seed=seed,
        slots=[entry.slot for entry in member.entries],
        workers=[entry.slot for entry in forked],
        count=member.task,
        extra=extra,
        subscribers=expected,
    )


def remaining(
    company: companies.Company, member: companies.EmittingMember
) -> int:
    """Return the number of notifications that an emitter has not begun."""
    begun = [
        company.shared.stream(entry.slot)[StreamWord.BEGUN]
        for entry in member.entries
    ]
    return sum(max(0, member.task - each) for each in begun)
