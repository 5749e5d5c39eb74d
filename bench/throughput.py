# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The notifications per second that a reader receives without pauses.

Rule: equal work. Emitters serialize with the same function, and readers create
the same Notification from each document. With ``Notifier.info()``, the emitter
is the slower end. With serialized documents (``bytes``), the reader is the
slower end, and the emitter drops documents when the buffer is full. Only the
half of the turns with the least load by other programs counts.
"""

import collections
from collections.abc import Callable
import functools
import statistics
import time
from typing import Any
from typing import NamedTuple

from bench import contenders
from bench import load
from bench import payloads
from bench import stages
from unixnotif import notification

_SECONDS = 0.3

FULL = 16
QUICK = 1


class _Rates(NamedTuple):
    """The result of one turn; CPU times are those of all threads.

    :ivar emitter_cpu_us: for a notification that was emitted
    :ivar reader_cpu_us: for one that was received
    :ivar other_cpus: processors that other programs kept busy meanwhile
    """

    emitted_per_s: float
    received_per_s: float
    emitter_cpu_us: float
    reader_cpu_us: float
    other_cpus: float


#: One turn of every contender, by name.
_Turn = dict[str, _Rates]


def run(stage: stages.Stage, rounds: int) -> list[dict[str, Any]]:
    """Measure; one row for each contender, payload and kind of emitter."""
    best = contenders.serializers()[:1]
    all_contenders = [
        *stage.unix('unix+dir', [1], best),
        *stage.unix('unix', [1], best),
        *stage.zmq(best),
    ]
    cases = [
        (payload, emitter)
        for payload in payloads.PAYLOADS.values()
        for emitter in ('notifier', 'bytes')
    ]
    turns: dict[tuple[str, str], list[_Turn]] = collections.defaultdict(list)
    with contenders.on_separate_cpus(all_contenders):
        for number in range(rounds + 1):
            for payload, emitter in cases:
                turn = {
                    contender.name: _flat_out(contender, payload, emitter)
                    for contender in all_contenders
                }
                if number:  # the first is for warming up
                    turns[payload.name, emitter].append(turn)
    return [
        {
            'payload': payload,
            'emitter': emitter,
            'contender': contender.name,
            **_medians([turn[contender.name] for turn in _quiet(found)]),
            'received_of_zmq': _of_zmq(_quiet(found), contender.name),
        }
        for (payload, emitter), found in turns.items()
        for contender in all_contenders
    ]


def _quiet(turns: list[_Turn]) -> list[_Turn]:
    """Return the half of the turns with the least load by other programs.

    Two ends that are always busy need two processors. If other programs also
    need one, the result depends on the scheduler.
    """

    def disturbed(turn: _Turn) -> float:
        return max(rates.other_cpus for rates in turn.values())

    return sorted(turns, key=disturbed)[: (len(turns) + 1) // 2]


def _medians(found: list[_Rates]) -> dict[str, float]:
    return {
        field: statistics.median(getattr(rates, field) for rates in found)
        for field in _Rates._fields
    }


def _of_zmq(turns: list[_Turn], name: str) -> float | None:
    if 'zmq' not in turns[0]:
        return None
    return statistics.median(
        turn[name].received_per_s / turn['zmq'].received_per_s
        for turn in turns
    )


def _flat_out(
    contender: contenders.Contender, payload: payloads.Payload, emitter: str
) -> _Rates:
    assert contender.reader is not None
    contender.prepare()
    emit = _emitter(contender, payload, emitter)
    contender.reader.report()
    emitted = 0
    busy = load.busy()
    cpu = time.process_time()
    begin = time.monotonic()
    end = begin + _SECONDS
    while (now := time.monotonic()) < end:
        for _ in range(20):
            emit()
        emitted += 20
    cpu = time.process_time() - cpu
    report = contender.reader.report()
    busy = load.busy() - busy - cpu - report.cpu
    took = time.monotonic() - begin
    # Without the time that the reader waits for further notifications.
    reading = report.last / 1e9 - begin
    return _Rates(
        emitted / (now - begin),
        report.count / reading,
        cpu / emitted * 1e6,
        report.cpu / report.count * 1e6,
        max(0.0, busy / took),
    )


def _emitter(
    contender: contenders.Contender, payload: payloads.Payload, emitter: str
) -> Callable[[], Any]:
    if emitter == 'notifier':
        return functools.partial(
            contender.notifier.info, {}, payload.event_type, payload.value
        )
    assert contender.send is not None
    return functools.partial(contender.send, ready_made(payload))


def ready_made(payload: payloads.Payload) -> bytes:
    """Return the document of a payload, as the driver would write it."""
    return notification.Notification(
        '2b8c7a5e-51d3-4c0f-9a3b-6d7f80f1c2aa',
        'nova-compute:compute-rack12-node07',
        payload.event_type,
        'INFO',
        '2026-11-21 10:00:00.000000',
        payload.value,
        (stages.TOPIC,),
        'openstack',
    ).encode()
