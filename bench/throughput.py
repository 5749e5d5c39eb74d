#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""How many notifications a second reach a reader, flat out.

Rule: equal work. Emitters serialize with the same function, and readers make
the same Notification of each document. Through ``Notifier.info()`` the
emitter is the slower end; from ready-made documents (``bytes``) the reader
is, and what finds no room is dropped.
"""

import collections
from collections.abc import Callable
import functools
import statistics
import time
from typing import Any
from typing import NamedTuple

from bench import contenders
from bench import payloads
from bench import stage as stages
from unixnotif import notification

_SECONDS = 0.3

FULL = 8
QUICK = 1


class _Rates(NamedTuple):
    """What one turn came to; CPU times are those of all threads.

    :ivar emitter_cpu_us: for a notification that was emitted
    :ivar reader_cpu_us: for one that was received
    """

    emitted_per_s: float
    received_per_s: float
    emitter_cpu_us: float
    reader_cpu_us: float


#: By payload, kind of emitter and contender.
_Samples = dict[tuple[str, str, str], list[_Rates]]


def run(stage: stages.Stage, rounds: int) -> list[dict[str, Any]]:
    """Measure; one row for each contender, payload and kind of emitter."""
    best = contenders.serializers()[:1]
    everybody = [
        *stage.unix('unix+dir', [1], best),
        *stage.unix('unix', [1], best),
        *stage.zmq(best),
    ]
    cases = [
        (payload, emitter, contender)
        for payload in payloads.PAYLOADS.values()
        for emitter in ('notifier', 'bytes')
        for contender in everybody
    ]
    samples: _Samples = collections.defaultdict(list)
    with contenders.apart(everybody):
        for number in range(rounds + 1):
            for payload, emitter, contender in cases:
                rates = _flat_out(contender, payload, emitter)
                if number:  # the first is for warming up
                    key = payload.name, emitter, contender.name
                    samples[key].append(rates)
    return [
        {
            'payload': payload,
            'emitter': emitter,
            'contender': name,
            **{
                field: statistics.median(
                    getattr(rate, field) for rate in rates
                )
                for field in _Rates._fields
            },
            'received_of_zmq': _of_zmq(samples, (payload, emitter), rates),
        }
        for (payload, emitter, name), rates in samples.items()
    ]


def _of_zmq(
    samples: _Samples, key: tuple[str, str], rates: list[_Rates]
) -> float | None:
    zmq = samples.get((*key, 'zmq'))
    if not zmq:
        return None
    return statistics.median(
        mine.received_per_s / other.received_per_s
        for mine, other in zip(rates, zmq, strict=True)
    )


def _flat_out(
    contender: contenders.Contender, payload: payloads.Payload, emitter: str
) -> _Rates:
    assert contender.reader is not None
    contender.prepare()
    emit = _emitter(contender, payload, emitter)
    contender.reader.report()
    emitted = 0
    cpu = time.process_time()
    begin = time.monotonic()
    end = begin + _SECONDS
    while (now := time.monotonic()) < end:
        for _ in range(20):
            emit()
        emitted += 20
    cpu = time.process_time() - cpu
    report = contender.reader.report()
    # Not as long as it took to be sure that nothing more comes.
    reading = report.last / 1e9 - begin
    return _Rates(
        emitted / (now - begin),
        report.count / reading,
        cpu / emitted * 1e6,
        report.cpu / report.count * 1e6,
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
    """The document of a payload, as the driver would write it."""
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
