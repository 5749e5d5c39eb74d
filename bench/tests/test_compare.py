# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The comparison of a revision with the working tree."""

import pathlib
import shutil
from unittest import mock

import fixtures
from oslotest import base

from bench import compare
from bench import payloads
from bench import revision
from unixnotif import notification

_PACKAGE = pathlib.Path(compare.__file__).parents[1] / 'unixnotif'


class CompareTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.directory = self.useFixture(fixtures.TempDir()).path

    def _copy(self, name: str, directory: str) -> None:
        """Stand in for export(); a clone in CI may have one commit only."""
        copy = shutil.copytree(_PACKAGE, f'{directory}/unixnotif')
        init = pathlib.Path(copy, '__init__.py')
        mark = f'{self.directory}/{name}'
        init.write_text(f'open({mark!r}, "w").close()\n{init.read_text()}')

    def test_rows(self) -> None:
        """Each kind of call has a row; the revision's package is used."""
        with mock.patch.object(compare, 'export', self._copy):
            rows = compare.run('older', 1)
        self.assertTrue(pathlib.Path(self.directory, 'older').exists())
        kinds = [(*list(row.values())[:4],) for row in rows]
        self.assertEqual(len(kinds), len(set(kinds)))
        self.assertEqual(
            len(revision.ADDRESSES)
            * len(revision.SUBSCRIBERS)
            * len(revision.CALLS)
            * len(payloads.PAYLOADS),
            len(kinds),
        )
        for row in rows:
            self.assertGreater(row['before_us'], 0)
            self.assertEqual(row['after_us'] / row['before_us'], row['ratio'])

    def test_unknown_revision(self) -> None:
        """An unknown revision is an error that names it."""
        error = self.assertRaises(
            compare.RevisionError, compare.export, 'no-such', self.directory
        )
        self.assertIn('no-such', str(error))

    def test_broken_revision(self) -> None:
        """A package that does not start is an error."""
        broken = pathlib.Path(self.directory, 'unixnotif')
        broken.mkdir()
        (broken / '__init__.py').write_text('raise SystemExit')
        self.assertRaises(
            compare.RevisionError, compare.Measurer, self.directory
        )

    def test_documents(self) -> None:
        """The ready-made documents are notifications."""
        for payload in payloads.PAYLOADS.values():
            read = notification.decode(payload.document())
            assert isinstance(read, notification.Notification)
            self.assertEqual(payload.value, read.payload)
