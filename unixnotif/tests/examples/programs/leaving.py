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

"""A test that leaves a process and a thread behind, and the next one."""

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
