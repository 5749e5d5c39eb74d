# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Short campaigns in real processes."""

import json
import os
from pathlib import Path
import signal
import subprocess
import sys
from typing import Any

import fixtures
from oslotest import base
from testtools import content

from tools.chaos import audit
from tools.chaos.tests import saboteur

_TREE = Path(__file__).parents[3]
_TIMEOUT = 120.0
# The rows of the addresses that no disturbance replaces.
_UNDISTURBED = ('directory', 'socket')


class CampaignTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.directory = Path(self.useFixture(fixtures.TempDir()).path)

    def command(self, module: str, *arguments: str) -> list[str]:
        """Return a command for a small campaign without disturbances."""
        return [
            sys.executable,
            '-m',
            module,
            *arguments,
            '--notifications=6000',
            '--round=6000',
            '--seed=1',
            '--only=',
            f'--log={self.directory / "log"}',
            f'--json={self.directory / "figures.json"}',
        ]

    def environ(self) -> dict[str, str]:
        """Return an environment in which temporary files are ours."""
        return {**os.environ, 'TMPDIR': str(self.directory)}

    def run_campaign(self, module: str, *arguments: str) -> dict[str, Any]:
        """Run a campaign; return its figures."""
        done = subprocess.run(
            self.command(module, *arguments),
            check=False,
            cwd=_TREE,
            env=self.environ(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_TIMEOUT,
        )
        figures = json.loads((self.directory / 'figures.json').read_text())
        self.addDetail('output', content.text_content(done.stdout))
        self.assertEqual(0 if figures['exact'] else 1, done.returncode)
        self.assertEqual('', figures['failure'])
        left = {path.name for path in self.directory.iterdir()}
        self.assertEqual({'log', 'figures.json'}, left)
        return dict(figures)

    def faults(self, figures: dict[str, Any]) -> dict[str, int]:
        """Return the columns that are not zero."""
        sums = {
            name: sum(
                row[name]
                for key, row in figures['rows'].items()
                if key.startswith(_UNDISTURBED)
            )
            for name in audit.FAULTS
        }
        return {name: count for name, count in sums.items() if count}

    def test_undisturbed(self) -> None:
        """Without a disturbance, everything is received or reported lost."""
        figures = self.run_campaign('tools.chaos')
        self.assertEqual({}, self.faults(figures))
        self.assertGreaterEqual(figures['published'], 6000)

    def test_sabotage(self) -> None:
        """Each column finds its fault, and no other column does."""
        for name in saboteur.FAULTS:
            figures = self.run_campaign('tools.chaos.tests.saboteur', name)
            found = set(self.faults(figures))
            self.assertIn(name, found)
            if name == 'unreported':
                # The missing record may be of a notification that another
                # consumer really lost: then it counts as forgotten.
                found.discard('forgotten')
            self.assertEqual({name}, found)

    def test_interrupted(self) -> None:
        """Ctrl-C ends all processes and removes all temporary files."""
        command = self.command('tools.chaos')
        command[3] = '--notifications=1000000'
        # A shell lets what it starts in the background ignore the signal.
        before = signal.signal(signal.SIGINT, signal.SIG_DFL)
        try:
            process = subprocess.Popen(
                command,
                cwd=_TREE,
                env=self.environ(),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        finally:
            signal.signal(signal.SIGINT, before)
        log = self.directory / 'log'
        assert process.stderr is not None
        process.stderr.readline()
        while '"round"' not in log.read_text():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        # The end of standard error: no process has it open any more.
        self.assertIn('interrupted', process.communicate(timeout=60)[1])
        self.assertEqual(130, process.returncode)
        left = {path.name for path in self.directory.iterdir()}
        self.assertEqual({'log', 'figures.json'}, left)


class OptionsTest(base.BaseTestCase):
    def run_command(self, *arguments: str) -> tuple[int, str]:
        """Return the exit status and the output."""
        done = subprocess.run(
            [sys.executable, '-m', 'tools.chaos', *arguments],
            check=False,
            cwd=_TREE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_TIMEOUT,
        )
        return done.returncode, done.stdout

    def test_help(self) -> None:
        """The help has examples and the exit status."""
        status, text = self.run_command('--help')
        self.assertEqual(0, status)
        self.assertIn('examples:', text)
        self.assertIn('exit status:', text)

    def test_wrong_usage(self) -> None:
        """Wrong options exit with status 2 and name the option."""
        for arguments, expected in (
            (['--notifications', '0'], '--notifications'),
            (['--round', 'many'], '--round'),
            (['--only', 'nothing'], 'choose from end_emitter'),
            (['--json', '/none/x'], 'cannot write /none/x'),
            (['--log', '/none/x'], 'cannot create /none/x'),
        ):
            status, text = self.run_command(*arguments)
            self.assertEqual(2, status, text)
            self.assertIn(expected, text)
