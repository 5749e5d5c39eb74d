# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Command line: ``python -m tools.zuul [options] [STAGE ...]``.

Rule: every stage runs, whatever an earlier one said; a user's mistake and a
failed install are one message and status 2.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
import subprocess
import sys
import time

from tools import errors
from tools.zuul import environment
from tools.zuul import stages

_DESCRIPTION = """\
Check the Zuul jobs, their playbooks and roles without a Zuul and without a
cloud. Packages are kept in a work directory, so that only the first run
installs them (about half a minute).
"""
_EPILOG = """\
stages:
  zuulcilint    the schema of jobs, and the paths of playbooks
  parsers       Zuul's own parsers: keys, types, regular expressions
  references    parents, jobs, templates and playbooks that are named
  syntax        ansible-playbook --syntax-check
  ansible-lint  playbooks and roles
  tests         the role on sample captures; these checks on broken copies

exit status: 0 nothing was found, 1 there are findings, 2 wrong usage or
failed install
"""


def parser() -> argparse.ArgumentParser:
    """The options and their help."""
    options = argparse.ArgumentParser(
        prog='python -m tools.zuul',
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = options.add_argument
    add('stages', nargs='*', metavar='STAGE', help='all by default')
    add(
        '--tree',
        type=Path,
        default=environment.CHECKOUT,
        metavar='DIR',
        help='what is checked (default: this checkout)',
    )
    add(
        '--workdir',
        type=Path,
        default=environment.WORKDIR,
        metavar='DIR',
        help='what is kept from run to run (default: .tox/zuul/work)',
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
            found = [f'{error.cmd} did not end']
        seconds = time.monotonic() - begin
        print(f'{len(found) or "no"} findings, {seconds:.1f} s', flush=True)
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
                f'there is no stage {name!r}; there are: '
                + ', '.join(stages.STAGES)
            )
    try:
        return _run(
            arguments.stages or list(stages.STAGES),
            arguments.tree.absolute(),
            environment.Environment(arguments.workdir),
        )
    except errors.ToolError as error:
        print(f'{options.prog}: error: {error}', file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print('\ninterrupted', file=sys.stderr)
        return 130


if __name__ == '__main__':
    sys.exit(main())
