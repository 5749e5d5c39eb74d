# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Exact accounts: emitted = received + reported as lost.

Rule: pure functions on captures. A witness that lost nothing has all emitted
notifications. A fault is a sentence.
"""

import collections
from collections.abc import Iterable
import dataclasses

from tools.cloud import captures
from unixnotif import grammar

_SHOWN = 5


@dataclasses.dataclass(frozen=True)
class Account:
    """The comparison of a capture with its witness.

    :ivar emitted: number of notifications
    :ivar received: number of those in the capture
    :ivar lost: number reported as lost
    :ivar absent: number emitted while the subscriber was not there
    :ivar faults: sentences; none if the account is exact
    """

    emitted: int
    received: int
    lost: int
    absent: int
    faults: tuple[str, ...]


def compare(
    capture: captures.Capture,
    witness: captures.Capture,
    *,
    absences: int = 0,
    may_lose: bool = False,
    idle: bool = False,
) -> Account:
    """Compare a capture with its witness.

    :param absences: number of times that the subscriber was killed and started
        again. Each time, the subscriber may miss successive notifications of
        each emitting process, which no publisher can report
    :param may_lose: True if a reported loss is no fault
    :param idle: True if a witness without notifications is no fault
    """
    ids = _ids(capture)
    missing = [each for each in witness.received if each.message_id not in ids]
    faults = [
        *_duplicates('the capture', capture),
        *_duplicates('the witness', witness),
        *_unknown(capture, witness),
    ]
    if witness.lost:
        faults.append(f'the witness lost {_number(witness.lost)}')
    if not witness.received and not idle:
        faults.append('nothing was emitted')
    if capture.lost and not may_lose:
        faults.append(f'the capture reports {_number(capture.lost)} as lost')
    absent = len(missing) - capture.lost
    if absent < 0:
        faults.append(
            f'the capture reports {_number(-absent)} too many as lost'
        )
    elif absent and not absences:
        faults.append(
            f'the capture lacks {_number(absent)}, not reported as lost: '
            f'{_examples(missing)}'
        )
    elif absent:
        faults += _runs(ids, witness, absences)
    return Account(
        emitted=len(witness.received),
        received=len(witness.received) - len(missing),
        lost=capture.lost,
        absent=absent if absences else 0,
        faults=tuple(faults),
    )


def count_events(
    capture: captures.Capture, expected: Iterable[str], number: int
) -> tuple[str, ...]:
    """Return a sentence for each event type with a wrong number."""
    counts = collections.Counter(each.event_type for each in capture.received)
    return tuple(
        f'{event_type}: {counts[event_type]} instead of {number}'
        for event_type in expected
        if counts[event_type] != number
    )


def _ids(capture: captures.Capture) -> set[str]:
    return {each.message_id for each in capture.received}


def _duplicates(name: str, capture: captures.Capture) -> list[str]:
    counts = collections.Counter(each.message_id for each in capture.received)
    twice = [each for each in capture.received if counts[each.message_id] > 1]
    if not twice:
        return []
    return [
        f'{name} has {_number(len(twice))} more than once: {_examples(twice)}'
    ]


def _unknown(
    capture: captures.Capture, witness: captures.Capture
) -> list[str]:
    ids = _ids(witness)
    unknown = [each for each in capture.received if each.message_id not in ids]
    if not unknown:
        return []
    return [f'the witness lacks {_number(len(unknown))}: {_examples(unknown)}']


def _runs(
    ids: set[str], witness: captures.Capture, absences: int
) -> list[str]:
    """Return a sentence for each process that has more gaps than allowed."""
    gaps: collections.Counter[int | None] = collections.Counter()
    missed: dict[int | None, bool] = {}
    for each in witness.received:
        is_missing = each.message_id not in ids
        if is_missing and not missed.get(each.pid):
            gaps[each.pid] += 1
        missed[each.pid] = is_missing
    return [
        f'the capture lacks notifications of process {pid} in {count} places, '
        f'but the subscriber was away {grammar.plural(absences, "time")}'
        for pid, count in gaps.items()
        if count > absences
    ]


def _number(count: int) -> str:
    return grammar.plural(count, 'notification')


def _examples(received: Iterable[captures.Received]) -> str:
    counts = collections.Counter(each.event_type for each in received)
    return ', '.join(
        f'{event_type} ({count})'
        for event_type, count in counts.most_common(_SHOWN)
    )
