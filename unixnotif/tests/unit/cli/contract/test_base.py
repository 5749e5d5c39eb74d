# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Common parts of the commands."""

from unixnotif import cli
from unixnotif import terminal
from unixnotif.cli.contract import base as commands
from unixnotif.contract import encoder
from unixnotif.tests import hostile
from unixnotif.tests.unit.cli.contract import base

COMMANDS = (
    'accept',
    'check',
    'diff',
    'explain',
    'record',
    'release',
    'rules',
    'show',
)


class CommonTest(base.TestCase):
    """Help, and files that are wrong."""

    def test_help(self) -> None:
        """The help ends with examples and the exit codes."""
        for name in COMMANDS:
            text = self.check_command(0, name, '--help')
            self.assertIn(f'\n  unixnotif contract {name}', text)
            self.assertIn('\nexit code: 0 ', text)
            rest = text.partition('\nexamples:\n')[2]
            self.assertLessEqual(max(map(len, rest.splitlines())), 79)

    def test_no_command(self) -> None:
        """The group alone lists its subcommands."""
        for code, argv in (
            (2, ('contract',)),
            (0, ('contract', '--help')),
            (0, ('help', 'contract')),
        ):
            self.out, self.err = self.replace('stdout'), self.replace('stderr')
            self.assertEqual(code, self.code(lambda: cli.main(argv)))  # noqa: B023
            printed = self.text(self.out)
            for name in COMMANDS:
                self.assertRegex(printed, rf'\n  {name} +[A-Z].*[a-z]\n')
            self.assertEqual('', self.text(self.err))

    def test_text_of_others(self) -> None:
        """put() escapes names of other processes, line by line."""
        commands.put(f'{hostile.CONTROL}\n')
        self.assertEqual(
            terminal.escape_lines(f'{hostile.CONTROL}\n'), self.text(self.out)
        )

    def test_broken_files(self) -> None:
        """A file that is no catalogue is an error of usage, not a finding."""
        text = encoder.encode(base.BEFORE).decode()
        conflict = text.replace('   "1.0"', '<<<<<<< ours\n   "1.0"')
        later = text.replace('catalogue/1', 'catalogue/3')
        for name, content, expected in (
            ('broken.json', conflict, 'broken.json: not a catalogue: '),
            ('later.json', later, "later.json: its format is 'unixnotif-"),
            ('empty.json', '', 'empty.json: not a catalogue: '),
        ):
            path = self.write(name, content)
            for argv in (
                ('check', path, '--against', self.before),
                ('check', self.before, '--against', path),
                ('diff', path, '--against', self.before),
                ('release', 'v1', path),
                ('show', path),
            ):
                self.check_command(2, *argv, err=expected)

    def test_no_catalogue(self) -> None:
        """A missing catalogue is a usage error."""
        for argv in (
            ('check', 'none.json', '--against', self.before),
            ('release', 'v1', 'none.json'),
            ('show', 'none.json'),
        ):
            self.check_command(2, *argv, err='there is no file none.json')
