# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Processes, as /proc describes them."""

from collections.abc import Iterator
import os
import resource
import socket
import subprocess
import sys
from typing import Any

import fixtures

from unixnotif import errors
from unixnotif.doctor import accounts
from unixnotif.doctor import processes
from unixnotif.tests import base


def process(*arguments: str, **values: Any) -> processes.Process:
    rights = accounts.Credentials(0, 0, frozenset())
    return processes.Process(7, 'x', rights, arguments, **values)


class ProcessesTest(base.TestCase):
    def start(self, *args: str, **env: str) -> int:
        """Start Python, and wait until it runs; return its pid."""
        code = 'import sys; print(flush=True); sys.stdin.read()'
        child = subprocess.Popen(
            [sys.executable, '-c', code, *args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **env},
        )
        self.addCleanup(child.communicate)
        assert child.stdout is not None
        child.stdout.readline()
        return child.pid

    def test_read(self) -> None:
        """A process has rights, arguments and variables."""
        pid = self.start('--config-file', 'x.conf', DOCTOR='a=b')
        found = processes.read(pid)
        self.assertEqual(pid, found.pid)
        self.assertEqual(accounts.own(), found.rights)
        self.assertEqual(('--config-file', 'x.conf'), found.arguments[-2:])
        assert found.environment is not None
        self.assertEqual('a=b', found.environment['DOCTOR'])
        self.assertEqual(os.getcwd(), found.directory)
        self.assertFalse(found.is_elsewhere)
        self.assertEqual(
            [f'{os.getcwd()}/x.conf'], processes.config_files(found)
        )

    def test_descriptors(self) -> None:
        """A process has open descriptors and a soft limit."""
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        found = processes.read(self.start()).descriptors
        assert found is not None
        self.assertEqual(soft, found.limit)
        self.assertIn(found.number, range(3, 20))

    def test_no_process(self) -> None:
        """A process id without a process is an UnavailableError."""
        child = os.fork()
        if not child:
            os._exit(0)
        os.waitpid(child, 0)
        error = self.assertRaises(
            errors.UnavailableError, processes.read, child
        )
        self.assertEqual(f'there is no process {child}', str(error))

    def test_config_files(self) -> None:
        """Both forms of the option, and relative paths."""
        found = process(
            'nova-api',
            '--config-file=/a.conf',
            '--config-dir',
            '/d',
            '--config-file',
            'b.conf',
            '--config-file',
            directory='/w',
        )
        self.assertEqual(
            ['/a.conf', '/w/b.conf'], processes.config_files(found)
        )

    def test_using_file(self) -> None:
        """Processes with --config-file FILE are found, except the doctor."""
        path = self.useFixture(fixtures.TempDir()).join('nova.conf')
        pid = self.start('--config-file', path)
        self.start('--other', path)
        self.start('doctor', '--config-file', path)
        self.assertEqual([pid], processes.using_file(path))
        others = [
            self.start(f'--config-file={path}'),
            self.start('--log-file', path, '--config-file', path),
        ]
        self.assertEqual({pid, *others}, set(processes.using_file(path)))

    def test_holders(self) -> None:
        """The process that has a socket open."""
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        inode = os.fstat(ours.fileno()).st_ino
        self.assertEqual(
            {inode: os.getpid()}, processes.holders([inode, 2**40])
        )
        self.assertEqual({}, processes.holders([]))

    def test_a_bounded_search(self) -> None:
        """The search ends at its limit of descriptors."""
        self.useFixture(
            fixtures.MonkeyPatch(
                'unixnotif.doctor.processes._MOST_DESCRIPTORS', 0
            )
        )
        searched = []

        def pids() -> Iterator[int]:
            for pid in (os.getpid(), 1, 2):
                searched.append(pid)
                yield pid

        self.useFixture(
            fixtures.MonkeyPatch('unixnotif.doctor.processes._pids', pids)
        )
        self.assertEqual({}, processes.holders([2**40]))
        self.assertEqual([os.getpid()], searched)

    def test_ancestors(self) -> None:
        """The processes that started a process."""
        pid = self.start()
        found = processes.ancestors(pid)
        self.assertIn(os.getpid(), found)
        self.assertNotIn(pid, found)
        self.assertEqual(set(), processes.ancestors(0))

    def test_shown(self) -> None:
        """A process that has ended has no name."""
        self.assertEqual('process 4194999', processes.shown(4194999))
        self.assertIn('(', processes.shown(os.getpid()))

    def test_elsewhere(self) -> None:
        """Another root, or another mount namespace."""
        self.assertTrue(process(mounts='mnt:[1]').is_elsewhere)
        self.assertFalse(process().is_elsewhere)
