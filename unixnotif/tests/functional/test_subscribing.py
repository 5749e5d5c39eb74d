# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A subscriber misses nothing, whenever it subscribed.

Rule: on tmpfs and on ramfs, whose time stamps are as coarse as the clock's
tick. With ``UNIXNOTIF_TEST_SCALE=full``, consumers subscribe 20 000 times
on each.
"""

import os
import shutil
import subprocess

from unixnotif.tests.functional import base
from unixnotif.tests.functional.programs import counters


class TestEveryMoment(base.TestCase):
    """Subscribing while others emit as fast as they can."""

    def test_directory(self) -> None:
        """Nothing is missed in a directory of whatever file system."""
        self._check(self.rendezvous, workers=1, threads=2)

    def test_socket(self) -> None:
        """Nothing is missed at the socket of a process of two threads."""
        self._check(self.socket, workers=0, threads=2)

    def test_tmpfs(self) -> None:
        """Nothing is missed on tmpfs, where /run is."""
        self._check_mounted('tmpfs')

    def test_ramfs(self) -> None:
        """Nothing is missed on ramfs, whose time stamps are coarse."""
        self._check_mounted('ramfs')

    def _check_mounted(self, kind: str) -> None:
        # In a mount namespace of its own, which takes the mount with it.
        place = self.top / kind
        place.mkdir()
        mount = f'mount -t {kind} none {place}'
        if os.geteuid() or not shutil.which('unshare'):
            self.skipTest('mounting needs root and unshare(1)')
        tried = subprocess.run(
            ('unshare', '-m', 'sh', '-c', mount),
            capture_output=True,
            text=True,
            check=False,
        )
        if tried.returncode:
            self.skipTest(f'{mount}: {tried.stderr}')
        mark = place / 'mark'
        namespace = self.useFixture(
            base.Child(
                'unshare',
                '-m',
                'sh',
                '-c',
                f'{mount} && touch {mark} && echo && exec cat',
            )
        )
        namespace.line()
        enter = ('nsenter', '-m', '-t', str(namespace.pid))
        # In a chroot, a process that enters the namespace leaves the chroot.
        if subprocess.call((*enter, 'test', '-e', str(mark))):
            self.skipTest('a process in the namespace does not see the mount')
        self._check(
            f'unix+dir://{place}/rendezvous',
            workers=2,
            threads=1,
            prefix=enter,
        )

    def _check(
        self,
        uri: str,
        workers: int,
        threads: int,
        prefix: tuple[str, ...] = (),
    ) -> None:
        times = 20_000 if base.is_full_scale() else 400
        config = self.write_config(uri)
        service = self.start_service(config, workers, threads, prefix)
        service.send(start=True)
        for _ in range(max(1, workers)):
            service.answer()
        child = self.start(
            'subscribing',
            uri,
            counters.path_beside(config),
            self.slots,
            times,
            prefix=prefix,
        )
        result = child.answer()
        child.finish()
        service.send(stop=True)
        for _ in range(max(1, workers)):
            service.answer()
        service.finish()
        self.assertEqual([], result['missed'])
