# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Shared parts of tests: addresses, a clock, child processes.

Rule: real sockets in the test's own temporary directory; nothing waits for
time to pass.
"""

import _socket
from collections.abc import Callable
from collections.abc import Iterator
import contextlib
import ctypes
import gc
import importlib.util
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
from unixnotif import clock as clocks
from unixnotif import consumer
from unixnotif import notification
from unixnotif import packet
from unixnotif import publisher
from unixnotif import rendezvous

ROOT = pathlib.Path(__file__).parents[2]

#: The same examples in every run, and no stopwatch: CI machines stall.
fuzz = hypothesis.settings(
    derandomize=True, database=None, deadline=None, max_examples=150
)
# Also for tests that name no settings.
hypothesis.settings.register_profile('unixnotif', fuzz)
hypothesis.settings.load_profile('unixnotif')

_file_time_ns = clocks.file_time_ns

needs_kafka = unittest.skipUnless(
    importlib.util.find_spec('confluent_kafka'), 'needs confluent-kafka'
)
as_root = unittest.skipIf(os.geteuid() != 0, 'only root may do this')


class Clock:
    """A clock that a test moves on."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._stopped_at: float | None = None

    def advance(self, seconds: float) -> None:
        # Round up to a number that is exact in binary: at least this interval
        # must pass, however large the time is.
        self._ahead += math.ceil(seconds * 1024) / 1024

    def stop(self) -> None:
        """Stop the clock; only :meth:`advance` moves it from now on."""
        # Round up to a number that is exact in binary, as the steps of
        # advance() are. Then sums and differences of times are exact, too.
        self._stopped_at = math.ceil(time.monotonic() * 1024) / 1024

    def monotonic(self) -> float:
        if self._stopped_at is None:
            return time.monotonic() + self._ahead
        return self._stopped_at + self._ahead

    def file_time_ns(self) -> int:
        # As coarse as the clock of the file system: a finer clock would be
        # ahead of the time stamps of files.
        ahead = self._ahead
        if self._stopped_at is not None:
            ahead += self._stopped_at - time.monotonic()
        return _file_time_ns() + int(ahead * 10**9)

    def sleep(self, seconds: float) -> None:
        self.advance(seconds)


class TestCase(base.BaseTestCase):
    """A test with addresses of its own, and with the log of the package."""

    def setUp(self) -> None:
        super().setUp()
        #: Level and text of the warnings and errors of the package.
        self.logged: list[str] = []
        handler = logging.Handler(logging.WARNING)
        handler.emit = lambda record: self.logged.append(  # type: ignore[method-assign]
            f'{record.levelname} {record.getMessage()}'
        )
        logger = logging.getLogger('unixnotif')
        logger.addHandler(handler)
        self.addCleanup(logger.removeHandler, handler)

    def new_directory(self) -> address.Address:
        """Return the address of an existing rendezvous directory."""
        return address.Address(self.useFixture(fixtures.TempDir()).path)

    def new_socket(self) -> address.Address:
        """Return the address of a socket without a listener."""
        path = os.path.join(self.useFixture(fixtures.TempDir()).path, 's.sock')
        return address.Address(path, is_directory=False)

    def new_publisher(
        self, where: address.Address, **options: Any
    ) -> publisher.Publisher:
        """Return an open publisher; close it at the end of the test."""
        made = publisher.Publisher(where, **options)
        self.addCleanup(made.close)
        made.open()
        return made

    def new_consumer(
        self, where: address.Address, *args: Any, **options: Any
    ) -> consumer.Consumer:
        """Return a subscribed consumer; close it at the end of the test."""
        made = consumer.Consumer(where, *args, **options)
        self.addCleanup(made.close)
        made.subscribe()
        return made

    def new_clock(self, sleeping: bool = False) -> Clock:
        """Return a clock that the package reads.

        :param sleeping: if True, the package also sleeps by this clock
        """
        clock = Clock()
        names = ['unixnotif.clock.monotonic', 'unixnotif.clock.file_time_ns']
        for name in names:
            function = getattr(clock, name.rpartition('.')[2])
            self.useFixture(fixtures.MonkeyPatch(name, function))
        if sleeping:
            # A test may replace the method later.
            self.useFixture(
                fixtures.MonkeyPatch(
                    'unixnotif.clock.sleep',
                    lambda seconds: clock.sleep(seconds),
                )
            )
        return clock

    def bind(
        self, where: address.Address, name: str, kind: int, backlog: int = 8
    ) -> _socket.socket:
        """Return a listening socket in a directory, as foreign programs do."""
        listener = packet.new_socket(kind)
        self.addCleanup(listener.close)
        with rendezvous.Directory(where.path) as directory:
            listener.bind(directory.socket_path(name))
        listener.listen(backlog)
        return listener

    def in_child(
        self, function: Callable[[], Any], fork: Callable[[], int] = os.fork
    ) -> Any:
        """Return a function's result in a child; see :class:`Child`."""
        return Child(function, fork).result()


def fork_without_hooks() -> int:
    """Fork as a program does that embeds Python, for example uWSGI."""
    # PyDLL keeps the interpreter lock: no other thread holds it in the child.
    return int(ctypes.PyDLL(None).fork())


class Child:
    """A forked child that runs a function, with a JSON value as result.

    :param fork: os.fork or :func:`fork_without_hooks`
    """

    def __init__(
        self, function: Callable[[], Any], fork: Callable[[], int] = os.fork
    ) -> None:
        self._reader, writer = os.pipe()
        self.pid = fork()
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


def become_user(uid: int, gid: int = 65533) -> None:
    """Become another user for good, in one group; only in a forked child.

    The process becomes like a service that root has started: no longer
    "dumpable" (PR_SET_DUMPABLE in prctl(2)), and root owns its files in /proc.
    """
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def enter_chroot(directory: rendezvous.Directory) -> None:
    """Make an open directory the root, without /proc; only in a child."""
    os.chroot(directory.path)
    os.chdir('/')
    directory.path = ''


@contextlib.contextmanager
def no_more_descriptors(spare: int = 0) -> Iterator[None]:
    """Let this process open N more descriptors; only in a forked child."""
    # Collect garbage first: earlier tests may have left descriptors.
    gc.collect()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # The limit applies to the number of a descriptor, not to the count. Use
    # all lower numbers, so that closing any descriptor makes room for another.
    top = max(map(int, os.listdir('/proc/self/fd'))) + 1
    held = []
    while (fd := os.dup(0)) < top:
        held.append(fd)
    os.close(fd)
    resource.setrlimit(resource.RLIMIT_NOFILE, (top + spare, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for fd in held:
            os.close(fd)


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
    """Return an encoded notification."""
    return new_notification(payload, **changes).encode()


def new_notification(
    payload: Any = None, **changes: Any
) -> notification.Notification:
    """Return a notification with these fields, and the others by default."""
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
    """Return the payloads of all waiting notifications."""
    found = []
    while (received := receiver.receive(0)) is not None:
        found.append(received.payload)
    return found


def wait_until(condition: Callable[[], bool], seconds: float) -> None:
    """Wait for a foreign program that reports nothing.

    :param seconds: only bounds a failure
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            raise AssertionError(f'not so within {seconds} seconds')
        select.select([], [], [], 0.005)


def open_descriptors() -> int:
    """Return the number of open descriptors of this process."""
    return len(os.listdir('/proc/self/fd'))


def descriptors_before() -> int:
    """Return the number of open descriptors, before more are opened.

    Collect garbage first: otherwise descriptors of earlier tests may be closed
    in between.
    """
    gc.collect()
    return open_descriptors()


def open_sockets() -> set[str]:
    """Return the open sockets of this process, by inode."""
    found = set()
    for fd in os.listdir('/proc/self/fd'):
        try:
            target = os.readlink(f'/proc/self/fd/{fd}')
        except FileNotFoundError:
            continue
        if target.startswith('socket:'):
            found.add(target)
    return found
