# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Regular files that another user may have created."""

import os
import pathlib

import fixtures

from unixnotif.doctor import files
from unixnotif.tests import base


class FilesTest(base.TestCase):
    def test_read(self) -> None:
        """At most N bytes; nothing that blocks."""
        top = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        (top / 'file').write_bytes(b'abc')
        os.mkfifo(top / 'fifo')
        before = base.descriptors_before()
        self.assertEqual(b'abc', files.read(f'{top}/file', 10))
        self.assertEqual(b'ab', files.read(f'{top}/file', 2))
        for path in (top, top / 'fifo', '/dev/zero'):
            self.assertRaises(files.NotRegularError, files.read, str(path), 10)
        self.assertRaises(FileNotFoundError, files.read, f'{top}/none', 10)
        self.assertEqual(before, base.open_descriptors())
