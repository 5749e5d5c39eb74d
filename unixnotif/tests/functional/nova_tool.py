# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

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
