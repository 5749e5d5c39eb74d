# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Command line: ``python -m tools.zuul [options] [STAGE ...]``.

Rule: each stage runs, whatever the result of the stages before. A user's
mistake or a failed installation is one message and status 2.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
import subprocess
import sys
import time

from tools import commands
from tools.zuul import environment
from tools.zuul import stages

PROGRAM = 'python -m tools.zuul'
_DESCRIPTION = """\
Check the Zuul jobs, their playbooks and roles without a Zuul and without a
cloud. The first run installs packages into a work directory (about half a
minute); later runs use them again.
"""
_EPILOG = """\
stages:
  zuulcilint    schema of the jobs, and paths of the playbooks
  parsers       Zuul's own parsers: keys, types, regular expressions
  references    names of parents, jobs, templates and playbooks
  requirements  rules of openstack/requirements for our requirement files;
                with UNIXNOTIF_REQUIREMENTS=DIR, a checkout of that
                repository, also its own script
  syntax        ansible-playbook --syntax-check
  ansible-lint  playbooks and roles
  tests         the role on sample captures; these checks on broken copies

exit status: 0 no findings, 1 findings, 2 wrong usage or failed installation

examples:
  python -m tools.zuul
  python -m tools.zuul parsers references
  UNIXNOTIF_REQUIREMENTS=~/src/requirements python -m tools.zuul requirements
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    options = commands.parser(PROGRAM, _DESCRIPTION, _EPILOG)
    add = options.add_argument
    add('stages', nargs='*', metavar='STAGE', help='all by default')
    add(
        '--tree',
        type=Path,
        default=environment.CHECKOUT,
        metavar='DIR',
        help='the tree to check (default: this checkout)',
    )
    add(
        '--workdir',
        type=Path,
        default=environment.WORKDIR,
        metavar='DIR',
        help='directory for packages (default: .tox/zuul/work)',
    )
    return options


def _run(
    names: Sequence[str], tree: Path, where: environment.Environment
) -> int:
    where.prepare()
    bad = []
    for name in names:
        print(f'{name}: ', end='', flush=True)
        begin = time.monotonic()
        try:
            found = list(stages.STAGES[name](tree, where))
        except subprocess.TimeoutExpired as error:
            found = [f'{error.cmd} did not end within {error.timeout:g} s']
        seconds = time.monotonic() - begin
        noun = 'finding' if len(found) == 1 else 'findings'
        print(f'{len(found) or "no"} {noun}, {seconds:.1f} s', flush=True)
        for finding in found:
            print(f'  {finding}'.replace('\n', '\n  '), flush=True)
        bad += [name] * bool(found)
    print(f'findings in: {", ".join(bad)}' if bad else 'all checks passed')
    return 1 if bad else 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    :param argv: the arguments; those of the process by default
    :returns: the exit status
    """
    options = parser()
    arguments = options.parse_args(argv)
    for name in arguments.stages:
        if name not in stages.STAGES:
            options.error(
                f'unknown stage {name!r}; the stages are: '
                + ', '.join(stages.STAGES)
            )
    return commands.run(
        PROGRAM,
        lambda: _run(
            arguments.stages or list(stages.STAGES),
            arguments.tree.absolute(),
            environment.Environment(arguments.workdir),
        ),
    )


if __name__ == '__main__':
    sys.exit(main())
