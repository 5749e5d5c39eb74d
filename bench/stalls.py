# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The calls that wait for the GIL beside threads that compute.

Rule: a thread that computes releases the GIL when another thread has waited
for a switch interval (5 ms). A call that takes longer than 4 ms has waited.
Garbage collection can also take 4 ms, so it runs only between the turns. All
contenders take turns; the job adds the counts of all turns.
"""

import collections
from collections.abc import Iterator
import contextlib
import random
import threading
import time
from typing import Any

from bench import contenders
from bench import cost
from bench import payloads
from bench import stages

#: Numbers of threads that compute.
_THREADS = (1, 4)
_COUNTS = [0, 1, 16]
#: Calls of one turn, and between them the pause of a service that works.
_CALLS = 20
_PAUSE = 0.002
#: Number of calls; a row shows how many of them were slow.
_OF = 200
_STALL_NS = 4_000_000

#: Turns of each contender.
FULL = 20
QUICK = 2


def run(stage: stages.Stage, rounds: int) -> list[dict[str, Any]]:
    """Measure; one row for each contender and number of threads."""
    best = contenders.serializers()[:1]
    all_contenders = [
        *stage.noop(),
        *stage.log(),
        *stage.zmq(best),
        *stage.unix('unix+dir', _COUNTS, best),
        *stage.unix('unix', _COUNTS, best),
    ]
    found: dict[tuple[int, str], list[int]] = collections.defaultdict(list)
    payload = payloads.PAYLOADS['SMALL']
    with cost.no_collections(), contenders.on_separate_cpus(all_contenders):
        for threads in _THREADS:
            with computing(threads):
                for _ in range(rounds):
                    for each in random.sample(
                        all_contenders, len(all_contenders)
                    ):
                        found[threads, each.label] += _turn(each, payload)
    return [
        {
            'threads': threads,
            'contender': label,
            'calls': len(times),
            f'stalls_of_{_OF}': _OF * sum(map(_is_stall, times)) / len(times),
            'worst_ms': max(times) / 1e6,
        }
        for (threads, label), times in found.items()
    ]


def _is_stall(nanoseconds: int) -> bool:
    return nanoseconds > _STALL_NS


def _turn(
    contender: contenders.Contender, payload: payloads.Payload
) -> list[int]:
    """Return the nanoseconds of each call."""
    contender.prepare()
    info = contender.notifier.info
    times = []
    for _ in range(_CALLS):
        time.sleep(_PAUSE)
        begin = time.perf_counter_ns()
        info({}, payload.event_type, payload.value)
        times.append(time.perf_counter_ns() - begin)
    contender.settle()
    return times


@contextlib.contextmanager
def computing(count: int) -> Iterator[None]:
    """Have some threads compute meanwhile."""
    stop = threading.Event()

    def compute() -> None:
        while not stop.is_set():
            sum(range(100))

    threads = [threading.Thread(target=compute) for _ in range(count)]
    for each in threads:
        each.start()
    try:
        yield
    finally:
        stop.set()
        for each in threads:
            each.join()
