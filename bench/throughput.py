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

from bench import contenders
from bench import payloads
from bench import stage as stages
from unixnotif import notification

_SECONDS = 0.3

FULL = 8
QUICK = 1


def run(stage: stages.Stage, rounds: int) -> list[dict[str, Any]]:
    """Measure; one row for each contender, payload and kind of emitter."""
    best = contenders.serializers()[:1]
    everybody = [
        *stage.unix('unix+dir', [1], best),
        *stage.unix('unix', [1], best),
        *stage.zmq(best),
    ]
    samples: dict[tuple[str, str, str], list[tuple[float, float]]]
    samples = collections.defaultdict(list)
    for number in range(rounds + 1):
        for payload in payloads.PAYLOADS.values():
            for emitter in ('notifier', 'bytes'):
                for contender in everybody:
                    rates = _flat_out(contender, payload, emitter)
                    if number:  # the first is for warming up
                        samples[payload.name, emitter, contender.name].append(
                            rates
                        )
    return [
        {
            'payload': payload,
            'emitter': emitter,
            'contender': name,
            'emitted_per_s': statistics.median(emitted),
            'received_per_s': statistics.median(received),
            'received_of_zmq': _of_zmq(samples, (payload, emitter), received),
        }
        for (payload, emitter, name), rates in samples.items()
        for emitted, received in [zip(*rates, strict=True)]
    ]


def _of_zmq(
    samples: dict[tuple[str, str, str], list[tuple[float, float]]],
    key: tuple[str, str],
    received: tuple[float, ...],
) -> float | None:
    zmq = samples.get((*key, 'zmq'))
    if not zmq:
        return None
    pairs = zip(received, zmq, strict=True)
    return statistics.median(mine / other for mine, (_, other) in pairs)


def _flat_out(
    contender: contenders.Contender, payload: payloads.Payload, emitter: str
) -> tuple[float, float]:
    """Notifications a second, emitted and received."""
    assert contender.reader is not None
    contender.prepare()
    emit = _emitter(contender, payload, emitter)
    emitted = 0
    begin = time.monotonic()
    end = begin + _SECONDS
    while (now := time.monotonic()) < end:
        for _ in range(20):
            emit()
        emitted += 20
    report = contender.reader.report()
    # Not as long as it took to be sure that nothing more comes.
    reading = report.last / 1e9 - begin
    return emitted / (now - begin), report.count / reading


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
