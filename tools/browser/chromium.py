# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The Chromium of the distribution, driven by Playwright.

Rule: Playwright downloads no browser; the distribution's package is used.
"""

from collections.abc import Iterator
import contextlib
import os
import shutil

from playwright import sync_api

from tools import errors

_NAMES = ('chromium', 'chromium-browser', 'google-chrome')


def find() -> str | None:
    """Return the path of the browser; None if it is not installed."""
    found = map(shutil.which, _NAMES)
    return next(filter(None, found), None)


@contextlib.contextmanager
def launched() -> Iterator[sync_api.Browser]:
    """Start a browser without a window.

    :raises ToolError: it is not installed
    """
    path = find()
    if path is None:
        raise errors.ToolError(
            'Chromium is not installed: apt-get install chromium'
        )
    # The sandbox of Chromium does not work for root.
    args = ['--no-sandbox'] if os.geteuid() == 0 else []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=args)
        try:
            yield browser
        finally:
            browser.close()
