# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Search for the processes of services."""

import os
import subprocess

import fixtures

from unixnotif.doctor import discovery
from unixnotif.tests import base


class DiscoveryTest(base.TestCase):
    def start(self, file: str) -> int:
        """Start a process with a configuration file; return its id."""
        process = subprocess.Popen(
            ['sh', '-c', 'echo; read x', f'--config-file={file}'],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.addCleanup(process.communicate)
        assert process.stdout is not None
        # It runs the program now, whose command line the search reads.
        process.stdout.readline()
        return process.pid

    def test_many_processes(self) -> None:
        """The search counts the processes that it does not compare."""
        directory = self.useFixture(fixtures.TempDir()).path
        file = os.path.join(directory, 'nova.conf')
        pids = sorted(self.start(file) for _ in range(3))
        for most, skipped in ((3, 0), (2, 1), (1, 2)):
            with fixtures.MonkeyPatch(
                'unixnotif.doctor.discovery.MOST_PROCESSES', most
            ):
                found = discovery.find([file], [])
            [kind] = found.kinds
            self.assertEqual(tuple(pids[:most]), kind.pids)
            self.assertEqual(skipped, found.skipped)
