# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Following a recording that another writer appends to."""

import gzip
import os
import shutil

import fixtures

from unixnotif import errors
from unixnotif import recording
from unixnotif.tests.unit.recording import base
from unixnotif.tests.unit.recording import test_rotation


class FollowerTest(base.TestCase):
    def follow(self) -> recording.Follower:
        follower = recording.Follower(self.path)
        self.addCleanup(follower.close)
        return follower

    def writer(self, max_files: int = 3) -> recording.RotatingWriter:
        writer = recording.RotatingWriter(
            self.path, max_size=test_rotation.SIZE, max_files=max_files
        )
        self.addCleanup(writer.close)
        return writer

    def rest(self, follower: recording.Follower) -> str:
        """Return the event types of all that there is, as one text."""
        found = ''
        while (lines := follower.read()) is not None:
            for line in lines:
                assert isinstance(line, recording.Recorded)
                found += line.notification.event_type
        return found

    def test_growth(self) -> None:
        """The follower returns each line once, as soon as it is complete."""
        writer, follower = self.writer(), self.follow()
        self.assertEqual('', self.rest(follower))
        writer.write([base.recorded('a')])
        self.assertEqual('a', self.rest(follower))
        line = base.recorded('b').encode() + b'\n'
        with open(self.path, 'ab', buffering=0) as file:
            file.write(line[:20])
            self.assertEqual('', self.rest(follower))
            file.write(line[20:])
        self.assertEqual('b', self.rest(follower))

    def test_rotation(self) -> None:
        """Several files may be renamed between two looks."""
        writer, follower = self.writer(), self.follow()
        writer.write(map(base.recorded, 'a'))
        self.assertEqual('a', self.rest(follower))
        writer.write(map(base.recorded, 'bcdefg'))
        self.assertEqual('bcdefg', self.rest(follower))
        self.assertEqual(4, len(recording.files(self.path)))

    def test_rotation_during_a_look(self) -> None:
        """No file is skipped if names change after they were listed."""
        writer, follower = self.writer(), self.follow()
        writer.write(map(base.recorded, 'ab'))
        self.assertEqual('ab', self.rest(follower))
        writer.write(map(base.recorded, 'cd'))
        later = ['e']

        def files(path: str) -> list[str]:
            found = recording.files(path)
            if later:
                writer.write([base.recorded(later.pop())])
            return found

        self.useFixture(
            fixtures.MonkeyPatch('unixnotif.recording.reader.files', files)
        )
        found = [self.rest(follower) for _ in range(2)]
        self.assertEqual('cde', ''.join(found))

    def test_older_files(self) -> None:
        """older() returns the files before the file that is open."""
        writer = self.writer()
        writer.write(map(base.recorded, 'abc'))
        follower = self.follow()
        writer.write(map(base.recorded, 'de'))
        self.assertEqual([f'{self.path}.2'], follower.older())
        self.assertEqual('cde', self.rest(follower))

    def test_truncation(self) -> None:
        """An emptied file begins again, as with copytruncate."""
        writer = self.writer()
        writer.write(map(base.recorded, 'ab'))
        follower = self.follow()
        self.assertEqual('ab', self.rest(follower))
        writer.close()
        shutil.copyfile(self.path, f'{self.path}.1')
        os.truncate(self.path, 0)
        self.assertEqual('', self.rest(follower))
        self.writer().write([base.recorded('c')])
        self.assertEqual('c', self.rest(follower))

    def test_unfinished_line(self) -> None:
        """A removed unfinished line is not returned, nor any line twice."""
        writer = self.writer()
        writer.write(map(base.recorded, 'ab'))
        writer.close()
        follower = self.follow()
        self.append(base.recorded('killed').encode()[:-10])
        self.assertEqual('ab', self.rest(follower))
        writer = self.writer()
        self.assertEqual('', self.rest(follower))
        writer.write([base.recorded('c')])
        self.assertEqual('c', self.rest(follower))

    def test_compression(self) -> None:
        """After a compression, the follower goes on with the newest file."""
        writer = self.writer()
        writer.write(map(base.recorded, 'ab'))
        follower = self.follow()
        self.assertEqual('ab', self.rest(follower))
        writer.write([base.recorded('c')])
        with (
            open(f'{self.path}.1', 'rb') as file,
            gzip.open(f'{self.path}.1.gz', 'wb') as packed,
        ):
            packed.write(file.read())
        os.unlink(f'{self.path}.1')
        self.assertEqual('c', self.rest(follower))

    def test_missing(self) -> None:
        """A file that comes later is read from its first line."""
        follower = self.follow()
        self.assertTrue(follower.is_missing)
        self.assertEqual('', self.rest(follower))
        self.writer().write([base.recorded('a')])
        self.assertFalse(follower.is_missing)
        self.assertEqual('a', self.rest(follower))

    def test_broken(self) -> None:
        """The error names the line."""
        with open(self.path, 'wb') as file:
            file.write(base.FIRST_LINE + b'{}\n')
        follower = self.follow()
        e = self.assertRaises(errors.DocumentError, follower.read)
        self.assertIn(f'{self.path}, line 2: ', str(e))

    def test_long_line(self) -> None:
        """A line that is too long is reported and skipped."""
        self.useFixture(
            fixtures.MonkeyPatch('unixnotif.recording.lines.MAX_LINE', 2000)
        )
        self.useFixture(
            fixtures.MonkeyPatch('unixnotif.recording.follower._CHUNK', 999)
        )
        messages: list[str] = []
        with open(self.path, 'wb', buffering=0) as file:
            file.write(base.FIRST_LINE)
            follower = recording.Follower(self.path, messages.append)
            self.addCleanup(follower.close)
            for size in (1999, 2000, 3001, 9999):
                file.write(b' ' * size)
                self.assertEqual('', self.rest(follower))
                self.assertLessEqual(len(follower._rest), 2000)
                file.write(b'\n' + base.recorded('b').encode() + b'\n')
                # A line of spaces is broken, but not too long.
                if size < 2000:
                    self.assertRaises(errors.DocumentError, follower.read)
                    file.write(base.recorded('b').encode() + b'\n')
                self.assertEqual('b', self.rest(follower))
        self.assertEqual(
            [
                f'recording {self.path}, line {number}: a line of {size} '
                'bytes; the maximum is 2000'
                for number, size in ((4, 2001), (6, 3002), (8, 10000))
            ],
            messages,
        )

    def test_long_line_is_an_error(self) -> None:
        """A line that is too long is an error without a report function."""
        base.shorten_lines(self)
        self.writer()
        base.append_long_line(self.path)
        follower = self.follow()
        e = self.assertRaises(errors.DocumentError, self.rest, follower)
        self.assertIn(f'line 2: {base.too_long()}', str(e))

    def test_what_can_be_followed(self) -> None:
        """A pipe and a compressed file have an end."""
        self.assertTrue(recording.is_followable(self.path))
        self.writer()
        self.assertTrue(recording.is_followable(self.path))
        with gzip.open(self.path, 'wb') as file:
            file.write(base.FIRST_LINE)
        self.assertFalse(recording.is_followable(self.path))
        fifo = f'{self.path}.fifo'
        os.mkfifo(fifo)
        self.assertFalse(recording.is_followable(fifo))
