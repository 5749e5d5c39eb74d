# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Tests that capture notifications below an unusual TMPDIR.

``test_temporary_directories`` sets the variable and runs them.
"""

import os
import subprocess
import sys

from oslo_config import cfg
from oslotest import base

import unixnotif
from unixnotif import fixtures

#: Number of tests.
TESTS = 3

_CHILD = """\
import sys
from unixnotif.tests.functional.programs import service
service.make_notifier(sys.argv[1]).info({}, 'child', {'n': 1})
"""


class PlacingTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.conf = cfg.ConfigOpts()
        self.conf([], project='test')
        self.fixture = self.useFixture(fixtures.UnixNotifierFixture(self.conf))
        self.path = unixnotif.Address.parse(self.fixture.uri).path

    def run_child(self, uri: str) -> None:
        """Emit from a process that reads its own configuration file."""
        # The file is below TMPDIR, too.
        config = os.path.join(os.path.dirname(self.path), 'service.conf')
        with open(config, 'w', encoding='ascii') as file:
            file.write(
                '[oslo_messaging_notifications]\ndriver = unix\n'
                f'[oslo_messaging_unix]\nsocket_uri = {uri}\n'
            )
        try:
            done = subprocess.run(
                [sys.executable, '-c', _CHILD, config],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=False,
            )
        finally:
            os.unlink(config)
        # Without a handler, logging prints warnings.
        self.assertEqual((0, b''), (done.returncode, done.stdout))

    def test_place(self) -> None:
        """The directory of the fixture is below TMPDIR."""
        top = os.path.join(os.environ['TMPDIR'], '')
        self.assertTrue(self.path.startswith(top), (self.path, top))
        self.assertTrue(os.path.isdir(self.path))
        self.assertTrue(self.fixture.uri.isascii())

    def test_own_process(self) -> None:
        """The test's own process emits to the fixture's URI."""
        self.fixture.notifier('a:b').info({}, 'own', {'n': 1})
        self.fixture.consumer.wait_for('own', publisher_id='a:b')
        [uri] = self.conf.oslo_messaging_unix.socket_uri
        self.assertEqual(self.fixture.uri, uri)

    def test_child(self) -> None:
        """A child with a configuration file emits to the same URI."""
        self.run_child(self.fixture.uri)
        self.fixture.consumer.wait_for('child', payload={'n': 1})
        self.assertEqual(self.fixture.consumer.driver_errors, [])
