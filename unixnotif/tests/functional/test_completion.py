# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Completion in the real shells, on a terminal.

Rule: the shell itself prints the words of the completed line.
"""

import _socket
import os
import re
import shutil
import sysconfig
from typing import ClassVar

import pexpect

from unixnotif import packet
from unixnotif.tests.functional import base

_BEGINNING_OF_LINE = '\x01'
_END = '-end-'


class BashTest(base.TestCase):
    """A shell in a directory with files and a rendezvous directory."""

    shell: ClassVar[str] = 'bash'
    arguments: ClassVar[tuple[str, ...]] = ('--norc', '--noprofile', '-i')
    #: Commands that prepare the shell.
    preparation: ClassVar[tuple[str, ...]] = (
        'source <(unixnotif completion bash)',
        """show() { printf '<%s>' "$@"; echo -end"-"; }""",
        'echo rea"dy"',
    )

    def setUp(self) -> None:
        super().setUp()
        if shutil.which(self.shell) is None:
            self.skipTest(f'{self.shell} is not installed')
        (self.top / 'run/notifications').mkdir(parents=True)
        listener = packet.new_socket(_socket.SOCK_STREAM)
        self.addCleanup(listener.close)
        listener.bind(f'{self.top}/run/nova.sock')
        for name in ('recording.jsonl', 'with space.json', '.hidden'):
            (self.top / name).touch()
        scripts = sysconfig.get_path('scripts')
        self.process = pexpect.spawn(
            self.shell,
            list(self.arguments),
            cwd=str(self.top),
            encoding='utf-8',
            timeout=base.DEADLINE,
            # Wide enough for every line.
            dimensions=(50, 1000),
            env={
                **os.environ,
                'HOME': str(self.top),
                'PATH': f'{scripts}:{os.environ["PATH"]}',
                'PYTHONWARNINGS': 'ignore',
                'TERM': 'dumb',
                'XDG_CONFIG_HOME': f'{self.top}/config',
                'XDG_DATA_HOME': f'{self.top}/data',
            },
        )
        self.addCleanup(self.process.close, force=True)
        for line in self.preparation:
            self.process.sendline(line)
        self.process.expect('ready\r\n')

    def complete(self, line: str) -> list[str]:
        """Type a line and a tab; return the words that the shell reads."""
        self.process.send(f'unixnotif {line}\t')
        self.process.send(f'{_BEGINNING_OF_LINE}show \r')
        self.process.expect(f'<unixnotif>(.*?){_END}\r\n')
        assert self.process.match is not None
        found: list[str] = re.findall('<(.*?)>', self.process.match[1])
        return found

    def test_addresses(self) -> None:
        """A URI is completed: scheme, directory and socket."""
        run = f'{self.top}/run'
        for typed, expected in (
            ('unix+', 'unix+dir://'),
            (f'unix+dir://{self.top}/ru', f'unix+dir://{run}/'),
            (f'unix+dir://{run}/no', f'unix+dir://{run}/notifications/'),
            (f'unix://{run}/nov', f'unix://{run}/nova.sock'),
            (f'unix://{run}/not', f'unix://{run}/notifications/'),
        ):
            self.assertEqual(
                ['tail', expected], self.complete(f'tail {typed}')
            )

    def test_a_socket_is_no_directory(self) -> None:
        """A directory is offered for unix+dir only."""
        typed = f'unix+dir://{self.top}/run/nova'
        self.assertEqual(['tail', typed], self.complete(f'tail {typed}'))

    def test_files(self) -> None:
        """Files are completed as arguments, values of options, and after @."""
        for typed, expected in (
            ('replay rec', ['replay', 'recording.jsonl']),
            ('replay with', ['replay', 'with space.json']),
            ('replay .hid', ['replay', '.hidden']),
            ('doctor --config-file rec', [
                'doctor', '--config-file', 'recording.jsonl',
            ]),
            ('report recording.jsonl --allow rec', [
                'report', 'recording.jsonl', '--allow', 'recording.jsonl',
            ]),
            ('doctor --config-file=rec', [
                'doctor', '--config-file=recording.jsonl',
            ]),
            ('send unix:///x --event-type y @rec', [
                'send', 'unix:///x', '--event-type', 'y', '@recording.jsonl',
            ]),
        ):  # fmt: skip
            self.assertEqual(expected, self.complete(typed))

    def test_commands_and_options(self) -> None:
        """Commands, subcommands, options and choices are completed."""
        for typed, expected in (
            ('tai', ['tail']),
            ('contract exp', ['contract', 'explain']),
            ('contract explain V10', ['contract', 'explain', 'V10']),
            ('tail --topi', ['tail', '--topic']),
            ('completion zs', ['completion', 'zsh']),
            ('tail unix:///x --priority cri', [
                'tail', 'unix:///x', '--priority', 'critical',
            ]),
        ):  # fmt: skip
            self.assertEqual(expected, self.complete(typed))


class ZshTest(BashTest):
    shell = 'zsh'
    arguments = ('-f', '-i')
    preparation = (
        'autoload -U compinit && compinit -u -D',
        'bindkey -e',
        'source <(unixnotif completion zsh)',
        """show() { printf '<%s>' "$@"; echo -end"-"; }""",
        'echo rea"dy"',
    )


class FishTest(BashTest):
    shell = 'fish'
    arguments = ('--no-config', '-i')
    preparation = (
        'unixnotif completion fish | source',
        """function show; printf '<%s>' $argv; echo -end"-"; end""",
        'echo rea"dy"',
    )
