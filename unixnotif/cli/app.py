# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The command's application and the base of its subcommands.

Rule: a user's mistake is one line on stderr and an exit code, never a
traceback.
"""

import argparse
from collections.abc import Iterable
from collections.abc import Sequence
from importlib import metadata
import logging
import math
import signal
import sys
from typing import Any
from typing import ClassVar

from cliff import app as cliff_app
from cliff import command as cliff_command

from unixnotif import errors
from unixnotif import terminal
from unixnotif.cli import addresses
from unixnotif.cli import argument_parser
from unixnotif.cli import overview
from unixnotif.cli import parsers
from unixnotif.cli import standard_output
from unixnotif.cli import suggestions

FAILED = 1
USAGE = 2


class UnixNotifApp(cliff_app.App):
    """OpenStack notifications over Unix sockets."""

    def __init__(self) -> None:
        super().__init__(
            description=parsers.DESCRIPTION,
            version=metadata.version('unixnotif'),
            command_manager=parsers.manager(),
            # "unixnotif tail --help" prints the help of tail.
            deferred_help=True,
        )
        # cliff's "complete" cannot complete a URI; "completion" can.
        self.command_manager.commands.pop('complete', None)

    def print_help_if_requested(self) -> None:
        """Print the options and the commands, if that is requested."""
        if self.options.deferred_help:
            standard_output.put(
                f'{self.parser.format_help()}\n'
                + overview.commands(self.command_manager)
            )
            raise SystemExit(0)

    def run_subcommand(self, argv: list[str]) -> int:
        """Run a command; suggest a name if no command has the given name."""
        if argv[0] == 'help' and argv[1:] and not argv[1].startswith('-'):
            argv = [*argv[1:], '--help']
        try:
            self.command_manager.find_command(argv)
        except ValueError:
            say(_unknown(argv, self.command_manager.commands))
            return USAGE
        code: int = super().run_subcommand(argv)
        return code

    def configure_logging(self) -> None:
        """Print the library's warnings on stderr as the command's messages."""
        super().configure_logging()
        # By default, hide INFO messages, for example "Ready: publishing to".
        for name in ('unixnotif', 'oslo_service'):
            logging.getLogger(name).setLevel(
                logging.WARNING
                if self.options.verbose_level <= self.DEFAULT_VERBOSE_LEVEL
                else logging.NOTSET
            )
        for handler in logging.getLogger('').handlers:
            handler.setFormatter(_Formatter('unixnotif: %(message)s'))


class _Formatter(logging.Formatter):
    """Formats log records, and escapes text of other processes."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the message on one line, and perhaps a traceback."""
        message = terminal.escape(record.getMessage())
        copied = logging.makeLogRecord(
            record.__dict__ | {'msg': message, 'args': None}
        )
        return terminal.escape_lines(super().format(copied))


def run(argv: Sequence[str]) -> int:
    """Run the command with these arguments; return its exit code."""
    try:
        with standard_output.checked():
            return _run(argv)
    except standard_output.OutputError as e:
        say(str(e))
        return FAILED


def _run(argv: Sequence[str]) -> int:
    app = UnixNotifApp()
    group = overview.requested(argv)
    if group:
        standard_output.put(overview.group(app.command_manager, group))
        # A group without a subcommand lacks an argument.
        return USAGE if len(argv) == 1 else 0
    # Without arguments cliff would start an interactive shell.
    code: int = app.run(list(argv) if group is None else ['--help'])
    return code


def _unknown(argv: Sequence[str], known: Iterable[str]) -> str:
    """Return the message for a command that does not exist."""
    number = 2 if argv[0] in parsers.GROUPS else 1
    name = ' '.join(argv[:number])
    names = {' '.join(each.split()[:number]) for each in known}
    return (
        f'{name!r} is not a command{suggestions.similar(name, names)}'
        ' (see: unixnotif --help)'
    )


class Stopped(KeyboardInterrupt):
    """SIGTERM or Ctrl-C: the user ends the command."""


class Command(cliff_command.Command):
    """Base of the subcommands.

    :cvar examples: shown at the end of ``--help``
    :cvar stopped: exit code when Ctrl-C or SIGTERM ends it
    """

    examples: ClassVar[str]
    stopped: ClassVar[int] = 0

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser, with the arguments of :meth:`add_arguments`."""
        parser = argument_parser.Parser(
            prog_name,
            description=self.get_description(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            epilog='examples:\n' + self.examples,
        )
        self.add_arguments(parser)
        return parser

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the arguments of the subcommand."""

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Run the subcommand; print an error of this package as one line."""
        signal.signal(signal.SIGTERM, _stop)
        signal.signal(signal.SIGINT, _stop)
        try:
            return super().run(parsed_args)
        except Stopped:
            return self.stopped
        except BrokenPipeError:
            # The reader of the output has closed the pipe.
            return 0
        except errors.AddressError as e:
            # For example, a group at a socket.
            say(str(e))
            return USAGE
        except errors.UnixNotifError as e:
            say(str(e))
            return FAILED


class AddressCommand(Command):
    """Base of the subcommands that take an address.

    :cvar has_config_file: if True, the address may also come from the
        configuration of a service
    :cvar listener: the owner of a socket at the address, for the help
    """

    has_config_file: ClassVar[bool] = True
    listener: ClassVar[str] = 'a driver'

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the address; subclasses add other arguments."""
        addresses.add_uri(
            parser,
            has_config_file=self.has_config_file,
            listener=self.listener,
        )
        if self.has_config_file:
            addresses.add_config_file(parser)

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Find the address, and run the subcommand."""
        try:
            parsed_args.uri = addresses.resolve(
                parsed_args.uri,
                parsed_args.config_file if self.has_config_file else None,
            )
        except errors.UnixNotifError as e:
            say(str(e))
            return USAGE
        return super().run(parsed_args)


def _stop(*_: Any) -> None:
    # A second signal must not interrupt the cleanup.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise Stopped


def say(message: str) -> None:
    """Print one line on stderr.

    :param message: may contain text of other processes
    """
    if sys.stderr is None:
        return  # print() would write to standard output
    line = terminal.escape(f'unixnotif: {message}')
    print(line, file=sys.stderr, flush=True)


def parsed(parse: Any) -> Any:
    """Return a ``type`` for argparse that keeps the messages of errors."""

    def convert(text: str) -> Any:
        try:
            return parse(text)
        except (errors.UnixNotifError, ValueError) as e:
            raise argparse.ArgumentTypeError(str(e)) from None

    return convert


def seconds(text: str) -> float:
    """Return the seconds of an argument; not negative (argparse type)."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not value >= 0:
        raise argparse.ArgumentTypeError(
            f'{text!r} is not a number of seconds, for example 2.5'
        )
    return value


def positive(text: str) -> int:
    """Return the whole number above 0 of an argument (argparse type)."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(
            f'{text!r} is not a whole number above 0'
        )
    return int(text)


def add_count(parser: argparse.ArgumentParser) -> None:
    """Add the limit on the number of notifications."""
    parser.add_argument(
        '--count',
        metavar='N',
        type=positive,
        default=math.inf,
        help='stop after N notifications',
    )


def file_argument(text: str) -> str:
    """Return the file name of an argument; refuse a URI (argparse type)."""
    if text.startswith(('unix://', 'unix+dir://')):
        raise argparse.ArgumentTypeError(
            f'{text!r} is an address, but a file name is required'
        )
    return text
