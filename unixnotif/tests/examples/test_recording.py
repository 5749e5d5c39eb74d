# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The recordings of the reference and of the how-to guide."""

import datetime
import shutil

import unixnotif
from unixnotif import notification
from unixnotif import recording
from unixnotif.tests.examples import base

SAMPLE = base.EXAMPLES / 'recording.jsonl'
EXPECTED: list[recording.Line] = [
    recording.Recorded(
        notification.Notification(
            message_id='2f4d6b5c-0a7e-4f0e-9d6a-5f1b8c3e7a90',
            publisher_id='thing-api:host1',
            event_type='thing.create.start',
            priority='INFO',
            timestamp='2026-11-22 10:00:00.000000',
            payload={'id': 'thing-1'},
            topics=('notifications',),
            exchange='thing',
            context={'request_id': 'req-1'},
            sender=notification.Sender(pid=4711, uid=1000, gid=1000),
        ),
        datetime.datetime(2026, 11, 22, 10, 0, 0, 250, datetime.UTC),
        'thing.tests.test_api.ThingTest.test_create',
    ),
    recording.RecordedLost(
        1,
        {'buffer_full': 1},
        datetime.datetime(2026, 11, 22, 10, 0, 0, 100250, datetime.UTC),
    ),
    recording.Recorded(
        notification.Notification(
            message_id='8b1e0d3a-6c52-4d8f-b7f4-0e9a2c5d1f63',
            publisher_id='thing-api:host1',
            event_type='thing.delete.end',
            priority='INFO',
            timestamp='2026-11-22 10:00:00.100000',
            payload={'id': 'thing-1'},
        ),
        datetime.datetime(2026, 11, 22, 10, 0, 0, 100250, datetime.UTC),
    ),
]


class FormatTest(base.ExampleTest):
    def test_read(self) -> None:
        """The reader finds the expected lines in the example."""
        found = list(recording.read(str(SAMPLE)))
        self.assertEqual(EXPECTED, found)
        first, expected = found[0], EXPECTED[0]
        assert isinstance(first, recording.Recorded)
        assert isinstance(expected, recording.Recorded)
        self.assertEqual(
            expected.notification.sender, first.notification.sender
        )

    def test_write(self) -> None:
        """The writer writes the example, byte by byte."""
        path = self.work / 'recording.jsonl'
        with recording.Writer(str(path)) as writer:
            writer.write(EXPECTED)
        self.assertEqual(SAMPLE.read_bytes(), path.read_bytes())

    def test_unfinished(self) -> None:
        """A last line that has no end is left out."""
        path = self.work / 'recording.jsonl'
        path.write_bytes(SAMPLE.read_bytes()[:-1])
        self.assertEqual(EXPECTED[:-1], list(recording.read(str(path))))


class RecordTest(base.ExampleTest):
    def setUp(self) -> None:
        super().setUp()
        self.write('programs/test_thing.py', 'test_thing.py')
        (self.work / '.stestr.conf').write_text('[DEFAULT]\ntest_path=.\n')

    def test_stestr(self) -> None:
        """A run under stestr is recorded, and read."""
        self.check_session('console/record.console')
        self.write('programs/read_recording.py', 'read_recording.py')
        self.check_session('console/record_read.console')
        if shutil.which('jq'):
            self.check_session('console/record_jq.console')

    def test_xdist(self) -> None:
        """A run under pytest-xdist is recorded."""
        self.check_session('console/record_xdist.console')
        found = [
            each
            for path in (self.work / 'recordings').iterdir()
            for each in recording.read(str(path))
        ]
        self.assertEqual(1, len(found))


class ShowTest(base.ExampleTest):
    def test_show(self) -> None:
        """show prints a recording as lines, and with --format."""
        (self.work / 'recording.jsonl').write_bytes(SAMPLE.read_bytes())
        self.check_session('console/show.console')
        self.check_session('console/show_format.console')


class SummaryTest(base.ExampleTest):
    def test_summary(self) -> None:
        """A recording is summarized in tables."""
        (self.work / 'recording.jsonl').write_bytes(SAMPLE.read_bytes())
        self.check_session('console/summary.console')


class ReplayTest(base.ExampleTest):
    def test_replay(self) -> None:
        """Subscribers get what was recorded."""
        (self.work / 'recording.jsonl').write_bytes(SAMPLE.read_bytes())
        with unixnotif.Consumer(self.uri) as consumer:
            self.check_session('console/replay.console')
            received = [consumer.receive(0), consumer.receive(0)]
        self.assertEqual(
            [
                each.notification
                for each in EXPECTED
                if isinstance(each, recording.Recorded)
            ],
            received,
        )

    def test_broken(self) -> None:
        """replay refuses a file that is no recording, and names the line."""
        (self.work / 'broken.jsonl').write_text('{"event_type":"x.y"}\n')
        self.check_session('console/replay_broken.console', code=1)
