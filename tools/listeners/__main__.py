# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Command line: ``python -m tools.listeners [options] [SCENARIO ...]``.

Rule: each scenario is one line of output.
"""

import argparse
from collections.abc import Callable
from collections.abc import Sequence
from pathlib import Path
import sys
import tempfile
import time

from tools import commands
from tools import workdirs
from tools.listeners import agents
from tools.listeners import environment
from tools.listeners import scenarios

PROGRAM = 'python -m tools.listeners'

SCENARIOS: dict[str, Callable[[environment.Environment, Path, int], str]] = {
    'ceilometer': scenarios.ceilometer,
    'watcher': scenarios.watcher,
    'requeue': scenarios.requeue,
    'stop': scenarios.stop,
}

_DESCRIPTION = """\
Emit notifications from several processes to listeners of oslo.messaging whose
transport URL is a rendezvous directory. Check that each notification arrives
exactly once.
"""
_EPILOG = """\
scenarios:
  ceilometer  the notification agent of ceilometer, with two workers
  watcher     two decision engines of watcher, which share the notifications
  requeue     two listeners that requeue each notification once
  stop        a listener that stops early, and never calls wait()

examples:
  python -m tools.listeners                every scenario
  python -m tools.listeners watcher        only this one

The packages come from the registry into a work directory, so that only the
first run installs them (minutes).

exit status: 0 all is well, 1 a scenario failed, 2 wrong usage or failed
install
"""


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; end the process for a wrong one.

    :param argv: the arguments; those of the process by default
    """
    options = commands.parser(PROGRAM, _DESCRIPTION, _EPILOG)
    add = options.add_argument
    add('scenarios', nargs='*', metavar='SCENARIO', help='default: all')
    add(
        '--notifications',
        type=commands.count,
        default=400,
        metavar='N',
        help='number of notifications of each emitting process (default: 400)',
    )
    workdirs.add_options(options, 'listeners')
    arguments = options.parse_args(argv)
    for name in arguments.scenarios:
        if name not in SCENARIOS:
            options.error(
                f'there is no scenario {name!r}; there are: '
                + ', '.join(SCENARIOS)
            )
    commands.need_linux(options)
    return arguments


def _run(arguments: argparse.Namespace) -> int:
    where = environment.Environment(arguments.workdir)
    failed = False
    with where.locked():
        if arguments.recreate:
            where.clear()
        where.prepare()
        for name in arguments.scenarios or SCENARIOS:
            begin = time.monotonic()
            with tempfile.TemporaryDirectory(prefix='unixnotif-') as top:
                try:
                    result = SCENARIOS[name](
                        where, Path(top), arguments.notifications
                    )
                except agents.ScenarioError as error:
                    result = f'FAILED: {error}'
                    failed = True
            took = time.monotonic() - begin
            commands.say(f'{name}: {result} ({took:.0f} s)')
    return int(failed)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return the exit status.

    :param argv: the arguments; those of the process by default
    """
    arguments = parse(argv)
    return commands.run(PROGRAM, lambda: _run(arguments))


if __name__ == '__main__':
    sys.exit(main())
