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

"""What tests of several modules need: addresses, a clock, children.

Rule: real sockets in the test's own temporary directory; nothing waits for
time to pass.
"""

import _socket
from collections.abc import Callable
from collections.abc import Iterator
import contextlib
import json
import logging
import math
import os
import pathlib
import resource
import select
import subprocess
import sys
import time
import traceback
from typing import Any
import unittest

import fixtures
import hypothesis
from oslotest import base

from unixnotif import address
from unixnotif import consumer
from unixnotif import notification
from unixnotif import packet
from unixnotif import publisher
from unixnotif import rendezvous
from unixnotif.consumer import core as consumer_core

ROOT = pathlib.Path(__file__).parents[2]

#: The same examples in every run, and no stopwatch: CI machines stall.
fuzz = hypothesis.settings(
    derandomize=True, database=None, deadline=None, max_examples=150
)

as_root = unittest.skipIf(os.geteuid() != 0, 'only root may do this')


class Clock:
    """The module ``time`` with a clock that a test moves on."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._stopped_at: float | None = None

    def advance(self, seconds: float) -> None:
        # A little more, that is exact in binary: whether an interval has
        # passed must not depend on how large the clock's number is.
        self._ahead += math.ceil(seconds * 1024) / 1024

    def stop(self) -> None:
        """From now on time only passes by :meth:`advance`."""
        self._stopped_at = time.monotonic()

    def monotonic(self) -> float:
        if self._stopped_at is None:
            return time.monotonic() + self._ahead
        return self._stopped_at + self._ahead

    def time(self) -> float:
        return time.time() - time.monotonic() + self.monotonic()

    def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


class TestCase(base.BaseTestCase):
    """A test with addresses of its own, and with the log of the package."""

    def setUp(self) -> None:
        super().setUp()
        # However slow the machine, receive(0) reads all there is.
        self.patch(consumer_core, '_MAX_SKIPPING', 60.0)
        #: Level and text of everything that the package logs.
        self.logged: list[str] = []
        handler = logging.Handler()
        handler.emit = lambda record: self.logged.append(  # type: ignore[method-assign]
            f'{record.levelname} {record.getMessage()}'
        )
        logger = logging.getLogger('unixnotif')
        logger.addHandler(handler)
        self.addCleanup(logger.removeHandler, handler)

    def new_directory(self) -> address.Address:
        """The address of a rendezvous directory, which is there."""
        return address.Address(self.useFixture(fixtures.TempDir()).path)

    def new_socket(self) -> address.Address:
        """The address of a socket, on which nobody listens yet."""
        path = os.path.join(self.useFixture(fixtures.TempDir()).path, 's.sock')
        return address.Address(path, is_directory=False)

    def new_publisher(
        self, where: address.Address, **options: Any
    ) -> publisher.Publisher:
        """A publisher, open, and closed at the end."""
        made = publisher.Publisher(where, **options)
        self.addCleanup(made.close)
        made.open()
        return made

    def new_consumer(
        self, where: address.Address, *args: Any, **options: Any
    ) -> consumer.Consumer:
        """A consumer, subscribed, and closed at the end."""
        made = consumer.Consumer(where, *args, **options)
        self.addCleanup(made.close)
        made.subscribe()
        return made

    def new_clock(self, *modules: Any) -> Clock:
        """A clock that is the ``time`` of the modules."""
        clock = Clock()
        for each in modules:
            self.useFixture(
                fixtures.MonkeyPatch(f'{each.__name__}.time', clock)
            )
        return clock

    def bind(
        self, where: address.Address, name: str, kind: int, backlog: int = 8
    ) -> _socket.socket:
        """A listening socket in a directory, as a foreign program makes it."""
        listener = packet.new_socket(kind)
        self.addCleanup(listener.close)
        with rendezvous.Directory(where.path) as directory:
            listener.bind(directory.socket_path(name))
        listener.listen(backlog)
        return listener

    def in_child(self, function: Callable[[], Any]) -> Any:
        """What the function returns in a forked child; see :class:`Child`."""
        return Child(function).result()


class Child:
    """A forked child that runs a function, with a JSON value as result."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self._reader, writer = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            try:
                os.close(self._reader)
                try:
                    result = {'result': function()}
                except BaseException:
                    result = {'failure': traceback.format_exc()}
                with open(writer, 'w') as pipe:
                    json.dump(result, pipe)
            finally:
                os._exit(0)
        os.close(writer)

    def result(self) -> Any:
        """Wait for the child's end."""
        with open(self._reader) as pipe:
            text = pipe.read()
        os.waitpid(self.pid, 0)
        outcome = json.loads(text)
        if 'failure' in outcome:
            raise AssertionError(f'in the child:\n{outcome["failure"]}')
        return outcome['result']


@contextlib.contextmanager
def as_user(uid: int, gid: int = 65533) -> Iterator[None]:
    """Be another user, in no group but one; only in a forked child."""
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(gid)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


@contextlib.contextmanager
def no_more_descriptors(spare: int = 0) -> Iterator[None]:
    """Let this process open so many more; only in a forked child."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = [os.dup(0) for _ in range(spare + 1)]
    for fd in free:
        os.close(fd)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free[-1], hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def run_python(
    code: str, *args: str, prefix: tuple[str, ...] = ()
) -> 'subprocess.CompletedProcess[str]':
    """Run code in a new interpreter, which finds the package under test."""
    return subprocess.run(
        [*prefix, sys.executable, '-c', code, *args],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def document(payload: Any = 0, **changes: Any) -> bytes:
    """An encoded notification."""
    return new_notification(payload, **changes).encode()


def new_notification(
    payload: Any = None, **changes: Any
) -> notification.Notification:
    """A notification that differs from others by what is passed."""
    values: dict[str, Any] = {
        'message_id': '4d31cbc1-7b5c-4cbb-b0bd-4f1c7dcb5a8b',
        'publisher_id': 'nova-compute:host1',
        'event_type': 'instance.create.end',
        'priority': 'INFO',
        'timestamp': '2026-11-21 10:00:00.000000',
        'payload': payload,
    }
    return notification.Notification(**{**values, **changes})


def payloads(receiver: consumer.Consumer) -> list[Any]:
    """The payloads of everything that is there now."""
    found = []
    while (received := receiver.receive(0)) is not None:
        found.append(received.payload)
    return found


def wait_until(condition: Callable[[], bool], seconds: float) -> None:
    """Wait for what a foreign program does without telling anybody.

    :param seconds: only bounds a failure
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            raise AssertionError(f'not so within {seconds} seconds')
        select.select([], [], [], 0.005)


def open_descriptors() -> int:
    """How many descriptors this process has open."""
    return len(os.listdir('/proc/self/fd'))


def open_sockets() -> set[str]:
    """The sockets that this process has open, told apart by inode."""
    found = set()
    for fd in os.listdir('/proc/self/fd'):
        try:
            target = os.readlink(f'/proc/self/fd/{fd}')
        except FileNotFoundError:
            continue
        if target.startswith('socket:'):
            found.add(target)
    return found
