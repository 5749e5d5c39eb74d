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

"""Tests of asyncio, with the standard library's runner."""

import asyncio
import unittest

from unixnotif.fixtures import UnixNotifierFixture


class ThingTest(unittest.IsolatedAsyncioTestCase):
    async def test_update(self) -> None:
        with UnixNotifierFixture() as fixture:
            notifier = fixture.notifier('thing-api:host1')

            async def update() -> None:
                await asyncio.sleep(0.01)
                notifier.info({}, 'thing.update', {'id': 'thing-1'})

            task = asyncio.create_task(update())
            sent = await fixture.consumer.aio.wait_for_one('thing.update')

            self.assertEqual({'id': 'thing-1'}, sent.payload)
            await task


if __name__ == '__main__':
    unittest.main()
