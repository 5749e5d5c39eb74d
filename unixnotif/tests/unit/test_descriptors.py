# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Descriptors: an owner closes its own file, and no other file."""

from collections.abc import Callable
import os
from typing import Any
from typing import NoReturn
from unittest import mock

from unixnotif import descriptors
from unixnotif import packet
from unixnotif.tests import base


class DescriptorsTest(base.TestCase):
    def open(self, path: str = os.devnull) -> int:
        """Open a file; the cleanup closes it, unless its number is reused."""
        fd = os.open(path, os.O_RDONLY)
        expected = os.fstat(fd)

        def close() -> None:
            try:
                found = os.fstat(fd)
            except OSError:
                return
            if os.path.samestat(expected, found):
                os.close(fd)

        self.addCleanup(close)
        return fd

    def file_id(self, fd: int) -> descriptors.FileId:
        found = descriptors.file_id(fd)
        assert found is not None
        return found

    def test_file_id(self) -> None:
        """Descriptors of one file have one identity; of others, another."""
        path = self.new_directory().path
        found = os.stat(path)
        fd, other = self.open(path), self.open(path)
        expected = (found.st_dev, found.st_ino)
        self.assertEqual(expected, descriptors.file_id(fd))
        self.assertEqual(expected, descriptors.file_id(other))
        self.assertNotEqual(expected, descriptors.file_id(self.open()))

    def test_closed(self) -> None:
        """A closed number names no file."""
        fd = self.open()
        os.close(fd)
        self.assertIsNone(descriptors.file_id(fd))
        self.assertIsNone(descriptors.file_id(-1))

    def test_closing(self) -> None:
        """The owner closes its file; closing again does nothing."""
        fd = self.open()
        owned = self.file_id(fd)
        for _ in range(2):
            descriptors.close(fd, owned)
            self.assertIsNone(descriptors.file_id(fd))
        descriptors.close(-1, owned)

    def test_number_of_another_file(self) -> None:
        """The owner does not close another file that has its number."""
        path = self.new_directory().path
        others: list[Callable[[], int]] = [
            lambda: self.open(path),
            lambda: os.memfd_create('test'),
            lambda: packet.new_socket(1).detach(),
        ]
        for new in others:
            fd = self.open()
            owned = self.file_id(fd)
            other = new()
            os.dup2(other, fd)
            os.close(other)
            self.addCleanup(os.close, fd)
            expected = descriptors.file_id(fd)
            self.assertNotEqual(owned, expected)
            descriptors.close(fd, owned)
            self.assertEqual(expected, descriptors.file_id(fd))

    def test_replaced_functions(self) -> None:
        """A test suite that replaces functions of os changes nothing."""

        def fail(*args: Any) -> NoReturn:
            raise AssertionError('called')

        fd = self.open()
        with (
            mock.patch.object(os, 'close', fail),
            mock.patch.object(os, 'fstat', fail),
        ):
            descriptors.close(fd, self.file_id(fd))
        self.assertIsNone(descriptors.file_id(fd))
