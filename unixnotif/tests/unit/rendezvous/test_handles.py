# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Handles: one file, whatever happens to its name."""

import os
import pathlib
import stat
from unittest import mock

import fixtures

from unixnotif import rendezvous
from unixnotif.rendezvous import handles
from unixnotif.tests import base

OTHER = 65532


class HandlesTest(base.TestCase):
    """A file in a directory."""

    def setUp(self) -> None:
        super().setUp()
        self.path = self.useFixture(fixtures.TempDir()).path
        self.directory = rendezvous.Directory(self.path)
        self.addCleanup(self.directory.close)
        self.file = pathlib.Path(self.path, 'file')
        self.file.write_text('x')

    def open(
        self, name: str = 'file', follow: bool = False
    ) -> tuple[int, os.stat_result]:
        opened: list[int] = []
        status = rendezvous.open_handle(self.directory, name, opened, follow)
        [handle] = opened
        self.addCleanup(os.close, handle)
        return handle, status

    def test_exchanged_name(self) -> None:
        """A handle stays with its file when another one has the name."""
        handle, status = self.open()
        self.assertTrue(os.path.samestat(status, os.stat(self.file)))
        os.rename(self.file, f'{self.path}/other')
        self.file.write_text('exchanged')
        path = rendezvous.handle_path(handle)
        self.assertTrue(rendezvous.has_path(handle, status))
        self.assertEqual('x', pathlib.Path(path).read_text())
        # Even if the file has no name any more.
        os.unlink(f'{self.path}/other')
        self.assertTrue(rendezvous.has_path(handle, status))
        self.assertEqual('x', pathlib.Path(path).read_text())

    def test_symbolic_link(self) -> None:
        """A handle of a link is the link, unless it is followed."""
        os.symlink('file', f'{self.path}/link')
        _, status = self.open('link')
        self.assertTrue(stat.S_ISLNK(status.st_mode))
        _, status = self.open('link', follow=True)
        self.assertTrue(os.path.samestat(status, os.stat(self.file)))

    def test_no_permission_is_needed(self) -> None:
        """A handle gives no access, and needs none."""
        handle, _ = self.open()
        self.assertFalse(os.get_inheritable(handle))
        self.assertRaises(OSError, os.read, handle, 1)
        self.assertRaises(OSError, os.fchmod, handle, 0o666)

    def test_failures(self) -> None:
        """The caller owns a handle even if a later step fails."""
        opened: list[int] = []
        self.assertRaises(
            FileNotFoundError,
            rendezvous.open_handle,
            self.directory,
            'missing',
            opened,
        )
        self.assertEqual([], opened)
        with mock.patch.object(
            handles, '_fstat', autospec=True, side_effect=KeyboardInterrupt
        ):
            self.assertRaises(
                KeyboardInterrupt,
                rendezvous.open_handle,
                self.directory,
                'file',
                opened,
            )
        [handle] = opened
        os.close(handle)

    @base.as_root
    def test_path_after_a_change_of_the_user(self) -> None:
        """A process that is not dumpable has the paths of its handles."""
        os.chmod(self.path, 0o711)

        def child() -> list[bool]:
            base.become_user(OTHER)
            handle, status = self.open()
            # Root owns the directory of a process that is not dumpable.
            root = os.stat('/proc/self/fd').st_uid == 0
            return [root, rendezvous.has_path(handle, status)]

        self.assertEqual([True, True], self.in_child(child))

    @base.as_root
    def test_no_path_without_proc(self) -> None:
        """Handles have no path where /proc is missing, or is a fake."""

        def child() -> list[bool]:
            base.enter_chroot(self.directory)
            handle, status = self.open()
            found = [rendezvous.has_path(handle, status)]
            os.makedirs('/proc/self/fd')
            pathlib.Path(rendezvous.handle_path(handle)).touch()
            return [*found, rendezvous.has_path(handle, status)]

        self.assertEqual([False, False], self.in_child(child))
