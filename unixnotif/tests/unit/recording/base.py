# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Shared parts of tests of recordings: a path, and notifications."""

import datetime
import os

import fixtures
from oslotest import base

from unixnotif import notification
from unixnotif import recording

SENDER = notification.Sender(pid=11, uid=12, gid=13)
RECEIVED = datetime.datetime(2026, 1, 2, 3, 4, 5, 6, datetime.UTC)
FIRST_LINE = b'{"format":"unixnotif-recording/1"}\n'


def recorded(event_type: str) -> recording.Recorded:
    """A notification as a fixture records it."""
    return recording.Recorded(
        notification.Notification(
            message_id='m-1',
            publisher_id='nova-compute:h1',
            event_type=event_type,
            priority='INFO',
            timestamp='2026-01-02 03:04:05',
            payload={'text': 'caf\u00e9\n'},
            topics=('versioned_notifications',),
            exchange='nova',
            sender=SENDER,
        ),
        RECEIVED,
        'tests.TestCase.test_it',
    )


class TestCase(base.BaseTestCase):
    def setUp(self) -> None:
        """A path in a directory of the test."""
        super().setUp()
        self.directory = self.useFixture(fixtures.TempDir()).path
        self.path = os.path.join(self.directory, 'one.jsonl')

    def append(self, data: bytes) -> None:
        """Append bytes as they are."""
        with open(self.path, 'ab') as f:
            f.write(data)

    def content(self, path: str | None = None) -> bytes:
        """The bytes of a file."""
        with open(path or self.path, 'rb') as f:
            return f.read()

    def read(self, path: str | None = None) -> list[recording.Line]:
        """All that a file holds."""
        return list(recording.read(path or self.path))
