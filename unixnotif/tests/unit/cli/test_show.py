# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``unixnotif show``."""

import datetime
import gzip
import json
import os
from typing import Any

import fixtures

from unixnotif import cli
from unixnotif import recording
from unixnotif.tests import base as support
from unixnotif.tests.unit.cli import base
from unixnotif.tests.unit.recording import base as recordings

START = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)


def at(second: int, payload: Any = None, **keys: Any) -> recording.Recorded:
    """Return a notification that was received at a second."""
    return recording.Recorded(
        support.new_notification(
            second if payload is None else payload, **keys
        ),
        START + datetime.timedelta(seconds=second),
    )


def lost(second: int, count: int) -> recording.RecordedLost:
    """Return a loss that became known at a second."""
    received = START + datetime.timedelta(seconds=second)
    return recording.RecordedLost(count, {'x': count}, received)


class ShowTest(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.directory = self.useFixture(fixtures.TempDir()).path
        self.file = os.path.join(self.directory, 'capture.jsonl')

    def record(self, *lines: recording.Line, name: str = '') -> str:
        path = name or self.file
        with recording.Writer(path) as writer:
            writer.write(lines)
        return path

    def show(self, *argv: str) -> int:
        return self.code(lambda: cli.main(['show', self.file, *argv]))

    def payloads(self) -> list[Any]:
        """Return the payloads that were printed since the last call."""
        lines = self.text(self.out).splitlines()
        self.out.seek(0)
        self.out.truncate()
        return [json.loads(line)['payload'] for line in lines]

    def test_rotated_and_compressed(self) -> None:
        """Rotated files are read before the newest, also compressed ones."""
        self.record(at(4))
        self.record(at(3), name=f'{self.file}.1')
        for number, second in ((2, 2), (10, 1)):
            plain = self.record(at(second), name=f'{self.file}.{number}')
            with open(plain, 'rb') as f:
                data = f.read()
            with gzip.open(f'{plain}.gz', 'wb') as f:
                f.write(data)
            os.unlink(plain)
        self.assertEqual(0, self.show())
        self.assertEqual([1, 2, 3, 4], self.payloads())
        self.assertEqual(0, self.show(f'{self.file}.10.gz', self.file))
        self.assertEqual([1, 2, 3, 4], self.payloads())

    def test_broken_compression(self) -> None:
        """The readable part of a compressed file is printed."""
        self.record(*(at(n, os.urandom(99).hex()) for n in range(999)))
        with open(self.file, 'rb') as f:
            data = gzip.compress(f.read())
        for broken in (data[:-100], data[:5000] + b'\xff' * 5000):
            with open(self.file, 'wb') as f:
                f.write(broken)
            self.assertEqual(1, self.show())
            self.assertGreater(len(self.payloads()), 1)
            self.assertIn(
                f'unixnotif: recording {self.file}: ', self.text(self.err)
            )

    def test_filters(self) -> None:
        """show has the filters of tail."""
        self.record(
            at(1, {'host': 'a'}, event_type='x.y'),
            at(2, {'host': 'b'}, event_type='x.y'),
            at(3, {'host': 'b'}, event_type='x.z'),
        )
        argv = ('--where', 'host=b', '--exclude', '*.z')
        self.assertEqual(0, self.show(*argv))
        self.assertEqual([{'host': 'b'}], self.payloads())

    def test_period(self) -> None:
        """Times are local, UTC on request, or have an offset."""
        self.useFixture(fixtures.EnvironmentVariable('TZ', 'UTC'))
        self.record(*(at(n) for n in range(1, 6)), lost(9, 1))
        for argv, expected in (
            (('--from', '2026-01-02T03:04:08'), [3, 4, 5]),
            (('--to', '2026-01-02 03:04:08', '--utc'), [1, 2]),
            (
                (
                    '--from=2026-01-02T04:04:07+01:00',
                    '--to=2026-01-02T03:04:09',
                ),
                [2, 3],
            ),
            (('--from', '2026-01-03'), []),
            (('--from', '30m'), []),
            (('--to', '30m'), [1, 2, 3, 4, 5]),
            (('--to', '10:00'), [1, 2, 3, 4, 5]),
            (('--from', '00:00'), []),
            (('--count', '2'), [1, 2]),
        ):
            self.assertEqual(0, self.show(*argv))
            self.assertEqual(expected, self.payloads(), str(argv))

    def test_bad_period(self) -> None:
        """The error has examples."""
        for text in ('x', '', '30', '25:00', '2026-13-01'):
            self.assertEqual(2, self.show(f'--from={text}'))
            self.assertIn(
                f'{text!r} is not a time such as 2026-11-27T10:00, 10:00 or '
                '30m (30 minutes ago)',
                self.text(self.err),
            )

    def test_lost(self) -> None:
        """A line marks each gap; stderr has the total."""
        self.record(at(1), lost(2, 3), at(3))
        self.assertEqual(0, self.show('--line', '--utc'))
        self.assertEqual(
            '-- 2026-01-02 UTC --\n'
            '03:04:06.000 INFO  instance.create.end nova-compute:host1\n'
            '03:04:07.000 LOST  3 notifications x=3\n'
            '03:04:08.000 INFO  instance.create.end nova-compute:host1\n',
            self.text(self.out),
        )
        self.assertEqual(
            'unixnotif: 3 notifications are missing from the recording '
            '(x: 3)\n',
            self.text(self.err),
        )
        self.assertEqual(0, self.show('--long'))
        self.assertIn('\nLOST 3 notifications (x: 3)\n', self.text(self.out))

    def test_long_line(self) -> None:
        """A line that is too long is reported; the others are printed."""
        recordings.shorten_lines(self)
        self.record(at(1))
        recordings.append_long_line(self.file)
        self.record(at(2))
        self.assertEqual(1, self.show())
        self.assertEqual([1, 2], self.payloads())
        self.assertEqual(
            f'unixnotif: recording {self.file}, line 3: '
            f'{recordings.too_long()}\n',
            self.text(self.err),
        )

    def test_unfinished_line(self) -> None:
        """The command reports that the end of the last line is missing."""
        self.record(at(1))
        with open(self.file, 'ab') as file:
            file.write(b'{"document"')
        self.assertEqual(0, self.show())
        self.assertEqual([1], self.payloads())
        self.assertIn(
            f'unixnotif: recording {self.file}, line 3: ignored the last line',
            self.text(self.err),
        )

    def test_missing_file(self) -> None:
        """The error names the file."""
        self.assertEqual(1, self.show())
        self.assertEqual(
            f'unixnotif: recording {self.file}: No such file or directory\n',
            self.text(self.err),
        )
