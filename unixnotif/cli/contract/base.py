#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""What the commands of the contract have in common.

Rule: 0 is clean, 1 is findings, 2 is a mistake of the caller or a broken
file, and 3 says that nothing was compared: an empty run never passes.
"""

import argparse
import os
import sys
from typing import ClassVar

from unixnotif import contract
from unixnotif import errors
from unixnotif import terminal
from unixnotif.cli import app
from unixnotif.contract import loading

NOTHING = 3

#: For ``--help``.
EXIT_CODES = """\

exit code: 0 clean; 1 findings; 2 the command line, a file or a git revision
is wrong; 3 nothing was compared: no baseline, or nothing in it"""


class ContractCommand(app.Command):
    """Base of the commands."""

    examples: ClassVar[str]
    stopped: ClassVar[int] = NOTHING

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """Do it; a broken file is no finding."""
        try:
            return self.act(parsed_args)
        except loading.NoBaselineError as e:
            app.say(f'nothing was compared: {e}')
            return NOTHING
        except errors.UnixNotifError as e:
            app.say(str(e))
            return app.USAGE

    def act(self, parsed_args: argparse.Namespace) -> int:
        """What the command does."""
        raise NotImplementedError


def put(text: str) -> None:
    """Write to the output; a reader that has gone changes no exit code.

    :raises CatalogueError: there is no output, or the disk is full
    """
    if sys.stdout is None:
        raise errors.CatalogueError('standard output is closed')
    try:
        # Names in catalogues and recordings come from other processes.
        sys.stdout.write(terminal.escape_lines(text))
        sys.stdout.flush()
    except OSError as e:
        # What Python still has in its buffer must not fail again at exit.
        with open(os.devnull, 'w') as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        if not isinstance(e, BrokenPipeError):
            raise errors.CatalogueError(
                f'standard output: {e.strerror}'
            ) from None


def add_catalogue(parser: argparse.ArgumentParser) -> None:
    """The catalogue as it is now."""
    parser.add_argument(
        'catalogue', metavar='CATALOGUE', help='the catalogue as it is now'
    )


def add_against(parser: argparse.ArgumentParser) -> None:
    """The baseline."""
    parser.add_argument(
        '--against',
        metavar='BASELINE',
        required=True,
        help='the catalogue as it was recorded: a file, or '
        'git:REVISION:PATH such as git:origin/master:notifications.json',
    )


def read_both(
    parsed_args: argparse.Namespace,
) -> tuple[contract.Catalogue, contract.Catalogue]:
    """The catalogue as it is now, and the baseline.

    :raises CatalogueError: one of them cannot be read
    """
    now = contract.read(parsed_args.catalogue)
    return now, contract.read_baseline(parsed_args.against)


def nothing_compared(report: contract.Report) -> bool:
    """Say so when nothing was compared."""
    if not report.compared:
        app.say(
            'nothing was compared: the catalogue and the baseline have no '
            'payload in common'
        )
    return not report.compared
