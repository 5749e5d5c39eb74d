# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The consumer for asyncio, with the same methods.

Rule: this consumer waits in the event loop, where :class:`unixnotif.Consumer`
waits in poll(2). A call takes a notification after its last ``await``, so that
canceling the call loses nothing.
"""

import asyncio
import collections
from collections.abc import AsyncIterator
from collections.abc import Callable
from typing import Final
from typing import Self
from typing import Unpack

from unixnotif import address as addresses
from unixnotif import clock
from unixnotif import consumer
from unixnotif import errors
from unixnotif import filter as filters
from unixnotif import notification
from unixnotif import packet
from unixnotif import polling
from unixnotif.consumer import core

# Seconds for which a call may keep the event loop to itself in a flood.
_SLICE: Final = 0.002
# Documents that a call decodes before it looks at the clock.
_DOCUMENTS: Final = 64
# Maximum difference between the time of an event loop and real time, in
# seconds.
_MAX_DEVIATION: Final = 1.0
# Seconds for which a wait without a timer keeps the event loop to itself.
_STEP: Final = 0.001


class Consumer:
    """Receives the notifications published at one address.

    Use it with ``async with``; ``async for`` yields notifications without end.
    One consumer is for one task at a time. For the parameters see
    :class:`unixnotif.Consumer`.

    :raises AddressError: the URI or the group is not valid
    """

    def __init__(
        self,
        uri: addresses.Address | str,
        group: str | None = None,
        *,
        event_type: filters.Globs | None = None,
        max_message_size: int = packet.MAX_MESSAGE_SIZE,
        **criteria: Unpack[filters.Criteria],
    ) -> None:
        self._consumer = core.Core(
            uri,
            group,
            event_type=event_type,
            max_message_size=max_message_size,
            **criteria,
        )
        self._yield_at = 0.0

    @property
    def address(self) -> addresses.Address:
        """The address at which notifications are published."""
        return self._consumer.address

    @property
    def group(self) -> str | None:
        """Name of the group that shares one copy, or None."""
        return self._consumer.group

    @property
    def filter(self) -> filters.Filter:
        """Filter of the wanted notifications."""
        return self._consumer.filter

    @property
    def lost(self) -> int:
        """Number of notifications dropped for this consumer."""
        return self._consumer.lost

    @property
    def lost_reasons(self) -> collections.Counter[str]:
        """Number of lost notifications by reason."""
        return self._consumer.lost_reasons

    @property
    def rejected(self) -> collections.Counter[str]:
        """See :class:`unixnotif.Consumer`."""
        return self._consumer.rejected

    @property
    def subscribed(self) -> bool:
        """True if the address existed at the last check."""
        return self._consumer.subscribed

    def fileno(self) -> int:
        """See :meth:`unixnotif.Consumer.fileno`."""
        return self._consumer.fileno()

    async def subscribe(self, timeout: float | None = 0.0) -> None:
        """See :meth:`unixnotif.Consumer.subscribe`."""
        deadline = clock.deadline(timeout)
        while True:
            try:
                return self._consumer.subscribe()
            except errors.MissingError:
                remaining = deadline - clock.monotonic()
                if remaining <= 0:
                    raise
                await _sleep(min(consumer.CHECK_INTERVAL, remaining))

    async def receive(
        self, timeout: float | None = None
    ) -> notification.Notification | None:
        """See :meth:`unixnotif.Consumer.receive`.

        Unlike that method, this method does not leave a large document to the
        next call: it decodes the document even if the timeout expires.
        """
        deadline = clock.deadline(timeout)
        skipped = 0
        while True:
            await self._yield_to_loop()
            self._consumer.follow()
            received = self._consumer.take_of(_DOCUMENTS)
            if received is not None:
                return received
            if self._consumer.buffered:
                continue
            work = self._consumer.advance()
            received = self._consumer.take_of(_DOCUMENTS)
            if received is not None:
                return received
            remaining = deadline - clock.monotonic()
            if work:
                skipped += work
                if remaining <= 0 and skipped > consumer.MAX_SKIPPED:
                    return None
            elif remaining <= 0:
                return None
            else:
                await wait_readable(
                    self._consumer.fileno(),
                    min(remaining, consumer.CHECK_INTERVAL),
                )

    async def _yield_to_loop(self) -> None:
        """Let other tasks run if this one has run for a while."""
        if clock.monotonic() >= self._yield_at:
            await asyncio.sleep(0)
            self._yield_at = clock.monotonic() + _SLICE

    def drain(
        self, timeout: float = consumer.CHECK_INTERVAL
    ) -> AsyncIterator[notification.Notification]:
        """See :meth:`unixnotif.Consumer.drain`; for use with ``async for``."""
        self._consumer.leave()
        return self._drain(clock.deadline(timeout))

    async def _drain(
        self, deadline: float
    ) -> AsyncIterator[notification.Notification]:
        more = True
        while more:
            await self._yield_to_loop()
            remaining = deadline - clock.monotonic()
            more = self._consumer.finish(remaining <= 0)
            while (received := self._consumer.take_of(_DOCUMENTS)) is not None:
                yield received
            if more and remaining > 0 and not self._consumer.buffered:
                timeout = min(remaining, consumer.CHECK_INTERVAL)
                await wait_readable(self._consumer.fileno(), timeout)
        self._consumer.close()

    def close(self) -> None:
        """Unsubscribe, and discard unread notifications."""
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

    def __repr__(self) -> str:
        return repr(self._consumer)


async def wait_readable(fd: int, timeout: float) -> None:
    """Wait in real time until a descriptor can be read.

    :param timeout: seconds, not negative
    """
    loop = asyncio.get_running_loop()
    if not _has_real_time(loop):
        return await _poll(
            timeout, lambda step: polling.wait_readable(fd, step)
        )
    event = asyncio.Event()
    loop.add_reader(fd, event.set)
    try:
        # Not wait_for(), which in Python 3.11 may swallow a cancellation.
        async with asyncio.timeout(timeout):
            await event.wait()
    except TimeoutError:
        pass
    finally:
        loop.remove_reader(fd)


async def _sleep(seconds: float) -> None:
    """Wait in real time, for at most CHECK_INTERVAL."""
    if _has_real_time(asyncio.get_running_loop()):
        await asyncio.sleep(seconds)
    else:
        await _poll(seconds, clock.sleep)


def _has_real_time(loop: asyncio.AbstractEventLoop) -> bool:
    """Return True if the timers of an event loop expire in real time.

    A tool that freezes the time of a test freezes ``loop.time()`` as well. A
    timer of a frozen loop never expires, or expires years after the freeze.
    """
    return abs(loop.time() - clock.monotonic()) < _MAX_DEVIATION


async def _poll(timeout: float, wait: Callable[[float], object]) -> None:
    """Wait in real time without a timer of the event loop.

    :param wait: waits for at most a number of seconds; returns True if there
        is nothing more to wait for
    """
    deadline = clock.deadline(timeout)
    while (remaining := deadline - clock.monotonic()) > 0:
        await asyncio.sleep(0)
        if wait(min(remaining, _STEP)):
            return
