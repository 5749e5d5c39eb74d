#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

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
