# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Command line: ``python -m tools.chaos [options]``.

Rule: the figures go to standard output, everything else to standard error.
"""

import argparse
from collections.abc import Callable
from collections.abc import Sequence
import json
import os
from pathlib import Path
import random
import shutil
import signal
import sys
import tempfile
import time
from typing import NoReturn

from tools import errors
from tools.chaos import conductor
from tools.chaos import events
from tools.chaos import plans
from tools.chaos import table

_DESCRIPTION = """\
Run publishers and consumers in real processes, disturb them by SIGKILL,
SIGSTOP, forks and replaced directories and sockets, and account for each
notification at each consumer. tools/chaos/README.rst explains the columns.
"""
_EPILOG = """\
examples:
  python -m tools.chaos                           a short campaign
  python -m tools.chaos --notifications 3000000 --seed 1 --json figures.json
                                                  a long campaign
  python -m tools.chaos --seed 7 --log chaos.log  repeat the plan of seed 7,
                                                  and keep the event log
  python -m tools.chaos --only leave,kill_emitter only two disturbances

exit status: 0 no fault, 1 at least one fault, 2 wrong usage
"""
# Seconds between two lines of progress, on a terminal and elsewhere.
_TERMINAL_INTERVAL = 1.0
_PLAIN_INTERVAL = 30.0


def _positive(text: str) -> int:
    value = int(text.replace('_', ''))
    if value < 1:
        raise argparse.ArgumentTypeError(f'{text} is not positive')
    return value


def _names(text: str) -> list[str]:
    names = [name for name in text.split(',') if name]
    for name in names:
        if name not in plans.NAMES:
            raise argparse.ArgumentTypeError(
                f'no disturbance {name!r}; choose from '
                + ', '.join(plans.NAMES)
            )
    return names


def parser() -> argparse.ArgumentParser:
    """Return the options and their help."""
    options = argparse.ArgumentParser(
        prog='python -m tools.chaos',
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = options.add_argument
    add(
        '--notifications',
        type=_positive,
        default=100_000,
        metavar='N',
        help='number of notifications to publish, at least (default: 100000)',
    )
    add(
        '--seed',
        type=int,
        metavar='K',
        help='seed of the plan of disturbances (default: a random number)',
    )
    add(
        '--round',
        type=_positive,
        default=40_000,
        metavar='N',
        help='number of notifications between two settlements of the '
        'accounts (default: 40000)',
    )
    add(
        '--only',
        type=_names,
        default=plans.NAMES,
        metavar='NAMES',
        help='plan only these disturbances, separated by commas: '
        + ', '.join(plans.NAMES),
    )
    add(
        '--json',
        type=Path,
        metavar='FILE',
        help='write the figures to FILE as JSON',
    )
    add(
        '--log',
        type=Path,
        metavar='FILE',
        help='write the event log to FILE and keep it (default: a temporary '
        'file, kept if there is a fault)',
    )
    return options


def _progress(total: int) -> Callable[[conductor.Result], None]:
    """Return a function that shows the progress on standard error."""
    terminal = sys.stderr.isatty()
    interval = _TERMINAL_INTERVAL if terminal else _PLAIN_INTERVAL
    due = time.monotonic() + interval

    def show(result: conductor.Result) -> None:
        nonlocal due
        if time.monotonic() < due:
            return
        due = time.monotonic() + interval
        text = (
            f'{result.published:,} of {total:,} notifications, '
            f'{result.seconds:.0f} s, {result.faults:,} faults'
        )
        # On a terminal, the next line of progress replaces this line.
        end = '\r' if terminal else '\n'
        print(text.ljust(70), end=end, file=sys.stderr, flush=True)

    return show


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _open_log(path: Path | None) -> events.EventLog:
    """Open the event log.

    :raises ToolError: the file cannot be created
    """
    if path is None:
        fd, name = tempfile.mkstemp('.log', 'unixnotif-chaos-')
        os.close(fd)
        path = Path(name)
    try:
        return events.EventLog(path)
    except OSError as e:
        raise errors.ToolError(f'cannot create {path}: {e.strerror}') from e


def _check_writable(path: Path) -> None:
    """Check at the start of a run that a file can be written.

    :raises ToolError: the file cannot be written
    """
    try:
        path.touch()
    except OSError as e:
        raise errors.ToolError(f'cannot write {path}: {e.strerror}') from e


def _run(arguments: argparse.Namespace, seed: int) -> int:
    if arguments.json:
        _check_writable(arguments.json)
    log = _open_log(arguments.log)
    keep = True
    print(f'seed {seed}, event log {log.path}', file=sys.stderr)
    # Forked processes would inherit the exit function of TemporaryDirectory.
    base = Path(tempfile.mkdtemp(prefix='unixnotif-chaos-'))
    try:
        result = conductor.Conductor(
            base,
            log,
            arguments.notifications,
            arguments.round,
            seed,
            arguments.only,
            _progress(arguments.notifications),
        ).run()
        keep = arguments.log is not None or not result.exact
    finally:
        shutil.rmtree(base)
        log.close()
        if not keep:
            log.path.unlink()
    if sys.stderr.isatty():
        print(file=sys.stderr)
    print(table.render(result))
    print(
        f'\n{result.published:,} notifications in {result.rounds} rounds, '
        f'{result.seconds:.0f} s, seed {seed}: {result.faults:,} faults'
    )
    if result.failure:
        print(f'The campaign could not continue: {result.failure}')
    if not result.exact:
        print(f'event log: {log.path}', file=sys.stderr)
    if arguments.json:
        document = table.document(result, seed)
        arguments.json.write_text(json.dumps(document, indent=1) + '\n')
    return 0 if result.exact else 1


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    :param argv: the arguments; default: those of the process
    :returns: the exit status
    """
    options = parser()
    arguments = options.parse_args(argv)
    seed = arguments.seed
    if seed is None:
        seed = random.SystemRandom().randrange(1_000_000)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return _run(arguments, seed)
    except errors.ToolError as e:
        print(f'{options.prog}: error: {e}', file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print('\ninterrupted', file=sys.stderr)
        return 130


if __name__ == '__main__':
    sys.exit(main())
