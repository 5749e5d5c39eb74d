# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Large recordings: many notifications, and large ones."""

import pathlib
from typing import ClassVar

from tools.browser import synthesis
from tools.browser.tests import base
from unixnotif.tests.unit.report import base as samples

COUNT = 100_000
# Tells if a row is in the visible part of the table.
_IS_VISIBLE = """(place) => {
  const row = document.getElementById(`row-${place}`);
  if (!row) return false;
  const { top, bottom } = row.getBoundingClientRect();
  const outer = document.querySelector('#viewport').getBoundingClientRect();
  return top >= outer.top - 1 && bottom <= outer.bottom + 1;
}"""
# The places of the rows in the visible part of the table.
_SHOWN = f"""() => [...document.querySelectorAll('#sizer .row')]
  .map((row) => +row.id.slice(4)).filter({_IS_VISIBLE})"""
# Notes the length of each text that the page unpacks.
_UNPACKED = """
  window.unpacked = [];
  const { text } = Response.prototype;
  Response.prototype.text = async function () {
    const found = await text.call(this);
    window.unpacked.push(found.length);
    return found;
  };
"""


class ScaleTest(base.BrowserTest):
    page_path: ClassVar[pathlib.Path]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.page_path = cls.make(
            cls.capture(COUNT), '--title', '100 000 notifications'
        )

    @classmethod
    def capture(cls, count: int) -> pathlib.Path:
        """Return a recording with a number of notifications."""
        return cls.record(
            str(count), synthesis.lines(str(base.NOVA_RUN), count)
        )

    def test_usable(self) -> None:
        """All notifications are counted; only visible rows exist."""
        page = self.open(self.page_path)
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

    def test_taller_than_an_element(self) -> None:
        """Each row is reached, though the browser limits the height."""
        page = self.open(self.page_path)
        height = page.evaluate(
            """() => {
              const viewport = document.querySelector('#viewport');
              // The limit of Chromium is in pixels of the screen.
              viewport.style.zoom = 16;
              return viewport.scrollHeight;
            }"""
        )
        self.assertLess(height, COUNT * 28)
        page.locator('#grid').focus()
        for key, row in (
            ('End', COUNT - 1),
            ('ArrowUp', COUNT - 2),
            ('Home', 0),
            ('ArrowDown', 1),
        ):
            page.keyboard.press(key)
            page.wait_for_function(_IS_VISIBLE, arg=row)
            self.assertEqual(
                f'row-{row}',
                page.locator('#grid').get_attribute('aria-activedescendant'),
            )
        # The scroll bar.
        page.locator('#viewport').evaluate(
            """(viewport) => {
              viewport.scrollTop = viewport.scrollHeight;
            }"""
        )
        page.wait_for_function(_IS_VISIBLE, arg=COUNT - 1)
        page.locator('#viewport').evaluate(
            """(viewport) => {
              const { scrollHeight, clientHeight } = viewport;
              viewport.scrollTop = (scrollHeight - clientHeight) / 2;
            }"""
        )
        page.wait_for_function(_IS_VISIBLE, arg=COUNT // 2)
        # The wheel skips no row: the next rows begin among those shown.
        shown = page.evaluate(_SHOWN)
        for _ in range(5):
            page.locator('#viewport').dispatch_event(
                'wheel', {'deltaY': 300, 'cancelable': True}
            )
            following = page.evaluate(_SHOWN)
            self.assertIn(following[0], shown[1:])
            shown = following

    def test_sampled(self) -> None:
        """A larger recording is sampled, and the page says so."""
        path = self.make(self.capture(10_000), '--max', '1000')
        page = self.open(path)
        text = page.locator('#summary').inner_text().replace('\u00a0', ' ')
        self.assertIn('10 000 notifications', text)
        self.assertIn('Sampled', text)
        self.assertIn('(sampled)', page.locator('#status').inner_text())
        self.assertIn(self.count(page), range(500, 1300))

    def test_large_documents(self) -> None:
        """The page unpacks few large documents at a time."""
        size = 1 << 20
        capture = self.record(
            'documents',
            (
                samples.recorded(payload=str(number) * size)
                for number in range(20)
            ),
        )
        page = self.open(self.make(capture), {'show': 12}, script=_UNPACKED)
        self.assertIn('121212', page.locator('#fields').inner_text())
        page.locator('#text').fill('1212')
        page.keyboard.press('Enter')
        page.wait_for_function("location.hash.includes('text=')")
        self.assertEqual(1, self.count(page))
        unpacked = page.evaluate('unpacked')
        self.assertGreater(len(unpacked), 20)
        self.assertLess(max(unpacked), 3 * size)
