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

"""The consumer for asyncio, with the same verbs.

Rule: no logic of its own; it waits in the event loop where the other one
waits in poll(2).
"""

import asyncio
import collections
from collections.abc import AsyncIterator
import math
import time
from typing import Any
from typing import Self

from unixnotif import consumer
from unixnotif import errors
from unixnotif import notification


class Consumer:
    """Receives the notifications published at one address.

    Takes the arguments of :class:`unixnotif.Consumer`. Use it with
    ``async with``; ``async for`` yields notifications for ever.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._consumer = consumer.Consumer(*args, **kwargs)

    @property
    def lost(self) -> int:
        """Notifications that publishers had to drop for this consumer."""
        return self._consumer.lost

    @property
    def lost_reasons(self) -> collections.Counter[str]:
        """The same by reason."""
        return self._consumer.lost_reasons

    @property
    def rejected(self) -> collections.Counter[str]:
        """What peers sent that is not a document, by error class."""
        return self._consumer.rejected

    @property
    def subscribed(self) -> bool:
        """Whether the address was there when last looked at."""
        return self._consumer.subscribed

    async def subscribe(self, timeout: float | None = 0.0) -> None:
        """See :meth:`unixnotif.Consumer.subscribe`."""
        deadline = _deadline(timeout)
        while True:
            try:
                return self._consumer.subscribe()
            except errors.MissingError:
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    raise
                await asyncio.sleep(min(consumer.CHECK_INTERVAL, remaining))

    async def receive(
        self, timeout: float | None = None
    ) -> notification.Notification | None:
        """See :meth:`unixnotif.Consumer.receive`."""
        deadline = _deadline(timeout)
        while True:
            received = self._consumer.receive(0)
            if received is not None:
                return received
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return None
            await self._readable(min(remaining, consumer.CHECK_INTERVAL))

    async def _readable(self, timeout: float) -> None:
        loop = asyncio.get_running_loop()
        event = asyncio.Event()
        fd = self._consumer.fileno()
        loop.add_reader(fd, event.set)
        try:
            await asyncio.wait_for(event.wait(), timeout)
        except TimeoutError:
            pass
        finally:
            loop.remove_reader(fd)

    def close(self) -> None:
        """Unsubscribe; what was not received is discarded."""
        self._consumer.close()

    async def __aenter__(self) -> Self:
        await self.subscribe()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self.close()

    async def __aiter__(self) -> AsyncIterator[notification.Notification]:
        while True:
            received = await self.receive()
            if received is not None:
                yield received


def _deadline(timeout: float | None) -> float:
    return math.inf if timeout is None else time.monotonic() + timeout
