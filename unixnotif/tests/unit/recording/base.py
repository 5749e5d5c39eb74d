# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Shared parts of tests of recordings: a path, and notifications."""

from collections.abc import Callable
import datetime
import os

import fixtures
from oslotest import base

from unixnotif import notification
from unixnotif import recording
from unixnotif.recording import lines

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


def shorten_lines(test: base.BaseTestCase) -> None:
    """Lower the limit of lines for a test, which makes the test faster."""
    test.useFixture(
        fixtures.MonkeyPatch('unixnotif.recording.lines.MAX_LINE', 10_000)
    )


def too_long() -> str:
    """Return the message about a line of :func:`append_long_line`."""
    most = lines.MAX_LINE
    return f'a line of {most + 1} bytes; the maximum is {most}'


def append_long_line(path: str) -> None:
    """Append a line that is too long; the file has a hole instead of it."""
    os.truncate(path, os.stat(path).st_size + lines.MAX_LINE)
    with open(path, 'ab') as file:
        file.write(b'\n')


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

    def read(
        self,
        path: str | None = None,
        unfinished: Callable[[str], object] | None = None,
        too_long: Callable[[str], object] | None = None,
    ) -> list[recording.Line]:
        """All that a file holds."""
        return list(
            recording.read(
                path or self.path, unfinished=unfinished, too_long=too_long
            )
        )
