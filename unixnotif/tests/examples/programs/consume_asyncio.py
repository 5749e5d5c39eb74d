# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Print notifications in an event loop."""

import asyncio

from unixnotif import aio


async def follow() -> None:
    async with aio.Consumer('unix+dir:///run/nova/notifications') as consumer:
        async for notification in consumer:
            print(notification.event_type, notification.payload)


asyncio.run(follow())
