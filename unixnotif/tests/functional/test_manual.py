# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The manual page: up to date, and without mistakes of markup."""

import re
import shutil
import subprocess
import sys

from oslotest import base

from unixnotif.tests import base as support

PAGE = support.ROOT / 'doc/man/unixnotif.1'


class ManualTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        if not PAGE.is_file():
            self.skipTest('the sources are not here')

    def test_up_to_date(self) -> None:
        """The page has the commands and options of today."""
        if sys.version_info[:2] != (3, 11):
            self.skipTest('argparse of other versions has another usage')
        done = subprocess.run(
            [sys.executable, '-m', 'tools.manual', '--check'],
            cwd=support.ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual((0, ''), (done.returncode, done.stdout), done.stderr)

    def test_markup(self) -> None:
        """groff formats the page, and warns of nothing."""
        if shutil.which('groff') is None:
            self.skipTest('groff is not installed')
        done = subprocess.run(
            ['groff', '-man', '-Tutf8', '-ww', '-P-c', '-rLL=100n', str(PAGE)],
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual((0, ''), (done.returncode, done.stderr))
        # Bold and underlined letters are typed twice.
        shown = re.sub('.\x08', '', done.stdout)
        for text in ('NAME', 'EXAMPLES', 'EXIT STATUS', 'unixnotif doctor'):
            self.assertIn(text, shown)
