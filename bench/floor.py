# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""CPU time of calls of the library, divided by that of their floor.

Rule: the floor of a call consists of the same system calls and of a JSON
parser, called from Python. The job measures the CPU time of the calling
thread. No buffer is full, and readers never sleep. A call and its floor take
turns; the result is the median of the ratios of single rounds.
"""

from collections.abc import Callable
from collections.abc import Iterator
import json
import os
import random
import socket
import statistics
from typing import Any
from typing import NamedTuple

from bench import cost
from bench import intakes
from bench import payloads
from bench import stages
from unixnotif import Consumer
from unixnotif import notification
from unixnotif import Publisher

try:
    import orjson

    _loads: Callable[[bytes], Any] = orjson.loads
    _dumps: Callable[[Any], bytes] = orjson.dumps
except ImportError:
    _loads = json.loads

    def _dumps(value: Any) -> bytes:
        return json.dumps(value).encode()


_BURST = 20
# Calls of a turn, including those that are not measured.
_CALLS = cost.WARMING + _BURST
_MANY = 9
_LARGEST = 1 << 16

#: Rounds.
FULL = 200
QUICK = 5


class _Case(NamedTuple):
    """A call and its floor, each as a function that returns microseconds.

    :ivar limit: target for the ratio
    """

    call: str
    payload: str
    limit: float
    measure: Callable[[], float]
    measure_floor: Callable[[], float]


class _Connection:
    """A connection of the kernel, and a file whose status is read."""

    def __init__(self, stage: stages.Stage) -> None:
        self._sender, self._receiver = socket.socketpair(
            socket.AF_UNIX, socket.SOCK_SEQPACKET
        )
        stage.enter_context(self._sender)
        stage.enter_context(self._receiver)
        self._file = os.open(stage.directory, os.O_RDONLY)
        stage.callback(os.close, self._file)
        self._buffer = bytearray(_LARGEST)

    def sender(self, data: bytes, *, with_fstat: bool) -> Callable[[], object]:
        """Return a function that sends a document."""
        send, fstat, file = self._sender.send, os.fstat, self._file
        if with_fstat:
            return lambda: (fstat(file), send(data))
        return lambda: send(data)

    def receive(self) -> object:
        """Receive a document."""
        return self._receiver.recv_into(self._buffer)

    def measure(self, call: Callable[[], object]) -> float:
        """Return the cost of a call that sends; receive afterwards."""
        found = _cpu(call)
        for _ in range(_CALLS):
            self.receive()
        return found


class _Address:
    """A publisher and its consumers in this process."""

    def __init__(self, stage: stages.Stage, count: int) -> None:
        self.uri = stage.uri('unix+dir')
        self.publisher = stage.enter_context(Publisher(self.uri))
        self._consumers = [
            stage.enter_context(Consumer(self.uri)) for _ in range(count)
        ]

    def measure(self, call: Callable[[], object]) -> float:
        """Return the cost of a call that publishes; receive afterwards."""
        found = _cpu(call)
        self.read(_CALLS)
        return found

    def read(self, number: int) -> None:
        for consumer in self._consumers:
            for _ in range(number):
                intakes.receive(consumer)


def run(stage: stages.Stage, rounds: int) -> list[dict[str, Any]]:
    """Measure; one row for each call."""
    cases = list(_cases(stage))
    found: dict[_Case, list[tuple[float, float]]] = {
        each: [] for each in cases
    }
    with cost.no_collections():
        for number in range(rounds + 1):
            for case in random.sample(cases, len(cases)):
                pair = case.measure(), case.measure_floor()
                if number:  # the first is for warming up
                    found[case].append(pair)
    return [
        {
            'call': case.call,
            'payload': case.payload,
            'us': statistics.median(us for us, _ in pairs),
            'floor_us': statistics.median(floor for _, floor in pairs),
            'of_floor': statistics.median(us / floor for us, floor in pairs),
            'limit': case.limit,
        }
        for case, pairs in found.items()
    ]


def _cpu(call: Callable[[], object]) -> float:
    return cost.per_call(call, _BURST).cpu_us


def _cases(stage: stages.Stage) -> Iterator[_Case]:
    kernel = _Connection(stage)
    yield from _publishing(stage, kernel)
    yield from _notifying(stage, kernel)
    yield from _reading(stage, kernel)


def _publishing(stage: stages.Stage, kernel: _Connection) -> Iterator[_Case]:
    data = payloads.SMALL.document()
    one, many = _Address(stage, 1), _Address(stage, _MANY)
    send = kernel.sender(data, with_fstat=False)
    send_after_fstat = kernel.sender(data, with_fstat=True)

    def publish(to: _Address) -> float:
        return to.measure(lambda: to.publisher.publish(data))

    yield _Case(
        'publish(bytes), 1 subscriber: fstat, send',
        'SMALL',
        1.5,
        lambda: publish(one),
        lambda: kernel.measure(send_after_fstat),
    )
    yield _Case(
        'publish(bytes), each further subscriber: send',
        'SMALL',
        1.6,
        lambda: (publish(many) - publish(one)) / (_MANY - 1),
        lambda: kernel.measure(send),
    )


def _notifying(stage: stages.Stage, kernel: _Connection) -> Iterator[_Case]:
    event_type, value = payloads.SMALL.event_type, payloads.SMALL.value
    noop = stage.notifier('noop')
    document = json.loads(payloads.SMALL.document())
    send_after_fstat = kernel.sender(
        payloads.SMALL.document(), with_fstat=True
    )

    def info(notifier: Any) -> Callable[[], object]:
        return lambda: notifier.info({}, event_type, value)

    def notify_floor() -> object:
        noop.info({}, event_type, value)
        _dumps(document)
        return send_after_fstat()

    one, none = _Address(stage, 1), stage.uri('unix+dir')
    to_one = info(stage.notifier('unix', uri=one.uri))
    to_none = info(stage.notifier('unix', uri=none))
    yield _Case(
        'info(), 1 subscriber: noop, JSON, fstat, send',
        'SMALL',
        1.25,
        lambda: one.measure(to_one),
        lambda: kernel.measure(notify_floor),
    )
    yield _Case(
        'info(), no subscriber: noop',
        'SMALL',
        1.25,
        lambda: _cpu(to_none),
        lambda: _cpu(info(noop)),
    )


def _reading(stage: stages.Stage, kernel: _Connection) -> Iterator[_Case]:
    for payload in payloads.PAYLOADS.values():
        data = payload.document()

        def decode(data: bytes = data) -> float:
            return _cpu(lambda: notification.decode(data))

        def load(data: bytes = data) -> float:
            return _cpu(lambda: _loads(data))

        yield _Case('decode(): JSON parser', payload.name, 1.5, decode, load)

    data = payloads.SMALL.document()
    address = _Address(stage, 1)
    send = kernel.sender(data, with_fstat=False)

    def receive() -> float:
        for _ in range(_CALLS):
            address.publisher.publish(data)
        return _cpu(lambda: address.read(1))

    def receive_into() -> float:
        for _ in range(_CALLS):
            send()
        return _cpu(kernel.receive)

    yield _Case('receive(): recv_into', 'SMALL', 4.8, receive, receive_into)
