# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Command line: ``python -m tools.nova [options] [FILTER ...]``.

Rule: only runs that passed are compared, with each other and with classes.
"""

import argparse
from collections.abc import Sequence
import itertools
import sys

from tools import commands
from tools.nova import contract
from tools.nova import environment
from tools.nova import fidelity
from tools.nova import options
from tools.nova import report
from tools.nova import seen
from tools.nova import suite


def _run(arguments: argparse.Namespace) -> int:
    where = environment.Environment(arguments.workdir)
    with where.locked():
        if arguments.recreate:
            where.clear()
        wanted = options.plans(arguments)
        where.prepare(project=any(plan.swap for plan in wanted))
        results = []
        for plan in wanted:
            commands.say(
                f'nova {where.release} in {plan.mode} mode, '
                f'fixture of {plan.fixture}'
            )
            results.append(suite.run(where, plan, commands.say))
        for each in results:
            if text := each.troubles(each.title):
                commands.say(f'\n{text}')
        commands.say(f'\n{report.table(results)}\n')
        passed = all(result.passed for result in results)
        # The recording of a failed run may be incomplete.
        if passed:
            passed = _judge(where, arguments, results)
    return 0 if passed else 1


def _judge(
    where: environment.Environment,
    arguments: argparse.Namespace,
    results: Sequence[suite.Result],
) -> bool:
    """Compare the recordings; return True if they are as expected."""
    passed = True
    for result in results:
        if result.plan.swap:
            commands.say(report.received(result))
    if arguments.compare:
        for comparison in fidelity.compare_all(results):
            commands.say(comparison.text)
            passed = passed and comparison.passed
    if arguments.contract:
        recordings = [
            seen.recordings(result.recording)
            for result in results
            if result.plan.swap
        ]
        files = list(itertools.chain.from_iterable(recordings))
        outcome = contract.run(where, files, complete=arguments.all)
        commands.say(f'\n{report.contract_text(outcome)}')
        passed = passed and outcome.passed
    return passed


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return the exit status.

    :param argv: the arguments; those of the process by default
    """
    arguments = options.parse(argv)
    return commands.run(options.PROGRAM, lambda: _run(arguments))


if __name__ == '__main__':
    sys.exit(main())
