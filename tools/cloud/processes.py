# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Processes that outlive the command which started them.

Rule: a process is known by its id and its start time, so that no other
process ever gets its signals. Its children are in its session.
"""

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
import contextlib
import dataclasses
import json
import os
from pathlib import Path
import select
import signal
import subprocess
import time

from tools import errors
from tools import process as programs
from unixnotif import terminal

#: Seconds that processes have to end after SIGTERM.
GRACE = 60.0
_LINES = 15
_PAUSE = 0.1


class ServiceError(errors.ToolError):
    """A service does not do its work; the message has the end of its log."""


@dataclasses.dataclass(frozen=True)
class Stat:
    """Fields of proc_pid_stat(5)."""

    parent: int
    session: int
    started: int
    is_zombie: bool


def stat(pid: int) -> Stat | None:
    """Return the state of a process; None if there is none."""
    try:
        text = Path(f'/proc/{pid}/stat').read_text()
    except OSError:
        return None
    # The name in parentheses may hold anything.
    fields = text.rpartition(')')[2].split()
    return Stat(
        parent=int(fields[1]),
        session=int(fields[3]),
        started=int(fields[19]),
        is_zombie=fields[0] in 'ZX',
    )


def pids() -> Iterator[int]:
    """Yield the ids of all processes."""
    return (int(name) for name in os.listdir('/proc') if name.isdecimal())


@dataclasses.dataclass(frozen=True)
class Process:
    """A process that was started here, the leader of its session."""

    name: str
    pid: int
    started: int

    def is_alive(self) -> bool:
        """Return True until it has ended."""
        found = stat(self.pid)
        return (
            found is not None
            and found.started == self.started
            and not found.is_zombie
        )

    def members(self) -> list[int]:
        """Return the ids of the living processes of its session.

        The id of a session is not used again while it has a member.
        """
        leader = stat(self.pid)
        if leader is not None and leader.started != self.started:
            return []
        return [
            pid
            for pid in pids()
            if (found := stat(pid)) is not None
            and found.session == self.pid
            and not found.is_zombie
        ]


class Processes:
    """The processes of one cloud, in the order of their start.

    :param top: directory with the file that lists them, and with ``log``
    """

    def __init__(self, top: Path) -> None:
        self._file = top / 'processes.json'
        self._logs = top / 'log'

    def all(self) -> list[Process]:
        """Return the processes that were started and not stopped."""
        try:
            return [Process(*each) for each in json.loads(self._read())]
        except FileNotFoundError:
            return []

    def _read(self) -> str:
        return self._file.read_text()

    def _write(self, processes: Sequence[Process]) -> None:
        new = self._file.with_suffix('.new')
        new.write_text(json.dumps(list(map(dataclasses.astuple, processes))))
        new.replace(self._file)

    def get(self, name: str) -> Process | None:
        """Return a process by its name."""
        return next((each for each in self.all() if each.name == name), None)

    def log(self, name: str) -> Path:
        """Return the path of the log of a process."""
        return self._logs / f'{name}.log'

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        environ: Mapping[str, str],
        output: Path | None = None,
    ) -> Process:
        """Start a process in a session of its own.

        :param output: file for its standard output; without it, the log
        :raises ServiceError: the program cannot be started
        """
        with contextlib.ExitStack() as opened:
            log = opened.enter_context(self.log(name).open('ab'))
            out = log
            if output is not None:
                out = opened.enter_context(output.open('ab'))
            opened.enter_context(programs.deferred_signals())
            try:
                started = subprocess.Popen(
                    command,
                    cwd=self._file.parent,
                    env=environ,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=log,
                    start_new_session=True,
                )
            except OSError as error:
                raise ServiceError(
                    f'{name} cannot be started: {error}'
                ) from error
            return self._add(name, started)

    def _add(self, name: str, started: subprocess.Popen[bytes]) -> Process:
        """Add a new process to the file, or end the process."""
        try:
            # It is not reaped yet, so that there is a state.
            found = stat(started.pid)
            assert found is not None
            added = Process(name, started.pid, found.started)
            self._write([*self.all(), added])
        except BaseException:
            os.killpg(started.pid, signal.SIGKILL)
            started.wait()
            raise
        return added

    def stop(
        self, *names: str, grace: float = GRACE, whole: bool = False
    ) -> list[str]:
        """Stop processes and everything that they have started.

        :param names: processes; one that does not run is skipped
        :param grace: seconds until the remaining processes are killed
        :param whole: send SIGTERM to everything that they have started, too;
            for a shell that does not pass it on
        :returns: names of the processes that had to be killed
        """
        wanted = [each for each in self.all() if each.name in names]
        for process in reversed(wanted):
            # A stopped process handles SIGTERM only after SIGCONT.
            for number in (signal.SIGTERM, signal.SIGCONT):
                self.send(process, number)
                if whole:
                    _send_all(process, number)
        deadline = time.monotonic() + grace
        killed = []
        for process in reversed(wanted):
            if not _wait_until_gone(process, deadline):
                killed.append(process.name)
                _send_all(process, signal.SIGKILL)
                _wait_until_gone(process, time.monotonic() + GRACE)
            self._write([each for each in self.all() if each != process])
        return killed

    def send(self, process: Process, number: int) -> None:
        """Send a signal to a process, or do nothing if it has ended."""
        with contextlib.suppress(ProcessLookupError):
            # The descriptor never refers to a later process with the same id.
            descriptor = os.pidfd_open(process.pid)
            try:
                if process.is_alive():
                    signal.pidfd_send_signal(descriptor, number)
            finally:
                os.close(descriptor)

    def failure(self, name: str, reason: str) -> ServiceError:
        """Return an error with the last lines of the log of a process."""
        return failure(name, reason, self.log(name))

    def check(self) -> None:
        """Raise an error if a process has ended by itself.

        :raises ServiceError: with the end of its log
        """
        for process in self.all():
            if not process.is_alive():
                raise self.failure(process.name, 'has ended')


def _send_all(process: Process, number: int) -> None:
    for pid in process.members():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def run(
    name: str,
    command: Sequence[str | Path],
    environ: Mapping[str, str],
    log: Path,
    cwd: Path | None = None,
) -> None:
    """Run a program to its end.

    :param name: for the message
    :param log: gets its output
    :raises ServiceError: it fails; with the end of its log
    """
    with log.open('ab') as output:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        raise failure(name, 'fails', log)


def failure(name: str, reason: str, log: Path) -> ServiceError:
    """Return an error with the last lines of a log."""
    try:
        lines = log.read_text(errors='replace').splitlines()
    except OSError:
        lines = []
    shown = [f'    {terminal.escape(line)[:300]}' for line in lines[-_LINES:]]
    return ServiceError(
        '\n'.join(
            [f'{name} {reason}', *shown, f'the whole log is {log}']
            if shown
            else [f'{name} {reason}; its log {log} is empty']
        )
    )


def _wait_until_gone(process: Process, deadline: float) -> bool:
    """Wait until a session has no process; return False at the deadline."""
    while members := process.members():
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            return False
        # A child may start another one meanwhile.
        _wait_for_end(members, min(remaining, 1.0))
    return True


def _wait_for_end(ids: Sequence[int], timeout: float) -> None:
    """Wait until one of some processes ends."""
    with contextlib.ExitStack() as opened:
        poll = select.poll()
        for pid in ids:
            try:
                descriptor = os.pidfd_open(pid)
            except ProcessLookupError:
                return
            opened.callback(os.close, descriptor)
            poll.register(descriptor, select.POLLIN)
        poll.poll(timeout * 1000)


def pause(processes: Sequence[Process]) -> None:
    """Wait a moment, or until one of some processes ends."""
    alive = [each.pid for each in processes if each.is_alive()]
    if alive:
        _wait_for_end(alive, _PAUSE)
    else:
        time.sleep(_PAUSE)
