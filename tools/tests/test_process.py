# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Programs that a tool starts and ends."""

import os
from pathlib import Path
import signal
import subprocess
from typing import Any
from unittest import mock

from oslotest import base

from tools import process


class RunTest(base.BaseTestCase):
    def run_program(self, *command: str) -> tuple[process.Finished, list[str]]:
        lines: list[str] = []
        finished = process.run(
            command,
            cwd=Path('/'),
            env=dict(os.environ),
            timeout=60,
            on_line=lines.append,
        )
        return finished, lines

    def test_output(self) -> None:
        """The lines and the exit status of a program are returned."""
        finished, lines = self.run_program(
            'sh', '-c', 'echo a; echo b; exit 3'
        )
        self.assertEqual((3, False), (finished.returncode, finished.timed_out))
        self.assertEqual(['a', 'b'], lines)

    def test_stop_at_the_start(self) -> None:
        """A signal at the start of a program ends the program."""
        # A shell lets background jobs ignore it.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, before)
        started: list[subprocess.Popen[bytes]] = []
        enter = subprocess.Popen.__enter__

        def interrupt(self: Any) -> Any:
            started.append(self)
            signal.raise_signal(signal.SIGINT)
            return enter(self)

        with mock.patch.object(
            subprocess.Popen, '__enter__', autospec=True, side_effect=interrupt
        ):
            self.assertRaises(
                KeyboardInterrupt, self.run_program, 'sleep', '300'
            )
        self.assertEqual(-signal.SIGKILL, started[0].returncode)
