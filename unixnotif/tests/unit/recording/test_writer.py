# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

import errno
import fcntl
import os
import stat

import fixtures
from testtools import matchers

from unixnotif import errors
from unixnotif import recording
from unixnotif.recording import writer
from unixnotif.tests import base as support
from unixnotif.tests.unit.recording import base


class WriterTest(base.TestCase):
    def test_append(self) -> None:
        """A second appender goes on where the first ended."""
        lost = recording.RecordedLost(2, {'buffer_full': 2})
        with recording.Writer(self.path) as appender:
            appender.write([base.recorded('a')])
        with recording.Writer(self.path) as appender:
            appender.write_lost(lost)
            appender.write([base.recorded('b')])
        self.assertEqual(
            [base.recorded('a'), lost, base.recorded('b')], self.read()
        )

    def test_encoded_lines(self) -> None:
        """write_encoded() appends lines that the caller encoded."""
        these = [base.recorded('a'), base.recorded('b')]
        with recording.Writer(self.path) as appender:
            appender.write_encoded([each.encode() for each in these])
        self.assertEqual(these, self.read())

    def test_first_line(self) -> None:
        """The first line names the format."""
        recording.Writer(self.path).close()
        self.assertEqual(base.FIRST_LINE, self.content())
        self.assertEqual([], self.read())

    def test_append_to_an_unfinished_line(self) -> None:
        """The writer removes the unfinished line before it appends."""
        whole = base.FIRST_LINE + base.recorded('a').encode() + b'\n'
        for found, expected in (
            (b'', []),
            (base.FIRST_LINE[:9], []),
            (base.FIRST_LINE[:-1], []),
            (base.FIRST_LINE + b'{"docu', []),
            (whole + b'{"docu', [base.recorded('a')]),
            (whole + b'x' * 3 * writer.CHUNK, [base.recorded('a')]),
        ):
            with open(self.path, 'wb') as f:
                f.write(found)
            with recording.Writer(self.path) as appender:
                appender.write([base.recorded('b')])
            self.assertEqual([*expected, base.recorded('b')], self.read())

    def test_foreign_file(self) -> None:
        """A foreign file is refused, and not changed."""
        for content in (
            b'root:x:0:0\n',
            b'no newline at all',
            b'{"format"x',
            b'{"format": "other/9"}\n',
            b'\n',
            b'x' * 3 * writer.CHUNK,
        ):
            with open(self.path, 'wb') as f:
                f.write(content)
            error = self.assertRaises(
                errors.DocumentError, recording.Writer, self.path
            )
            self.assertThat(
                str(error),
                matchers.MatchesAll(
                    matchers.StartsWith(f'{self.path}, line 1: '),
                    matchers.EndsWith(
                        '; the file is not a recording, and was not changed. '
                        'Choose another file'
                    ),
                ),
            )
            self.assertEqual(content, self.content())

    def test_not_there(self) -> None:
        """A path that cannot be written is an error of ours."""
        for path, text in (
            ('/none/x', 'recording /none/x: No such file'),
            (self.directory, f'recording {self.directory}: Is a directory'),
        ):
            error = self.assertRaises(
                errors.UnavailableError, recording.Writer, path
            )
            self.assertIn(text, str(error))

    def test_disk_full(self) -> None:
        """A full disk raises an error."""

        def write(fd: int, data: bytes) -> int:
            raise OSError(errno.ENOSPC, 'No space left on device')

        self.useFixture(fixtures.MonkeyPatch('os.write', write))
        error = self.assertRaises(
            errors.UnavailableError, recording.Writer, self.path
        )
        self.assertIn('No space left', str(error))

    def test_other_kinds_of_files(self) -> None:
        """A device or a pipe keeps no notification, and is refused."""
        os.mkfifo(self.path)
        for path in (self.path, '/dev/null', '/dev/full'):
            before = os.stat(path)
            for open_writer in (
                recording.Writer,
                lambda path: recording.RotatingWriter(
                    path, max_size=1, max_files=1
                ),
            ):
                error = self.assertRaises(
                    errors.UnavailableError, open_writer, path
                )
                self.assertEqual(
                    f'recording {path}: not a regular file. Choose another '
                    'file',
                    str(error),
                )
            self.assertTrue(os.path.samestat(before, os.stat(path)))

    def test_disk_full_in_a_line(self) -> None:
        """No half of a line is left, so that more can be appended later."""
        appender = recording.Writer(self.path)
        self.addCleanup(appender.close)
        room = [len(base.recorded('a').encode()) + 20]
        write = os.write

        def write_some(fd: int, data: bytes) -> int:
            if not room[0]:
                raise OSError(errno.ENOSPC, 'No space left on device')
            written = write(fd, data[: room[0]])
            room[0] -= written
            return written

        with fixtures.MonkeyPatch('os.write', write_some):
            self.assertRaises(
                errors.UnavailableError,
                appender.write,
                [base.recorded('a'), base.recorded('b')],
            )
        self.assertTrue(self.content().endswith(b'}\n'))
        appender.write([base.recorded('c')])
        self.assertEqual([base.recorded('a'), base.recorded('c')], self.read())

    def test_second_writer(self) -> None:
        """A second writer of a file is refused with the reason."""
        with recording.Writer(self.path):
            error = self.assertRaises(
                errors.InUseError, recording.Writer, self.path
            )
        self.assertEqual(
            f'recording {self.path}: another process is writing to it',
            str(error),
        )
        recording.Writer(self.path).close()

    def test_renamed_while_it_is_opened(self) -> None:
        """The writer appends to the new file if the old one was renamed."""
        flock = fcntl.flock
        recording.Writer(self.path).close()

        def rename_and_lock(fd: int, how: int) -> None:
            if not os.path.exists(f'{self.path}.1'):
                os.rename(self.path, f'{self.path}.1')
            flock(fd, how)

        with (
            fixtures.MonkeyPatch('fcntl.flock', rename_and_lock),
            recording.Writer(self.path) as appender,
        ):
            appender.write([base.recorded('a')])
        self.assertEqual([base.recorded('a')], self.read())
        self.assertEqual([], self.read(f'{self.path}.1'))

    def test_reopen(self) -> None:
        """Later lines are in a new file after the old one was renamed."""
        with recording.Writer(self.path) as appender:
            appender.write([base.recorded('a')])
            appender.reopen()
            appender.write([base.recorded('b')])
            os.rename(self.path, f'{self.path}.1')
            appender.write([base.recorded('c')])
            appender.reopen()
            appender.write([base.recorded('d')])
        self.assertEqual(
            [base.recorded(x) for x in 'abc'], self.read(f'{self.path}.1')
        )
        self.assertEqual([base.recorded('d')], self.read())

    def test_mode(self) -> None:
        """The mode is exactly the given one, or else 0644 less the umask."""
        self.addCleanup(os.umask, os.umask(0o077))
        for mode, expected in ((None, 0o600), (0o664, 0o664), (0o400, 0o400)):
            recording.Writer(self.path, mode=mode).close()
            found = stat.S_IMODE(os.stat(self.path).st_mode)
            self.assertEqual(oct(expected), oct(found))
            os.unlink(self.path)

    def test_mode_of_a_file_that_is_there(self) -> None:
        """An existing file keeps its mode."""
        with open(self.path, 'w'):
            os.chmod(self.path, 0o600)
        recording.Writer(self.path, mode=0o644).close()
        self.assertEqual(0o600, stat.S_IMODE(os.stat(self.path).st_mode))

    def test_link_to_nowhere(self) -> None:
        """The writer creates the file to which a link leads."""
        target = os.path.join(self.directory, 'target')
        os.symlink(target, self.path)
        recording.Writer(self.path).close()
        self.assertEqual(base.FIRST_LINE, self.content(target))

    def test_no_descriptor_is_left(self) -> None:
        """Refused and closed files leave no descriptor."""
        before = support.descriptors_before()
        with recording.Writer(self.path) as appender:
            self.assertRaises(errors.InUseError, recording.Writer, self.path)
        appender.close()
        with open(self.path, 'wb') as f:
            f.write(b'x')
        self.assertRaises(errors.DocumentError, recording.Writer, self.path)
        self.assertEqual(before, support.open_descriptors())
