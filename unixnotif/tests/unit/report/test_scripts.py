# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Libraries of the page: as they were released, with their licenses."""

import base64
import hashlib
from importlib import resources
import re

from unixnotif.report import scripts
from unixnotif.tests import base as testing

_LIBRARIES = resources.files('unixnotif.report').joinpath('libraries')


class LibrariesTest(testing.TestCase):
    def test_checksums(self) -> None:
        """Every file of a library is that of the release."""
        listed = {}
        text = _LIBRARIES.joinpath('SHA256SUMS').read_text()
        for line in text.splitlines():
            digest, _, name = line.partition('  ')
            data = _LIBRARIES.joinpath(name).read_bytes()
            self.assertEqual(digest, hashlib.sha256(data).hexdigest(), name)
            listed[name] = digest
        present = {
            str(path.relative_to(root))
            for root in [testing.ROOT / 'unixnotif/report/libraries']
            for path in root.rglob('*')
            if path.is_file() and path.name != 'SHA256SUMS'
        }
        self.assertEqual(present, set(listed))

    def test_licenses(self) -> None:
        """Each library has a license, and a version in its name."""
        for library in scripts.libraries():
            self.assertIn('MIT', library.license)
            self.assertRegex(library.version, r'^\d+\.\d+\.\d+$')
        minified = _LIBRARIES.joinpath('uPlot.iife.min.js').read_text()
        self.assertIn('v1.6.32', minified)

    def test_policy(self) -> None:
        """The policy allows the scripts and styles of the page alone."""
        policy = scripts.policy()
        for inline in (*scripts.scripts(), *scripts.styles()):
            digest = hashlib.sha256(inline.text.encode()).digest()
            expected = base64.b64encode(digest).decode()
            self.assertIn(f"'sha256-{expected}'", policy)
        self.assertIn("default-src 'none'", policy)
        self.assertNotIn('unsafe', policy)

    def test_scripts_do_not_end_early(self) -> None:
        """No script or style ends its element early, or names a file."""
        for inline in (*scripts.scripts(), *scripts.styles()):
            self.assertIsNone(
                re.search(r'</script|</style|<!--|sourceMapping', inline.text)
            )

    def test_own_scripts_write_text_only(self) -> None:
        """The page never parses HTML, nor runs text."""
        own = scripts.scripts()[1].text
        for name in (
            'innerHTML',
            'outerHTML',
            'insertAdjacent',
            'eval(',
            'document.write',
            'new Function',
            'fetch(',
            'http',
        ):
            self.assertNotIn(name, own)
