# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The command line: its options, and the runs that they select."""

import argparse
from collections.abc import Sequence

from tools import commands
from tools import workdirs
from tools.nova import suite

PROGRAM = 'python -m tools.nova'
MODULES = ('test_service', 'test_flavor', 'test_keypair', 'test_aggregate')
MODES = ('threading', 'eventlet')

_DESCRIPTION = """\
Run nova's functional tests of notification samples. A fixture that captures
notifications from real sockets replaces nova's own fixture. The first run
installs nova from the package registry into a work directory (about a
minute). Later runs use this installation again. nova itself is not edited.
"""
_EPILOG = f"""\
FILTER is a regular expression searched in the test ids; a test runs if any of
them matches. Without a FILTER, the tests of these modules run:
{', '.join(MODULES)}.

examples:
  python -m tools.nova                             the default, both modes
  python -m tools.nova --all --compare             all; compare the fixtures
  python -m tools.nova --contract test_flavor      also check the contract
  python -m tools.nova --mode eventlet test_keypair
  tox -e nova -- --mode threading test_create_delete_server$

exit status: 0 all tests passed and all comparisons agree, 1 a test failed or
a comparison found a difference, 2 wrong usage or failed install
"""


def _parser() -> argparse.ArgumentParser:
    options = commands.parser(PROGRAM, _DESCRIPTION, _EPILOG)
    add = options.add_argument
    add('filters', nargs='*', type=commands.regex, metavar='FILTER')
    add('--all', action='store_true', help='run every notification test')
    add(
        '--mode',
        choices=[*MODES, 'both'],
        default='both',
        help="nova's concurrency mode (default: both, one after the other)",
    )
    fixture = options.add_mutually_exclusive_group()
    fixture.add_argument(
        '--baseline',
        action='store_true',
        help="run with nova's own fixture, unmodified",
    )
    fixture.add_argument(
        '--compare',
        action='store_true',
        help="run each mode with nova's own fixture too; compare the times, "
        'and the notifications of both runs',
    )
    add(
        '--contract',
        action='store_true',
        help="compare nova's payload classes, its samples and the recording "
        '(always with --all)',
    )
    add(
        '--concurrency',
        type=commands.count,
        default=2,
        metavar='N',
        help='worker processes (default: 2)',
    )
    add(
        '--timeout',
        type=commands.seconds,
        default=1200.0,
        metavar='SECONDS',
        help='end a run and all its processes after this time (default: 1200)',
    )
    workdirs.add_options(options, 'nova')
    return options


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; end the process for a wrong one.

    :param argv: the arguments; those of the process by default
    """
    options = _parser()
    arguments = options.parse_args(argv)
    if arguments.all and arguments.filters:
        options.error('--all and FILTER exclude each other')
    if arguments.contract and arguments.baseline:
        options.error('--contract needs a recording, and --baseline has none')
    commands.need_linux(options)
    arguments.contract |= arguments.all and not arguments.baseline
    return arguments


def plans(arguments: argparse.Namespace) -> list[suite.Plan]:
    """Return the runs that the arguments select, in order."""
    filters = arguments.filters
    if not filters and not arguments.all:
        modules = '|'.join(MODULES)
        filters = [rf'notification_sample_tests\.({modules})\.']
    modes = MODES if arguments.mode == 'both' else (arguments.mode,)
    swaps = [False, True] if arguments.compare else [not arguments.baseline]
    return [
        suite.Plan(
            mode, swap, filters, arguments.concurrency, arguments.timeout
        )
        for mode in modes
        for swap in swaps
    ]
