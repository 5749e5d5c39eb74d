# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The command's frame: arguments, errors, signals, missing extras."""

import argparse
import ast
from collections.abc import Callable
import contextlib
import logging
import pathlib
import re
import signal
from typing import Any

import fixtures

from unixnotif import cli
from unixnotif import errors
from unixnotif import terminal
from unixnotif.cli import app
from unixnotif.tests import base as support
from unixnotif.tests import hostile
from unixnotif.tests.unit.cli import base

URI = 'unix+dir:///run/nova/notifications'
# Matches calls of functions that print.
PRINTING = re.compile(
    r'print|.*\bconsole\.print|.*\b_?(std(out|err)|stream|file)\.write'
)


class ArgumentTest(base.TestCase):
    """The conversion of texts by argparse."""

    def test_seconds(self) -> None:
        """Any number that is not negative, and infinity."""
        for text, value in (('0', 0), ('2.5', 2.5), ('1e3', 1000)):
            self.assertEqual(value, app.seconds(text))
        self.assertEqual(float('inf'), app.seconds('inf'))

    def test_invalid_seconds(self) -> None:
        """The error shows the given text and an example."""
        for text in ('', '-1', 'nan', 'ten', '1s'):
            e = self.assertRaises(
                argparse.ArgumentTypeError, app.seconds, text
            )
            self.assertEqual(
                f'{text!r} is not a number of seconds, for example 2.5',
                str(e),
            )

    def test_positive(self) -> None:
        """A whole number above 0."""
        self.assertEqual(12, app.positive('12'))
        for text in ('', '0', '00', '-1', '1.0', 'x', '²'):
            e = self.assertRaises(
                argparse.ArgumentTypeError, app.positive, text
            )
            self.assertEqual(f'{text!r} is not a whole number above 0', str(e))

    def test_parsed(self) -> None:
        """parsed() returns the value, or keeps the message of our error."""

        def parse(text: str) -> str:
            if text == 'bad':
                raise errors.AddressError('this is bad')
            return text.upper()

        self.assertEqual('GOOD', app.parsed(parse)('good'))
        e = self.assertRaises(
            argparse.ArgumentTypeError, app.parsed(parse), 'bad'
        )
        self.assertEqual('this is bad', str(e))


class RunTest(base.TestCase):
    """The application as a whole."""

    def run_command(self, *argv: str) -> int:
        return self.code(lambda: cli.main(argv))

    def test_without_arguments(self) -> None:
        """The application prints its help, and starts no shell."""
        self.assertEqual(0, self.run_command())
        for line in (
            'send        Publish one notification to all current subscribers',
            'tail        Print notifications as they arrive',
        ):
            self.assertIn(f'\n  {line}\n', self.text(self.out))

    def test_descriptions(self) -> None:
        """The descriptions of the commands are aligned, and fit a terminal."""
        for argv in ((), ('--help',), ('help',), ('contract', '--help')):
            self.assertEqual(0, self.run_command(*argv))
            _, _, rows = self.text(self.out).rpartition('commands:\n')
            lines = rows.split('\n\n')[0].splitlines()
            self.assertGreater(len(lines), 5, rows)
            starts = {re.match(r'  [a-z]+ +', line).end() for line in lines}  # type: ignore[union-attr]
            self.assertEqual(1, len(starts), rows)
            self.assertEqual([], [line for line in lines if len(line) > 79])

    def test_arguments_of_the_process(self) -> None:
        """Without argv, the application uses the command line."""
        self.useFixture(
            fixtures.MonkeyPatch('sys.argv', ['unixnotif', '--version'])
        )
        self.assertEqual(0, self.code(cli.main))
        self.assertRegex(self.text(self.out), r' \d+\.\d+\.\d+')

    def test_help_of_a_subcommand(self) -> None:
        """The help ends with examples and the exit codes."""
        for name in ('tail', 'send'):
            self.assertEqual(0, self.run_command(name, '--help'))
            text = self.text(self.out)
            self.assertIn(f'\n  unixnotif {name} {URI}', text)
            self.assertIn('\nexit code: 0', text)

    def test_unknown_subcommand(self) -> None:
        """The message suggests a similar command."""
        for argv, expected in (
            (('tial',), "'tial' is not a command; did you mean tail?"),
            (('contract', 'ruls'), 'did you mean contract rules? '),
            (('zzzz',), "'zzzz' is not a command (see: unixnotif --help)"),
            (('complete',), 'did you mean completion'),
            (('help', 'tial'), 'did you mean tail?'),
            (('help', 'contract', 'ruls'), 'did you mean contract rules? '),
        ):
            self.assertEqual(2, self.run_command(*argv))
            self.assertIn(expected, self.text(self.err))

    def test_misspelled_arguments(self) -> None:
        """The message suggests a similar option or choice."""
        for argv, expected in (
            (('tail', URI, '--tpic', 'x'), 'did you mean --topic?'),
            (('tail', URI, '--tpic=x'), 'did you mean --topic?'),
            # Here "x" is the value of the misspelled option, not the URI.
            (('tail', '--tpic', 'x', URI), 'did you mean --topic?'),
            (('completion', 'fisch'), 'did you mean fish?'),
        ):
            self.assertEqual(2, self.run_command(*argv))
            self.assertIn(expected, self.text(self.err))
        self.run_command('tail', URI, '--zzzzzz')
        self.assertTrue(self.text(self.err).endswith('--zzzzzz\n'))

    def test_invalid_uri(self) -> None:
        """The error has an example of each kind of address."""
        for name in ('tail', 'send'):
            code = self.run_command(name, '/run/nova', '--event-type=x', '{}')
            self.assertEqual(2, code)
            text = self.text(self.err)
            self.assertIn(
                "error: argument URI: '/run/nova' does not start with "
                'unix:// or unix+dir://; use, for example, '
                'unix+dir:///run/nova/notifications (',
                text,
            )
            self.assertNotIn('Traceback', text)


class LogTest(base.TestCase):
    """Log messages of the library and of what it uses."""

    def setUp(self) -> None:
        super().setUp()
        self.code(lambda: cli.main(['completion', '--help']))
        self.log = logging.getLogger('unixnotif.test')

    def test_text_of_others(self) -> None:
        """The handler prints one escaped line for a message."""
        self.log.warning('Rejected: %s, %d', hostile.CONTROL, 1)
        self.assertEqual(
            f'unixnotif: Rejected: {terminal.escape(hostile.CONTROL)}, 1\n',
            self.text(self.err),
        )

    def test_traceback(self) -> None:
        """A traceback keeps its lines, and each line is escaped."""
        try:
            raise ValueError(hostile.CONTROL)
        except ValueError:
            self.log.exception('failed')
        text = self.text(self.err)
        self.assertTrue(text.startswith('unixnotif: failed\nTraceback'), text)
        self.assertTrue(text.replace('\n', '').isprintable(), repr(text))


class OutputTest(base.TestCase):
    """The modules that print."""

    def test_modules_that_print(self) -> None:
        """Every other module calls say() or put(), which escape text."""
        package = pathlib.Path(cli.__file__).parent
        printing = {
            str(path.relative_to(package))
            for path in package.rglob('*.py')
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call)
            and PRINTING.fullmatch(ast.unparse(node.func))
        }
        self.assertEqual(
            {
                '__init__.py',  # before anything can be imported
                'app.py',
                'contract/accept.py',  # the prompt
                'lines.py',
                'output.py',
                'standard_output.py',
                'summary.py',  # its own text, into a file
            },
            printing,
        )


class GivenCommand(app.Command):
    """A command that does what a test wants."""

    examples = ''
    action: Callable[[], int]

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        return type(self).action()


class CommandTest(base.TestCase):
    """The end of a subcommand."""

    def run_action(self, action: Callable[[], Any]) -> int:
        self.useFixture(
            fixtures.MonkeyPatch(
                f'{__name__}.GivenCommand.action', staticmethod(action)
            )
        )
        command = GivenCommand(app.UnixNotifApp(), None)
        return command.run(argparse.Namespace())

    def test_exit_code_of_the_action(self) -> None:
        """The shell gets the returned exit code."""
        self.assertEqual(0, self.run_action(lambda: 0))
        self.assertEqual(1, self.run_action(lambda: 1))

    def test_error_of_ours(self) -> None:
        """One line and exit code 1."""

        def fail() -> int:
            raise errors.UnavailableError('directory /x: No such file')

        self.assertEqual(1, self.run_action(fail))
        self.assertEqual(
            'unixnotif: directory /x: No such file\n', self.text(self.err)
        )

    def test_no_stderr(self) -> None:
        """Without standard error, messages do not go to standard output."""
        with contextlib.redirect_stderr(None):
            app.say('anything')
        self.assertEqual('', self.text(self.out))

    def test_text_of_others(self) -> None:
        """say() and errors print one escaped line."""

        def fail() -> int:
            app.say(hostile.CONTROL)
            raise errors.DocumentError(hostile.CONTROL)

        self.assertEqual(1, self.run_action(fail))
        escaped = terminal.escape(hostile.CONTROL)
        self.assertEqual(f'unixnotif: {escaped}\n' * 2, self.text(self.err))

    def test_signals(self) -> None:
        """One SIGINT or SIGTERM ends a command with 0; more do nothing."""
        for number in (signal.SIGINT, signal.SIGTERM):
            cleaned: list[bool] = []

            def wait(
                number: int = number, cleaned: list[bool] = cleaned
            ) -> int:
                try:
                    signal.raise_signal(number)
                finally:
                    signal.raise_signal(signal.SIGTERM)
                    signal.raise_signal(signal.SIGINT)
                    cleaned.append(True)
                return 1

            self.assertEqual(0, self.run_action(wait))
            self.assertEqual([True], cleaned)
        self.assertEqual('', self.text(self.err))

    def test_closed_pipe(self) -> None:
        """When the reader is gone, the command ends with 0."""

        def write() -> int:
            raise BrokenPipeError

        self.assertEqual(0, self.run_action(write))
        self.assertEqual('', self.text(self.err))


# Runs the command while the import of a package fails.
BLOCKED = """
import sys
from unixnotif import cli

class Finder:
    def find_spec(name, *_):
        if name == sys.argv[1]:
            raise {error}

sys.meta_path.insert(0, Finder)
sys.exit(cli.main(['--help']))
"""


class ImportTest(base.TestCase):
    """Importing the libraries of the extra "cli"."""

    def run_blocked(self, name: str, error: str) -> tuple[int, str]:
        ended = support.run_python(BLOCKED.format(error=error), name)
        return ended.returncode, ended.stdout

    def test_missing_extra(self) -> None:
        """The message only names the extra to install."""
        for name in ('argcomplete', 'cliff', 'rich'):
            self.assertEqual(
                (
                    1,
                    f'unixnotif: the command needs {name}, which is not '
                    "installed; try: pip install 'unixnotif[cli]'\n",
                ),
                self.run_blocked(name, 'ModuleNotFoundError(name=name)'),
            )

    def test_bug_in_an_import(self) -> None:
        """Any other ImportError keeps its traceback."""
        for error in ('ImportError("circular", name=name)', 'ImportError()'):
            code, text = self.run_blocked('unixnotif.cli.app', error)
            self.assertEqual(1, code)
            self.assertIn('Traceback', text)
            self.assertNotIn('pip install', text)

    def test_interrupted(self) -> None:
        """Ctrl-C before anything has begun shows no traceback."""
        self.assertEqual(
            (0, ''), self.run_blocked('cliff', 'KeyboardInterrupt')
        )
