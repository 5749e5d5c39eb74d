# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The cost of a call of ``Notifier.info()`` in the emitting thread.

Rule: all contenders take turns, many times, in one process. The result is the
median of the ratios to the log driver *in the same round*, because the speed
of the machine varies.

Modes: ``hot`` is calls without a pause, to a reader that sleeps while nothing
arrives; ``awake`` is calls without a pause, to a reader that never sleeps;
``cold`` is one call every 2 ms.
"""

import collections
from collections.abc import Callable
from collections.abc import Iterator
import contextlib
import gc
import random
import statistics
import time
from typing import Any
from typing import NamedTuple

from bench import contenders
from bench import payloads
from bench import stages

_COUNTS = [0, 1, 2, 8, 64]
#: Calls of one series.
BURST = 50
_SLOW_BURST = 10
_SLOW = ('log', 'messagingv2 rabbit')
#: Calls before those that are measured.
WARMING = 3
_PACED = 10
_PERIOD = 0.002


class Scale(NamedTuple):
    """The duration of a measurement.

    :ivar rounds: turns of each contender in bursts
    :ivar cold_rounds: turns of each, paced
    """

    rounds: int
    cold_rounds: int


FULL = Scale(40, 10)
QUICK = Scale(2, 1)


class Spent(NamedTuple):
    """The cost of a call in microseconds.

    :ivar us: until the call returns
    :ivar cpu_us: CPU time of the thread
    """

    us: float
    cpu_us: float


#: Costs by mode, payload and label; one for each round.
_Samples = dict[tuple[str, str, str], list[Spent]]


def run(stage: stages.Stage, scale: Scale) -> list[dict[str, Any]]:
    """Measure; one row for each contender, payload and mode."""
    choices = contenders.serializers()
    ours = [
        *stage.unix('unix+dir', _COUNTS, choices),
        *stage.unix('unix', _COUNTS, choices),
    ]
    all_contenders = [
        *stage.noop(),
        *stage.test(),
        *stage.log(),
        *stage.fake(),
        *stage.rabbitmq(),
        *stage.zmq(choices),
        *ours,
    ]
    samples: _Samples = collections.defaultdict(list)
    with no_collections(), contenders.on_separate_cpus(all_contenders):
        for number in range(scale.rounds + 1):
            _round('hot', all_contenders, samples)
            _round('awake', ours, samples)
            if not number:
                # The first round is for warming up.
                samples.clear()
        for _ in range(scale.cold_rounds):
            _round('cold', all_contenders, samples)
    return _rows(all_contenders, samples)


def _round(
    mode: str,
    competing: list[contenders.Contender],
    samples: _Samples,
) -> None:
    # Random, so that no contender always follows the same other one.
    order = random.sample(competing, len(competing))
    if mode == 'awake':
        _spin(competing, True)
    for payload in payloads.PAYLOADS.values():
        for contender in order:
            contender.prepare()
            gc.collect()
            cost = _cold if mode == 'cold' else _hot
            samples[mode, payload.name, contender.label].append(
                cost(contender, payload)
            )
            contender.settle()
    if mode == 'awake':
        _spin(competing, False)


def _spin(competing: list[contenders.Contender], awake: bool) -> None:
    for reader in {each.reader for each in competing if each.reader}:
        reader.spin(awake)


def _hot(contender: contenders.Contender, payload: payloads.Payload) -> Spent:
    """Return the cost of a call, in a burst."""
    info = contender.notifier.info
    event_type, value = payload.event_type, payload.value
    # A burst is shorter than a time slice of the scheduler.
    slow = contender.name in _SLOW or (contender.subscribers or 0) > 8
    return per_call(
        lambda: info({}, event_type, value), _SLOW_BURST if slow else BURST
    )


def per_call(call: Callable[[], object], count: int) -> Spent:
    """Return the cost of a call, one of many in a row."""
    for _ in range(WARMING):
        call()
    cpu = time.thread_time_ns()
    begin = time.perf_counter_ns()
    for _ in range(count):
        call()
    took = time.perf_counter_ns() - begin
    cpu = time.thread_time_ns() - cpu
    return Spent(took / count / 1000, cpu / count / 1000)


def _cold(contender: contenders.Contender, payload: payloads.Payload) -> Spent:
    """Return the cost of a call, when there is one every 2 ms."""
    info = contender.notifier.info
    event_type, value = payload.event_type, payload.value
    costs = []
    due = time.monotonic()
    for _ in range(_PACED):
        due += _PERIOD
        time.sleep(max(0.0, due - time.monotonic()))
        cpu = time.thread_time_ns()
        begin = time.perf_counter_ns()
        info({}, event_type, value)
        took = time.perf_counter_ns() - begin
        costs.append((took, time.thread_time_ns() - cpu))
    us, cpu_us = map(statistics.median, zip(*costs, strict=True))
    return Spent(us / 1000, cpu_us / 1000)


@contextlib.contextmanager
def no_collections() -> Iterator[None]:
    """Collect garbage only between the series, and only new objects."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def _rows(
    all_contenders: list[contenders.Contender], samples: _Samples
) -> list[dict[str, Any]]:
    rows = []
    for contender in all_contenders:
        for mode, payload, label in samples:
            if label != contender.label:
                continue
            costs = samples[mode, payload, label]
            # The yardsticks have no reader that could sleep or be awake.
            yard = 'cold' if mode == 'cold' else 'hot'
            rows.append(
                {
                    'mode': mode,
                    'payload': payload,
                    'contender': contender.name,
                    'subscribers': contender.subscribers,
                    'serializer': contender.serializer,
                    'us': statistics.median(each.us for each in costs),
                    'cpu_us': statistics.median(each.cpu_us for each in costs),
                    'of_log': _ratio(costs, samples[yard, payload, 'log']),
                    'of_noop': _ratio(costs, samples[yard, payload, 'noop']),
                }
            )
    return rows


def _ratio(costs: list[Spent], others: list[Spent]) -> float:
    pairs = zip(costs, others, strict=True)
    return statistics.median(cost.us / other.us for cost, other in pairs)
