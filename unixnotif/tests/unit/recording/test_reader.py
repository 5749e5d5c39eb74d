# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

import os

from unixnotif import errors
from unixnotif import recording
from unixnotif.tests.unit.recording import base


class ReadTest(base.TestCase):
    def test_unfinished_line(self) -> None:
        """The unfinished line of a killed process is skipped."""
        with recording.Writer(self.path) as writer:
            writer.write([base.recorded('a')])
        self.append(base.recorded('b').encode()[:-10])
        self.assertEqual([base.recorded('a')], self.read())

    def test_white_space(self) -> None:
        """Other programs may write JSON as they like."""
        recording.Writer(self.path).close()
        self.append(b' {"lost": {"count": 1, "reasons": {"x": 1}}} \n')
        self.assertEqual([recording.RecordedLost(1, {'x': 1})], self.read())

    def test_not_recorded_by_us(self) -> None:
        """The message says which line is wrong, and how."""
        for lines, text in (
            (b'{"format": "other/9"}\n', 'line 1: its format is'),
            (b'[]\n', 'line 1: its format is'),
            (b'garbage\n', 'line 1: not a JSON document'),
            (base.FIRST_LINE + b'garbage\n', 'line 2: not a JSON document'),
        ):
            with open(self.path, 'wb') as f:
                f.write(lines)
            error = self.assertRaises(errors.DocumentError, self.read)
            self.assertIn(f'{self.path}, {text}', str(error))

    def test_not_there(self) -> None:
        """A path that cannot be read is an error of ours."""
        error = self.assertRaises(errors.UnavailableError, self.read, '/none')
        self.assertIn('recording /none: No such file', str(error))


class FilesTest(base.TestCase):
    def touch(self, *names: str) -> None:
        for name in names:
            with open(os.path.join(self.directory, name), 'w'):
                pass

    def test_order(self) -> None:
        """From the oldest to the newest; other names are none of it."""
        self.touch('one.jsonl', 'one.jsonl.1', 'one.jsonl.2', 'one.jsonl.10')
        self.touch(
            'one.jsonl.gz', 'one.jsonl.01', 'one.jsonl.0', 'one-jsonl.3'
        )
        self.assertEqual(
            [f'{self.path}{end}' for end in ('.10', '.2', '.1', '')],
            recording.files(self.path),
        )

    def test_newest_is_missing(self) -> None:
        """A user who moved it away wants the others all the same."""
        self.assertEqual([], recording.files(self.path))
        self.touch('one.jsonl.1')
        self.assertEqual([f'{self.path}.1'], recording.files(self.path))

    def test_here(self) -> None:
        """A bare name is one of the working directory."""
        self.assertEqual([], recording.files('no-such-recording.jsonl'))

    def test_no_directory(self) -> None:
        """It is named."""
        error = self.assertRaises(
            errors.UnavailableError, recording.files, '/none/x'
        )
        self.assertEqual(
            'directory /none: No such file or directory', str(error)
        )
