# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Processes that outlive the command which started them.

Rule: the processes are real; each test ends all that it has started.
"""

import contextlib
import os
from pathlib import Path
import select
import signal
import socket
import sys
import threading

import fixtures
from oslotest import base

from tools.cloud import processes
from tools.cloud import waits

_SLEEP = 'import signal; print("ready", flush=True); signal.pause()'
# A leader that ends at once, and a child that refuses to.
_STUBBORN = """
import os, signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork():
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
print("ready", flush=True)
while True:
    signal.pause()
"""


class ProcessesTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.top = Path(self.useFixture(fixtures.TempDir()).path)
        (self.top / 'log').mkdir()
        self.known = processes.Processes(self.top)
        self.addCleanup(self._stop)

    def _stop(self) -> None:
        names = [each.name for each in self.known.all()]
        self.known.stop(*names, grace=0)

    def start(
        self, program: str, name: str = 'it', lines: int = 1
    ) -> processes.Process:
        """Start a program; wait until it has printed "ready" N times."""
        started = self.known.start(
            name, [sys.executable, '-c', program], dict(os.environ)
        )

        def fact() -> str:
            count = self.known.log(name).read_text().count('ready')
            return '' if count >= lines else f'{count} lines'

        waits.wait_for(name, fact, self.known, [started])
        return started

    def test_stop(self) -> None:
        """SIGTERM ends a process, and it is forgotten."""
        started = self.start(_SLEEP)
        self.assertEqual([started], self.known.all())
        self.assertEqual([], self.known.stop('it'))
        self.assertFalse(started.is_alive())
        self.assertEqual([], self.known.all())

    def test_stop_of_another_command(self) -> None:
        """The next command finds the process in the file."""
        started = self.start(_SLEEP)
        self.assertEqual([], processes.Processes(self.top).stop('it'))
        self.assertFalse(started.is_alive())

    def test_a_stopped_process_ends(self) -> None:
        """Stopping also ends a process that SIGSTOP holds."""
        started = self.start(_SLEEP)
        self.known.send(started, signal.SIGSTOP)
        self.assertEqual([], self.known.stop('it'))

    def test_children_end(self) -> None:
        """A child that ignores SIGTERM is killed, and named."""
        started = self.start(_STUBBORN, lines=2)
        self.assertEqual(2, len(started.members()))
        self.assertEqual(['it'], self.known.stop('it', grace=0.5))
        self.assertEqual([], started.members())

    def test_another_process_of_the_same_id(self) -> None:
        """A process that only has the id of one of ours gets no signal."""
        started = self.start(_SLEEP)
        other = processes.Process('it', started.pid, started.started - 1)
        self.known.send(other, signal.SIGKILL)
        self.assertFalse(other.is_alive())
        self.assertEqual([], other.members())
        self.assertTrue(started.is_alive())

    def test_a_death_at_the_start(self) -> None:
        """A wait ends when the process does, with the end of its log."""
        program = 'import sys; sys.exit("first\\n\x1b[31mno such option")'
        error = self.assertRaises(
            processes.ServiceError, self.start, program, 'nova-api'
        )
        self.assertIn('nova-api has ended at its start', str(error))
        self.assertIn('    \\u001b[31mno such option\n', str(error))
        self.assertIn(str(self.top / 'log' / 'nova-api.log'), str(error))

    def test_a_fact_that_never_holds(self) -> None:
        """The error says what is missing, and after which time."""
        started = self.start(_SLEEP)
        error = self.assertRaises(
            processes.ServiceError,
            waits.wait_for,
            'it',
            lambda: 'no heartbeat',
            self.known,
            [started],
            0.1,
        )
        self.assertIn('it is not ready after 0 s: no heartbeat', str(error))

    def test_a_program_that_is_missing(self) -> None:
        """The error names it."""
        error = self.assertRaises(
            processes.ServiceError, self.known.start, 'it', ['/no/such'], {}
        )
        self.assertIn('/no/such', str(error))

    def test_a_signal_at_the_start(self) -> None:
        """The process is known when the signal ends the command."""
        # A shell lets background jobs ignore it.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, before)
        original = processes.stat

        def stat(pid: int) -> processes.Stat | None:
            signal.raise_signal(signal.SIGINT)
            return original(pid)

        with fixtures.MonkeyPatch('tools.cloud.processes.stat', stat):
            self.assertRaises(
                KeyboardInterrupt,
                self.known.start,
                *('it', ['sleep', '300'], dict(os.environ)),
            )
        [started] = self.known.all()
        self.assertTrue(started.is_alive())

    def test_a_full_disk(self) -> None:
        """A process that cannot be added to the file does not stay."""
        os.symlink('/dev/full', self.top / 'processes.new')
        fifo = self.top / 'fifo'
        os.mkfifo(fifo)
        reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        writer = os.open(fifo, os.O_WRONLY)
        program = 'import signal; signal.pause()'
        try:
            self.assertRaises(
                OSError,
                self.known.start,
                *('it', [sys.executable, '-c', program], dict(os.environ)),
                output=fifo,
            )
        finally:
            os.close(writer)
        # Readable when no writer is left; the timeout bounds a failure.
        found, _, _ = select.select([reader], [], [], 20)
        self.assertEqual([reader], found)

    def test_check(self) -> None:
        """A process that has ended by itself is an error."""
        started = self.start(_SLEEP)
        self.known.check()
        os.kill(started.pid, signal.SIGKILL)
        waits.wait_for(
            'it',
            lambda: 'alive' if started.is_alive() else '',
            self.known,
            [],
        )
        error = self.assertRaises(processes.ServiceError, self.known.check)
        self.assertIn('it has ended', str(error))


class FactsTest(base.BaseTestCase):
    def test_ports(self) -> None:
        """A server is ready when it accepts, or when it greets."""
        server = self.useFixture(_Server())
        self.assertEqual('', waits.accepts(server.port)())
        self.assertEqual('', waits.greets(server.port)())
        server.close()
        for fact in (waits.accepts, waits.greets):
            self.assertIn(f'port {server.port}: ', fact(server.port)())

    def test_http(self) -> None:
        """A server is ready when the status is no error."""
        server = self.useFixture(_Server())
        fact = waits.answers(server.port, '/v3')
        self.assertEqual('', fact())
        server.status = 500
        self.assertIn('/v3: status 500', fact())
        server.close()
        self.assertIn(f':{server.port}/v3: ', fact())


class _Server(fixtures.Fixture):
    """Greets as a database does, or answers as an HTTP server does."""

    def _setUp(self) -> None:
        self.status = 300
        self._server = socket.create_server(('127.0.0.1', 0))
        self.port = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        self.addCleanup(self.close)

    def close(self) -> None:
        """Stop listening."""
        # A shutdown wakes accept(); a close would not.
        if self._thread.is_alive():
            self._server.shutdown(socket.SHUT_RDWR)
            self._thread.join()
        self._server.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            # A client that only connects is gone already.
            with client, contextlib.suppress(OSError):
                client.settimeout(5)
                client.sendall(f'HTTP/1.0 {self.status} x\r\n\r\n'.encode())
                client.shutdown(socket.SHUT_WR)
                # Until the client has read; else it is reset.
                while client.recv(4096):
                    pass
