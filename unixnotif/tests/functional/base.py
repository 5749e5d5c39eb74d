# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Shared parts of functional tests: child programs, configuration.

Rule: tests send commands to programs through pipes, and programs answer
through pipes. A deadline only bounds a failure. Every child is reaped.
"""

from collections.abc import Callable
from collections.abc import Mapping
import contextlib
import json
import os
import pathlib
import select
import signal
import subprocess
import sys
import tempfile
import time
from typing import Any
from typing import IO

import fixtures
from oslotest import base

from unixnotif import address
from unixnotif.tests import base as support
from unixnotif.tests.functional.programs import counters
from unixnotif.tests.functional.programs import service

_PROGRAMS = 'unixnotif.tests.functional.programs'


def is_full_scale() -> bool:
    """Return True to test at full scale, which takes minutes."""
    return os.environ.get('UNIXNOTIF_TEST_SCALE') == 'full'


#: Seconds after which a child without an answer is a failure.
DEADLINE = 1200.0 if is_full_scale() else 200.0


class Child(fixtures.Fixture):
    """A child process with pipes, ended and reaped at the end of the test.

    :param command: program and arguments
    :param env: additional environment variables
    :param cwd: working directory
    """

    def __init__(
        self,
        *command: str,
        env: Mapping[str, str] | None = None,
        cwd: pathlib.Path | None = None,
    ) -> None:
        super().__init__()
        self._command = command
        self._env = {**os.environ, **(env or {})}
        self._cwd = cwd

    def _setUp(self) -> None:
        self._buffer = b''
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self.addCleanup(self._errors.close)
        self.process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=self._env,
            cwd=self._cwd,
            start_new_session=True,
        )
        self.addCleanup(self._reap)
        self.pid = self.process.pid

    def _reap(self) -> None:
        if self.process.returncode is None:
            # The session is the child's own: this ends its workers, too.
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    @property
    def log(self) -> str:
        """Output on standard error."""
        size = os.fstat(self._errors.fileno()).st_size
        return os.pread(self._errors.fileno(), size, 0).decode()

    def send(self, **command: Any) -> None:
        """Send a command to the child."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(command).encode() + b'\n')
        self.process.stdin.flush()

    def line(self) -> str:
        """Return the next line of the child."""
        assert self.process.stdout is not None
        fd = self.process.stdout.fileno()
        deadline = time.monotonic() + DEADLINE
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        while b'\n' not in self._buffer:
            remaining = deadline - time.monotonic()
            if remaining <= 0 or not poll.poll(remaining * 1000):
                raise AssertionError(self._failure('says nothing'))
            data = os.read(fd, 65536)
            if not data:
                raise AssertionError(self._failure('has ended'))
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b'\n')
        return line.decode()

    def answer(self) -> Any:
        """Return the JSON value of the next line of the child."""
        return json.loads(self.line())

    def ask(self, **command: Any) -> Any:
        """Send a command; return the answer."""
        self.send(**command)
        return self.answer()

    def finish(self) -> None:
        """Wait for the end of the child; check that its exit code is 0."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            code = self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            raise AssertionError(self._failure('does not end')) from None
        if code:
            raise AssertionError(self._failure(f'ended with {code}'))

    def signal(self, number: int) -> None:
        """Send a signal to the child; after SIGKILL, wait for its end."""
        self.process.send_signal(number)
        if number == signal.SIGKILL:
            self.process.wait()

    def _failure(self, what: str) -> str:
        return f'{" ".join(self._command)} {what}; its log:\n{self.log}'


class TestCase(base.BaseTestCase):
    """A test with a directory for its addresses and configuration files."""

    def setUp(self) -> None:
        super().setUp()
        self.top = pathlib.Path(
            os.path.realpath(self.useFixture(fixtures.TempDir()).path)
        )
        self.rendezvous = str(address.Address(f'{self.top}/rendezvous'))
        self.socket = str(address.Address(f'{self.top}/service.sock', False))

    def write_config(
        self, *uris: str, drivers: tuple[str, ...] = ('unix',), **options: Any
    ) -> str:
        """Write the configuration file of a service; return its path."""
        path = self.top / 'service.conf'
        lines = ['[oslo_messaging_notifications]']
        lines += [f'driver = {driver}' for driver in drivers]
        lines += ['[oslo_messaging_unix]', f'socket_uri = {",".join(uris)}']
        lines += [f'{name} = {value}' for name, value in options.items()]
        path.write_text('\n'.join(lines) + '\n')
        return str(path)

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait for a foreign program that reports nothing."""
        support.wait_until(condition, DEADLINE)

    def new_notifier(self, *uris: str, **options: Any) -> Any:
        """Return a Notifier of this process, with a configuration file."""
        return service.make_notifier(self.write_config(*uris, **options))

    def start(
        self,
        program: str,
        *arguments: object,
        prefix: tuple[str, ...] = (),
        **kwargs: Any,
    ) -> Child:
        """Start one of the programs, perhaps by way of another command."""
        command = [*prefix, sys.executable, '-m', f'{_PROGRAMS}.{program}']
        child: Child = self.useFixture(
            Child(*command, *map(str, arguments), **kwargs)
        )
        return child

    def start_service(
        self,
        config: str,
        workers: int = 0,
        threads: int = 1,
        prefix: tuple[str, ...] = (),
    ) -> Child:
        """Start the service, and wait until it is ready."""
        self.slots = max(1, workers) * threads
        child = self.start(
            'service',
            config,
            '--workers',
            workers,
            '--threads',
            threads,
            prefix=prefix,
        )
        child.answer()
        return child

    def start_tallying(self, uri: str, *arguments: object) -> Child:
        """Start a consumer for the notifications of the service."""
        path = counters.path_beside(str(self.top / 'service.conf'))
        return self.start('tallying', uri, path, self.slots, *arguments)
