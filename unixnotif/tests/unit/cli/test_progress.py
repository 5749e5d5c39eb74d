# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Tests of the progress of long work."""

import os
from typing import Any
from typing import NoReturn

import fixtures
from rich import live

from unixnotif.cli import app
from unixnotif.cli import progress
from unixnotif.tests import base


class ReadingTest(base.TestCase):
    def test_interrupted_start(self) -> None:
        """A signal that comes with the first picture leaves the cursor."""
        reader, writer = os.openpty()
        self.addCleanup(os.close, reader)
        err = self.enterContext(open(writer, 'w'))
        self.useFixture(fixtures.MonkeyPatch('sys.stderr', err))
        refresh = live.Live.refresh

        def interrupt(picture: Any) -> NoReturn:
            picture.refresh = lambda: refresh(picture)
            raise app.Stopped

        self.useFixture(
            fixtures.MonkeyPatch('rich.live.Live.refresh', interrupt)
        )
        reading = progress.Reading([], 'nothing is shown')
        self.assertRaises(app.Stopped, reading.__enter__)
        shown = os.read(reader, 65536)
        self.assertEqual(1, shown.count(b'\x1b[?25l'))
        self.assertEqual(1, shown.count(b'\x1b[?25h'))
