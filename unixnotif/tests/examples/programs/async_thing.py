# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

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
