# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The command line of the demonstration.

Rule: the exit code is 0 only if the fixture, ``unixnotif tail`` and a listener
of oslo.messaging have the counts that the publishers report.
"""

import argparse
from collections.abc import Sequence
import sys
import time

from rich import console as consoles

from demo import capture
from demo import processes
from demo import relay
from demo import screen

EXAMPLES = """\
examples:
  python -m demo
  python -m demo --workers 8 --notifications 100
  python -m demo --socket-uri rabbit://    # shows the error of a wrong URI
  python -m demo relay                     # needs rabbitmq-server

exit code: 0 if the fixture, tail and the listener received every emitted
notification; 1 if they did not, or a process failed; 2 if the command line is
wrong"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the demonstration.

    :returns: exit code
    """
    arguments = parse(argv)
    console = consoles.Console(highlight=False, markup=False)
    started = time.monotonic()
    try:
        if arguments.demonstration == 'relay':
            return _relay(arguments, console)
        outcome = capture.demonstrate(
            arguments.workers,
            arguments.notifications,
            arguments.socket_uri,
            console,
        )
    except processes.DemoError as e:
        print(f'demo: {e}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print('demo: interrupted', file=sys.stderr)
        return 130
    screen.show(outcome, time.monotonic() - started, console)
    return 1 if any(outcome.problems()) else 0


def _relay(arguments: argparse.Namespace, console: consoles.Console) -> int:
    """Show the relay; return the exit code."""
    problems = relay.demonstrate(
        arguments.workers, arguments.notifications, console
    )
    for problem in problems:
        console.print(f'FAILED: {problem}', style='red')
    if not problems:
        console.print(
            'OK: every notification arrived through RabbitMQ', style='green'
        )
    return 1 if problems else 0


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog='python -m demo',
        description='An example service of several processes emits\n'
        'notifications. A test fixture, "unixnotif tail" and a listener of\n'
        'oslo.messaging receive them at the same time. The demonstration\n'
        'compares the received notifications with the emitted ones.',
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        'demonstration',
        nargs='?',
        choices=['capture', 'relay'],
        default='capture',
        help='relay: "unixnotif relay" forwards the notifications to a '
        'RabbitMQ server, which the demonstration starts (default: '
        '%(default)s)',
    )
    parser.add_argument(
        '--workers',
        metavar='N',
        type=positive,
        default=3,
        help='processes in the pool of the service (default: %(default)s)',
    )
    parser.add_argument(
        '--notifications',
        metavar='N',
        type=positive,
        default=6,
        help='notifications of each worker, and of the thread of the service '
        '(default: %(default)s)',
    )
    parser.add_argument(
        '--socket-uri',
        metavar='URI',
        help="wrong address for the service's configuration, to show how "
        'a mistake is reported',
    )
    return parser.parse_args(argv)


def positive(text: str) -> int:
    """Convert an argument to a whole number above 0."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(
            f'{text!r} is not a whole number above 0'
        )
    return int(text)
