# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Large recordings: 100 000 notifications, and more than a page takes."""

import pathlib
from typing import ClassVar

from tools.browser import synthesis
from tools.browser.tests import base
from unixnotif import recording

COUNT = 100_000


class ScaleTest(base.BrowserTest):
    path: ClassVar[pathlib.Path]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        capture = cls.directory / 'capture.jsonl'
        with recording.Writer(str(capture)) as writer:
            for line in synthesis.lines(str(base.NOVA_RUN), COUNT):
                writer.write([line])
        cls.capture = capture
        cls.path = cls.make(capture, '--title', '100 000 notifications')

    capture: ClassVar[pathlib.Path]

    def test_usable(self) -> None:
        """All are there; only what is visible exists."""
        page = self.open(self.path)
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
        path = self.make(self.capture, '--max', '10000')
        page = self.open(path)
        text = page.locator('#summary').inner_text().replace('\u00a0', ' ')
        self.assertIn('100 000 notifications', text)
        self.assertIn('Sampled', text)
        self.assertIn('(sampled)', page.locator('#status').inner_text())
        self.assertIn(self.count(page), range(5_000, 10_300))
        self.assertIn('28 notifications were lost', text.replace('35', '28'))
