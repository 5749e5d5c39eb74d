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

"""Publishers in a certain state, and calls that are disturbed on purpose.

A signal handler or a finalizer runs in the middle of a call, and a signal
handler may raise. A test disturbs a call at one place after the other, each
time in a new scene, and then checks the accounts of every subscriber.
"""

import collections
from collections.abc import Callable
from collections.abc import Container
from collections.abc import Iterator
import contextlib
import functools
import os
import pathlib
import shutil
import sys
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
from unixnotif.tests.unit.publisher import cases

_PACKAGE = f'{pathlib.Path(unixnotif.__file__).parent}{os.sep}'
_TESTS = f'{_PACKAGE}tests{os.sep}'
_MEMORY = '/dev/shm'


class Scene:
    """A publisher and its subscribers, before the call under test.

    :param where: the address of the publisher
    :param clock: what the package reads

    :ivar emitted: number of calls of :meth:`publish`
    """

    def __init__(self, where: address.Address, clock: base.Clock) -> None:
        self.where = where
        self.clock = clock
        self.emitted = 0
        self.publisher = publishers.Publisher(
            where, send_buffer_size=cases.SMALL_BUFFER
        )
        self.publisher.open()
        # With what was emitted before the consumer subscribed.
        self.consumers: list[tuple[consumers.Consumer, int]] = []
        self.received: dict[consumers.Consumer, list[int]] = {}
        self.subscribe()
        self.publish()
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
            found += base.payloads(consumer)

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
    """The lost record has room, and perhaps not the document."""
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
    """The call finds a group, and a subscriber that is none."""
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


def _removed_socket(scene: Scene) -> None:
    """The call accepts a new reader, and binds a removed socket again."""
    scene.subscribe()
    os.unlink(scene.where.path)
    scene.clock.advance(rendezvous.CHECK_INTERVAL)


Prepare = Callable[[Scene], None]

#: What a call can find, by the kind of address.
DIRECTORY_SCENES: dict[str, Prepare] = {
    'plain': _plain,
    'lost pending': _lost_pending,
    'little room': _little_room,
    'drop': _drop,
    'new subscriber': _new_subscriber,
    'subscriber gone': _subscriber_gone,
    'group': _group,
    'recreated': _recreated,
}

SOCKET_SCENES: dict[str, Prepare] = {
    # Functions of their own: the kind of address depends on them.
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


@contextlib.contextmanager
def _tracing(trace: Callable[[types.FrameType, str, Any], Any]) -> Iterator[None]:
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


def call_at_lines(
    call: Callable[[], Any],
    positions: Container[int],
    disturb: Callable[[str], None],
) -> None:
    """Run a function, and another one before some of its lines.

    Only lines of the package count, and a line that runs again and again
    from the same place only twice.

    :param positions: numbers of the lines that are executed
    :param disturb: is called with the name and number of the line
    """
    executed = 0
    times: collections.Counter[Any] = collections.Counter()

    def trace(frame: types.FrameType, event: str, argument: Any) -> Any:
        nonlocal executed
        if not _is_ours(frame):
            return None
        if event == 'line':
            key = tuple(_stack(frame))
            times[key] += 1
            if times[key] <= 2:
                if executed in positions:
                    disturb(_place(frame))
                executed += 1
        return trace

    with _tracing(trace):
        call()


def _stack(frame: types.FrameType | None) -> Iterator[tuple[object, int]]:
    while frame is not None and _is_ours(frame):
        yield frame.f_code, frame.f_lineno
        frame = frame.f_back


def _place(frame: types.FrameType) -> str:
    name = frame.f_code.co_filename.removeprefix(_PACKAGE)
    return f'{name}:{frame.f_lineno}, {frame.f_code.co_name}'
