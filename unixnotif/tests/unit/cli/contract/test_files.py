# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``unixnotif contract diff``, ``release`` and ``show``."""

import dataclasses

from unixnotif import contract
from unixnotif.tests.unit.cli.contract import base
from unixnotif.tests.unit.contract import base as catalogues
from unixnotif.tests.unit.contract.base import declared

LEGACY = contract.Catalogue(
    legacy={'port.create.end': {'port': 'object', 'port.id': 'string'}}
)
SHOWN = """\
event  payload  version
e      x:Thing  1.1

payload  versions (* pending)  source
x:Gone   1.0 (gone)            declared
x:Thing  1.0 1.1*              declared
"""
FIELDS = """\
field  1.1 pending  inherited from
a      string?      x:Base 1.0
b      integer
"""


class FilesTest(base.TestCase):
    """Commands that show or change catalogues without a check."""

    def setUp(self) -> None:
        super().setUp()
        thing = catalogues.payload(
            declared('1.0', a='string?'),
            declared(
                '1.1',
                'pending',
                inherited={'a': 'x:Base 1.0'},
                a='string?',
                b='integer',
            ),
        )
        gone = catalogues.payloads({'x:Gone': (declared('1.0'),)}, None)
        self.path = self.save(
            'now',
            contract.Catalogue(
                {'e': (('x:Thing', '1.0'), ('x:Thing', '1.1'))},
                {},
                {**thing.payloads, **gone.payloads},
            ),
        )

    def test_diff(self) -> None:
        """A line for each difference."""
        self.assertEqual(
            '~ payload x:Thing: 1.0 -> 2.0\n'
            '  + version 2.0, compared with 1.0\n'
            '    - b: string\n',
            self.check_command(
                0, 'diff', self.fixed, '--against', self.before
            ),
        )
        self.assertEqual(
            '',
            self.check_command(0, 'diff', self.fixed, '--against', self.fixed),
        )
        self.check_command(3, 'diff', self.fixed, '--against', 'none.json')

    def test_changelog(self) -> None:
        """With --format markdown, the differences are a changelog."""
        argv = ('diff', self.fixed, '--against', self.before)
        self.check_command(
            0,
            *argv,
            '--format',
            'markdown',
            out='\n## `x:Thing` 1.0 → 2.0\n\n| field | change |',
        )

    def test_release_needs_a_tag(self) -> None:
        """The catalogue stores the tag, so it must not be empty."""
        self.check_command(2, 'release', ' ', self.path, err='is not a tag')

    def test_release(self) -> None:
        """The command names pending versions and freezes them."""
        self.check_command(0, 'release', 'v1', self.path, out='x:Thing 1.1\n')
        found = contract.read(self.path).payloads['x:Thing'].versions['1.1']
        self.assertEqual(('released', 'v1'), (found.status, found.release))
        self.check_command(
            1, 'release', 'v2', self.path, err='no version is pending'
        )

    def test_show(self) -> None:
        """show lists events, payloads and versions."""
        self.assertEqual(SHOWN, self.check_command(0, 'show', self.path))

    def test_show_a_payload(self) -> None:
        """show lists the fields of a payload."""
        self.assertEqual(
            FIELDS, self.check_command(0, 'show', self.path, 'x:Thing')
        )
        self.check_command(
            2,
            'show',
            self.path,
            'x:T',
            err='there is no payload, event or notification class x:T',
        )

    def test_show_an_event(self) -> None:
        """show lists the fields of the payload of an event."""
        shown = self.check_command(0, 'show', self.path, 'e')
        self.assertIn('payload  x:Thing 1.1\n', shown)
        self.assertEqual(FIELDS.split(), shown.partition('\n')[2].split())

    def test_show_the_version_of_an_event(self) -> None:
        """An event may carry another version than the current one."""
        now = contract.read(self.path)
        path = self.save(
            'older',
            dataclasses.replace(
                now,
                events={'e': (('x:Thing', '1.0'),)},
                legacy={'e': {'old': 'string'}},
            ),
        )
        self.assertEqual(
            'field old payload field a',
            ' '.join(
                line.split()[0]
                for line in self.check_command(
                    0, 'show', path, 'e', out='field    1.0 released'
                ).splitlines()
            ),
        )

    def test_show_a_payload_without_class(self) -> None:
        """show lists the fields of the last recorded version."""
        self.check_command(
            0, 'show', self.path, 'x:Gone', out='field  1.0 released'
        )

    def test_legacy(self) -> None:
        """Legacy events and their fields are shown and compared."""
        path = self.save('legacy', LEGACY)
        self.assertEqual(
            'legacy event     fields\nport.create.end  2\n',
            self.check_command(0, 'show', path),
        )
        self.assertEqual(
            'field    legacy\nport     object\nport.id  string\n',
            self.check_command(0, 'show', path, 'port.create.end'),
        )
        self.check_command(
            2,
            'show',
            path,
            'port.create',
            err='class port.create; did you mean port.',
        )
        self.assertEqual(
            '+ legacy event port.create.end\n'
            '  + port: object\n'
            '  + port.id: string\n'
            '- legacy event port.delete.end\n',
            self.check_command(
                0,
                'diff',
                path,
                '--against',
                self.save(
                    'old', contract.Catalogue(legacy={'port.delete.end': {}})
                ),
            ),
        )

    def test_show_suggests(self) -> None:
        """An error suggests a similar name, or the name with its namespace."""
        for name, expected in (
            ('Thing', 'class Thing; did you mean x:Thing?'),
            ('x:Thin', 'class x:Thin; did you mean x:Thing?'),
            ('zzz', 'class zzz\n'),
        ):
            self.check_command(2, 'show', self.path, name, err=expected)
