# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The first test leaves a process and a thread; the second test fails."""

import multiprocessing
import threading
from typing import Any

from oslotest import base

from unixnotif.fixtures import UnixNotifierFixture

FORK = multiprocessing.get_context('fork')
GO = FORK.Event()
LEFT: list[Any] = []


def poll(notifier: Any) -> None:
    GO.wait()
    notifier.info({}, 'thing.update', {})


class ThingTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.fixture = self.useFixture(UnixNotifierFixture())

    def test_1_leaves_two_behind(self) -> None:
        notifier = self.fixture.notifier('thing-api:host1')
        for kind in (FORK.Process, threading.Thread):
            left = kind(target=poll, args=[notifier], name='poller')
            left.start()
            LEFT.append(left)

    def test_2(self) -> None:
        GO.set()
        for left in LEFT:
            left.join()

        self.fixture.consumer.assert_none('thing.update')
        self.fixture.consumer.wait_for('thing.create', timeout=0.1)
