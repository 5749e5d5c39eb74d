# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""nova's NotificationFixture over real sockets, and the proof of its use.

Rule: the code of the fixture is in unixnotif.fixtures.compat. This module only
writes, for the runner, the id of each test and its number of notifications.
"""

import json
import os
import unittest

from unixnotif import notification
from unixnotif.fixtures import compat

# Tests replace open(), to protect the devices of the host.
_open = open


class NotificationFixture(compat.NotificationFixture):
    """Counts the notifications that the test sees, for the runner.

    :param test: the test that uses the fixture
    """

    def __init__(self, test: unittest.TestCase) -> None:
        super().__init__(test)
        self._test_id = test.id()
        self._shown = 0

    def _setUp(self) -> None:
        super()._setUp()
        self.addCleanup(self._note)

    def _translate(self, each: notification.Notification) -> None:
        super()._translate(each)
        self._shown += 1

    def _note(self) -> None:
        self.take()
        entry = {'test': self._test_id, 'shown': self._shown}
        # Each worker has a file of its own.
        directory = os.environ['UNIXNOTIF_NOVA_NOTES']
        path = os.path.join(directory, f'{os.getpid()}.jsonl')
        with _open(path, 'a', encoding='utf-8') as notes:
            notes.write(json.dumps(entry) + '\n')


def replacement(original: type) -> type[NotificationFixture]:
    """Return the class that replaces nova's fixture."""
    return NotificationFixture
