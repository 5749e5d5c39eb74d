# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The pictures of the documentation, drawn by the browser.

Rule: after a change that is intended, run the tests with
UNIXNOTIF_UPDATE_SCREENS=1 to write them.
"""

import pathlib
from typing import ClassVar

from playwright import sync_api

from tools.browser.tests import base

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

    def test_run(self) -> None:
        """The whole run, grouped by test."""
        page = self.open(self.run_page, {'group': 'test_id'}, viewport=_TALL)
        self.check_picture('report-run', page)

    def test_comparison(self) -> None:
        """Two notifications of a server, beside the table, in the dark."""
        page = self.open(
            self.server, {'show': 15, 'mark': 3}, viewport=base.WIDE, dark=True
        )
        self.check_picture('report-comparison', page.locator('#notifications'))

    def test_narrow(self) -> None:
        """The summary and the timeline on a phone."""
        page = self.open(self.server, viewport=base.NARROW)
        self.check_picture('report-narrow', page)
