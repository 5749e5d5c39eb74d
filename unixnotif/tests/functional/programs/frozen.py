# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A test suite of a service whose tests freeze the time.

A test whose name begins with ``test_missing`` must fail, and every other
test must pass. ``test_frozen_time`` runs the suite under each runner.
"""

import asyncio
import threading
import time
from typing import ClassVar

import freezegun
from oslotest import base
import time_machine

import unixnotif
from unixnotif import aio
from unixnotif import fixtures

WHEN = '2016-10-18T09:52:05.219414'
#: Timeout of a wait for a notification that never arrives, in seconds.
TIMEOUT = 0.3
#: Number of tests of each class that pass, and of those that fail.
PASSING, FAILING = 7, 1


class Suite:
    """The tests, for each tool."""

    year: ClassVar[str] = '2016'

    def setUp(self) -> None:
        super().setUp()  # type: ignore[misc]
        self.fixture = self.useFixture(  # type: ignore[attr-defined]
            fixtures.UnixNotifierFixture()
        )

    def emit(self) -> None:
        self.fixture.notifier('a:b').info({}, 'x.y', {'k': 1})

    def test_emitted(self) -> None:
        """The notification has the time of the test."""
        self.emit()
        [found] = self.fixture.consumer.wait_for('x.y')
        assert found.payload == {'k': 1}
        assert found.timestamp.startswith(self.year), found.timestamp

    def test_thread(self) -> None:
        """Another thread emits while the test waits."""
        thread = threading.Timer(TIMEOUT / 10, self.emit)
        thread.start()
        self.fixture.consumer.wait_for('x.y', timeout=60)
        thread.join()

    def test_none(self) -> None:
        """The assertion watches in real time."""
        self.fixture.consumer.assert_none('never', within=TIMEOUT)

    def test_consumer(self) -> None:
        """A consumer waits in real time."""
        with unixnotif.Consumer(self.fixture.uri) as consumer:
            assert consumer.receive(TIMEOUT) is None
            self.emit()
            assert consumer.receive(60) is not None

    def test_asyncio(self) -> None:
        """A consumer for asyncio waits in real time."""

        async def use() -> None:
            async with aio.Consumer(self.fixture.uri) as consumer:
                assert await consumer.receive(TIMEOUT) is None
                self.emit()
                assert await consumer.receive(60) is not None

        asyncio.run(use())

    def test_part(self) -> None:
        """A consumer continues to work after the end of a nested freeze."""
        with unixnotif.Consumer(self.fixture.uri) as consumer:
            with freezegun.freeze_time('2100-01-01'):
                assert consumer.receive(0) is None
                self.emit()
            assert consumer.receive(60) is not None
            assert consumer.receive(TIMEOUT) is None

    def test_missing(self) -> None:
        """The assertion fails after the timeout."""
        self.fixture.consumer.wait_for('never', timeout=TIMEOUT)


@freezegun.freeze_time(WHEN)
class FreezegunTest(Suite, base.BaseTestCase):
    """freezegun, with time that stands still."""

    def test_frozen(self) -> None:
        """The tool is active."""
        assert time.monotonic() == time.monotonic()


@freezegun.freeze_time(WHEN, tick=True)
class TickingFreezegunTest(Suite, base.BaseTestCase):
    """freezegun, with time that goes on."""

    def test_frozen(self) -> None:
        """The tool is active."""
        assert time.gmtime().tm_year == 2016


@time_machine.travel(f'{WHEN}+00:00', tick=False)
class TimeMachineTest(Suite, base.BaseTestCase):
    """time-machine, with time that stands still."""

    def test_frozen(self) -> None:
        """The tool is active."""
        assert time.time() == time.time()


CLASSES = (FreezegunTest, TickingFreezegunTest, TimeMachineTest)
