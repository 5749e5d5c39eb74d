# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Programs that listen, and the directory in which they subscribe.

Rule: every wait ends by an event or at a deadline; a program that has ended
too early is reported with its last lines.
"""

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
import contextlib
import os
from pathlib import Path
import signal
import subprocess
import time
from typing import Self

from tools import workdirs

#: Seconds; only bounds a failure.
DEADLINE = 180.0
_STEP = 0.05


class ScenarioError(Exception):
    """A scenario has not ended as it must."""


class Program:
    """A program with its own process group.

    :param name: for messages
    :param command: the program and its arguments
    :param log: its output goes there
    :param environ: variables beside those of this process
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._name = name
        self._log = log
        with log.open('w') as output:
            self.process = subprocess.Popen(
                command,
                # A directory without packages, which would hide the installed.
                cwd=log.parent,
                env=workdirs.clean_environ() | dict(environ or {}),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                text=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # Also its children. It has not been waited for, or has ended in time.
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until a condition holds.

        :param what: the condition, for messages
        :raises ScenarioError: the program has ended, or the time is over
        """
        deadline = time.monotonic() + DEADLINE
        while not condition():
            if self.process.poll() is not None:
                raise self.failure(
                    f'ended with {self.process.returncode} before {what}'
                )
            if time.monotonic() > deadline:
                raise self.failure(f'after {DEADLINE:.0f} s no {what}')
            time.sleep(_STEP)

    def say(self, line: str) -> None:
        """Write a line to its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(f'{line}\n')
        self.process.stdin.flush()

    def terminate(self) -> None:
        """Send SIGTERM; wait for the end.

        :raises ScenarioError: it does not end, or not with status 0
        """
        self.process.terminate()
        self.expect_end()

    def expect_end(self) -> None:
        """Wait for the end.

        :raises ScenarioError: it does not end, or not with status 0
        """
        try:
            status = self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            raise self.failure('does not end') from None
        if status:
            raise self.failure(f'ended with {status}')

    def failure(self, problem: str) -> ScenarioError:
        """Return an error with the last lines of the output."""
        lines = self._log.read_text(errors='replace').splitlines()[-15:]
        last = ''.join(f'\n    {line}' for line in lines)
        return ScenarioError(f'{self._name} {problem}{last}')


def members(directory: Path) -> int:
    """Return the number of subscribers that belong to a group."""
    return sum(
        '@' in each.name and not each.name.startswith('.')
        for each in directory.glob('*.sock')
    )
