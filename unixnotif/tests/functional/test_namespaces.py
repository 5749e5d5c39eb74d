# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A subscriber in other namespaces, as in a container.

Rule: ``unshare`` creates the namespaces; where that is not allowed, the tests
are skipped.
"""

import os
import pathlib
import shutil
import subprocess
import sys

import unixnotif
from unixnotif import recording
from unixnotif.tests import base as support
from unixnotif.tests.functional import base


class NamespacesTest(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.parent = self.top / 'run'
        self.directory = self.parent / 'notifications'
        self.directory.mkdir(parents=True)
        self.mount_point = self.top / 'inside'
        self.mount_point.mkdir()
        self.file = self.top / 'capture.jsonl'

    def test_parent_mounted(self) -> None:
        """A subscriber finds a recreated directory below its mount."""
        self.record(self.mount_point / 'notifications', mount=self.parent)
        self.publish()
        self.recreate()
        self.publish()
        self.recorder.finish()
        self.assertEqual([os.getpid()] * 2, self.senders())

    def test_directory_mounted(self) -> None:
        """A mount of the directory itself keeps the removed directory."""
        self.record(self.mount_point, mount=self.directory)
        self.publish()
        self.recreate()
        seen = os.stat(f'/proc/{self.recorder.pid}/root{self.mount_point}')
        self.assertEqual(0, seen.st_nlink)

    def test_network(self) -> None:
        """Network, IPC and UTS namespaces make no difference."""
        self.record(self.directory, '--net', '--ipc', '--uts')
        self.publish()
        self.publish()
        self.recorder.finish()
        self.assertEqual([os.getpid()] * 2, self.senders())

    def test_user(self) -> None:
        """A user namespace makes no difference to a mapped user."""
        self.record(self.directory, '--user', '--map-root-user')
        self.publish()
        self.publish()
        self.recorder.finish()
        self.assertEqual([os.getpid()] * 2, self.senders())

    def test_pid(self) -> None:
        """Inside a pid namespace, a sender outside it has the pid 0."""
        self.record(self.directory, '--pid', '--fork')
        self.publish()
        self.publish()
        self.recorder.finish()
        self.assertEqual([0, 0], self.senders())

    def record(
        self,
        directory: pathlib.Path,
        *namespaces: str,
        mount: pathlib.Path | None = None,
    ) -> None:
        """Record two notifications in new namespaces.

        :param mount: bind this directory to the mount point
        """
        unshare = ['unshare', *namespaces]
        if mount is not None:
            script = f'mount --bind {mount} {self.mount_point} && exec "$@"'
            unshare += ['--mount', 'sh', '-c', script, 'sh']
        if shutil.which('unshare') is None:
            self.skipTest('unshare is not installed')
        tried = subprocess.run(
            [*unshare, 'true'], capture_output=True, text=True, check=False
        )
        if tried.returncode:
            self.skipTest(tried.stderr)
        self.recorder = self.useFixture(
            base.Child(
                *unshare,
                *(sys.executable, '-m', 'unixnotif', 'record'),
                *(f'unix+dir://{directory}', str(self.file), '--count', '2'),
            )
        )

    def publish(self) -> None:
        """Publish one notification, to one subscriber."""
        with unixnotif.Publisher(f'unix+dir://{self.directory}') as out:
            self.wait_until(lambda: out.refresh() == 1)
            self.assertEqual((1, 1, {}), out.publish(support.document()))

    def recreate(self) -> None:
        """Remove and create the directory, as systemd does."""
        shutil.rmtree(self.directory)
        self.directory.mkdir()

    def senders(self) -> list[int]:
        """Return the process ids of the senders in the recording."""
        return [
            line.notification.sender.pid
            for line in recording.read(str(self.file))
            if isinstance(line, recording.Recorded)
            and line.notification.sender is not None
        ]
