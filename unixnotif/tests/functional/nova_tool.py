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

"""Base of the tests of tools/nova.

Rule: nova itself is not needed; the sources have the tool, a package has not.
"""

import importlib
import pathlib
from typing import Any

import fixtures
from oslotest import base

ROOT = pathlib.Path(__file__).parents[3]
TEST = 'nova.tests.functional.notification_sample_tests.test_x.TestX.test_x'


class NovaToolTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        if not (ROOT / 'tools').is_dir():
            self.skipTest('only the sources contain the tool')
        self.useFixture(fixtures.PythonPathEntry(str(ROOT)))
        self.scratch = pathlib.Path(self.useFixture(fixtures.TempDir()).path)

    def module(self, name: str) -> Any:
        """A module of the tool."""
        return importlib.import_module(f'tools.nova.{name}')
