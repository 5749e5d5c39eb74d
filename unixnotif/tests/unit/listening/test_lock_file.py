# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The lock file, and other files in its place."""

import fcntl
import os
import pathlib
from typing import Any

import fixtures

from unixnotif import errors
from unixnotif import rendezvous
from unixnotif.listening import lock_file
from unixnotif.tests import base

OTHER = 65532


class LockFileTest(base.TestCase):
    """A name in a directory that others may write to."""

    def setUp(self) -> None:
        super().setUp()
        self.parent = self.useFixture(fixtures.TempDir()).path
        self.path = pathlib.Path(self.parent, '.lock')
        self.directory = rendezvous.Directory(self.parent)
        self.addCleanup(self.directory.close)

    def new(self) -> lock_file.LockFile:
        made = lock_file.LockFile(self.directory, '.lock')
        self.addCleanup(made.close)
        return made

    def take(self) -> lock_file.LockFile:
        made = self.new()
        made.take()
        return made

    def held_by(self) -> int | None:
        """Return the pid that an attempt to take the lock reports."""
        before = base.descriptors_before()
        e = self.assertRaises(lock_file.HeldError, self.new().take)
        self.assertEqual(before, base.open_descriptors())
        assert isinstance(e, lock_file.HeldError)
        return e.pid

    def test_pid(self) -> None:
        """The file names the process that holds the lock."""
        lock = self.take()
        self.assertEqual(f'{os.getpid()}\n', self.path.read_text())
        self.assertEqual(os.getpid(), self.held_by())
        for _ in range(2):
            lock.remove()
            lock.close()
        self.assertEqual([], os.listdir(self.parent))
        self.take()

    def test_removal(self) -> None:
        """Only the file of the lock is removed, and the lock is kept."""
        lock = self.take()
        os.rename(self.path, f'{self.path}.old')
        other = self.take()
        lock.remove()
        self.assertEqual(os.getpid(), self.held_by())
        other.remove()
        self.assertFalse(self.path.exists())

    def test_second_name(self) -> None:
        """A file with another name does not change, and can be locked."""
        victim = pathlib.Path(self.parent, 'victim')
        victim.write_text('12345 secret')
        os.link(victim, self.path)
        self.take()
        self.assertEqual('12345 secret', victim.read_text())
        self.assertIsNone(self.held_by())

    def test_symbolic_link(self) -> None:
        """A link is not followed, wherever it leads."""
        victim = pathlib.Path(self.parent, 'victim')
        for text in ('secret', None):
            if text:
                victim.write_text(text)
            os.symlink('victim', self.path)
            self.assertRaises(OSError, self.new().take)
            self.assertEqual(bool(text), victim.exists())
            if text:
                self.assertEqual(text, victim.read_text())
                victim.unlink()
            self.path.unlink()

    @base.as_root
    def test_file_of_another_user(self) -> None:
        """Root locks the file, and leaves the content to its owner."""
        self.path.write_text('mine')
        os.chown(self.path, OTHER, -1)
        self.take()
        self.assertEqual('mine', self.path.read_text())

    def test_pipe(self) -> None:
        """A pipe neither blocks nor costs a descriptor."""
        os.mkfifo(self.path)
        self.take()
        self.assertIsNone(self.held_by())

    def test_lease(self) -> None:
        """The owner of the file cannot delay the open (F_SETLEASE)."""
        self.path.touch()
        with open(self.path) as file:
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            # The signal for the holder of the lease would end this process.
            fcntl.fcntl(file, fcntl.F_SETSIG, _signal_that_does_nothing())
            self.assertRaises(BlockingIOError, self.new().take)
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        self.take()

    def test_endless_replacement(self) -> None:
        """After some attempts another process owns the address."""
        real = fcntl.flock
        count = 0

        def flock(fd: int, operation: int) -> None:
            nonlocal count
            count += 1
            self.path.unlink()
            if count % 2:
                self.path.touch()
            real(fd, operation)

        before = base.descriptors_before()
        self.patch(fcntl, 'flock', flock)
        e = self.assertRaises(errors.UnavailableError, self.new().take)
        self.assertIn('during each of 10 attempts', str(e))
        self.assertEqual(10, count)
        self.assertEqual(before, base.open_descriptors())


def _signal_that_does_nothing() -> Any:
    # SIGURG is ignored by default (signal(7)).
    return 23
