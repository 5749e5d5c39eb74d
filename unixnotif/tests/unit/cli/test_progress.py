# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Tests of the progress of long work."""

import contextlib
import os
from typing import Any
from typing import NoReturn

import fixtures
from rich import live

from unixnotif.cli import app
from unixnotif.cli import progress
from unixnotif.tests import base


def _read_all(terminal: int) -> bytes:
    """Return the output of a terminal whose other end is closed."""
    shown = b''
    # The kernel passes the output on in pieces, later than the write.
    with contextlib.suppress(OSError):
        while piece := os.read(terminal, 65536):
            shown += piece
    return shown


class ReadingTest(base.TestCase):
    def test_interrupted_start(self) -> None:
        """After a signal during the first output, the cursor is visible."""
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
        err.close()
        shown = _read_all(reader)
        self.assertEqual(1, shown.count(b'\x1b[?25l'))
        self.assertEqual(1, shown.count(b'\x1b[?25h'))
