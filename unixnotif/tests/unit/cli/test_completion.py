# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Completers of arguments; the shells themselves are in the functional tests.

Rule: real directories and sockets.
"""

import argparse
import os
import pathlib
import socket

import fixtures

from unixnotif import address
from unixnotif.cli import completion
from unixnotif.cli import parsers
from unixnotif.tests import base


class CompletersTest(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.top = pathlib.Path(
            os.path.realpath(self.useFixture(fixtures.TempDir()).path)
        )

    def test_schemes(self) -> None:
        """The completer offers the schemes that begin with the text."""
        for prefix, expected in (
            ('', ['unix+dir://', 'unix://']),
            ('unix', ['unix+dir://', 'unix://']),
            ('unix+', ['unix+dir://']),
            ('http', []),
            ('http://', []),
        ):
            self.assertEqual(expected, list(completion.complete_uri(prefix)))

    def test_strange_names(self) -> None:
        """Names are percent-encoded; those that are no address are skipped."""
        for name in ('a b', 'a,\xe9', 'a\n'):
            (self.top / name).mkdir()
        start = str(address.Address(str(self.top)))
        self.assertEqual(
            {f'{start}/a%20b/', f'{start}/a%2C%C3%A9/'},
            set(completion.complete_uri(f'{start}/a')),
        )
        self.assertEqual(
            [f'{start}/a%20b/'],
            list(completion.complete_uri(f'{start}/a%20')),
        )

    def test_sockets(self) -> None:
        """The completer offers sockets for unix:// and no other files."""
        sock = socket.socket(socket.AF_UNIX)
        self.addCleanup(sock.close)
        sock.bind(f'{self.top}/s.sock')
        os.mkfifo(self.top / 'fifo')
        (self.top / 'link').symlink_to('nowhere')
        self.assertEqual(
            [f'unix://{self.top}/s.sock'],
            list(completion.complete_uri(f'unix://{self.top}/')),
        )
        self.assertEqual(
            [], list(completion.complete_uri(f'unix+dir://{self.top}/'))
        )

    def test_missing_directory(self) -> None:
        """A missing directory gives no completions and no error."""
        self.assertEqual([], list(completion.complete_uri('unix:///none/x')))
        self.assertEqual([], list(completion.complete_file('/none/x')))

    def test_files(self) -> None:
        """Directories end with a slash; hidden files need a dot."""
        (self.top / 'directory').mkdir()
        (self.top / 'file').touch()
        (self.top / '.hidden').touch()
        self.assertEqual(
            {f'{self.top}/directory/', f'{self.top}/file'},
            set(completion.complete_file(f'{self.top}/')),
        )
        self.assertEqual(
            [f'{self.top}/.hidden'],
            list(completion.complete_file(f'{self.top}/.h')),
        )
        self.assertEqual(
            [f'@{self.top}/file'],
            list(completion.complete_payload(f'@{self.top}/f')),
        )
        self.assertEqual([], list(completion.complete_payload('{')))

    def test_a_bounded_number(self) -> None:
        """The number of completions from a directory is limited."""
        self.useFixture(
            fixtures.MonkeyPatch('unixnotif.cli.completion._MOST', 2)
        )
        for name in 'abc':
            (self.top / name).touch()
        found = list(completion.complete_file(f'{self.top}/'))
        self.assertEqual(2, len(found))

    def test_other_completers(self) -> None:
        """Processes, users, rules and priorities."""
        self.assertIn(
            str(os.getpid()), list(completion.complete_pid(str(os.getpid())))
        )
        self.assertIn('root', list(completion.complete_user('ro')))
        self.assertTrue(list(completion.complete_rule('C')))
        self.assertEqual(['warn'], list(completion.complete_priority('w')))


class ParsersTest(base.TestCase):
    """The tree of all parsers."""

    def leaves(self, parser: argparse.ArgumentParser) -> list[str]:
        found = []
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                for child in action.choices.values():
                    found += self.leaves(child)
        return found or [parser.prog]

    def test_every_command(self) -> None:
        """Each installed command is a leaf, with its own arguments."""
        commands = parsers.manager()
        tree = parsers.tree(commands)
        self.assertEqual(
            sorted(f'unixnotif {name}' for name in commands.commands),
            sorted(self.leaves(tree)),
        )
        parsed = tree.parse_args(['doctor', 'unix:///x', '--wait', '2'])
        self.assertEqual(2.0, parsed.wait)

    def test_only_wanted_commands(self) -> None:
        """Unwanted commands are not loaded, and have no arguments."""
        tree = parsers.tree(parsers.manager(), 'doctor'.__eq__)
        tree.parse_args(['doctor', '--json'])
        tree.parse_args(['tail'])
        self.assertEqual([], tree.parse_known_args(['tail'])[1])
        self.assertEqual(
            ['unix:///x'], tree.parse_known_args(['tail', 'unix:///x'])[1]
        )
