# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The how-to guide of testing: tests of asyncio."""

from unixnotif.tests.examples import base


class AsyncTest(base.ExampleTest):
    def test_async_thing(self) -> None:
        """A test awaits a notification of another task."""
        running = self.program('async_thing.py')
        self.assertIn('\nOK\n', running.finish())
        self.assertEqual(0, running.process.returncode)
