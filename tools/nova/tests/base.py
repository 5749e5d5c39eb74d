# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Base of the tests of tools/nova."""

from pathlib import Path

import fixtures
from oslotest import base

TEST = 'nova.tests.functional.notification_sample_tests.test_x.TestX.test_x'


class NovaToolTest(base.BaseTestCase):
    """A test with a directory of its own."""

    def setUp(self) -> None:
        super().setUp()
        self.scratch = Path(self.useFixture(fixtures.TempDir()).path)
