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

"""Tests of recordings."""

import datetime
import os

import fixtures
from oslotest import base

from unixnotif import errors
from unixnotif import notification
from unixnotif import recording

SENDER = notification.Sender(pid=11, uid=12, gid=13)
RECEIVED = datetime.datetime(2026, 1, 2, 3, 4, 5, 6, datetime.UTC)


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


class TestRecording(base.BaseTestCase):
    def setUp(self) -> None:
        """A path in a directory of the test."""
        super().setUp()
        directory = self.useFixture(fixtures.TempDir()).path
        self.path = os.path.join(directory, 'one.jsonl')

    def write(self, data: bytes) -> None:
        """Append bytes as they are."""
        with open(self.path, 'ab') as f:
            f.write(data)

    def read(self) -> list[recording.Line]:
        """All that the file holds."""
        return list(recording.read(self.path))

    def test_round_trip(self) -> None:
        """What was written is read, with sender, time and test."""
        these = [recorded('a.start'), recorded('a.end')]
        with recording.Writer(self.path) as writer:
            writer.write(these)
        found = self.read()
        self.assertEqual(these, found)
        assert isinstance(found[0], recording.Recorded)
        self.assertEqual(SENDER, found[0].notification.sender)

    def test_append(self) -> None:
        """A second writer goes on where the first ended."""
        lost = recording.RecordedLost(2, {'buffer_full': 2})
        with recording.Writer(self.path) as writer:
            writer.write([recorded('a')])
        with recording.Writer(self.path) as writer:
            writer.write_lost(lost)
            writer.write([recorded('b')])
        self.assertEqual([recorded('a'), lost, recorded('b')], self.read())

    def test_first_line(self) -> None:
        """It names the format."""
        recording.Writer(self.path).close()
        with open(self.path, 'rb') as f:
            self.assertEqual(b'{"format":"unixnotif-recording/1"}\n', f.read())
        self.assertEqual([], self.read())

    def test_unfinished_line(self) -> None:
        """What a killed process had begun to write is left out."""
        with recording.Writer(self.path) as writer:
            writer.write([recorded('a')])
        self.write(recorded('b').encode()[:-10])
        self.assertEqual([recorded('a')], self.read())

    def test_append_to_an_unfinished_line(self) -> None:
        """It is cut off, so that what follows can be read."""
        for unfinished in (b'', b'{"format"', None):
            if os.path.exists(self.path):
                os.unlink(self.path)
            if unfinished is None:
                recording.Writer(self.path).close()
                self.write(recorded('a').encode() + b'\n{"docu')
            else:
                self.write(unfinished)
            with recording.Writer(self.path) as writer:
                writer.write([recorded('b')])
            self.assertEqual(recorded('b'), self.read()[-1])
        self.assertEqual([recorded('a'), recorded('b')], self.read())

    def test_white_space(self) -> None:
        """Other programs may write JSON as they like."""
        recording.Writer(self.path).close()
        self.write(b' {"lost": {"count": 1, "reasons": {"x": 1}}} \n')
        self.assertEqual([recording.RecordedLost(1, {'x': 1})], self.read())

    def test_not_recorded_by_us(self) -> None:
        """The message says which line is wrong, and how."""
        for lines, text in (
            (b'{"format": "other/9"}\n', 'line 1: its format is'),
            (b'[]\n', 'line 1: its format is'),
            (b'garbage\n', 'line 1: not a JSON document'),
        ):
            with open(self.path, 'wb') as f:
                f.write(lines)
            error = self.assertRaises(errors.DocumentError, self.read)
            self.assertIn(text, str(error))

    def test_broken_line(self) -> None:
        """The message says which line is wrong, and how."""
        for line, text in (
            (b'garbage\n', 'line 2: not a JSON document'),
            (b'[]\n', 'line 2: not a line of a recording'),
            (b'{}\n', "KeyError('sender')"),
            (b'{"lost": 3}\n', 'line 2: not a line of a recording'),
            (b'{"lost":{}}\n', 'a lost record needs a count'),
            (
                recorded('a').encode().replace(b'2026-01-02T', b'x') + b'\n',
                'Invalid isoformat',
            ),
            (
                recorded('a').encode().replace(b'+00:00', b'') + b'\n',
                'received has no offset from UTC: 2026-01-02T03:04:05.000006',
            ),
            (
                recorded('a').encode().replace(b'"m-1"', b'1') + b'\n',
                'message_id of a notification must be a string',
            ),
        ):
            if os.path.exists(self.path):
                os.unlink(self.path)
            recording.Writer(self.path).close()
            self.write(line)
            error = self.assertRaises(errors.DocumentError, self.read)
            self.assertIn(text, str(error))

    def test_not_there(self) -> None:
        """A path that cannot be read or written is an error of ours."""
        for use in (
            lambda: list(recording.read('/none/x')),
            lambda: recording.Writer('/none/x'),
        ):
            error = self.assertRaises(errors.UnavailableError, use)
            self.assertIn('recording /none/x: No such file', str(error))

    def test_disk_full(self) -> None:
        """It is said, not swallowed."""
        error = self.assertRaises(
            errors.UnavailableError, recording.Writer, '/dev/full'
        )
        self.assertIn('No space left', str(error))

    def test_now(self) -> None:
        """The time is that of the moment, in UTC."""
        before = datetime.datetime.now(datetime.UTC)
        made = recording.Recorded.now(recorded('a').notification)
        self.assertGreaterEqual(made.received, before)
        self.assertIsNone(made.test_id)
