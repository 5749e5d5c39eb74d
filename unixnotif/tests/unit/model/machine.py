# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The state machine that explores interleavings.

Rule: a rule is one call of the world, which checks the promises.
"""

import os
import sys
from typing import Any
from typing import ClassVar

import hypothesis
from hypothesis import stateful
from hypothesis import strategies

from unixnotif import consumer
from unixnotif import errors
from unixnotif import publisher
from unixnotif.tests import base
from unixnotif.tests.unit.model import accounts
from unixnotif.tests.unit.model import children
from unixnotif.tests.unit.model import departures
from unixnotif.tests.unit.model import replacements
from unixnotif.tests.unit.model import world as worlds

_SCALE = {'full': (1000, 100)}
_EXAMPLES, _STEPS = _SCALE.get(
    os.environ.get('UNIXNOTIF_TEST_SCALE', ''), (60, 50)
)

#: The same examples in every run.
SETTINGS = hypothesis.settings(
    base.fuzz,
    max_examples=_EXAMPLES,
    stateful_step_count=_STEPS,
    suppress_health_check=list(hypothesis.HealthCheck),
    report_multiple_bugs=False,
)

MAX_READERS = 4

_booleans = strategies.booleans()
_numbers = strategies.integers(0, 11)
_counts = strategies.integers(1, 6)
# Padding in bytes; the largest documents need a memfd.
_sizes = strategies.sampled_from((0, 700, 3000, 9000))
_buffers = strategies.sampled_from((4096, 20000))
_windows = strategies.lists(
    strategies.tuples(strategies.sampled_from(replacements.ACTIONS), _numbers),
    max_size=6,
)


class Machine(stateful.RuleBasedStateMachine):
    """Publishers and consumers at one directory and one socket."""

    publisher_class: ClassVar[type[publisher.Publisher]] = publisher.Publisher
    consumer_class: ClassVar[type[consumer.Consumer]] = consumer.Consumer

    def __init__(self) -> None:
        super().__init__()
        self._handled = sys.exc_info()[1]
        self.world = worlds.World(self.publisher_class, self.consumer_class)

    def teardown(self) -> None:
        """Settle all accounts, unless the example has failed."""
        try:
            if sys.exc_info()[1] is self._handled:
                departures.settle(self.world)
        finally:
            self.world.close_all()

    def _process(self, number: int) -> int:
        return number % len(self.world.processes)

    def _reader(self, number: int) -> accounts.Reader:
        return self.world.readers[number % len(self.world.readers)]

    def _has_readers(self) -> bool:
        return bool(self.world.readers)

    def _has_owner(self) -> bool:
        return self.world.owner is not None

    @stateful.initialize(owner=_numbers, buffer_size=_buffers)
    def start(self, owner: int, buffer_size: int) -> None:
        """Start with a publisher and a consumer at each address."""
        process = self._process(owner)
        for where in (self.world.directory, self.world.socket):
            self.world.open(process, where, buffer_size)
        self.world.subscribe(self.world.directory)
        self.world.subscribe(self.world.socket)

    @stateful.rule(is_directory=_booleans, grouped=_booleans)
    @stateful.precondition(lambda self: len(self.world.readers) < MAX_READERS)
    def subscribe(self, is_directory: bool, grouped: bool) -> None:
        """Subscribe a consumer."""
        self.world.subscribe(
            self.world.directory if is_directory else self.world.socket,
            grouped,
        )

    @stateful.rule(
        number=_numbers, count=_counts, size=_sizes, buffer_size=_buffers
    )
    def emit(
        self, number: int, count: int, size: int, buffer_size: int
    ) -> None:
        """Publish at the directory."""
        process = self._process(number)
        self.world.open(process, self.world.directory, buffer_size)
        self.world.emit(process, self.world.directory, count, size)

    @stateful.rule(count=_counts, size=_sizes)
    @stateful.precondition(_has_owner)
    def emit_at_socket(self, count: int, size: int) -> None:
        """Publish at the socket."""
        assert self.world.owner is not None
        self.world.emit(self.world.owner, self.world.socket, count, size)

    @stateful.rule(size=_sizes)
    def burst(self, size: int) -> None:
        """Publish more documents than small buffers hold."""
        for process, where in self.world.publishers:
            self.world.emit(process, where, 8, size)

    @stateful.rule(number=_numbers, buffer_size=_buffers)
    @stateful.precondition(lambda self: not self._has_owner())
    def own(self, number: int, buffer_size: int) -> None:
        """Let a process own the socket."""
        self.world.open(self._process(number), self.world.socket, buffer_size)

    @stateful.rule(number=_numbers)
    @stateful.precondition(_has_owner)
    def contend(self, number: int) -> None:
        """Publish at the socket from a process that is not the owner."""
        process = self._process(number)
        if process != self.world.owner:
            self.world.contend(process)

    @stateful.rule(number=_numbers)
    @stateful.precondition(lambda self: bool(self.world.publishers))
    def close_publisher(self, number: int) -> None:
        """Close a publisher."""
        publishers = list(self.world.publishers)
        self.world.close(*publishers[number % len(publishers)])

    @stateful.rule(
        number=_numbers,
        count=_counts,
        size=_sizes,
        raw=_booleans,
        unwind=_booleans,
    )
    @stateful.precondition(lambda self: bool(self.world.publishers))
    def fork_publisher(
        self, number: int, count: int, size: int, raw: bool, unwind: bool
    ) -> None:
        """Publish in a forked child of a process."""
        publishers = list(self.world.publishers)
        process, where = publishers[number % len(publishers)]
        self.world.fork_emitter(
            process, where, count, size, raw=raw, unwind=unwind
        )

    @stateful.rule(number=_numbers, most=strategies.integers(1, 4))
    @stateful.precondition(_has_readers)
    def receive(self, number: int, most: int) -> None:
        """Receive a few notifications, then stall."""
        self.world.read(self._reader(number), most)

    @stateful.rule(number=_numbers)
    @stateful.precondition(_has_readers)
    def receive_all(self, number: int) -> None:
        """Receive all notifications."""
        reader = self._reader(number)
        self.world.read(reader)
        if not reader.attached:
            self.world.attach(reader)

    @stateful.rule(number=_numbers)
    @stateful.precondition(_has_readers)
    def close_consumer(self, number: int) -> None:
        """Close a consumer without reading the rest."""
        departures.close(self.world, self._reader(number))

    @stateful.rule(number=_numbers)
    @stateful.precondition(_has_readers)
    def drain(self, number: int) -> None:
        """Drain a consumer."""
        departures.drain(self.world, self._reader(number))

    @stateful.rule(
        number=_numbers,
        action=strategies.sampled_from(('receive', 'close', 'exit')),
        raw=_booleans,
    )
    @stateful.precondition(_has_readers)
    def fork_consumer(self, number: int, action: str, raw: bool) -> None:
        """Use a consumer in a forked child, which must not harm the parent."""
        forked = self._reader(number).consumer

        def act() -> None:
            if action == 'close':
                forked.close()
            elif action == 'exit':
                forked.__exit__(None, None, None)
            else:
                try:
                    forked.receive(0)
                except errors.UnavailableError:
                    return
                raise AssertionError('receive() did not raise in the child')

        children.run_in_child(act, raw)

    @stateful.rule(
        going=strategies.sampled_from(replacements.GOING),
        coming=strategies.sampled_from(replacements.COMING),
        window=_windows,
    )
    def replace_directory(self, going: str, coming: str, window: Any) -> None:
        """Remove or rename the rendezvous directory, and recreate it."""
        replacements.replace_directory(self.world, going, coming, window)

    @stateful.rule(
        change=strategies.sampled_from(replacements.SOCKET_CHANGES),
        window=_windows,
    )
    @stateful.precondition(_has_owner)
    def replace_socket(self, change: str, window: Any) -> None:
        """Remove the file of the socket while its owner lives."""
        replacements.replace_socket(self.world, change, window)

    @stateful.rule(number=_numbers)
    def advance(self, number: int) -> None:
        """Let time pass in one process."""
        self.world.advance([self._process(number)])
