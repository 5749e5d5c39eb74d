# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""Command line: ``python -m tools.relay [SCENARIO ...]``.

Rule: each scenario is one line of output.
"""

from collections.abc import Callable
from collections.abc import Sequence
import logging
import sys
import time

from tools import commands
from tools.relay import rabbitmq
from tools.relay import scenarios

PROGRAM = 'python -m tools.relay'
_DESCRIPTION = """\
Run "unixnotif relay" between real emitters and unchanged listeners of
oslo.messaging. The bus is a RabbitMQ server, which the tool starts, stops and
suspends, or the mock cluster of librdkafka. Each scenario checks the received
notifications and the numbers that the relay reports.
"""
_EPILOG = """\
examples:
  python -m tools.relay
  python -m tools.relay away suspended --seconds 5

exit status: 0 all is well, 1 a scenario failed, 2 wrong usage or no server
"""

#: Scenarios by name; each takes the server and the seconds of an outage.
SCENARIOS: dict[str, Callable[[rabbitmq.RabbitMQ, float], str]] = {
    'fields': lambda server, _: scenarios.fields(server.url, 1, 420),
    'lanes': lambda server, _: scenarios.fields(server.url, 4, 420),
    'refused': lambda server, _: scenarios.refused(server.url),
    'overloaded': lambda server, _: scenarios.overloaded(server.url, 10_000),
    'away': scenarios.away,
    'away-lanes': lambda server, s: scenarios.away(server, s, 4),
    'suspended': lambda server, s: scenarios.suspended(server, s / 2),
    'suspended-lanes': lambda server, s: scenarios.suspended(server, s / 2, 4),
    'stop-up': lambda server, _: scenarios.stopped(server, 'up', 30),
    'stop-away': lambda server, _: scenarios.stopped(server, 'away', 30),
    'stop-suspended': lambda server, _: scenarios.stopped(
        server, 'suspended', 30
    ),
    'stop-refused': lambda server, _: scenarios.stopped_while_refused(
        server.url, 30
    ),
    'stop-refused-early': lambda server, _: scenarios.stopped_while_refused(
        server.url, 3
    ),
    'kafka': lambda *_: scenarios.kafka(420),
}


def main() -> int:
    """Run the selected scenarios; return the exit status."""
    parser = commands.parser(PROGRAM, _DESCRIPTION, _EPILOG)
    parser.add_argument(
        'scenarios',
        metavar='SCENARIO',
        nargs='*',
        help=f'default: all of {", ".join(SCENARIOS)}',
    )
    parser.add_argument(
        '--seconds',
        type=commands.seconds,
        default=20.0,
        help='duration of an outage; half of it if the server is suspended '
        '(default: %(default)s)',
    )
    args = parser.parse_args()
    names = args.scenarios or list(SCENARIOS)
    for name in names:
        if name not in SCENARIOS:
            parser.error(f'{name!r} is none of {", ".join(SCENARIOS)}')
    return commands.run(PROGRAM, lambda: _run_all(names, args.seconds))


def _run_all(names: Sequence[str], seconds: float) -> int:
    # The stock listeners report each outage, with tracebacks.
    logging.disable()
    with rabbitmq.RabbitMQ() as server:
        failed = [name for name in names if not _run(name, server, seconds)]
    return 1 if failed else 0


def _run(name: str, server: rabbitmq.RabbitMQ, seconds: float) -> bool:
    begin = time.monotonic()
    try:
        result = SCENARIOS[name](server, seconds)
        passed = True
    except AssertionError as e:
        result, passed = f'FAILED: {e}', False
    took = time.monotonic() - begin
    commands.say(f'{name}: {result} ({took:.0f} s)')
    return passed


if __name__ == '__main__':
    sys.exit(main())
