# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Base of the tests: pages of real recordings in a real browser.

Rule: without Chromium the tests skip, unless UNIXNOTIF_BROWSER is
"required". A test fails if the page asks for anything, or reports an error.
"""

from collections.abc import Iterable
import contextlib
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
from typing import ClassVar
import urllib.parse

from oslotest import base
from playwright import sync_api

from tools.browser import chromium
from tools.browser import measurement
from unixnotif import recording

ROOT = pathlib.Path(__file__).parents[3]
EXAMPLES = ROOT / 'unixnotif/tests/examples'
#: Recording of nova's notification tests.
NOVA_RUN = EXAMPLES / 'nova-run.jsonl.gz'
#: Recording of one server, with a loss.
NOVA = EXAMPLES / 'nova.jsonl'
CATALOGUE = ROOT / 'unixnotif/tests/devstack/samples/nova.json'
WIDE = sync_api.ViewportSize(width=1400, height=1000)
NARROW = sync_api.ViewportSize(width=390, height=844)


def run(*arguments: object) -> 'subprocess.CompletedProcess[str]':
    """Run the command."""
    return subprocess.run(
        [sys.executable, '-m', 'unixnotif', *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


class BrowserTest(base.BaseTestCase):
    """One browser serves all tests of a class: its start takes a second."""

    browser: ClassVar[sync_api.Browser]
    directory: ClassVar[pathlib.Path]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        if chromium.find() is None:
            reason = 'Chromium is not installed: apt-get install chromium'
            if os.environ.get('UNIXNOTIF_BROWSER') == 'required':
                raise AssertionError(reason)
            cls.skipTest(cls, reason)  # type: ignore[arg-type]
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        cls.browser = stack.enter_context(chromium.launched())
        cls.directory = pathlib.Path(
            stack.enter_context(tempfile.TemporaryDirectory())
        )

    @classmethod
    def make(cls, *arguments: object) -> pathlib.Path:
        """Return a new page."""
        path = cls.directory / f'{len(list(cls.directory.iterdir()))}.html'
        done = run('report', *arguments, '-o', path)
        assert path.exists(), done.stderr
        return path

    @classmethod
    def record(
        cls,
        name: str,
        lines: Iterable[recording.Recorded | recording.RecordedLost],
    ) -> pathlib.Path:
        """Return a new recording with these lines."""
        path = cls.directory / f'{name}.jsonl'
        with recording.Writer(str(path)) as writer:
            # One at a time: all together may not fit into memory.
            for line in lines:
                writer.write([line])
        return path

    def open(
        self,
        path: pathlib.Path,
        state: 'dict[str, object] | str | None' = None,
        viewport: sync_api.ViewportSize = WIDE,
        dark: bool = False,
        script: str = '',
    ) -> sync_api.Page:
        """Open a page, perhaps by a link with a state.

        The script runs before those of the page.

        The test fails if the page asks for another file or site, or reports
        an error.
        """
        context = self.browser.new_context(
            viewport=viewport, color_scheme='dark' if dark else 'light'
        )
        self.addCleanup(context.close)
        page = context.new_page()
        page.set_default_timeout(measurement.TIMEOUT)
        if script:
            page.add_init_script(script)
        address = path.as_uri()
        requested: list[str] = []
        reported: list[str] = []
        page.on('request', lambda request: requested.append(request.url))
        page.on('console', lambda message: reported.append(message.text))
        page.on('pageerror', lambda error: reported.append(str(error)))
        page.on('dialog', lambda dialog: reported.append(dialog.message))
        # In reverse: these checks come before the context is closed.
        self.addCleanup(self.check_quiet, address, requested, reported)
        if isinstance(state, dict):
            state = urllib.parse.urlencode(state, doseq=True)
        page.goto(f'{address}#{state}' if state else address)
        self.settle(page)
        return page

    def check_quiet(
        self, address: str, requested: list[str], reported: list[str]
    ) -> None:
        """Assert that the page asked for itself alone, without errors."""
        self.assertEqual([], reported)
        self.assertEqual({address}, {u.partition('#')[0] for u in requested})

    def check_picture(
        self, name: str, page: sync_api.Page | sync_api.Locator
    ) -> None:
        """Draw a picture; compare its width with that of the file.

        Fonts differ between machines, so that points are not compared.
        """
        path = EXAMPLES / 'screens' / f'{name}.png'
        drawn = page.screenshot(animations='disabled', caret='hide')
        if os.environ.get('UNIXNOTIF_UPDATE_SCREENS'):
            path.write_bytes(drawn)
        self.assertEqual(_width(path.read_bytes()), _width(drawn))

    @staticmethod
    def settle(page: sync_api.Page) -> None:
        """Wait until the page has drawn its state."""
        page.wait_for_selector(measurement.SETTLED)

    @staticmethod
    def unfold(summary: sync_api.Locator) -> None:
        """Open a part of the page, and wait until it has its content.

        A part fills itself at the event ``toggle``, which a browser sends
        after the click.
        """
        # The element itself: a locator may find another one after the click.
        node = summary.element_handle()
        node.evaluate(
            """(node) => {
              const part = node.closest('details');
              part.unfolded = new Promise((resume) => {
                part.addEventListener('toggle', () => resume(), {once: true});
              });
            }"""
        )
        node.click()
        node.evaluate("(node) => node.closest('details').unfolded")

    @staticmethod
    def state(page: sync_api.Page) -> dict[str, list[str]]:
        """Return the state in the address bar."""
        return urllib.parse.parse_qs(urllib.parse.urlsplit(page.url).fragment)

    def count(self, page: sync_api.Page) -> int:
        """Return the number of notifications that the page selects."""
        self.settle(page)
        text = page.locator('#status').inner_text()
        words = text.replace('\u00a0', '').split()
        return 0 if words[0] == 'no' else int(words[0])

    @staticmethod
    def rows(page: sync_api.Page) -> list[list[str]]:
        """Return the cells of the rows that exist."""
        return [
            [cell.strip() for cell in row.split('\t')]
            for row in page.evaluate(
                """() => [...document.querySelectorAll('#sizer .row')].map(
                  (row) => [...row.children].map((cell) => cell.textContent)
                    .join('\\t'))"""
            )
        ]


def _width(png: bytes) -> int:
    """Return the width of a picture (the first chunk of PNG)."""
    width: int = struct.unpack('>I', png[16:20])[0]
    return width
