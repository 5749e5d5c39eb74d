# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The processes of the conductor: start, stop, kill, wait, reap.

Rule: the conductor waits for an event with a deadline, and never for time to
pass. No process outlives :meth:`Children.close`.
"""

import atexit
from collections.abc import Callable
from collections.abc import Iterable
import contextlib
import ctypes
import os
from pathlib import Path
import random
import signal
import sys
import time
from typing import NoReturn
from typing import Self

from tools.chaos import channels
from tools.chaos import events

# Seconds to wait for an answer before the campaign fails.
DEADLINE = 30.0
# Seconds between two checks of shared memory, /proc or a directory, which
# have no descriptor to poll.
_LOOK = 0.005
# Seconds in which processes write their stacks after a missed deadline.
_DUMP_TIME = 0.5
# prctl(2): orphans of this process's children become its own children.
_PR_SET_CHILD_SUBREAPER = 36


class CampaignError(Exception):
    """The campaign cannot continue, because of a fault in unixnotif."""


class Child:
    """A process that the conductor has forked.

    :ivar status: exit status, or minus the number of a signal; None while
        the process lives
    """

    def __init__(self, pid: int, name: str, channel: channels.Channel) -> None:
        self.pid = pid
        self.name = f'{name} [{pid}]'
        self.channel = channel
        self.status: int | None = None
        self.may_end = False
        self._answers: list[channels.Message] = []

    def send(self, do: str, **details: object) -> None:
        """Send a message."""
        self.channel.send({'do': do, **details})

    def take(self, do: str) -> channels.Message | None:
        """Return and forget the answer to a message, if it has arrived."""
        for number, answer in enumerate(self._answers):
            if answer['do'] == do:
                return self._answers.pop(number)
        return None

    def hear(self) -> bool:
        """Store an answer; return False if the process has closed."""
        try:
            answer = self.channel.receive(0)
        except EOFError:
            return False
        if answer is not None:
            self._answers.append(answer)
        return True

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; do nothing if the process has been reaped."""
        if self.status is None:
            os.kill(self.pid, number)

    def __str__(self) -> str:
        return self.name


class Children:
    """All processes of the conductor.

    :param log: records starts, ends and signals
    """

    def __init__(self, log: events.EventLog) -> None:
        self._log = log
        self._living: dict[int, Child] = {}
        self._quiet: set[int] = set()
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
            raise OSError(ctypes.get_errno(), 'prctl: no subreaper')

    def spawn(
        self, name: str, main: Callable[[channels.Channel], None]
    ) -> Child:
        """Fork a process that runs ``main`` and ends."""
        ours, theirs = channels.pair()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if not pid:
            ours.close()
            for other in self._living.values():
                other.channel.close()
            self._log.become(name)
            _run(main, theirs, self._log)
        theirs.close()
        child = Child(pid, name, ours)
        self._living[pid] = child
        self._log.write('spawn', child=child.name)
        return child

    def kill(self, child: Child) -> None:
        """Kill a process by SIGKILL and reap it."""
        child.may_end = True
        self._log.write('kill', child=child.name)
        child.signal(signal.SIGKILL)
        self.wait_for(f'the end of {child}', lambda: child.status is not None)

    def answer(self, child: Child, do: str) -> channels.Message:
        """Wait for the answer to a message.

        :raises CampaignError: the deadline expires, or the process ends
        """
        found: list[channels.Message] = []

        def arrived() -> bool:
            answer = child.take(do)
            if answer is not None:
                found.append(answer)
            return bool(found)

        self.wait_for(f'{child} to answer {do!r}', arrived)
        return found[0]

    def ask(
        self, children: Iterable[Child], do: str, **details: object
    ) -> list[channels.Message]:
        """Send the same message to several processes; return the answers.

        :raises CampaignError: the deadline expires, or a process ends
        """
        children = list(children)
        for child in children:
            child.send(do, **details)
        return [self.answer(child, do) for child in children]

    def wait_for(
        self,
        what: str,
        ready: Callable[[], bool],
        timeout: float = DEADLINE,
    ) -> None:
        """Wait until a condition is true.

        :param what: description of the event, for the error
        :raises CampaignError: the deadline expires, or a process ends
            unexpectedly
        """
        deadline = time.monotonic() + timeout
        while not ready():
            if time.monotonic() > deadline:
                self._dump_stacks()
                raise CampaignError(f'waited {timeout:.0f} s for {what}')
            self._listen()

    def pause(self, seconds: float) -> None:
        """Let time pass, as a part of a disturbance."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._listen()

    def _listen(self) -> None:
        """Receive answers, and reap processes."""
        open_ = {
            child.channel.fileno(): child
            for child in self._living.values()
            if child.pid not in self._quiet
        }
        listening = [child.channel for child in open_.values()]
        for fd in channels.readable(listening, _LOOK):
            if not open_[fd].hear():
                self._quiet.add(open_[fd].pid)
        self.reap()

    def reap(self) -> None:
        """Reap ended processes.

        :raises CampaignError: a process has ended unexpectedly
        """
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            child = self._living.get(pid)
            code = os.waitstatus_to_exitcode(status)
            if child is None:
                # An orphan: a worker of an emitter that was killed.
                if code:
                    raise CampaignError(f'worker {pid} ended with {code}')
                continue
            # Its last answers may still be in the socket.
            while child.hear():
                pass
            child.status = code
            child.channel.close()
            del self._living[pid]
            self._quiet.discard(pid)
            self._log.write('end', child=child.name, status=code)
            if not child.may_end or code not in (0, -signal.SIGKILL):
                raise CampaignError(f'{child} ended with status {code}')

    def orphans(self) -> set[int]:
        """Return the processes that lost their parent, an emitter."""
        return _children() - self._living.keys()

    def _dump_stacks(self) -> None:
        """Let all processes write their stacks to the event log."""
        for child in self._living.values():
            child.signal(signal.SIGCONT)
            child.signal(signal.SIGUSR2)
        time.sleep(_DUMP_TIME)

    def close(self) -> None:
        """Kill and reap all processes."""
        # Another Ctrl-C must not leave some of them behind.
        handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
        for child in self._living.values():
            child.channel.close()
        self._living.clear()
        while pids := _children():
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(-1, 0)
        signal.signal(signal.SIGINT, handler)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def _children() -> set[int]:
    """Return the process ids of all children, zombies included.

    The file ``children`` of proc(5) may omit some while others end.
    """
    me = os.getpid()
    found = set()
    for name in os.listdir('/proc'):
        if name.isdecimal():
            with contextlib.suppress(OSError):
                text = Path('/proc', name, 'stat').read_text()
                # The name of the program may contain spaces.
                if int(text.rpartition(')')[2].split()[1]) == me:
                    found.add(int(name))
    return found


def _run(
    main: Callable[[channels.Channel], None],
    channel: channels.Channel,
    log: events.EventLog,
) -> NoReturn:
    """Run ``main`` in a forked process, and end the process."""
    status = 1
    try:
        # Ctrl-C of the terminal is for the conductor alone.
        os.setpgid(0, 0)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        random.seed()
        main(channel)
        status = 0
    except SystemExit as e:
        status = 0 if e.code in (None, 0) else 1
        if status:
            log.write('exit', reason=str(e.code))
    except BaseException as e:
        log.exception(e)
    finally:
        # Imitate the exit of the interpreter. A return would continue the
        # conductor in this process.
        atexit._run_exitfuncs()
        os._exit(status)
