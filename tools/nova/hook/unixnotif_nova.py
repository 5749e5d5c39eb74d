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

"""nova's NotificationFixture, over real sockets.

Rule: only nova's surface is translated here. What reaches the socket, and how
to wait for it, is the business of unixnotif.fixtures.
"""

import collections
import json
import os
from typing import Any
from typing import NamedTuple
import unittest

import fixtures

from unixnotif.fixtures import UnixNotifierFixture

_VERSIONED = 'versioned_notifications'


class LegacyMessage(NamedTuple):
    """An unversioned notification, with the attributes that tests read."""

    publisher_id: str | None
    priority: str
    event_type: str
    payload: Any
    context: dict[str, Any]


class NotificationFixture(fixtures.Fixture):
    """Capture what nova's real Notifiers put on a real socket.

    :param test: the test that uses the fixture
    """

    def __init__(self, test: unittest.TestCase) -> None:
        super().__init__()
        self._test_id = test.id()

    def _setUp(self) -> None:
        self._consumer = self.useFixture(UnixNotifierFixture()).consumer
        self._taken = 0
        self._versioned: list[dict[str, Any]] = []
        self._legacy: list[LegacyMessage] = []
        self._of_type: dict[str, list[dict[str, Any]]] = (
            collections.defaultdict(list)
        )
        self._counts = {'versioned': 0, 'legacy': 0}
        self.addCleanup(self._record)

    def _take(self) -> None:
        """Sort what has arrived since the last call into nova's lists."""
        arrived = self._consumer.notifications[self._taken :]
        self._taken += len(arrived)
        for one in arrived:
            if _VERSIONED in one.topics:
                document = {
                    'publisher_id': one.publisher_id,
                    'priority': one.priority,
                    'event_type': one.event_type,
                    'payload': one.payload,
                }
                self._versioned.append(document)
                self._of_type[one.event_type].append(document)
                self._counts['versioned'] += 1
            else:
                self._legacy.append(
                    LegacyMessage(
                        one.publisher_id,
                        one.priority,
                        one.event_type,
                        one.payload,
                        one.context,
                    )
                )
                self._counts['legacy'] += 1

    def _record(self) -> None:
        """Note for the runner that this test was served from here."""
        self._take()
        path = os.environ.get('UNIXNOTIF_NOVA_RECORD')
        if path:
            entry = {'test': self._test_id, **self._counts}
            # Workers share the file: one write each, at its end.
            with open(path, 'a', encoding='utf-8') as record:
                record.write(json.dumps(entry) + '\n')

    @property
    def versioned_notifications(self) -> list[dict[str, Any]]:
        """All since the last reset; the one list, which tests consume."""
        self._take()
        return self._versioned

    @property
    def notifications(self) -> list[LegacyMessage]:
        """The legacy ones since the last reset; always the same list."""
        self._take()
        return self._legacy

    def wait_for_versioned_notifications(
        self, event_type: str, n_events: int = 1, timeout: float = 10.0
    ) -> list[dict[str, Any]]:
        """Wait until so many of this type have arrived since the last reset.

        :returns: all of this type, consumed by the test meanwhile or not;
            they are the dicts of :attr:`versioned_notifications`
        :raises AssertionError: fewer arrived within timeout seconds
        """
        self._consumer.wait_for(
            event_type, topic=_VERSIONED, count=n_events, timeout=timeout
        )
        self._take()
        return list(self._of_type[event_type])

    def reset(self) -> None:
        """Forget all that was emitted before this call."""
        self._take()
        self._consumer.reset()
        self._taken = 0
        self._versioned.clear()
        self._legacy.clear()
        self._of_type.clear()
