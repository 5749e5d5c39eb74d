# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The pictures of the documentation, drawn by the browser.

Rule: after a change that is intended, run this module with
UNIXNOTIF_UPDATE_SCREENS=1 to write them. Fonts differ between machines, so
that the tests compare the width, not points.
"""

import os
import pathlib
import struct
from typing import ClassVar

from playwright import sync_api

from tools.browser import synthesis
from tools.browser.tests import base
from unixnotif import recording

_SCREENS = base.EXAMPLES / 'screens'
_LARGE = 100_000
_TALL = sync_api.ViewportSize(width=1200, height=1320)


class PicturesTest(base.BrowserTest):
    run_page: ClassVar[pathlib.Path]
    server: ClassVar[pathlib.Path]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.run_page = cls.make(
            *(base.NOVA_RUN, '--catalogue', base.CATALOGUE),
            *('--title', "nova's notification tests"),
        )
        cls.server = cls.make(base.NOVA, '--title', 'One server')

    def check(
        self, name: str, page: 'sync_api.Page | sync_api.Locator'
    ) -> None:
        """Draw a picture; compare its width with that of the file."""
        path = _SCREENS / f'{name}.png'
        drawn = page.screenshot(animations='disabled', caret='hide')
        if os.environ.get('UNIXNOTIF_UPDATE_SCREENS'):
            path.write_bytes(drawn)
        self.assertEqual(_width(path.read_bytes()), _width(drawn))

    def test_run(self) -> None:
        """The whole run, grouped by test."""
        page = self.open(self.run_page, {'group': 'test_id'}, viewport=_TALL)
        self.check('report-run', page)

    def test_comparison(self) -> None:
        """Two notifications of a server, beside the table, in the dark."""
        page = self.open(
            self.server, {'show': 15, 'mark': 3}, viewport=base.WIDE, dark=True
        )
        self.check('report-comparison', page.locator('#notifications'))

    def test_large(self) -> None:
        """The timeline of 100 000 notifications, with losses."""
        capture = self.directory / 'large.jsonl'
        with recording.Writer(str(capture)) as writer:
            for line in synthesis.lines(str(base.NOVA_RUN), _LARGE):
                writer.write([line])
        path = self.make(capture, '--title', '100 000 notifications')
        page = self.open(path, viewport=base.WIDE)
        self.check('report-large', page)

    def test_narrow(self) -> None:
        """The summary and the timeline on a phone."""
        page = self.open(self.server, viewport=base.NARROW)
        self.check('report-narrow', page)


def _width(png: bytes) -> int:
    """Return the width of a picture (the first chunk of PNG)."""
    width: int = struct.unpack('>I', png[16:20])[0]
    return width
