#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.
"""The pictures of the documentation, drawn by the browser.

Rule: after a change that is intended, run this module with
UNIXNOTIF_UPDATE_SCREENS=1 to write them. Fonts differ between machines, so
that the tests compare sizes, not points.
"""

import os
import pathlib
import struct
from typing import ClassVar

from playwright import sync_api

from tools.browser.tests import base

_SCREENS = base.EXAMPLES / 'screens'
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

    def check(self, name: str, page: sync_api.Page) -> None:
        """Draw a picture; compare its size with that of the file."""
        path = _SCREENS / f'{name}.png'
        drawn = page.screenshot(animations='disabled', caret='hide')
        if os.environ.get('UNIXNOTIF_UPDATE_SCREENS'):
            path.write_bytes(drawn)
        self.assertEqual(_size(path.read_bytes()), _size(drawn))

    def test_run(self) -> None:
        """The whole run, grouped by test."""
        page = self.open(self.run_page, {'group': 'test_id'}, viewport=_TALL)
        self.check('report-run', page)

    def test_comparison(self) -> None:
        """Two notifications of a server, with a loss, in the dark."""
        page = self.open(
            self.server, {'show': 9, 'mark': 3}, viewport=_TALL, dark=True
        )
        self.check('report-comparison', page)

    def test_narrow(self) -> None:
        """The summary and the timeline on a phone."""
        page = self.open(self.server, viewport=base.NARROW)
        self.check('report-narrow', page)


def _size(png: bytes) -> tuple[int, ...]:
    """Return width and height of a picture (the first chunk of PNG)."""
    return struct.unpack('>II', png[16:24])
