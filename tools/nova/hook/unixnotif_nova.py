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

"""nova's NotificationFixture over real sockets, and the proof of its use.

Rule: what it does is in unixnotif.fixtures.compat; here it only tells the
runner that a test was served by it.
"""

import json
import os
import unittest

from unixnotif import notification
from unixnotif.fixtures import compat


class NotificationFixture(compat.NotificationFixture):
    """Counts what it captures, and notes that for the runner.

    :param test: the test that uses the fixture
    """

    def __init__(self, test: unittest.TestCase) -> None:
        super().__init__(test)
        self._test_id = test.id()
        self._counts = {'versioned': 0, 'legacy': 0}

    def _setUp(self) -> None:
        super()._setUp()
        self.addCleanup(self._note)

    def _translate(self, each: notification.Notification) -> None:
        super()._translate(each)
        versioned = 'versioned_notifications' in each.topics
        self._counts['versioned' if versioned else 'legacy'] += 1

    def _note(self) -> None:
        self._take()
        path = os.environ.get('UNIXNOTIF_NOVA_RECORD')
        if path:
            entry = {'test': self._test_id, **self._counts}
            # Workers share the file: one write each, at its end.
            with open(path, 'a', encoding='utf-8') as record:
                record.write(json.dumps(entry) + '\n')
