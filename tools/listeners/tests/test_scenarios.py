# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The scenarios that need no package of the registry.

Rule: listeners, emitters and sockets are real, in processes of their own.
"""

from collections.abc import Callable
import os
from pathlib import Path
import select
import signal
import subprocess
import sys
from typing import Any
from unittest import mock

import fixtures
from oslotest import base

from tools.listeners import __main__ as command
from tools.listeners import agents
from tools.listeners import environment
from tools.listeners import scenarios


class ScenarioTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.root = Path(self.useFixture(fixtures.TempDir()).path)
        self.where = environment.Environment(self.root / 'work')
        # This environment has what the listeners need.
        self.where.python = Path(sys.executable)

    def run_scenario(
        self, scenario: Callable[[environment.Environment, Path, int], str]
    ) -> str:
        return scenario(self.where, self.root, 30)

    def test_requeue(self) -> None:
        """Each notification is handled once."""
        self.assertIn(
            '30 notifications, each requeued once',
            self.run_scenario(scenarios.requeue),
        )

    def test_stop(self) -> None:
        """Notifications that have arrived are handled after the stop."""
        self.assertIn('30 notifications', self.run_scenario(scenarios.stop))

    def test_lost(self) -> None:
        """A notification that was never emitted is a failure."""
        emit = scenarios._emit

        def emit_and_forget(*args: object, **kwargs: object) -> list[str]:
            return emit(*args, **kwargs)[1:]  # type: ignore[arg-type]

        with mock.patch.object(
            scenarios, '_emit', autospec=True, side_effect=emit_and_forget
        ):
            error = self.assertRaises(
                agents.ScenarioError, self.run_scenario, scenarios.requeue
            )
        self.assertIn('1 never emitted', str(error))

    def test_program_ends(self) -> None:
        """A program that ends too early is reported with its output."""
        program = agents.Program(
            'agent', ['/bin/sh', '-c', 'echo no; exit 3'], self.root / 'log'
        )
        with program:
            error = self.assertRaises(
                agents.ScenarioError,
                program.wait_until,
                lambda: False,
                'a subscriber',
            )
        self.assertEqual(
            'agent ended with 3 before a subscriber\n    no', str(error)
        )

    def test_workers_of_a_program_that_has_ended(self) -> None:
        """Workers end with the block, not with their leader."""
        fifo = self.root / 'fifo'
        os.mkfifo(fifo)
        reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        program = agents.Program(
            'agent',
            ['/bin/sh', '-c', f'exec 3>{fifo}; sleep 300 & exit 3'],
            self.root / 'log',
        )
        with program:
            error = self.assertRaises(agents.ScenarioError, program.expect_end)
            self.assertEqual('agent ended with 3', str(error))
        # Readable at the end of the last writer; the timeout bounds a failure.
        found, _, _ = select.select([reader], [], [], 20)
        self.assertEqual([reader], found)
        self.assertEqual(b'', os.read(reader, 1))

    def test_stop_at_the_start(self) -> None:
        """A signal at the start of a program ends the program."""
        # A shell lets background jobs ignore it.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, before)
        started: list[subprocess.Popen[str]] = []

        def start(*args: Any, **options: Any) -> 'subprocess.Popen[str]':
            started.append(original(*args, **options))
            signal.raise_signal(signal.SIGINT)
            return started[0]

        original = subprocess.Popen
        program = agents.Program('agent', ['sleep', '300'], self.root / 'log')
        with fixtures.MonkeyPatch('subprocess.Popen', start):
            self.assertRaises(KeyboardInterrupt, program.__enter__)
        self.assertEqual(-signal.SIGKILL, started[0].returncode)

    def test_unknown_scenario(self) -> None:
        """The message names the scenarios."""
        output = self.useFixture(fixtures.StringStream('stderr')).stream
        with fixtures.MonkeyPatch('sys.stderr', output):
            self.assertRaises(SystemExit, command.parse, ['nova'])
        output.seek(0)
        self.assertIn(
            "there is no scenario 'nova'; there are: ceilometer, watcher",
            output.read(),
        )
