# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Programs that listen, and the directory in which they subscribe.

Rule: every wait ends by an event or at a deadline; a program that has ended
too early is reported with its last lines. What a program has started ends with
the program.
"""

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
import contextlib
import os
from pathlib import Path
import select
import signal
import subprocess
import time
from typing import Self

from tools import process
from tools import workdirs

#: Seconds; only a wait that fails takes so long.
DEADLINE = 180.0
_STEP = 0.05


class ScenarioError(Exception):
    """A scenario has not ended as it must."""


class Program:
    """A program with its own process group, which runs in a ``with`` block.

    The program is reaped at the end of the block: until then, no other process
    can have its id, which is also the id of the group.

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
        self._command = command
        self._log = log
        self._environ = dict(environ or {})
        self._exits = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as exits:
            output = exits.enter_context(self._log.open('w'))
            with process.deferred_signals():
                self._process = subprocess.Popen(
                    self._command,
                    # A directory without packages: a package here would
                    # hide the installed package.
                    cwd=self._log.parent,
                    env=workdirs.clean_environ() | self._environ,
                    stdin=subprocess.PIPE,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    text=True,
                )
                exits.callback(self._end)
            self._exits = exits.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._exits.close()

    def _end(self) -> None:
        """End the program, and everything that it has started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()

    def _status(self) -> int | None:
        """Return the status as Popen.returncode; None while it runs."""
        ended = os.waitid(
            os.P_PID,
            self._process.pid,
            # The process is not reaped.
            os.WEXITED | os.WNOHANG | os.WNOWAIT,
        )
        if ended is None:
            return None
        is_exit = ended.si_code == os.CLD_EXITED
        return ended.si_status if is_exit else -ended.si_status

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until a condition holds.

        :param what: the condition, for messages
        :raises ScenarioError: the program has ended, or the time is over
        """
        deadline = time.monotonic() + DEADLINE
        while not condition():
            status = self._status()
            if status is not None:
                raise self.failure(f'ended with {status} before {what}')
            if time.monotonic() > deadline:
                raise self.failure(f'after {DEADLINE:.0f} s no {what}')
            time.sleep(_STEP)

    def say(self, line: str) -> None:
        """Write a line to its standard input."""
        assert self._process.stdin is not None
        self._process.stdin.write(f'{line}\n')
        self._process.stdin.flush()

    def terminate(self) -> None:
        """Send SIGTERM; wait for the end.

        :raises ScenarioError: it does not end, or not with status 0
        """
        os.kill(self._process.pid, signal.SIGTERM)
        self.expect_end()

    def expect_end(self) -> None:
        """Wait for the end.

        :raises ScenarioError: it does not end, or not with status 0
        """
        ended = os.pidfd_open(self._process.pid)
        try:
            select.select([ended], [], [], DEADLINE)
        finally:
            os.close(ended)
        status = self._status()
        if status is None:
            raise self.failure('does not end')
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
