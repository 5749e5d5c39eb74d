# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Files that are written as a whole."""

import errno
import os
import pathlib
import stat

import fixtures

from unixnotif import outputs
from unixnotif.tests import base


class ReplacingTest(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.path = self.directory / 'page'

    def write(self, path: object, data: bytes = b'new') -> None:
        with outputs.replacing(str(path)) as file:
            file.write(data)

    def test_failure(self) -> None:
        """After a failure, the former file is there, and no other file."""
        self.path.write_bytes(b'old')
        for error in (OSError, KeyboardInterrupt):
            self.assertRaises(error, self.fail_to_write, error)
        self.assertEqual(b'old', self.path.read_bytes())
        self.assertEqual([self.path], list(self.directory.iterdir()))

    def fail_to_write(self, error: type[BaseException]) -> None:
        with outputs.replacing(str(self.path)) as file:
            file.write(b'new')
            file.flush()
            self.assertEqual(b'old', self.path.read_bytes())
            raise error

    def test_mode(self) -> None:
        """A former file keeps its mode; the umask restricts that of a new."""
        old = os.umask(0o027)
        self.addCleanup(os.umask, old)
        for mode in (None, 0o604):
            if mode is not None:
                self.path.chmod(mode)
            self.write(self.path)
            self.assertEqual(
                mode or 0o640, stat.S_IMODE(self.path.stat().st_mode)
            )

    def test_owner(self) -> None:
        """A former file keeps its owner if root writes it."""
        if os.geteuid():
            self.skipTest('only root may give files away')
        self.path.touch()
        os.chown(self.path, 1234, 5678)
        self.write(self.path)
        status = self.path.stat()
        self.assertEqual((1234, 5678), (status.st_uid, status.st_gid))

    def test_link(self) -> None:
        """The file is replaced, and the link stays."""
        link = self.directory / 'link'
        link.symlink_to('page')
        for data in (b'first', b'second'):
            self.write(link, data)
            self.assertTrue(link.is_symlink())
            self.assertEqual(data, self.path.read_bytes())

    def test_pipe(self) -> None:
        """A pipe stays a pipe; its reader receives the content."""
        os.mkfifo(self.path)
        reader = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        self.write(self.path)
        self.assertEqual(b'new', os.read(reader, 99))
        self.assertTrue(self.path.is_fifo())

    def test_device(self) -> None:
        """A device stays a device, and reports that it is full."""
        before = os.stat('/dev/full')
        error = self.assertRaises(OSError, self.write, '/dev/full')
        self.assertEqual(errno.ENOSPC, error.errno)
        self.assertEqual(before.st_ino, os.stat('/dev/full').st_ino)

    def test_open_file(self) -> None:
        """The file behind /dev/stdout stays, also behind another link."""
        link = self.directory / 'link'
        with self.path.open('ab') as file:
            link.symlink_to(f'/dev/fd/{file.fileno()}')
            for path in (f'/proc/self/fd/{file.fileno()}', link):
                self.write(path)
                self.assertTrue(
                    os.path.samestat(os.fstat(file.fileno()), self.path.stat())
                )
                self.assertEqual(b'new', self.path.read_bytes())

    def test_open_pipe(self) -> None:
        """A pipe behind /dev/stdout receives the content."""
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        self.addCleanup(os.close, writer)
        self.write(f'/dev/fd/{writer}')
        self.assertEqual(b'new', os.read(reader, 99))

    def test_no_directory(self) -> None:
        """The error is that of the system."""
        self.assertRaises(FileNotFoundError, self.write, self.path / 'x' / 'y')
        self.assertRaises(IsADirectoryError, self.write, self.directory)
