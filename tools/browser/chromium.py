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
