# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Source lines of findings."""

import dataclasses
import os
import pathlib

import fixtures

from unixnotif import contract
from unixnotif.contract import catalogues
from unixnotif.contract import encoder
from unixnotif.contract import locations
from unixnotif.tests import base
from unixnotif.tests.unit.contract import test_findings

SOURCE = """\
class Outer:
    class Thing(Base):
        VERSION: str = '1.0'
        other = {'b': 1}
        fields = {
            'a': String(),
            **MORE,
        }

class Bare:
    pass
"""


class LocatorTest(base.TestCase):
    """A project with a package, and its catalogue."""

    def setUp(self) -> None:
        super().setUp()
        self.work = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.work)
        self.catalogue = contract.Catalogue(
            payloads={
                'x:Thing': catalogues.Payload('p', origin='x.y:Outer.Thing'),
                'x:"é"': catalogues.Payload('p'),
            }
        )
        data = encoder.encode(self.catalogue)
        pathlib.Path('c.json').write_bytes(data)

    def source(self, path: str, text: str) -> None:
        pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
        pathlib.Path(path).write_text(text)
        locations._parsed.cache_clear()

    def check(
        self, expected: str, subject: str = 'x:Thing', field: str = 'a'
    ) -> None:
        finding = dataclasses.replace(
            test_findings.FINDING, subject=subject, field=field
        )
        locator = locations.Locator('c.json', [self.catalogue])
        found = locator.locate(finding)
        self.assertEqual(expected, f'{found.file}:{found.line}')

    def test_field(self) -> None:
        """The line is that of the field, or else of the class's version."""
        for path in ('x/y.py', 'src/x/y.py', 'x/y/__init__.py'):
            self.source(path, SOURCE)
            self.check(f'{path}:6')
            self.check(f'{path}:6', field='a[].b')
            for field in ('b', ''):
                self.check(f'{path}:3', field=field)
            os.unlink(path)

    def test_class(self) -> None:
        """For a class without a version, the line is that of the class."""
        self.catalogue.payloads['x:Bare'] = catalogues.Payload(
            'p', origin='x.y:Bare'
        )
        self.source('x/y.py', SOURCE)
        self.check('x/y.py:10', 'x:Bare')

    def test_catalogue(self) -> None:
        """Without the source, the line is in the catalogue."""
        lines = pathlib.Path('c.json').read_text().splitlines()
        for subject in ('x:Thing', 'x:"é"'):
            with self.subTest(subject):
                escaped = subject.replace('"', '\\"')
                number = lines.index(f'  "{escaped}": {{') + 1
                self.check(f'c.json:{number}', subject)
        self.check('c.json:1', 'x:Gone')
        thing = lines.index('  "x:Thing": {') + 1
        for text in ('class Other: pass', 'class', '\0'):
            self.source('x/y.py', text)
            self.check(f'c.json:{thing}')
        os.unlink('c.json')
        self.check('c.json:1')

    def test_odd_module(self) -> None:
        """An origin that is a path locates the catalogue, no other file."""
        self.catalogue.payloads['x:Odd'] = catalogues.Payload(
            'p', origin='../x:Thing'
        )
        self.check('c.json:1', 'x:Odd')
