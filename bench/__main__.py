# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The command ``python -m bench``: run jobs, print tables, check targets."""

import argparse
from collections.abc import Callable
import json
import logging
import os
import pathlib
import platform
import sys
import time
from typing import Any
from typing import NamedTuple

from bench import burst
from bench import compare
from bench import contract
from bench import cost
from bench import floor
from bench import growth
from bench import hostile
from bench import latency
from bench import listener
from bench import load
from bench import memory
from bench import payloads
from bench import readers
from bench import relay
from bench import stages
from bench import stalls
from bench import startup
from bench import tables
from bench import targets
from bench import throughput

_EXAMPLES = """
examples:
  python -m bench                        run all jobs, a few minutes
  python -m bench --quick                run all jobs, less exact, about a
                                         minute
  python -m bench --only cost,latency    run two jobs
  python -m bench --check --json out.json
                                         compare with the targets, write
                                         all results to a file
  python -m bench --compare HEAD~10      compare a commit with the working
                                         tree

bench/README.rst describes the jobs and the targets.
"""


class Job(NamedTuple):
    """One group of measurements.

    :ivar run: in full or in short
    :ivar show: its rows as text
    """

    run: Callable[[stages.Stage, bool], tables.Rows]
    show: Callable[[tables.Rows], str]


def _scaled(module: Any) -> Callable[[stages.Stage, bool], tables.Rows]:
    """Return the job of a module that has two scales."""

    def run(stage: stages.Stage, quick: bool) -> tables.Rows:
        rows: tables.Rows = module.run(
            stage, module.QUICK if quick else module.FULL
        )
        return rows

    return run


JOBS = {
    'cost': Job(
        _scaled(cost),
        tables.cost,
    ),
    'floor': Job(
        _scaled(floor),
        tables.plain('Calls beside their floor, CPU time'),
    ),
    'startup': Job(
        _scaled(startup),
        tables.plain('Start of a process or a test, CPU time'),
    ),
    'stalls': Job(
        _scaled(stalls),
        tables.plain('Calls over 4 ms beside threads that compute'),
    ),
    'latency': Job(
        _scaled(latency),
        tables.plain('Latency from the call to the reader'),
    ),
    'throughput': Job(
        _scaled(throughput),
        tables.plain('Notifications a second that a reader receives'),
    ),
    'burst': Job(
        lambda stage, quick: burst.run(stage),
        tables.plain('Unread documents before the first drop'),
    ),
    'memory': Job(
        _scaled(memory),
        tables.plain('Memory for each subscriber'),
    ),
    'growth': Job(
        _scaled(growth),
        tables.growth,
    ),
    'relay': Job(
        _scaled(relay),
        tables.plain('Notifications to RabbitMQ a second'),
    ),
    'listener': Job(
        _scaled(listener),
        tables.plain('CPU time of a listener of oslo.messaging'),
    ),
    'contract': Job(
        lambda stage, quick: contract.run(
            contract.QUICK if quick else contract.FULL
        ),
        tables.plain('Check of a large catalogue'),
    ),
    'hostile': Job(
        _scaled(hostile),
        tables.plain('Calls beside a hostile member of the sharing group'),
    ),
}


def _jobs(text: str) -> list[str]:
    names = text.split(',')
    for name in names:
        if name not in JOBS:
            raise argparse.ArgumentTypeError(
                f'{name!r} is none of {", ".join(JOBS)}'
            )
    return names


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='python -m bench',
        description='Measure unixnotif, other drivers and ZeroMQ.\n'
        'If ZeroMQ or RabbitMQ is missing, the command skips it and prints '
        'its name.',
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        '--only',
        type=_jobs,
        default=list(JOBS),
        metavar='JOBS',
        help='run only these jobs, separated by commas (default: all): '
        f'{", ".join(JOBS)}',
    )
    parser.add_argument(
        '--quick',
        action='store_true',
        help='run fewer rounds, which is less exact',
    )
    parser.add_argument(
        '--json',
        type=pathlib.Path,
        metavar='FILE',
        help='write all results to this file',
    )
    parser.add_argument(
        '--check',
        action='store_true',
        help='compare with the targets; exit with 1 if one is missed',
    )
    parser.add_argument(
        '--compare',
        metavar='REV',
        help='compare the CPU time of a call in this commit and in the '
        'working tree; --only and --check have no effect',
    )
    return parser


def _machine() -> dict[str, Any]:
    return {
        'python': platform.python_version(),
        'kernel': platform.release(),
        'cpus': os.cpu_count(),
        'payload_bytes': {
            name: payload.size for name, payload in payloads.PAYLOADS.items()
        },
    }


def _compare(args: argparse.Namespace) -> int:
    """Show a commit beside the working tree; return the exit status."""
    rounds = compare.QUICK if args.quick else compare.FULL
    try:
        rows = compare.run(args.compare, rounds)
    except compare.RevisionError as e:
        print(f'Cannot measure --compare {args.compare}: {e}', file=sys.stderr)
        return 2
    title = f'CPU time of a call, {args.compare} and the working tree'
    print(tables.plain(title)(rows))
    if args.json:
        document = {'machine': _machine(), 'results': {'compare': rows}}
        args.json.write_text(json.dumps(document, indent=1) + '\n')
    return 0


def _disturbance(other_cpus: float) -> str:
    """Return a mark for a job that other programs disturbed."""
    if other_cpus <= load.MOST:
        return ''
    return f'; DISTURBED: other programs kept {other_cpus:.1f} processors busy'


def main() -> int:
    """Run what the command line asks for.

    :returns: the exit status
    """
    args = _parser().parse_args()
    if args.compare:
        return _compare(args)
    readers.raise_descriptor_limit()
    # Drops are part of what is measured.
    logging.getLogger('unixnotif').setLevel(logging.ERROR)
    machine = _machine()
    print(
        f'Python {machine["python"]}, Linux {machine["kernel"]}, '
        f'{machine["cpus"]} CPUs. Trust ratios, not microseconds.'
    )
    results: targets.Results = {}
    skipped: dict[str, str] = {}
    other_cpus: dict[str, float] = {}
    for name in args.only:
        job = JOBS[name]
        begin = time.monotonic()
        others = load.Load()
        with stages.Stage() as stage:
            results[name] = job.run(stage, args.quick)
        skipped.update(stage.skipped)
        print(job.show(results[name]))
        other_cpus[name] = others.other_cpus()
        took = time.monotonic() - begin
        print(f'({took:.0f} s{_disturbance(other_cpus[name])})', flush=True)
    for name, why in skipped.items():
        print(f'\nSkipped: {name} ({why})')
    found = targets.check(results)
    if args.check:
        print(tables.targets([target.row() for target in found]))
    if args.json:
        document = {
            'machine': machine,
            'skipped': skipped,
            'other_cpus': other_cpus,
            'results': results,
            'targets': [target.row() for target in found],
        }
        args.json.write_text(json.dumps(document, indent=1) + '\n')
    missed = [target.text for target in found if not target.met]
    return 1 if args.check and missed else 0


if __name__ == '__main__':
    sys.exit(main())
