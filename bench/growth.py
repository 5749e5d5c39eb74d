# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Growth of costs with subscribers, names, emitting processes, and bytes.

Rule: the job measures the CPU time of the calling thread. No buffer is full.
The points of a series take turns, so that a change in the speed of the machine
affects all. ``per_unit_us`` is the growth from one point to the next. If
``per_unit_us`` stays the same, the cost is linear.
"""

from collections.abc import Callable
from collections.abc import Iterator
import contextlib
import json
import os
import random
import statistics
import subprocess
import sys
import time
from typing import Any
from typing import NamedTuple
from typing import Self

from bench import intakes
from bench import stages
from unixnotif import Consumer
from unixnotif import Publisher

_SUBSCRIBERS = (1, 8, 64, 512, 1024)
_NAMES = (0, 10, 100, 1_000, 10_000)
_EMITTERS = (1, 4, 16, 64)
SIZES = (100, 1_000, 10_000, 100_000, 1_000_000, 16_000_000)
_SMALL = 700
# A string of the payload: the largest document has fewer than MAX_ITEMS.
_ITEM = '0123456789' * 3
_BURST = 20
#: Documents of one turn, of all emitting processes together.
_RECEIVED = 1_920
_EMIT = (
    'import sys, unixnotif\n'
    'with unixnotif.Publisher(sys.argv[1]) as publisher:\n'
    '    print(flush=True)\n'
    '    for line in sys.stdin:\n'
    '        for _ in range(int(line)):\n'
    '            publisher.publish(sys.argv[2].encode())\n'
    '        print(flush=True)\n'
)

#: Turns of each point.
FULL = 15
QUICK = 2


class Point(NamedTuple):
    """One size of one thing that grows.

    :ivar measure: returns the CPU time of a call in microseconds
    """

    size: int
    measure: Callable[[], float]


class _Emitter:
    """A process that publishes a document on request."""

    def __init__(self, uri: str, document: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, '-c', _EMIT, uri, document],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._wait()

    def _wait(self) -> None:
        assert self._process.stdout is not None
        self._process.stdout.readline()

    def emit(self, number: int) -> None:
        """Publish N notifications; return when all were sent."""
        assert self._process.stdin is not None
        self._process.stdin.write(f'{number}\n')
        self._process.stdin.flush()
        self._wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._process.communicate()


def run(stage: stages.Stage, rounds: int) -> list[dict[str, Any]]:
    """Measure; one row for each point of each series."""
    rows: list[dict[str, Any]] = []
    for title, unit, points in (
        ('publish(), subscribers', 'subscriber', _subscribers),
        ('publish(), names in the directory', 'name', _names),
        ('first publish(), names', 'name', _first),
        ('receive(), emitting processes', 'process', _emitters),
        ('publish(), bytes', 'KB', _published),
        ('receive(), bytes', 'KB', _received),
    ):
        with contextlib.ExitStack() as stack:
            found = list(points(stage, stack))
            costs: dict[int, list[float]] = {each.size: [] for each in found}
            for number in range(rounds + 1):
                for each in random.sample(found, len(found)):
                    cost = each.measure()
                    if number:  # the first is for warming up
                        costs[each.size].append(cost)
        rows += _rows(title, unit, costs)
    return rows


def _rows(
    title: str, unit: str, costs: dict[int, list[float]]
) -> Iterator[dict[str, Any]]:
    scale = 1000 if unit == 'KB' else 1
    before: tuple[float, float] | None = None
    for size, found in costs.items():
        amount, us = size / scale, statistics.median(found)
        growth = None
        if before is not None:
            growth = (us - before[1]) / (amount - before[0])
        yield {
            'series': title,
            'size': size,
            'us': us,
            'per_unit_us': growth,
            'unit': unit,
        }
        before = amount, us


def new_document(size: int) -> bytes:
    """Return a notification of about this size in bytes."""
    frame = {
        'message_id': '00000001-7f3a-4c1e-9b52-000000001eef',
        'publisher_id': 'nova-compute:host1',
        'event_type': 'service.update',
        'priority': 'INFO',
        'timestamp': '2024-01-01 00:00:00.000000',
        'payload': [],
    }
    items = max(0, size - len(json.dumps(frame))) // len(f'"{_ITEM}",')
    frame['payload'] = [_ITEM] * items
    return json.dumps(frame, separators=(',', ':')).encode()


def _cpu(call: Callable[[], object], count: int) -> float:
    """Return the microseconds of a call, of CPU time."""
    begin = time.thread_time_ns()
    for _ in range(count):
        call()
    return (time.thread_time_ns() - begin) / count / 1000


def _publisher(stack: contextlib.ExitStack, uri: str) -> Publisher:
    return stack.enter_context(Publisher(uri))


def _consumer(stack: contextlib.ExitStack, uri: str) -> Consumer:
    return stack.enter_context(Consumer(uri))


def _find(publisher: Publisher, count: int) -> None:
    """Refresh until a publisher has N subscribers; a call adds only some."""
    while publisher.refresh() < count:
        pass


def _publish_to(
    publisher: Publisher, consumers: list[Consumer], document: bytes
) -> float:
    """Return the cost of a call; all consumers read afterwards."""
    cost = _cpu(lambda: publisher.publish(document), _BURST)
    for consumer in consumers:
        for _ in range(_BURST):
            intakes.receive(consumer)
    return cost


def _subscribers(
    stage: stages.Stage, stack: contextlib.ExitStack
) -> Iterator[Point]:
    document = new_document(_SMALL)
    for count in _SUBSCRIBERS:
        uri = stage.uri('unix+dir')
        publisher = _publisher(stack, uri)
        consumers = [_consumer(stack, uri) for _ in range(count)]
        _find(publisher, count)

        def measure(
            publisher: Publisher = publisher,
            consumers: list[Consumer] = consumers,
        ) -> float:
            return _publish_to(publisher, consumers, document)

        yield Point(count, measure)


def _fill(uri: str, count: int) -> None:
    """Create hidden files, which nobody connects to."""
    directory = uri.partition('://')[2]
    for number in range(count):
        os.mknod(f'{directory}/.{number}')


def _names(
    stage: stages.Stage, stack: contextlib.ExitStack
) -> Iterator[Point]:
    document = new_document(_SMALL)
    for count in _NAMES:
        uri = stage.uri('unix+dir')
        publisher = _publisher(stack, uri)
        _fill(uri, count)
        consumers = [_consumer(stack, uri)]
        _find(publisher, 1)

        def measure(
            publisher: Publisher = publisher,
            consumers: list[Consumer] = consumers,
        ) -> float:
            return _publish_to(publisher, consumers, document)

        yield Point(count, measure)


def _first(
    stage: stages.Stage, stack: contextlib.ExitStack
) -> Iterator[Point]:
    for count in _NAMES:
        uri = stage.uri('unix+dir')
        _publisher(stack, uri).refresh()
        _fill(uri, count)

        def measure(uri: str = uri) -> float:
            # The first call of a new publisher reads names, up to a limit.
            with contextlib.closing(Publisher(uri)) as publisher:
                return _cpu(publisher.refresh, 1)

        yield Point(count, measure)


def _emitters(
    stage: stages.Stage, stack: contextlib.ExitStack
) -> Iterator[Point]:
    document = new_document(_SMALL).decode()
    for count in _EMITTERS:
        uri = stage.uri('unix+dir')
        _publisher(stack, uri)
        consumer = _consumer(stack, uri)
        emitters = [
            stack.enter_context(_Emitter(uri, document)) for _ in range(count)
        ]

        def measure(
            consumer: Consumer = consumer,
            emitters: list[_Emitter] = emitters,
        ) -> float:
            number = _RECEIVED // len(emitters)
            for each in emitters:
                each.emit(number)
            return _cpu(
                lambda: intakes.receive(consumer), number * len(emitters)
            )

        yield Point(count, measure)


def _published(
    stage: stages.Stage, stack: contextlib.ExitStack
) -> Iterator[Point]:
    return _sizes(stage, stack, 0)


def _received(
    stage: stages.Stage, stack: contextlib.ExitStack
) -> Iterator[Point]:
    return _sizes(stage, stack, 1)


def _sizes(
    stage: stages.Stage, stack: contextlib.ExitStack, end: int
) -> Iterator[Point]:
    """Measure the publisher or the consumer, with one document at a time.

    :param end: 0 is the publisher, 1 the consumer
    """
    uri = stage.uri('unix+dir')
    publisher = _publisher(stack, uri)
    consumer = _consumer(stack, uri)
    for size in SIZES:
        document = new_document(size)

        def measure(document: bytes = document) -> float:
            costs: tuple[list[float], list[float]] = [], []
            for _ in range(5):
                costs[0].append(_cpu(lambda: publisher.publish(document), 1))
                costs[1].append(_cpu(lambda: intakes.receive(consumer), 1))
            return statistics.median(costs[end])

        yield Point(len(document), measure)
