# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Tests of the measurement of memory."""

from oslotest import base

from bench import memory
from bench import stages


class MemoryTest(base.BaseTestCase):
    def test_rows(self) -> None:
        """At both kinds of address, every subscriber gets the document."""
        with stages.Stage() as stage:
            rows = memory.run(stage, 1)
        self.assertEqual(
            ['unix+dir', 'unix'], [row['contender'] for row in rows]
        )
        for row in rows:
            self.assertGreater(row['kernel_bytes'], 0)
