# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Start a program in a process group of its own, and end all of it in time.

Rule: whatever happens here, nothing that was started is left running.
"""

import codecs
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
import contextlib
import dataclasses
import os
from pathlib import Path
import resource
import selectors
import signal
import subprocess
import threading
import time
from typing import IO

# Seconds that a program has to end after a signal, and that its children have
# after its end.
_GRACE = 10.0
_ENDING = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


@dataclasses.dataclass(frozen=True)
class Finished:
    """The end of a program.

    :ivar returncode: its exit status; negative is the signal that ended it
    :ivar timed_out: True if the timeout ended it
    :ivar seconds: how long it ran
    :ivar cpu_seconds: CPU time of the program, and of the children that it
        waited for
    """

    returncode: int
    timed_out: bool
    seconds: float
    cpu_seconds: float


@contextlib.contextmanager
def deferred_signals() -> Iterator[None]:
    """Hold back the signals that end a command, until the end of the block.

    Their handlers raise exceptions. So none can come between the start of a
    process and the statement that remembers the process.
    """
    arrived: list[int] = []
    # Python runs handlers in the main thread only.
    is_main = threading.current_thread() is threading.main_thread()
    handlers = {
        number: handler
        for number in (_ENDING if is_main else ())
        if (handler := signal.getsignal(number))
        not in (None, signal.SIG_DFL, signal.SIG_IGN)
    }
    try:
        # A blocked signal would also be blocked in the new process.
        for number in handlers:
            signal.signal(number, lambda number, _: arrived.append(number))
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for each in dict.fromkeys(arrived):
            signal.raise_signal(each)


def _kill_group(process: subprocess.Popen[bytes], number: int) -> None:
    # The leader is not reaped yet, so no other process has its id.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class _Lines:
    """Cut what arrives into lines, and hand each to a function."""

    def __init__(self, handle: Callable[[str], None]) -> None:
        self._handle = handle
        self._decoder = codecs.getincrementaldecoder('utf-8')('replace')
        self._rest = ''

    def feed(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + self._decoder.decode(data)).split(
            '\n'
        )
        for line in lines:
            self._handle(line)

    def close(self) -> None:
        if self._rest:
            self._handle(self._rest)
            self._rest = ''


def _follow(
    process: subprocess.Popen[bytes], lines: _Lines, timeout: float
) -> bool:
    """Read until the program has ended; return True if it timed out."""
    assert process.stdout is not None
    output = process.stdout.fileno()
    deadline = time.monotonic() + timeout
    timed_out = False
    # Readable once the process has ended, which does not reap it:
    # pidfd_open(2). So its id stays reserved for _kill_group.
    ended = os.pidfd_open(process.pid)
    with selectors.DefaultSelector() as selector:
        try:
            selector.register(output, selectors.EVENT_READ)
            selector.register(ended, selectors.EVENT_READ)
            while selector.get_map():
                left = deadline - time.monotonic()
                if left <= 0:
                    if timed_out or ended not in selector.get_map():
                        break
                    timed_out = True
                    _kill_group(process, signal.SIGTERM)
                    deadline = time.monotonic() + _GRACE
                    continue
                for key, _ in selector.select(left):
                    if key.fd == ended:
                        # Do not wait long for a child that keeps the pipe.
                        deadline = min(deadline, time.monotonic() + _GRACE)
                    elif data := os.read(output, 65536):
                        lines.feed(data)
                        continue
                    selector.unregister(key.fd)
        finally:
            os.close(ended)
    return timed_out


def run(
    argv: Sequence[str | Path],
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout: float,
    on_line: Callable[[str], None],
    errors: IO[str] | None = None,
) -> Finished:
    """Run a program to its end or its timeout.

    :param argv: the program and its arguments
    :param cwd: the directory to run it in
    :param env: its whole environment
    :param timeout: seconds until its process group is ended
    :param on_line: called with each line of its output
    :param errors: an open file for its error output; without one it is output
    :returns: how it ended
    :raises OSError: the program cannot be started
    """
    started = time.monotonic()
    used = _cpu_seconds()
    lines = _Lines(on_line)
    with contextlib.ExitStack() as stack:
        with deferred_signals():
            process = stack.enter_context(
                subprocess.Popen(
                    argv,
                    cwd=cwd,
                    env=env,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT if errors is None else errors,
                    start_new_session=True,
                )
            )
            stack.callback(_kill_group, process, signal.SIGKILL)
        timed_out = _follow(process, lines, timeout)
    returncode = process.wait()
    lines.close()
    return Finished(
        returncode,
        timed_out,
        time.monotonic() - started,
        _cpu_seconds() - used,
    )
