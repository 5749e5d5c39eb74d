# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Time from the call of ``Notifier.info()`` until a reader has the payload.

Rule: the job measures across two processes on one clock, from before the call
until the reading process has the decoded payload. There is one call every
2 ms, and readers sleep between the calls.
"""

import collections
import random
import statistics
import time
from typing import Any

from bench import contenders
from bench import payloads
from bench import readers
from bench import stages

_PERIOD = 0.002
_SERIES = 25

FULL = 20
QUICK = 3


def run(stage: stages.Stage, rounds: int) -> list[dict[str, Any]]:
    """Measure; one row for each contender and payload."""
    best = contenders.serializers()[:1]
    all_contenders = [
        *stage.unix('unix+dir', [1], best),
        *stage.unix('unix', [1], best),
        *stage.zmq(best),
        *stage.rabbitmq(),
    ]
    samples: dict[tuple[str, str], list[int]] = collections.defaultdict(list)
    with contenders.on_separate_cpus(all_contenders):
        for number in range(rounds + 1):
            for payload in payloads.PAYLOADS.values():
                for contender in random.sample(
                    all_contenders, len(all_contenders)
                ):
                    latencies = _series(contender, payload)
                    if number:  # the first is for warming up
                        samples[payload.name, contender.name] += latencies
    return [
        {
            'payload': payload,
            'contender': name,
            'samples': len(latencies),
            'p50_us': statistics.median(latencies) / 1000,
            'p99_us': statistics.quantiles(latencies, n=100)[98] / 1000,
        }
        for (payload, name), latencies in sorted(samples.items())
    ]


def _series(
    contender: contenders.Contender, payload: payloads.Payload
) -> list[int]:
    assert contender.reader is not None
    contender.prepare()
    due = time.monotonic()
    for _ in range(_SERIES):
        due += _PERIOD
        time.sleep(max(0.0, due - time.monotonic()))
        stamp = {readers.STAMP: time.monotonic_ns()}
        contender.notifier.info(
            {}, payload.event_type, {**payload.value, **stamp}
        )
    report = contender.reader.report()
    if report.count != _SERIES:
        raise RuntimeError(
            f'{contender.label}: {report.count} of {_SERIES} arrived'
        )
    return report.latencies
