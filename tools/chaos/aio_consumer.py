# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A consuming process with an event loop.

Rule: the messages are those of the other consumers, without ``fork`` and
``leave``.
"""

import asyncio

from tools.chaos import cast
from tools.chaos import channels
from tools.chaos import consumers
from tools.chaos import events
from tools.chaos import journal
from tools.chaos import ledger
import unixnotif
from unixnotif import aio


class Consumer:
    """See :class:`tools.chaos.consumers.Consumer`."""

    def __init__(
        self,
        kind: cast.ConsumerKind,
        address: unixnotif.Address,
        shared: ledger.Ledger,
        log: events.EventLog,
        seat: int,
        number: int,
    ) -> None:
        self._kind = kind
        self._address = address
        self._journal = journal.Journal(shared, seat, log)
        self._journal.begin(number)

    def run(self, channel: channels.Channel) -> None:
        """Receive until the conductor ends this process."""
        asyncio.run(self._run(channel))

    async def _run(self, channel: channels.Channel) -> None:
        self._consumer = aio.Consumer(self._address, self._kind.group)
        await self._consumer.subscribe(consumers.SUBSCRIBE_TIMEOUT)
        async with self._consumer:
            channel.send({'do': 'start'})
            while True:
                await self._receive_batch(consumers.BATCH, consumers.WAIT)
                try:
                    message = channel.receive(0)
                except EOFError:
                    return
                if message is not None:
                    await self._serve(message)
                    channel.send(message)

    async def _receive_batch(self, most: int, timeout: float) -> bool:
        """Receive; return True if there may be more."""
        for _ in range(most):
            try:
                received = await self._consumer.receive(timeout)
            except Exception as e:
                if self._journal.exception(e) >= consumers.MAX_EXCEPTIONS:
                    raise
                continue
            timeout = 0
            if received is None:
                break
            self._journal.record(received.payload)
        else:
            return True
        self._count()
        return False

    async def _serve(self, message: channels.Message) -> None:
        if message['do'] == 'round':
            self._journal.begin(message['number'])
        else:
            while await self._receive_batch(consumers.BATCH, 0):
                pass

    def _count(self) -> None:
        consumer = self._consumer
        self._journal.count(consumer.lost, consumer.rejected.total())
