# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The tests of the cloud, run against a real nova in this process.

Rule: the tests run unchanged, in a separate process. They see only what a
cloud would show: its API, and a capture file that grows.
"""

# First: nova has to forbid eventlet, or to patch with it, before any other
# import of eventlet.
from nova.tests.functional import fixtures as more_stand_ins  # type: ignore[import-not-found]

# isort: split
import os
import pathlib
import subprocess
import sys

from nova import test  # type: ignore[import-not-found]
from nova.tests import fixtures as stand_ins  # type: ignore[import-not-found]

from tools.nova.lifecycle import server
from unixnotif import fixtures

#: The directory to leave ``capture.jsonl`` in.
VARIABLE = 'UNIXNOTIF_LIFECYCLE'
CHECKOUT = pathlib.Path(__file__).parents[3]

# An image of nova's stand-in for glance.
_IMAGE = {
    'id': '155d900f-4e14-4e4c-a73d-069cbf4541e6',
    'name': 'fakeimage123456',
    'status': 'active',
    'disk_format': 'raw',
    'size': 25165824,
}


class LifecycleTest(test.TestCase):  # type: ignore[misc]
    """nova-api, nova-scheduler, nova-conductor and nova-compute."""

    REQUIRES_LOCKING = True

    def setUp(self) -> None:
        # Before nova makes its Notifiers.
        self.flags(notification_format='versioned', group='notifications')
        super().setUp()
        api = self.useFixture(stand_ins.OSAPIFixture(api_version='v2.1'))
        self.notifier = self.useFixture(
            fixtures.UnixNotifierFixture(test=self)
        )
        self.useFixture(stand_ins.RealPolicyFixture())
        self.useFixture(stand_ins.NeutronFixture(self))
        self.useFixture(stand_ins.GlanceFixture(self))
        self.useFixture(stand_ins.CinderFixture(self))
        self.useFixture(more_stand_ins.PlacementFixture())
        self.cloud = self.useFixture(
            server.ServedCloud(api.app(), api.project_id, [_IMAGE])
        )
        self.capture = os.path.join(os.environ[VARIABLE], 'capture.jsonl')
        self._record()
        for service in ('conductor', 'scheduler', 'compute'):
            self.start_service(service)

    def _record(self) -> None:
        """Write what nova emits to the capture, as on a DevStack."""
        recorder = subprocess.Popen(
            [
                *(sys.executable, '-m', 'unixnotif.cli', 'record'),
                *(self.notifier.uri, self.capture),
            ],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(recorder.wait)
        self.addCleanup(recorder.terminate)
        assert recorder.stderr is not None
        self.addCleanup(recorder.stderr.close)
        for line in recorder.stderr:
            if 'subscribed' in line:
                return
        raise AssertionError('unixnotif record has ended')

    def test_the_tests_of_the_cloud_pass(self) -> None:
        """Each test of the cloud runs, and passes."""
        done = subprocess.run(
            [
                sys.executable,
                '-m',
                'testtools.run',
                'unixnotif.tests.devstack.test_cloud',
            ],
            cwd=CHECKOUT,
            env={
                **os.environ,
                **self.cloud.environ,
                'UNIXNOTIF_CAPTURE': self.capture,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.assertEqual(0, done.returncode, done.stdout)
        self.assertIn('Ran 6 tests', done.stdout)
        self.assertNotIn('skipped', done.stdout)
