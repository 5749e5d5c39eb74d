# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The processes of the model: the test's own, and forked helpers.

Rule: a process executes one command at a time, and answers each.
"""

from collections.abc import Callable
import contextlib
import functools
import os
import pickle
import signal
from typing import Concatenate
from typing import IO
from typing import NoReturn
from typing import ParamSpec
from typing import Protocol
from typing import TypeVar

from unixnotif.tests.unit.model import accounts
from unixnotif.tests.unit.model import children
from unixnotif.tests.unit.model import emitters

P = ParamSpec('P')
T = TypeVar('T')


class Process(Protocol):
    """A process with an emitter."""

    def ask(
        self,
        method: Callable[Concatenate[emitters.Emitter, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Call a method of the process's emitter.

        :raises RaisedError: the method raised an exception
        """

    def end(self) -> None:
        """End the process and release its descriptors."""


class Local:
    """The test's own process."""

    def __init__(self, emitter: emitters.Emitter) -> None:
        self._emitter = emitter

    def ask(
        self,
        method: Callable[Concatenate[emitters.Emitter, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """See :class:`Process`."""
        with accounts.no_exceptions(method.__name__):
            return method(self._emitter, *args, **kwargs)

    def end(self) -> None:
        """See :class:`Process`."""
        with contextlib.suppress(Exception):
            self._emitter.close_all()


class Helper:
    """A forked process that executes commands from a pipe."""

    def __init__(self, emitter: emitters.Emitter) -> None:
        commands, self._commands = children.pipe()
        self._answers, answers = children.pipe()
        self._pid = os.fork()
        if not self._pid:
            # The end of file ends this process if the test dies.
            self._commands.close()
            self._answers.close()
            _serve(emitter, commands, answers)
        commands.close()
        answers.close()

    def ask(
        self,
        method: Callable[Concatenate[emitters.Emitter, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """See :class:`Process`."""
        pickle.dump((method, args, kwargs), self._commands)
        self._commands.flush()
        answer: T = children.result_from(self._answers)
        return answer

    def end(self) -> None:
        """See :class:`Process`."""
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        self._commands.close()
        self._answers.close()


def _serve(
    emitter: emitters.Emitter, commands: IO[bytes], answers: IO[bytes]
) -> NoReturn:
    try:
        while True:
            method, args, kwargs = pickle.load(commands)
            command = functools.partial(method, emitter, *args, **kwargs)
            children.answer_to(command, answers)
    finally:
        os._exit(0)
