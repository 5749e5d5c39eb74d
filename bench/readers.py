# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The reading process of a benchmark, and its control by the emitter.

Rule: each reader has its own process, created by ``spawn``, which shares
nothing with the emitter. A reader reports when nothing has arrived for some
time. Then the reader has read everything that was emitted.
"""

from collections.abc import Callable
import dataclasses
import multiprocessing
from multiprocessing.connection import Connection
import os
import resource
import time
from typing import Any
from typing import Final
from typing import Protocol
from typing import Self

# Seconds that a reader waits at most before it looks for an order.
_NAP: Final = 0.02
_START_TIMEOUT: Final = 60.0
#: The key of the time at which a payload was emitted (CLOCK_MONOTONIC).
STAMP: Final = 'bench.emitted_at_ns'


@dataclasses.dataclass
class Report:
    """The notifications that a reader has read since its last report.

    :ivar count: notifications
    :ivar lost: number of notifications that the publisher reported as lost
    :ivar last: when the last one was read, in ns (CLOCK_MONOTONIC)
    :ivar cpu: seconds of CPU time of the process
    :ivar latencies: ns from the stamp to the reading, of stamped ones
    """

    count: int = 0
    lost: int = 0
    last: int = 0
    cpu: float = 0.0
    latencies: list[int] = dataclasses.field(default_factory=list)

    def add(self, payload: Any) -> None:
        """Count a notification that has just been decoded."""
        self.last = time.monotonic_ns()
        self.count += 1
        stamp = payload.get(STAMP)
        if stamp:
            self.latencies.append(self.last - stamp)


class Intake(Protocol):
    """The consumer of a reading process, created in that process.

    :ivar idle: seconds without a notification after which all have arrived
    """

    idle: float

    def read(self, report: Report, timeout: float) -> bool:
        """Read notifications; wait for at most ``timeout`` seconds.

        :returns: False if nothing arrived
        """

    def watch(self, what: str) -> None:
        """Read only from one of several consumers from now on."""


class Reader:
    """A consuming process, as the emitter controls it.

    :param make: creates the intake in the new process; must be importable
    :param args: for ``make``
    """

    def __init__(self, make: Callable[..., Intake], *args: Any) -> None:
        context = multiprocessing.get_context('spawn')
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(theirs, make, args), daemon=True
        )
        self._process.start()
        theirs.close()
        if not self._pipe.poll(_START_TIMEOUT):
            self.close()
            raise TimeoutError(f'no reader {make.__name__}{args}')
        self._pipe.recv()

    def spin(self, awake: bool) -> None:
        """Never sleep, or sleep while nothing arrives."""
        self._ask('spin', awake)

    def watch(self, what: str) -> None:
        """Read only from one of several consumers from now on."""
        self._ask('watch', what)

    def pin(self, cpus: set[int]) -> None:
        """Run on these processors only."""
        self._ask('pin', cpus)

    def report(self) -> Report:
        """Wait until all is read; return the report since the last call."""
        report = self._ask('report', None)
        assert isinstance(report, Report)
        return report

    def _ask(self, verb: str, argument: Any) -> Any:
        self._pipe.send((verb, argument))
        return self._pipe.recv()

    def close(self) -> None:
        """End the process."""
        self._pipe.close()
        self._process.join(2)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def raise_descriptor_limit() -> None:
    """Allow as many open files as the system lets us have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _serve(
    pipe: Connection, make: Callable[..., Intake], args: tuple[Any, ...]
) -> None:
    raise_descriptor_limit()
    intake = make(*args)
    report = Report()
    wait = _NAP
    cpu = time.process_time()
    pipe.send('ready')
    while True:
        # Look at the pipe only when nothing has arrived. Then the look delays
        # no notification, and an answer means that all was read.
        if intake.read(report, wait) or not pipe.poll():
            continue
        try:
            verb, argument = pipe.recv()
        except EOFError:
            return
        if verb == 'report':
            while intake.read(report, intake.idle):
                pass
            now = time.process_time()
            report.cpu, cpu = now - cpu, now
            pipe.send(report)
            report = Report()
            continue
        if verb == 'spin':
            wait = 0.0 if argument else _NAP
        elif verb == 'pin':
            os.sched_setaffinity(0, argument)
        else:
            intake.watch(argument)
        pipe.send(None)
