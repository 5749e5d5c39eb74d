# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Forked children of the model, with or without Python's fork hooks.

Rule: a child answers with a value or a traceback, and the parent reaps it.
"""

from collections.abc import Callable
import ctypes
import os
import pickle
import traceback
from typing import Any
from typing import Final
from typing import IO
from typing import TypeVar

from unixnotif.tests.unit.model import accounts

T = TypeVar('T')

# fork(2) without Python's fork hooks. PyDLL keeps the interpreter's lock, so
# that the child owns it.
_LIBC: Final = ctypes.PyDLL(None)


def run_in_child(function: Callable[[], T], raw: bool) -> T:
    """Return the result of a function that runs in a forked child.

    :param raw: fork without Python's fork hooks
    :raises RaisedError: the function raised an exception
    """
    answers, answer = pipe()
    pid = _LIBC.fork() if raw else os.fork()
    if not pid:
        try:
            answer_to(function, answer)
        finally:
            os._exit(0)
    answer.close()
    with answers:
        try:
            result: T = result_from(answers)
            return result
        finally:
            os.waitpid(pid, 0)


def pipe() -> tuple[IO[bytes], IO[bytes]]:
    """Return the two ends of a new pipe: reader and writer."""
    reader, writer = os.pipe()
    return open(reader, 'rb'), open(writer, 'wb')


def answer_to(function: Callable[[], Any], answers: IO[bytes]) -> None:
    """Write the result or the traceback of a function to a pipe."""
    try:
        outcome = function(), ''
    except BaseException:
        outcome = None, traceback.format_exc()
    pickle.dump(outcome, answers)
    answers.flush()


def result_from(answers: IO[bytes]) -> Any:
    """Return the result of a function in another process.

    :raises RaisedError: the function raised an exception
    """
    try:
        result, failure = pickle.load(answers)
    except EOFError:
        failure = 'the process ended without an answer'
    if failure:
        raise accounts.RaisedError(failure)
    return result
