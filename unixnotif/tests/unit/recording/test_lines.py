# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

import re

from unixnotif import clock
from unixnotif import errors
from unixnotif import lost_record
from unixnotif import notification
from unixnotif import recording
from unixnotif.recording import lines
from unixnotif.tests import hostile
from unixnotif.tests.unit.recording import base

LOST = recording.RecordedLost(2, {'buffer_full': 2}, base.RECEIVED, 'x.y')


class LinesTest(base.TestCase):
    def test_round_trip(self) -> None:
        """A written line is read back, with sender, time and test."""
        given = base.recorded('a')
        found = lines.decode(given.encode())
        self.assertEqual(given, found)
        assert isinstance(found, recording.Recorded)
        self.assertEqual(base.SENDER, found.notification.sender)

    def test_lost(self) -> None:
        """A written loss is read back; its time and test are optional."""
        bare = recording.RecordedLost(1, {'x': 1})
        for given in (LOST, bare):
            self.assertEqual(given, lines.decode(given.encode()))
        self.assertEqual(
            b'{"lost":{"count":1,"reasons":{"x":1}}}', bare.encode()
        )

    def test_hostile_documents(self) -> None:
        """A line can hold every document that a consumer accepts."""
        for name, data in hostile.GOOD.items():
            with self.subTest(name):
                read = notification.decode(data, base.SENDER)
                assert isinstance(read, notification.Notification)
                given = recording.Recorded(read, base.RECEIVED)
                found = lines.decode(given.encode())
                self.assertEqual(repr(given), repr(found))

    def test_sums_of_losses(self) -> None:
        """A line can hold the sum of many lost records."""
        most = lost_record.MAX_LOST
        reasons = {f'r{n}': most for n in range(lost_record.MAX_REASONS)}
        for given in (
            recording.RecordedLost.now(reasons),
            recording.RecordedLost.now({'buffer_full': most << 31}),
        ):
            self.assertEqual(given, lines.decode(given.encode()))

    def test_now(self) -> None:
        """The time is that of the moment, in UTC."""
        before = clock.now()
        made = recording.Recorded.now(base.recorded('a').notification)
        self.assertGreaterEqual(made.received, before)
        self.assertIsNone(made.test_id)
        lost = recording.RecordedLost.now({'x': 2, 'y': 1}, 't')
        assert lost.received is not None
        self.assertGreaterEqual(lost.received, before)
        self.assertEqual((3, 't'), (lost.count, lost.test_id))

    def test_broken(self) -> None:
        """The message says what is wrong with a line."""
        whole = base.recorded('a').encode()
        for line, text in (
            (b'garbage', 'not a JSON document'),
            (b'[]', 'not a line of a recording'),
            (b'{}', "KeyError('sender')"),
            (b'{"lost": 3}', 'not a line of a recording'),
            (b'{"lost":{}}', 'a lost record needs a count'),
            (LOST.encode().replace(b'2026-01-02T', b'x'), 'isoformat'),
            (LOST.encode().replace(b'+00:00', b''), 'no offset from UTC'),
            (whole.replace(b'2026-01-02T', b'x'), 'Invalid isoformat'),
            (
                whole.replace(b'+00:00', b''),
                'the time in "received" has no offset from UTC: '
                '2026-01-02T03:04:05.000006',
            ),
            (
                whole.replace(b'"m-1"', b'1'),
                'message_id of a notification must be a string',
            ),
            (
                LOST.encode().replace(b'"x.y"', b'7'),
                'test_id is not a string, but int',
            ),
            (
                whole.replace(b'"tests.TestCase.test_it"', b'["x"]'),
                'test_id is not a string, but list',
            ),
            (
                re.sub(
                    rb'2026-01-02T[^"]*', b'0001-01-01T00:00:00+23:59', whole
                ),
                'is not between the years 1 and 9999 in UTC',
            ),
        ):
            error = self.assertRaises(errors.DocumentError, lines.decode, line)
            self.assertIn(text, str(error))
