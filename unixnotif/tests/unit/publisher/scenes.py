# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Publishers in a certain state, and calls that are disturbed on purpose.

A signal handler or a finalizer runs in the middle of a call, and a signal
handler may raise. A test disturbs a call at one place after the other, each
time in a new scene, and then checks the accounts of every subscriber.
"""

import collections
from collections.abc import Callable
from collections.abc import Iterator
import contextlib
import dis
import functools
import itertools
import os
import pathlib
import shutil
import sys
import threading
import types
from typing import Any

import fixtures

import unixnotif
from unixnotif import address
from unixnotif import consumer as consumers
from unixnotif import publisher as publishers
from unixnotif import rendezvous
from unixnotif.publisher import drops
from unixnotif.tests import base
from unixnotif.tests.unit import foreign
from unixnotif.tests.unit.publisher import cases

_PACKAGE = f'{pathlib.Path(unixnotif.__file__).parent}{os.sep}'
_TESTS = f'{_PACKAGE}tests{os.sep}'
_MEMORY = '/dev/shm'


class Scene:
    """A publisher and its subscribers, before the call under test.

    :param where: the address of the publisher
    :param clock: the clock of the package

    :ivar emitted: number of calls of :meth:`publish`
    :ivar descriptors: those of the publisher and of its first connection
    """

    def __init__(self, where: address.Address, clock: base.Clock) -> None:
        self.where = where
        self.clock = clock
        self.emitted = 0
        before = foreign.open_descriptors()
        self.publisher = publishers.Publisher(
            where, send_buffer_size=cases.SMALL_BUFFER
        )
        self.publisher.open()
        self.descriptors = foreign.open_descriptors() - before
        # With the number of calls before the consumer subscribed.
        self.consumers: list[tuple[consumers.Consumer, int]] = []
        self.received: dict[consumers.Consumer, list[int]] = {}
        self.subscribe()
        before = foreign.open_descriptors()
        self.publish()
        self.descriptors |= foreign.open_descriptors() - before
        self.read()

    def subscribe(self, group: str | None = None) -> consumers.Consumer:
        consumer = consumers.Consumer(self.where, group)
        consumer.subscribe()
        self.consumers.append((consumer, self.emitted))
        self.received[consumer] = []
        return consumer

    def new_call(self) -> Callable[[], publishers.Delivery]:
        """Return a call that publishes the next number."""
        self.emitted += 1
        data = base.document(self.emitted)
        return functools.partial(self.publisher.publish, data)

    def publish(self) -> publishers.Delivery:
        return self.new_call()()

    def fill(self) -> None:
        """Publish until one notification is dropped."""
        while not self.publish().dropped:
            pass

    def read(self) -> None:
        """Receive all that has arrived."""
        for consumer, found in self.received.items():
            found.extend(base.payloads(consumer))

    def settle(self) -> None:
        """Publish with room for everything: all lost records arrive."""
        for _ in range(2):
            self.read()
            self.publish()
        self.read()

    def unaccounted(self) -> list[tuple[int, int]]:
        """Return the accounts that are wrong.

        :returns: for each such consumer, what it should have and has
        """
        wrong = []
        for consumer, before in self.consumers:
            found = self.received[consumer]
            expected = self.emitted - before
            actual = len(found) + consumer.lost
            if actual != expected or len(set(found)) != len(found):
                wrong.append((expected, actual))
        return wrong

    def close(self) -> None:
        self.publisher.close()
        for consumer, _ in self.consumers:
            consumer.close()


class SceneCase(cases.PublisherCase):
    """Tests that need a new scene for each place of a call."""

    def setUp(self) -> None:
        super().setUp()
        self.clock = self.new_clock()
        self.clock.stop()
        self._count = 0
        # Each publisher logs that it is ready.
        self.patch(drops.LOG, 'disabled', True)
        # Thousands of files come and go: not on a disk, if possible.
        memory = _MEMORY if os.access(_MEMORY, os.W_OK) else None
        self._home = self.useFixture(fixtures.TempDir(memory)).path

    @contextlib.contextmanager
    def scene(self, prepare: Callable[[Scene], None]) -> Iterator[Scene]:
        """Prepare a scene at a new address."""
        self._count += 1
        path = f'{self._home}/{self._count}'
        os.mkdir(path)
        where = address.Address(path)
        if prepare in SOCKET_SCENES.values():
            where = address.Address(f'{path}/s.sock', is_directory=False)
        made = Scene(where, self.clock)
        try:
            prepare(made)
            yield made
        finally:
            made.close()


def _plain(scene: Scene) -> None:
    """The call needs no look at the address."""
    # The time stamp of the directory is old enough to rely on a scan.
    scene.clock.advance(2)
    scene.publish()
    scene.read()


def _lost_pending(scene: Scene) -> None:
    """The call sends a lost record first."""
    _plain(scene)
    scene.fill()
    scene.publish()
    scene.read()


def _little_room(scene: Scene) -> None:
    """The buffer has room for the lost record, perhaps for no more."""
    _plain(scene)
    scene.fill()
    (consumer,) = scene.received
    for _ in range(2):
        received = consumer.receive(0)
        assert received
        scene.received[consumer].append(received.payload)


def _drop(scene: Scene) -> None:
    """The call drops the document for one of two subscribers."""
    scene.fill()
    scene.subscribe()
    scene.clock.advance(2)
    scene.publish()


def _new_subscriber(scene: Scene) -> None:
    """The call finds two new subscribers."""
    for _ in range(2):
        scene.subscribe()


def _subscriber_gone(scene: Scene) -> None:
    """The call finds that one of two subscribers has left."""
    leaving = scene.subscribe()
    scene.publish()
    scene.read()
    leaving.close()
    scene.consumers.pop()
    del scene.received[leaving]


def _group(scene: Scene) -> None:
    """The call finds a group, and a subscriber without a group."""
    scene.subscribe('audit')


def _recreated(scene: Scene) -> None:
    """The call follows the address to another directory."""
    path = scene.where.path
    os.rename(path, path + '.old')
    os.mkdir(path)
    scene.clock.advance(rendezvous.CHECK_INTERVAL)
    # The consumer moves first.
    scene.read()
    shutil.rmtree(path + '.old')


def _closed_descriptors(scene: Scene) -> None:
    """The call finds that somebody closed all descriptors."""
    _lost_pending(scene)
    for fd in scene.descriptors:
        os.close(fd)


def _removed_socket(scene: Scene) -> None:
    """The call accepts a new reader, and binds a removed socket again."""
    scene.subscribe()
    os.unlink(scene.where.path)
    scene.clock.advance(rendezvous.CHECK_INTERVAL)


Prepare = Callable[[Scene], None]

#: States in which a call can find its subscribers, by kind of address.
DIRECTORY_SCENES: dict[str, Prepare] = {
    'plain': _plain,
    'lost pending': _lost_pending,
    'little room': _little_room,
    'drop': _drop,
    'new subscriber': _new_subscriber,
    'subscriber gone': _subscriber_gone,
    'group': _group,
    'recreated': _recreated,
    'closed descriptors': _closed_descriptors,
}

SOCKET_SCENES: dict[str, Prepare] = {
    # New function objects: scene() uses them to choose the kind of address.
    f'socket: {name}': functools.partial(prepare)
    for name, prepare in (
        ('lost pending', _lost_pending),
        ('subscriber gone', _subscriber_gone),
        ('removed', _removed_socket),
    )
}

SCENES = DIRECTORY_SCENES | SOCKET_SCENES


def some(*names: str) -> dict[str, Prepare]:
    """Return some of the scenes."""
    return {name: SCENES[name] for name in names}


def _is_ours(frame: types.FrameType) -> bool:
    name = frame.f_code.co_filename
    return name.startswith(_PACKAGE) and not name.startswith(_TESTS)


def call_at_lines(
    call: Callable[[], Any],
    disturb: Callable[[int, types.FrameType], bool],
) -> None:
    """Run a function, and another one before its lines.

    Only lines of the package count, and a line that runs again and again
    from the same place only twice.

    :param disturb: is called with the number of the line, from 0, and its
        frame, until it returns False
    """
    number = 0
    done = False
    times: collections.Counter[int] = collections.Counter()
    # Where each function on the stack was called from.
    callers = [0]

    def trace(frame: types.FrameType, event: str, argument: Any) -> Any:
        nonlocal number, done
        if event == 'line' and not done:
            place = hash((callers[-1], frame.f_lineno))
            times[place] += 1
            if times[place] <= 2:
                if not disturb(number, frame):
                    # The functions on the stack keep this tracer, if there
                    # is another one to go back to (of a coverage report).
                    done = True
                    sys.settrace(before)
                number += 1
        elif event == 'call':
            if not _is_ours(frame):
                return None
            assert frame.f_back
            callers.append(
                hash((callers[-1], id(frame.f_code), frame.f_back.f_lineno))
            )
        elif event == 'return':
            callers.pop()
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)


def place(frame: types.FrameType) -> str:
    """Return the module, the line and the function of a frame."""
    name = frame.f_code.co_filename.removeprefix(_PACKAGE)
    return f'{name}:{frame.f_lineno}, {frame.f_code.co_name}'


def call_interrupted(call: Callable[[], Any], position: int) -> str | None:
    """Run a function, and raise KeyboardInterrupt at some place.

    A signal handler that raises does so where the interpreter checks for
    signals: after a call, at the begin of a function, and when a loop goes
    back. A tracer could raise anywhere, for example between a lock and its
    ``with`` block, which no signal handler ever does.

    Only places in the package count, and one that is reached again and again
    from the same place only twice.

    :param position: number of the place, from 0
    :returns: the place; None if the function has fewer places
    """
    found: list[str] = []
    number = 0
    times: collections.Counter[int] = collections.Counter()
    # Of each function on the stack, where it was called from.
    callers = [0]
    # Of each function on the stack, the last bytecode.
    last = [-1]
    ignored = [False]

    def check(frame: types.FrameType) -> None:
        nonlocal number
        key = hash((callers[-1], frame.f_lasti))
        times[key] += 1
        if times[key] <= 2 and not ignored[-1]:
            if number == position:
                found.append(place(frame))
                raise KeyboardInterrupt
            number += 1

    def trace(frame: types.FrameType, event: str, argument: Any) -> Any:
        if found:
            return None
        if event == 'opcode':
            before, last[-1] = last[-1], frame.f_lasti
            if before >= 0 and frame.f_lasti in _checks(frame.f_code).get(
                before, ()
            ):
                check(frame)
        elif event == 'call':
            if not _is_ours(frame):
                return None
            assert frame.f_back
            callers.append(
                hash((callers[-1], id(frame.f_code), frame.f_back.f_lasti))
            )
            last.append(frame.f_lasti)
            frame.f_trace_opcodes = True
            frame.f_trace_lines = False
            # The interpreter ignores exceptions of finalizers.
            ignored.append(ignored[-1] or frame.f_code.co_name == '__del__')
        elif event == 'return':
            assert frame.f_back
            if (
                _is_at(frame, 'RETURN')
                and _is_at(frame.f_back, 'CALL')
                # Since Python 3.14, a with statement has a CALL, which does
                # not check after a method in Python.
                and frame.f_code.co_name != '__enter__'
            ):
                # The caller checks when the function has returned.
                check(frame)
            callers.pop()
            last.pop()
            ignored.pop()
        return trace

    try:
        with _bytecodes_traced(trace):
            call()
    except KeyboardInterrupt:
        if not found:
            raise
    return found[0] if found else None


@contextlib.contextmanager
def _bytecodes_traced(trace: Callable[..., Any]) -> Iterator[None]:
    """Trace this thread; the tracer asks for bytecodes."""
    if sys.version_info < (3, 14):
        before = sys.gettrace()
        sys.settrace(trace)
        try:
            yield
        finally:
            sys.settrace(before)
        return
    # There, a function reports its bytecodes only from a later call on.
    tool, events = sys.monitoring.DEBUGGER_ID, sys.monitoring.events
    kinds = {
        events.PY_START: 'call',
        events.PY_RESUME: 'call',
        events.PY_THROW: 'call',
        events.INSTRUCTION: 'opcode',
        events.PY_RETURN: 'return',
        events.PY_YIELD: 'return',
        events.PY_UNWIND: 'return',
    }
    thread = threading.get_ident()

    def report(kind: str, *_: object) -> None:
        frame = sys._getframe(1)
        if threading.get_ident() != thread or not _is_ours(frame):
            return
        # A function begins there, before its "call".
        if kind != 'opcode' or not _is_at(frame, 'RESUME'):
            trace(frame, kind, None)

    sys.monitoring.use_tool_id(tool, __name__)
    try:
        for event, kind in kinds.items():
            sys.monitoring.register_callback(
                tool, event, functools.partial(report, kind)
            )
        sys.monitoring.set_events(tool, sum(kinds))
        yield
    finally:
        sys.monitoring.set_events(tool, 0)
        for event in kinds:
            sys.monitoring.register_callback(tool, event, None)
        sys.monitoring.free_tool_id(tool)


def _is_at(frame: types.FrameType, kind: str) -> bool:
    name = dis.opname[frame.f_code.co_code[frame.f_lasti]]
    return name.startswith(kind)


@functools.cache
def _checks(code: types.CodeType) -> dict[int, set[int]]:
    """Return after which bytecodes the interpreter checks for signals.

    :returns: for each such bytecode, the next ones that have the same
        exception handler; the tracer stands before those
    """
    bytecode = dis.Bytecode(code)
    instructions = list(bytecode)

    def handler(offset: int) -> int:
        return next(
            (
                entry.target
                for entry in bytecode.exception_entries  # type: ignore[attr-defined]
                if entry.start <= offset < entry.end
            ),
            -1,
        )

    found = {}
    for each, following in itertools.pairwise(instructions):
        if each.opname == 'JUMP_BACKWARD_NO_INTERRUPT':
            continue
        if 'JUMP_BACKWARD' in each.opname:
            after = {each.argval, following.offset}
        elif each.opname in ('RESUME', 'CALL', 'CALL_FUNCTION_EX', 'CALL_KW'):
            after = {following.offset}
        else:
            continue
        found[each.offset] = {
            offset
            for offset in after
            if handler(offset) == handler(each.offset)
        }
    return found
