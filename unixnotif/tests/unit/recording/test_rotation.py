# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

import os

import fixtures

from unixnotif import errors
from unixnotif import recording
from unixnotif.tests.unit.recording import base

LINE = len(base.recorded('0').encode()) + 1
#: Room for two notifications.
SIZE = len(base.FIRST_LINE) + 2 * LINE


class RotatingWriterTest(base.TestCase):
    def writer(
        self, max_size: int = SIZE, max_files: int = 3, path: str = ''
    ) -> recording.RotatingWriter:
        writer = recording.RotatingWriter(
            path or self.path, max_size=max_size, max_files=max_files
        )
        self.addCleanup(writer.close)
        return writer

    def held(self) -> list[str]:
        """Return the notifications of each file as letters, oldest first."""
        return [
            ''.join(
                each.notification.event_type
                if isinstance(each, recording.Recorded)
                else '-'
                for each in recording.read(path)
            )
            for path in recording.files(self.path)
        ]

    def test_full(self) -> None:
        """The writer renames the file only if the next line does not fit."""
        writer = self.writer()
        for letter in 'abcde':
            writer.write([base.recorded(letter)])
        self.assertEqual(['ab', 'cd', 'e'], self.held())
        for path in recording.files(self.path):
            self.assertTrue(self.content(path).startswith(base.FIRST_LINE))
        self.assertEqual(SIZE, os.stat(f'{self.path}.1').st_size)

    def test_batch(self) -> None:
        """The writer also renames the file in the middle of a batch."""
        self.writer().write(map(base.recorded, 'abcdefg'))
        self.assertEqual(['ab', 'cd', 'ef', 'g'], self.held())

    def test_oldest_is_removed(self) -> None:
        """The writer keeps at most N renamed files."""
        self.writer(max_files=1).write(map(base.recorded, 'abcdefg'))
        self.assertEqual(['ef', 'g'], self.held())

    def test_gap(self) -> None:
        """A removed file is no problem."""
        writer = self.writer()
        writer.write(map(base.recorded, 'abcde'))
        os.unlink(f'{self.path}.1')
        writer.write(map(base.recorded, 'fghi'))
        self.assertEqual(['ab', 'ef', 'gh', 'i'], self.held())

    def test_later_writer(self) -> None:
        """A later writer counts the lines that the file already has."""
        with self.writer() as writer:
            writer.write([base.recorded('a')])
        self.writer().write(map(base.recorded, 'bc'))
        self.assertEqual(['ab', 'c'], self.held())

    def test_larger_than_a_file(self) -> None:
        """A large notification gets a file of its own."""
        self.writer(max_size=1).write(map(base.recorded, 'abc'))
        self.assertEqual(['a', 'b', 'c'], self.held())

    def test_no_rotation(self) -> None:
        """With 0 there is one file."""
        self.writer(max_size=0).write(map(base.recorded, 'abcdefg'))
        self.assertEqual(['abcdefg'], self.held())

    def test_renamed_by_somebody(self) -> None:
        """A file that is already renamed is not renamed again."""
        writer = self.writer()
        writer.write(map(base.recorded, 'abcd'))
        os.rename(self.path, f'{self.path}.moved')
        writer.write([base.recorded('e')])
        self.assertEqual(['ab', 'e'], self.held())
        self.assertEqual(2, len(self.read(f'{self.path}.moved')))

    def test_foreign_files(self) -> None:
        """A foreign file that would be renamed or removed is refused."""
        with open(f'{self.path}.2', 'w') as file:
            file.write('precious\n')
        error = self.assertRaises(errors.DocumentError, self.writer)
        self.assertIn(f'{self.path}.2, line 1: ', str(error))
        self.assertIn('; the file is not a recording, and was', str(error))
        # Writers with these options would not rename or remove that file.
        self.writer(max_files=1).close()
        self.writer(max_size=0).close()
        os.unlink(f'{self.path}.2')
        os.mkdir(f'{self.path}.2')
        refused = self.assertRaises(errors.UnavailableError, self.writer)
        self.assertIn(f'{self.path}.2: Is a directory', str(refused))

    def test_link(self) -> None:
        """The files stay together, where the link leads to."""
        link = os.path.join(self.directory, 'link')
        os.symlink(self.path, link)
        self.writer(path=link).write(map(base.recorded, 'abc'))
        self.assertTrue(os.path.islink(link))
        self.assertEqual(['ab', 'c'], self.held())

    def test_refused(self) -> None:
        """A failed rename is an error; written lines stay."""
        writer = self.writer()
        writer.write(map(base.recorded, 'ab'))

        def refuse(*_: str) -> None:
            raise PermissionError(13, 'Permission denied')

        with fixtures.MonkeyPatch('os.replace', refuse):
            error = self.assertRaises(
                errors.UnavailableError, writer.write, [base.recorded('c')]
            )
        self.assertIn('Permission denied', str(error))
        self.assertEqual(['ab'], self.held())
