# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Command line: ``python -m tools.nova [options] [FILTER ...]``.

Rule: a user's mistake and a failed install are one message and status 2.
"""

import argparse
from collections.abc import Sequence
import itertools
import signal
import sys
from types import FrameType
from typing import NoReturn

from tools import errors
from tools.nova import contract
from tools.nova import environment
from tools.nova import fidelity
from tools.nova import options
from tools.nova import report
from tools.nova import seen
from tools.nova import suite


def _say(line: str) -> None:
    print(line, flush=True)


def _run(arguments: argparse.Namespace) -> int:
    where = environment.Environment(arguments.workdir)
    with where.locked():
        if arguments.recreate:
            where.clear()
        wanted = options.plans(arguments)
        where.prepare(project=any(plan.swap for plan in wanted))
        results = []
        for plan in wanted:
            _say(
                f'nova {where.release} in {plan.mode} mode, '
                f'fixture of {plan.fixture}'
            )
            results.append(suite.run(where, plan, _say))
        for text in map(report.troubles, results):
            if text:
                _say(f'\n{text}')
        _say(f'\n{report.table(results)}\n')
        passed = all(result.passed for result in results)
        # What was not run to its end cannot be complete.
        if passed:
            passed = _judge(where, arguments, results)
    return 0 if passed else 1


def _judge(
    where: environment.Environment,
    arguments: argparse.Namespace,
    results: Sequence[suite.Result],
) -> bool:
    """Look at what was recorded; whether it is as it should be."""
    passed = True
    for result in results:
        if result.plan.swap:
            _say(report.received(result))
    if arguments.compare:
        for comparison in fidelity.compare_all(results):
            _say(comparison.text)
            passed = passed and comparison.passed
    if arguments.contract:
        recordings = [
            seen.recordings(result.recording)
            for result in results
            if result.plan.swap
        ]
        files = list(itertools.chain.from_iterable(recordings))
        outcome = contract.run(where, files, complete=arguments.all)
        _say(f'\n{report.contract_text(outcome)}')
        passed = passed and outcome.passed
    return passed


def _terminated(number: int, frame: FrameType | None) -> NoReturn:
    # An exception, so that what was started is ended on the way out.
    raise SystemExit(128 + number)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    :param argv: the arguments; those of the process by default
    :returns: the exit status
    """
    arguments = options.parse(argv)
    signal.signal(signal.SIGTERM, _terminated)
    signal.signal(signal.SIGHUP, _terminated)
    try:
        return _run(arguments)
    except (errors.ToolError, OSError) as error:
        print(f'{options.PROGRAM}: error: {error}', file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print('\ninterrupted', file=sys.stderr)
        return 130


if __name__ == '__main__':
    sys.exit(main())
