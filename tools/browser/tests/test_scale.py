# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Large recordings: 100 000 notifications, and more than a page takes."""

import pathlib

from tools.browser import synthesis
from tools.browser.tests import base
from unixnotif import recording

COUNT = 100_000


class ScaleTest(base.BrowserTest):
    @classmethod
    def capture(cls, count: int) -> pathlib.Path:
        """Return a recording with a number of notifications."""
        path = cls.directory / f'{count}.jsonl'
        with recording.Writer(str(path)) as writer:
            for line in synthesis.lines(str(base.NOVA_RUN), count):
                writer.write([line])
        return path

    def test_usable(self) -> None:
        """All are there; only what is visible exists."""
        path = self.make(
            self.capture(COUNT), '--title', '100 000 notifications'
        )
        page = self.open(path)
        self.check_picture('report-large', page)
        self.assertEqual(COUNT, self.count(page))
        page.locator('#grid').focus()
        page.keyboard.press('End')
        page.wait_for_selector(f'#row-{COUNT - 1}')
        self.assertLess(len(self.rows(page)), 100)
        page.keyboard.press('Enter')
        self.settle(page)
        self.assertTrue(page.locator('#inspector').is_visible())
        page.locator('#text').fill('no such text')
        page.keyboard.press('Enter')
        page.wait_for_function("location.hash.includes('text=')")
        self.assertEqual(0, self.count(page))

    def test_sampled(self) -> None:
        """A larger recording is sampled, and the page says so."""
        path = self.make(self.capture(10_000), '--max', '1000')
        page = self.open(path)
        text = page.locator('#summary').inner_text().replace('\u00a0', ' ')
        self.assertIn('10 000 notifications', text)
        self.assertIn('Sampled', text)
        self.assertIn('(sampled)', page.locator('#status').inner_text())
        self.assertIn(self.count(page), range(500, 1300))
