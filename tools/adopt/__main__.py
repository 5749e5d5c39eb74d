# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Command line: ``python -m tools.adopt [options] [PROJECT [FILTER ...]]``.

Rule: a project runs twice, before and after its change, in one environment.
"""

import argparse
from collections.abc import Sequence
import sys

from tools import commands
from tools import workdirs
from tools.adopt import environments
from tools.adopt import patches
from tools.adopt import projects
from tools.adopt import suites
from tools.nova import __main__ as nova

PROGRAM = 'python -m tools.adopt'
_KINDS = ('baseline', 'adopted')
_NAMES = (*projects.PROJECTS, projects.NOVA)
_DESCRIPTION = """\
Run the tests of another project twice: unchanged, and with the change that
the documentation shows. The change replaces the project's fake of the
Notifier, so that real Notifiers send notifications through real sockets. The
first run installs a pinned version of the project from the package registry
into a work directory (minutes). Later runs use this installation again.
"""
_EPILOG = f"""\
PROJECT is one of: {', '.join(_NAMES)}.
FILTER is a regular expression searched in the test ids; a test runs if any of
them matches. Without FILTER and --all, a few test modules run. With --all, all
tests of the project in tools/adopt/projects.py run. For nova, only FILTER,
--all and --recreate have an effect.

examples:
  python -m tools.adopt watcher                a few tests of watcher
  python -m tools.adopt cinder --all           all listed tests of cinder
  python -m tools.adopt neutron test_base      the tests that match
  tox -e adopt -- --all                        every project, one after another

exit status: 0 the change breaks no test, 1 a test fails only with the change,
no notification passed through a socket, or --max-ratio or --timeout was
exceeded, 2 wrong usage, failed install or no test matches
"""


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; end the process for a wrong one.

    :param argv: the arguments; those of the process by default
    """
    options = commands.parser(PROGRAM, _DESCRIPTION, _EPILOG)
    add = options.add_argument
    add('project', nargs='?', metavar='PROJECT', choices=_NAMES)
    add('filters', nargs='*', metavar='FILTER', type=commands.regex)
    add(
        '--all',
        action='store_true',
        help='run all tests that tools/adopt/projects.py lists; without '
        'PROJECT, those of every project',
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
        default=3600.0,
        metavar='SECONDS',
        help='end a run and all its processes after this time (default: 3600)',
    )
    add(
        '--max-ratio',
        type=commands.seconds,
        metavar='RATIO',
        help='fail if the adopted tests use more CPU time than this multiple '
        'of the baseline, for example 1.1',
    )
    workdirs.add_options(options, 'adopt')
    arguments = options.parse_intermixed_args(argv)
    if arguments.all and arguments.filters:
        options.error('--all and FILTER exclude each other')
    if not arguments.project and not arguments.all:
        options.error(
            'name a project, for example "watcher", or use --all for every '
            'project'
        )
    commands.need_linux(options)
    return arguments


def _pair(
    project: projects.Project, arguments: argparse.Namespace
) -> list[suites.Result]:
    """Run the tests of a project before and after its change."""
    where = environments.Environment(arguments.workdir, project)
    default = project.every if arguments.all else project.quick
    results = []
    with where.locked():
        if arguments.recreate:
            where.clear()
        where.prepare()
        lines = patches.count(project.change.read_text())
        for kind in _KINDS:
            commands.say(
                f'{project.name} {project.release}, {kind}'
                + (f' ({lines} changed lines)' if kind == 'adopted' else '')
            )
            result = suites.run(
                where,
                kind,
                arguments.filters or default,
                concurrency=arguments.concurrency,
                timeout=arguments.timeout,
                show=commands.say,
            )
            results.append(result)
    return results


def _judge(results: Sequence[suites.Result], max_ratio: float | None) -> bool:
    """Print the results; return True if the adopted tests passed."""
    for each in results:
        if text := each.troubles(f'{each.project}, {each.kind}'):
            commands.say(f'\n{text}')
    commands.say(f'\n{suites.table(results)}\n')
    passed = True
    for before, after in zip(results[::2], results[1::2], strict=True):
        # Ignore tests that also fail without the change.
        failed = set(after.trace.tests('FAILED'))
        failed -= set(before.trace.tests('FAILED'))
        passed = passed and not failed and not after.problems
        limit = before.cpu_seconds * (max_ratio or 0)
        if max_ratio and after.cpu_seconds > limit:
            commands.say(
                f'{after.project}: the adopted tests use more than '
                f'{max_ratio:g} times the CPU time of the baseline'
            )
            passed = False
    return passed


def _run(arguments: argparse.Namespace) -> int:
    names = [arguments.project] if arguments.project else _NAMES
    results = [
        result
        for name in names
        if name != projects.NOVA
        for result in _pair(projects.PROJECTS[name], arguments)
    ]
    status = int(bool(results) and not _judge(results, arguments.max_ratio))
    if projects.NOVA in names:
        rest = ['--all'] if arguments.all else arguments.filters
        rest = [*rest, '--recreate'] if arguments.recreate else rest
        status = max(status, nova.main(['--compare', *rest]))
    return status


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return the exit status.

    :param argv: the arguments; those of the process by default
    """
    arguments = parse(argv)
    return commands.run(PROGRAM, lambda: _run(arguments))


if __name__ == '__main__':
    sys.exit(main())
