# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Installations: here, of an interpreter, of a process."""

import os
import pathlib
import subprocess
import sys
import venv

import fixtures

from unixnotif import errors
from unixnotif.doctor import accounts
from unixnotif.doctor import installations
from unixnotif.doctor import processes
from unixnotif.tests import base

_ENTRY_POINTS = """\
[console_scripts]
unixnotif = unixnotif.cli:main

[oslo.messaging.notify.drivers]
unix = unixnotif.notify_driver:UnixDriver
"""


class InstallationTest(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.top = pathlib.Path(
            os.path.realpath(self.useFixture(fixtures.TempDir()).path)
        )

    def test_here(self) -> None:
        """The environment of the tests has the driver."""
        found = installations.here()
        self.assertEqual('loads', found.driver)
        self.assertTrue(found.version)

    def test_of_python(self) -> None:
        """An interpreter with the package, and one without."""
        self.assertEqual(
            installations.here().version,
            installations.of_python(sys.executable).version,
        )
        venv.create(self.top / 'venv')
        python = str(self.top / 'venv/bin/python')
        self.assertEqual(
            installations.Installation(python), installations.of_python(python)
        )

    def test_other_programs(self) -> None:
        """Other programs, files and answers are errors."""
        false = self.top / 'answer'
        false.write_text('#!/bin/sh\necho unixnotif-doctor?\nexit 3\n')
        false.chmod(0o755)
        for path, message in (
            ('/bin/false', 'exit code 1'),
            (str(false), 'exit code 3'),
            (str(self.top), 'Permission denied'),
            (f'{self.top}/none', 'No such file'),
        ):
            error = self.assertRaises(
                errors.UnavailableError, installations.of_python, path
            )
            self.assertIn(message, str(error))

    def process(self, *arguments: str) -> processes.Process:
        """Return this process, with other arguments."""
        rights = accounts.Credentials(0, 0, frozenset())
        return processes.Process(os.getpid(), 'nova-api', rights, arguments)

    def environment(self, *files: tuple[str, str]) -> str:
        """Create a virtual environment by hand; return its Python."""
        packages = self.top / 'venv/lib/python3.11/site-packages'
        packages.mkdir(parents=True, exist_ok=True)
        (self.top / 'venv/pyvenv.cfg').touch()
        for name, text in files:
            path = packages / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        return f'{self.top}/venv/bin/python'

    def test_of_process(self) -> None:
        """The files of the environment show the state; no program runs."""
        python = self.environment()
        prefix = f'{self.top}/venv'
        process = self.process(python, '/x')
        self.assertEqual(
            installations.Installation(prefix),
            installations.of_process(process),
        )
        self.environment(('unixnotif-1.2.3.dist-info/METADATA', ''))
        self.assertEqual(
            installations.Installation(prefix, '1.2.3'),
            installations.of_process(process),
        )
        self.environment(
            ('unixnotif-1.2.3.dist-info/entry_points.txt', _ENTRY_POINTS)
        )
        self.assertEqual(
            installations.Installation(prefix, '1.2.3', 'registered'),
            installations.of_process(process),
        )

    def test_a_script(self) -> None:
        """The path of a script names the environment as well."""
        self.environment(
            ('unixnotif-1.dist-info/entry_points.txt', _ENTRY_POINTS)
        )
        script = f'{self.top}/venv/bin/nova-api'
        found = installations.of_process(self.process('python', script))
        assert found is not None
        self.assertEqual('registered', found.driver)

    def test_a_hostile_environment(self) -> None:
        """A FIFO in place of a file does not block."""
        python = self.environment(('unixnotif-1.dist-info/METADATA', ''))
        packages = self.top / 'venv/lib/python3.11/site-packages'
        os.mkfifo(packages / 'unixnotif-1.dist-info/entry_points.txt')
        self.assertEqual(
            installations.Installation(f'{self.top}/venv', '1'),
            installations.of_process(self.process(python)),
        )

    def test_unknown(self) -> None:
        """A process whose command line names no environment."""
        self.assertIsNone(installations.of_process(self.process('uwsgi')))

    def test_a_real_process(self) -> None:
        """A process in the environment of the tests."""
        child = subprocess.Popen(
            [sys.executable, '-c', 'print(flush=True); input()'],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.addCleanup(child.communicate)
        assert child.stdout is not None
        child.stdout.readline()
        found = installations.of_process(processes.read(child.pid))
        assert found is not None
        self.assertEqual('registered', found.driver)
