# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Base of the tests that run the snippets of the documentation.

Rule: a test runs a snippet unchanged, except that the test's own directory
replaces ``/run/nova``. In expected output, ``...`` matches any text, and all
white space is equal.
"""

import contextlib
import doctest
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile

import fixtures
from oslotest import base

from unixnotif import address
from unixnotif import publisher
from unixnotif.tests import base as testing

ROOT = pathlib.Path(__file__).parents[3]
EXAMPLES = pathlib.Path(__file__).parent

#: Maximum duration of a program or of a wait, in seconds.
DEADLINE = 200

_PROMPT, _CONTINUED = '$ ', '> '


class Running:
    """A program in the background, and what it prints."""

    def __init__(self, process: 'subprocess.Popen[str]') -> None:
        self.process = process

    def finish(self) -> str:
        """Wait for the end, and return the unread output."""
        output, _ = self.process.communicate(timeout=DEADLINE)
        return output

    def line(self) -> str:
        """The next line that it prints."""
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def stop(self) -> str:
        """End the program as a service manager does; return its output."""
        self.process.terminate()
        return self.finish()


class ExampleTest(base.BaseTestCase):
    """A test of snippets, with a directory in place of ``/run/nova``."""

    def setUp(self) -> None:
        super().setUp()
        # Not below TMPDIR: nc and socat know plain socket paths only, of
        # 107 bytes at most.
        self.run_nova = pathlib.Path(tempfile.mkdtemp(dir='/tmp'))
        self.addCleanup(shutil.rmtree, self.run_nova)
        self.directory = self.run_nova / 'notifications'
        self.directory.mkdir()
        self.uri = str(address.Address(str(self.directory)))
        self.work = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        scripts = sysconfig.get_path('scripts')
        self.env = {
            **os.environ,
            'COLUMNS': '79',
            'HOME': str(self.work),
            # Hide warnings, for example about deprecations in libraries.
            'PYTHONWARNINGS': 'ignore',
            'PATH': f'{scripts}:{os.environ["PATH"]}',
        }

    def need(self, program: str) -> None:
        """Skip the test if a program is not installed."""
        if shutil.which(program) is None:
            self.skipTest(f'{program} is not installed')

    def read(self, name: str) -> str:
        """Return an example, with our directory in place of /run/nova."""
        text = (EXAMPLES / name).read_text()
        return text.replace('/run/nova', str(self.run_nova))

    def write(self, name: str, target: str) -> str:
        """Write an example to the working directory; return its path."""
        path = self.work / target
        path.write_text(self.read(name))
        return str(path)

    def commands(self, name: str) -> list[tuple[str, str]]:
        """The commands of a session, each with its expected output."""
        found: list[tuple[str, str]] = []
        for line in self.read(name).splitlines(keepends=True):
            if line.startswith(_PROMPT):
                found.append((line.removeprefix(_PROMPT), ''))
            elif line.startswith(_CONTINUED) and not found[-1][1]:
                command = found[-1][0] + line.removeprefix(_CONTINUED)
                found[-1] = (command, '')
            else:
                found[-1] = (found[-1][0], found[-1][1] + line)
        return found

    def check_session(self, name: str, code: int = 0) -> None:
        """Run a session; compare the output and exit code of each command."""
        for command, expected in self.commands(name):
            running = self.shell(command)
            self.assert_prints(expected, running.finish())
            self.assertEqual(code, running.process.returncode)

    def shell(self, command: str) -> Running:
        """Start a command line in the background."""
        # With exec, so that a signal goes to the program itself.
        simple = not re.search(
            r'^\w+=|[|;&\n]\s*\w', command.replace('\\\n', '')
        )
        return self._start(
            'sh', '-c', f'exec {command}' if simple else command
        )

    def program(self, name: str, *args: str) -> Running:
        """Start a program of the examples in the background."""
        path = self.write(f'programs/{name}', name)
        return self._start(sys.executable, '-u', path, *args)

    def _start(self, *command: str) -> Running:
        process = subprocess.Popen(
            # The time limit ends every wait for output of the program.
            ['timeout', str(DEADLINE), *command],
            cwd=self.work,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.addCleanup(self._reap, process)
        return Running(process)

    @staticmethod
    def _reap(process: 'subprocess.Popen[str]') -> None:
        # End the whole session: a pipeline has several processes.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

    def check_unit(self, path: pathlib.Path) -> None:
        """Assert that systemd accepts a unit, without a warning."""
        analyze = shutil.which('systemd-analyze')
        if analyze is None:
            self.skipTest(
                'systemd is not installed; try: apt-get install systemd'
            )
        done = subprocess.run(
            [analyze, 'verify', '--man=no', str(path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.assertEqual((0, ''), (done.returncode, done.stdout))

    def await_subscribers(
        self, count: int, out: publisher.Publisher | None = None
    ) -> publisher.Publisher:
        """Return a publisher that has N subscribers.

        :param out: by default a new one at the rendezvous directory
        """
        if out is None:
            out = publisher.Publisher(self.uri)
            self.addCleanup(out.close)
        found = out.refresh
        testing.wait_until(lambda: found() >= count, DEADLINE)
        return out

    def assert_prints(self, expected: str, output: str) -> None:
        """Assert that the output is what a page says it is."""
        checker = doctest.OutputChecker()
        flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        expected, output = f'{expected.strip()}\n', f'{output.strip()}\n'
        if not checker.check_output(expected, output, flags):
            example = doctest.Example('', expected)
            raise AssertionError(
                checker.output_difference(example, output, flags)
            )
