# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``unixnotif doctor``: find out why no notification arrives.

Rule: the exit code is 0 without a problem, 1 with a problem, and 2 after a
mistake of the caller. A command that examined nothing never exits with 0.
"""

import argparse
from collections.abc import Iterable
from collections.abc import Iterator
import json
import os
import shutil
import textwrap
from typing import ClassVar
from typing import Final
from typing import IO
from typing import TYPE_CHECKING

from rich import text as rich_text

from unixnotif import address
from unixnotif import errors
from unixnotif import grammar
from unixnotif import terminal
from unixnotif.cli import addresses
from unixnotif.cli import app
from unixnotif.cli import output
from unixnotif.cli import standard_output

if TYPE_CHECKING:
    from unixnotif import doctor

# By the level of a finding.
_STYLES: Final = {'ok': 'green', 'note': 'yellow', 'problem': 'bold red'}
_INDENT: Final = ' ' * 9


class Doctor(app.Command):
    """Find out why no notification arrives.

    The command examines the installation, the options of the service, every
    directory of the path, permissions, subscribers, and the processes that
    publish. At a rendezvous directory it also sends itself a test
    notification, which no other subscriber receives. As root, the command
    sends with the rights of the service, and sees the processes of all users.
    """

    examples: ClassVar[str] = """\
  unixnotif doctor unix+dir:///run/nova/notifications
  unixnotif doctor --config-file /etc/nova/nova.conf --user nova
  unixnotif doctor --pid $(pidof -s nova-compute) --wait 60
  unixnotif doctor URI --python /opt/nova/bin/python --json

exit code: 0 no problem was found; 1 a problem was found, or the command was
stopped; 2 the command line is wrong"""

    stopped: ClassVar[int] = app.FAILED

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """See the base class."""
        parser.add_argument(
            'uri',
            metavar='URI',
            nargs='?',
            type=app.parsed(address.Address.parse),
            help='address of the subscribers (default: socket_uri of the '
            f'service, or the environment variable {addresses.VARIABLE})',
        )
        parser.add_argument(
            '--config-file',
            metavar='FILE',
            action='append',
            default=[],
            help='configuration file of the service; may be repeated '
            '(default: the files on the command line of the process '
            'that --pid names)',
        )
        parser.add_argument(
            '--pid',
            metavar='PID',
            type=app.positive,
            action='append',
            default=[],
            help='process of a service: examine its environment, its '
            'user and groups, and its mount namespace; may be repeated. '
            'Without --pid and --user, the command looks for processes that '
            'have FILE on their command line, are connected to a subscriber, '
            'or listen at the address',
        )
        parser.add_argument(
            '--python',
            metavar='PATH',
            default='',
            help='Python interpreter of the service, for example '
            '/opt/nova/bin/python; the command runs this interpreter to '
            'examine the installed packages',
        )
        parser.add_argument(
            '--user',
            metavar='USER',
            default='',
            help='user that the service runs as; use this option if the '
            'service is not running',
        )
        parser.add_argument(
            '--wait',
            metavar='S',
            type=app.seconds,
            default=0.0,
            help='wait at most S seconds for a notification of a service',
        )
        parser.add_argument(
            '--json', action='store_true', help='print one JSON document'
        )

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """See the base class."""
        out = standard_output.require()
        try:
            found = _examine(parsed_args)
            if parsed_args.json:
                return _print_json(list(found), out)
            return _print_text(found, out)
        except errors.UnavailableError as e:
            app.say(str(e))
            return app.USAGE


def _examine(parsed_args: argparse.Namespace) -> 'Iterator[doctor.Finding]':
    """Yield the findings that a command line asks for.

    :raises AddressError: there is nothing to examine
    :raises UnavailableError: there is no user of this name
    """
    where = parsed_args.uri
    files = tuple(map(os.path.abspath, parsed_args.config_file))
    if where is None and not files and not parsed_args.pid:
        where = addresses.of_environment()
        if where is None:
            raise errors.AddressError(
                'nothing to examine: pass a URI, --config-file or --pid, or '
                f'set {addresses.VARIABLE}, for example: unixnotif doctor '
                'unix+dir:///run/nova/notifications'
            )
    # Slow to import: the list of all commands does not need it.
    from unixnotif import doctor

    return doctor.examine(
        doctor.Request(
            where,
            files,
            tuple(dict.fromkeys(parsed_args.pid)),
            parsed_args.python,
            parsed_args.user,
            parsed_args.wait,
        )
    )


def _exit_code(problems: int) -> int:
    return app.FAILED if problems else 0


def _print_json(found: 'list[doctor.Finding]', out: IO[str]) -> int:
    problems = sum(each.is_problem for each in found)
    document = {
        'problems': problems,
        'findings': [each.as_dict() for each in found],
    }
    # ASCII: a name in a directory may have characters of any kind.
    output.write_line(out, json.dumps(document, indent=2))
    return _exit_code(problems)


def _print_text(found: 'Iterable[doctor.Finding]', stream: IO[str]) -> int:
    """Print each finding as soon as it is known."""
    out = output.console(stream)
    width = shutil.get_terminal_size().columns
    problems = 0
    for each in found:
        problems += each.is_problem
        line = rich_text.Text(f'{each.level:<9}', _STYLES[each.level])
        for number, words in enumerate(_lines(each, width)):
            start = line if not number else rich_text.Text(_INDENT)
            out.print(start + words, soft_wrap=True)
        out.file.flush()
    total = grammar.plural(problems, 'problem')
    out.print(f'{total.capitalize()} found.', soft_wrap=True)
    out.file.flush()
    return _exit_code(problems)


def _lines(each: 'doctor.Finding', width: int) -> Iterator[str]:
    """Yield the lines of a finding, without their indentation.

    A fix is one line, so that it can be copied.
    """
    yield from _wrapped(each.what, width)
    yield from map(terminal.escape, each.details)
    if each.why:
        yield from _wrapped(f'why: {each.why}', width)
    if each.fix:
        yield terminal.escape(f'fix: {each.fix}')


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(
        terminal.escape(text),
        max(40, width - len(_INDENT) - 1),
        break_long_words=False,
        break_on_hyphens=False,
    )
