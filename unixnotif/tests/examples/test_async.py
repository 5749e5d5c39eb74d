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

"""The how-to guide of testing: tests of asyncio."""

from unixnotif.tests.examples import base


class AsyncTest(base.ExampleTest):
    def test_async_thing(self) -> None:
        """A test awaits a notification of another task."""
        running = self.program('async_thing.py')
        self.assertIn('\nOK\n', running.finish())
        self.assertEqual(0, running.process.returncode)
