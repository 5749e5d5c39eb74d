# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

import gzip
import os

import fixtures

from unixnotif import errors
from unixnotif import recording
from unixnotif.recording import lines
from unixnotif.tests import base as support
from unixnotif.tests.unit.recording import base

# Read a file; print the event types, and the maximum memory in MiB.
_MEASURE = """
import resource, sys
from unixnotif import recording
for each in recording.read(sys.argv[1], too_long=print):
    print(each.notification.event_type)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


class ReadTest(base.TestCase):
    def test_unfinished_line(self) -> None:
        """The unfinished line of a killed process is ignored and reported."""
        with recording.Writer(self.path) as writer:
            writer.write([base.recorded('a')])
        self.append(base.recorded('b').encode()[:-10])
        self.assertEqual([base.recorded('a')], self.read())
        messages: list[str] = []
        self.read(unfinished=messages.append)
        self.assertEqual(
            [
                f'recording {self.path}, line 3: ignored the last line, which '
                'has no newline: its writer was stopped, or is still writing'
            ],
            messages,
        )

    def test_unfinished_first_line(self) -> None:
        """An unfinished first line must be the beginning of a recording."""
        messages: list[str] = []
        self.append(base.FIRST_LINE[:-1])
        self.assertEqual([], self.read(unfinished=messages.append))
        self.assertIn('line 1: ignored the last line', messages[0])
        with open(self.path, 'wb') as file:
            file.write(b'\x7fELF')
        error = self.assertRaises(errors.DocumentError, self.read)
        self.assertIn('line 1: not a JSON document', str(error))

    def test_long_line(self) -> None:
        """A line that is too long is reported with its number and skipped."""
        base.shorten_lines(self)
        with recording.Writer(self.path) as writer:
            writer.write([base.recorded('a')])
        base.append_long_line(self.path)
        self.append(base.recorded('b').encode() + b'\n')
        message = f'recording {self.path}, line 3: {base.too_long()}'
        messages: list[str] = []
        self.assertEqual(
            [base.recorded('a'), base.recorded('b')],
            self.read(too_long=messages.append),
        )
        self.assertEqual([message], messages)
        # For a reader that skips nothing, it is a broken line.
        error = self.assertRaises(errors.DocumentError, self.read)
        self.assertEqual(message, str(error))

    def test_longest_line(self) -> None:
        """A line of the maximum size is read; a line of a byte more is not."""
        self.useFixture(
            fixtures.MonkeyPatch('unixnotif.recording.lines.MAX_LINE', 2000)
        )
        self.useFixture(
            fixtures.MonkeyPatch('unixnotif.recording.reader._CHUNK', 64)
        )
        line = base.recorded('a').encode()
        messages: list[str] = []
        for size in (64, 128, 1999, 2000, 2001, 2064, 3000):
            self.append(base.FIRST_LINE)
            self.append(line + b' ' * (max(size, 1000) - len(line) - 1))
            self.append(b'\n' + line + b'\n')
            self.assertEqual(
                2 if size <= 2000 else 1,
                len(self.read(too_long=messages.append)),
            )
            os.unlink(self.path)
        self.assertEqual(
            ['2001', '2064', '3000'],
            [text.split('a line of ')[1].split()[0] for text in messages],
        )

    def test_long_last_line(self) -> None:
        """An unfinished line can be too long as well."""
        self.append(base.FIRST_LINE)
        os.truncate(self.path, 2 * lines.MAX_LINE)
        messages: list[str] = []
        unfinished: list[str] = []
        self.read(unfinished=unfinished.append, too_long=messages.append)
        self.assertEqual((1, []), (len(messages), unfinished))

    def test_long_first_line(self) -> None:
        """A first line that is too long is an error, and is not skipped."""
        base.shorten_lines(self)
        self.append(b'')
        base.append_long_line(self.path)
        error = self.assertRaises(
            errors.DocumentError, lambda: self.read(too_long=print)
        )
        self.assertIn(f'line 1: {base.too_long()}', str(error))

    def test_memory(self) -> None:
        """No line costs more memory than the longest that is read."""
        self.append(base.FIRST_LINE)
        size = 1 << 30
        os.truncate(self.path, len(base.FIRST_LINE) + size)
        self.append(b'\n' + base.recorded('b').encode() + b'\n')
        done = support.run_python(_MEASURE, self.path)
        message, event_type, memory = done.stdout.splitlines()
        self.assertIn(f'line 2: a line of {size + 1} bytes', message)
        self.assertEqual('b', event_type)
        # The parts of the longest line, and the line.
        self.assertLess(int(memory), 500)

    def test_compressed(self) -> None:
        """The limit applies to the decompressed line."""
        self.useFixture(
            fixtures.MonkeyPatch('unixnotif.recording.lines.MAX_LINE', 2000)
        )
        line = base.recorded('a').encode() + b'\n'
        with gzip.open(self.path, 'wb') as file:
            file.write(base.FIRST_LINE + line + b' ' * 2000 + b'\n' + line)
        messages: list[str] = []
        self.assertEqual(2, len(self.read(too_long=messages.append)))
        self.assertIn('line 3: a line of 2001 bytes', messages[0])

    def test_long_values(self) -> None:
        """A message has the beginning of a value only."""
        for line in (
            b'{"format": "%s"}\n' % (b'x' * 9999),
            base.FIRST_LINE
            + b'{"lost": {}, "received": "%s"}\n' % (b'x' * 999),
        ):
            with open(self.path, 'wb') as file:
                file.write(line)
            error = self.assertRaises(errors.DocumentError, self.read)
            self.assertLess(len(str(error)), 400)
            self.assertIn('xxx...', str(error))

    def test_white_space(self) -> None:
        """Other programs may write JSON as they like."""
        recording.Writer(self.path).close()
        self.append(b' {"lost": {"count": 1, "reasons": {"x": 1}}} \n')
        self.assertEqual([recording.RecordedLost(1, {'x': 1})], self.read())

    def test_not_recorded_by_us(self) -> None:
        """The message says which line is wrong, and how."""
        for content, text in (
            (
                b'{"format": "other/9"}\n',
                'line 1: the key "format" has the value \'other/9\', and not',
            ),
            (b'{}\n', 'line 1: the line has no key "format" with the value'),
            (b'[]\n', 'line 1: the line has no key "format" with the value'),
            (b'garbage\n', 'line 1: not a JSON document'),
            (base.FIRST_LINE + b'garbage\n', 'line 2: not a JSON document'),
        ):
            with open(self.path, 'wb') as f:
                f.write(content)
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
        """files() returns the oldest file first, and ignores other names."""
        self.touch('one.jsonl', 'one.jsonl.1', 'one.jsonl.2', 'one.jsonl.10')
        self.touch(
            'one.jsonl.gz', 'one.jsonl.01', 'one.jsonl.0', 'one-jsonl.3'
        )
        self.assertEqual(
            [f'{self.path}{end}' for end in ('.10', '.2', '.1', '')],
            recording.files(self.path),
        )

    def test_newest_is_missing(self) -> None:
        """files() returns renamed files even if the newest is missing."""
        self.assertEqual([], recording.files(self.path))
        self.touch('one.jsonl.1')
        self.assertEqual([f'{self.path}.1'], recording.files(self.path))

    def test_bare_file_name(self) -> None:
        """A bare file name refers to the working directory."""
        self.assertEqual([], recording.files('no-such-recording.jsonl'))

    def test_no_directory(self) -> None:
        """The error names the missing directory."""
        error = self.assertRaises(
            errors.UnavailableError, recording.files, '/none/x'
        )
        self.assertEqual(
            'directory /none: No such file or directory', str(error)
        )
