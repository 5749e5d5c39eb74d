# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A test of a service that runs in another process."""

import pathlib
import subprocess
import sys

import fixtures
from oslotest import base

from unixnotif.fixtures import UnixNotifierFixture

CONFIG = """
[oslo_messaging_notifications]
driver = unix
[oslo_messaging_unix]
socket_uri = {uri}
"""


class ProcessTest(base.BaseTestCase):
    def test_process(self) -> None:
        fixture = self.useFixture(UnixNotifierFixture())
        directory = self.useFixture(fixtures.TempDir()).path
        config = pathlib.Path(directory, 'thing.conf')
        config.write_text(CONFIG.format(uri=fixture.uri))
        service = subprocess.Popen(
            [sys.executable, '-m', 'thing', f'--config-file={config}']
        )
        self.addCleanup(service.wait)

        [sent] = fixture.consumer.wait_for(
            'thing.create.end', topic='notifications', timeout=60
        )

        assert sent.sender is not None
        self.assertEqual(service.pid, sent.sender.pid)
