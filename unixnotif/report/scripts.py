# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Scripts and styles of the page, with the hashes that its policy allows.

Rule: a library is shipped as its release has it, with its license and its
checksum. The other scripts and styles are source files: nothing builds them.
"""

import base64
import functools
import hashlib
from importlib import resources
import re
from typing import Final
from typing import NamedTuple

_PACKAGE: Final = 'unixnotif.report'
# In the order in which they need each other.
_MODULES: Final = (
    'support',
    'state',
    'store',
    'glob',
    'search',
    'selection',
    'facets',
    'timeline',
    'scroller',
    'grid',
    'inspector',
    'comparison',
    'printing',
    'main',
)
# Developer tools would ask for these files.
_SOURCE_MAP: Final = re.compile(r'^//# sourceMappingURL=.*$', re.MULTILINE)


class Library(NamedTuple):
    """A library that the page contains.

    :ivar license: text of the license
    """

    name: str
    version: str
    purpose: str
    license: str


class Inline(NamedTuple):
    """A script or a style of the page.

    :ivar hash: source expression of the content security policy
    """

    text: str
    hash: str

    @classmethod
    def of(cls, text: str) -> 'Inline':
        """Return a script or a style with its hash."""
        digest = hashlib.sha256(text.encode()).digest()
        return cls(text, f'sha256-{base64.b64encode(digest).decode()}')


#: Name, version and purpose; the license stands beside the library.
_LIBRARIES: Final = (
    ('uPlot', '1.6.32', 'timeline'),
    ('microdiff', '1.6.0', 'comparison'),
)


@functools.cache
def libraries() -> tuple[Library, ...]:
    """Return the libraries."""
    return tuple(
        Library(*each, _read(f'libraries/LICENSE.{each[0]}'))
        for each in _LIBRARIES
    )


@functools.cache
def scripts() -> tuple[Inline, ...]:
    """Return the scripts of the page, in their order."""
    microdiff = (
        'const microdiff = ((exports) => {\n'
        f'{_read("libraries/microdiff.cjs")}\nreturn exports;\n}})({{}});\n'
    )
    own = ''.join(_read(f'assets/{name}.js') for name in _MODULES)
    return (
        Inline.of(_read('libraries/uPlot.iife.min.js')),
        # One function, so that nothing of the page is global.
        Inline.of(f"(() => {{\n'use strict';\n{microdiff}{own}}})();\n"),
    )


@functools.cache
def styles() -> tuple[Inline, ...]:
    """Return the styles of the page, in their order."""
    return (
        Inline.of(_read('libraries/uPlot.min.css')),
        Inline.of(_read('assets/page.css')),
    )


def policy() -> str:
    """Return the content security policy: these scripts and styles alone."""
    parts = {
        'default-src': ["'none'"],
        'script-src': [f"'{script.hash}'" for script in scripts()],
        'style-src': [f"'{style.hash}'" for style in styles()],
        'base-uri': ["'none'"],
        'form-action': ["'none'"],
    }
    return '; '.join(f'{name} {" ".join(v)}' for name, v in parts.items())


def _read(path: str) -> str:
    text = resources.files(_PACKAGE).joinpath(path).read_text('utf-8')
    return _SOURCE_MAP.sub('', text)
