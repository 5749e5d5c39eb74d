# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Measurements of a page: size, time to first paint, memory.

Rule: each run has a new browser, so that nothing is cached.
"""

import dataclasses
import pathlib
import re
from typing import Any

from playwright import sync_api

from tools.browser import chromium

_TIMES = """() => Object.fromEntries(
  ['paint', 'mark'].flatMap((type) => performance.getEntriesByType(type))
    .map((entry) => [entry.name, entry.startTime]))"""
#: Matches when the page has drawn its state, or has failed.
SETTLED = 'html:is([data-state=ready], [data-state=failed])'
#: Milliseconds within which a page must appear.
TIMEOUT = 120_000


@dataclasses.dataclass(frozen=True)
class Figures:
    """Figures of one run.

    :ivar size: of the file, in bytes
    :ivar first_paint: until the summary can be read, in milliseconds
    :ivar ready: until table and timeline can be used
    :ivar filtered: duration of a filter by event type
    :ivar searched: duration of a search in all documents
    :ivar memory: resident memory of the process of the page, in bytes
    """

    size: int
    first_paint: float
    ready: float
    filtered: float
    searched: float
    memory: int

    def __str__(self) -> str:
        return (
            f'size {self.size / 1e6:.1f} MB, '
            f'first paint {self.first_paint / 1000:.1f} s, '
            f'ready {self.ready / 1000:.1f} s, '
            f'filter {self.filtered / 1000:.2f} s, '
            f'search {self.searched / 1000:.1f} s, '
            f'memory {self.memory / 1e6:.0f} MB'
        )


def measure(path: pathlib.Path) -> Figures:
    """Measure a page in a new browser."""
    with chromium.launched() as browser:
        page = browser.new_page(viewport={'width': 1400, 'height': 1000})
        page.goto(path.resolve().as_uri())
        page.wait_for_selector(SETTLED, timeout=TIMEOUT)
        times: dict[str, float] = page.evaluate(_TIMES)
        memory = _memory(browser)
        filtered = _change(page, {'event_type': _common(page)})
        searched = _change(page, {'text': 'no such text'})
        return Figures(
            path.stat().st_size,
            times['first-paint'],
            times['unixnotif-ready'],
            filtered,
            searched,
            memory,
        )


def _common(page: sync_api.Page) -> str:
    """Return the most frequent event type."""
    name: str = page.locator('#legend button').first.inner_text()
    return name


def _change(page: sync_api.Page, state: dict[str, str]) -> float:
    """Open a link with a state; return the time that it takes."""
    took: float = page.evaluate(
        """async (state) => {
          const begun = performance.now();
          const root = document.documentElement;
          await new Promise((resume) => {
            new MutationObserver(() => {
              if (root.dataset.state === 'ready') resume();
            }).observe(root, { attributes: true });
            location.hash = new URLSearchParams(state);
          });
          return performance.now() - begun;
        }""",
        state,
    )
    return took


def _memory(browser: sync_api.Browser) -> int:
    """Return the resident memory of the largest process of a page."""
    session = browser.new_browser_cdp_session()
    found: dict[str, Any] = session.send('SystemInfo.getProcessInfo')
    pids = [
        each['id']
        for each in found['processInfo']
        if each['type'] == 'renderer'
    ]
    return max(map(_resident, pids))


def _resident(pid: int) -> int:
    text = pathlib.Path(f'/proc/{pid}/status').read_text()
    match = re.search(r'^VmRSS:\s+(\d+) kB', text, re.MULTILINE)
    return int(match[1]) * 1024 if match else 0
