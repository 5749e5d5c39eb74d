# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The rendered documentation in a narrow window, and its search box.

Rule: the tests read doc/build/html, which ``tox -e docs`` writes; they skip
if it does not exist. They request nothing but these files.
"""

import functools
import http.server
import pathlib
import threading
from typing import ClassVar

from playwright import sync_api

from tools.browser.tests import base

HTML = base.ROOT / 'doc/build/html'
NARROW = sync_api.ViewportSize(width=500, height=900)
#: Elements that stick out of the window, unless an element around them has a
#: scrollbar of its own.
_OUTSIDE = """() => {
  const scrolls = (node) => {
    for (let each = node; each !== document.body; each = each.parentElement) {
      if (['auto', 'scroll', 'hidden'].includes(
          getComputedStyle(each).overflowX)) return true;
    }
    return false;
  };
  return [...document.body.querySelectorAll('*')]
    .filter((node) => node.getBoundingClientRect().right > innerWidth + 1)
    .filter((node) => node.getBoundingClientRect().width > 0)
    .filter((node) => !scrolls(node))
    .map((node) => node.tagName + ': ' + node.textContent.slice(0, 60));
}"""


class Files(http.server.SimpleHTTPRequestHandler):
    """Serves files, and logs nothing."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Log nothing."""


class DocumentationTest(base.BrowserTest):
    pages: ClassVar[list[pathlib.Path]]
    url: ClassVar[str]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.pages = sorted(HTML.rglob('*.html'))
        if not cls.pages:
            cls.skipTest(cls, 'run tox -e docs first')  # type: ignore[arg-type]
        server = http.server.ThreadingHTTPServer(
            ('127.0.0.1', 0), functools.partial(Files, directory=HTML)
        )
        cls.url = f'http://127.0.0.1:{server.server_port}'
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        cls.addClassCleanup(thread.join)
        cls.addClassCleanup(server.server_close)
        cls.addClassCleanup(server.shutdown)

    def new_page(self) -> sync_api.Page:
        """Return a narrow page that requests local files only."""
        context = self.browser.new_context(viewport=NARROW)
        self.addCleanup(context.close)
        context.route(
            lambda url: not url.startswith(self.url),
            lambda route: route.abort(),
        )
        return context.new_page()

    def test_narrow_window(self) -> None:
        """No page is wider than a window of 500 pixels."""
        page = self.new_page()
        # The layout does not depend on scripts.
        page.route(lambda url: '.js' in url, lambda route: route.abort())
        wide = {}
        for path in self.pages:
            name = path.relative_to(HTML)
            page.goto(f'{self.url}/{name}', wait_until='domcontentloaded')
            scrolled, width = page.evaluate(
                '() => [document.scrollingElement.scrollWidth, innerWidth]'
            )
            if scrolled > width:
                wide[str(name)] = page.evaluate(_OUTSIDE)
        self.assertEqual({}, wide)

    def test_search(self) -> None:
        """The search box finds the page about a word."""
        page = self.new_page()
        page.set_viewport_size(base.WIDE)
        page.goto(f'{self.url}/index.html')
        box = page.locator('input[name=q]:visible').first
        box.fill('SELinux')
        box.press('Enter')
        found = page.locator('#search-results a', has_text='containers')
        found.first.wait_for()
