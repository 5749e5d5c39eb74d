# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Command lines of the tools: types of options, signals, exit statuses.

Rule: wrong usage and a failed installation are one message and status 2.
"""

import argparse
from collections.abc import Callable
import re
import signal
import sys
from types import FrameType
from typing import NoReturn

from tools import errors


def count(text: str) -> int:
    """Read a whole number of at least 1; a type of argparse."""
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value


def seconds(text: str) -> float:
    """Read a positive, finite number; a type of argparse."""
    value = float(text)
    if not 0 < value < float('inf'):
        raise ValueError(text)
    return value


def regex(text: str) -> str:
    """Check a regular expression; a type of argparse."""
    try:
        re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(
            f'{text!r} is not a regular expression: {error}'
        ) from None
    return text


# argparse uses this name in its message about a wrong value.
seconds.__name__ = 'number of seconds'


def parser(
    program: str, description: str, epilog: str
) -> argparse.ArgumentParser:
    """Return a parser that keeps the line breaks of its texts.

    :param program: as the user starts it, ``python -m tools.NAME``
    """
    return argparse.ArgumentParser(
        prog=program,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def say(line: str) -> None:
    """Print a line at once, also into a file or a pipe."""
    print(line, flush=True)


def run(program: str, work: Callable[[], int]) -> int:
    """Do the work of a command; return its exit status.

    SIGTERM and SIGHUP raise SystemExit, so that the work ends everything that
    it has started.

    :param program: name for messages
    :param work: returns 0 for success and 1 for findings
    """
    signal.signal(signal.SIGTERM, _terminate)
    signal.signal(signal.SIGHUP, _terminate)
    try:
        return work()
    except (errors.ToolError, OSError) as error:
        print(f'{program}: error: {error}', file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print('\ninterrupted', file=sys.stderr)
        return 130


def need_linux(options: argparse.ArgumentParser) -> None:
    """End the process on another system, where no socket would work."""
    if sys.platform != 'linux':
        options.error('unixnotif needs Linux')


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
