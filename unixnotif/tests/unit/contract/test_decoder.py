# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Reading of catalogues, and errors with their places."""

import json
from typing import Any

import fixtures
import jsonschema

from unixnotif import errors
from unixnotif.contract import decoder
from unixnotif.tests import base as testing
from unixnotif.tests import libraries
from unixnotif.tests.unit.contract import test_encoder

TEXT = test_encoder.TEXT
FULL = test_encoder.FULL
MODULE = 'unixnotif.contract.decoder'


class BrokenTest(testing.TestCase):
    """Catalogues that the decoder and the schema refuse."""

    def check(self, change: Any, expected: str) -> None:
        """Assert that a changed catalogue is refused, and where."""
        value = json.loads(TEXT)
        change(value)
        data = json.dumps(value).encode()
        e = self.assertRaises(errors.CatalogueError, decoder.decode, data)
        self.assertIn(expected, str(e))
        validator = jsonschema.Draft202012Validator(
            json.loads(test_encoder.SCHEMA.read_text())
        )
        self.assertFalse(validator.is_valid(value), expected)

    def test_formats(self) -> None:
        """The error quotes an unknown format, or reports a missing format."""
        given: list[Any] = ['unixnotif-catalogue/3', None, 1, []]
        for found in given:
            self.check(
                lambda value, found=found: value.update(format=found),
                f'its format is {found!r}, but this release reads',
            )
        for data in (b'{}', b'[]', b'{"payloads": {}}'):
            e = self.assertRaises(errors.CatalogueError, decoder.decode, data)
            self.assertEqual(
                'not a catalogue: the file has no key "format"', str(e)
            )

    def test_places(self) -> None:
        """The error names the place."""

        def version(value: Any) -> Any:
            return value['payloads']['x:Thing']['versions']['1.10']

        where = 'payloads.x:Thing.versions.1.10'
        for change, expected in (
            (lambda v: v.update(extra=1), 'unknown key extra'),
            (lambda v: v.update(payloads=[]), 'payloads: must be an object'),
            (lambda v: v['events'].update(e='x'), 'events.e: must be a list'),
            (
                lambda v: v['events'].update(e=[['x', '1', '2']]),
                'events.e: must be a list',
            ),
            (
                lambda v: v['payloads'].update(y=[]),
                'payloads.y: must be an object',
            ),
            (
                lambda v: v['payloads']['x:Thing'].pop('prefix'),
                'payloads.x:Thing.prefix: must be a string',
            ),
            (
                lambda v: version(v).update(status='new'),
                f'{where}.status: must be "pending" or "released", not '
                "'new'",
            ),
            (
                lambda v: version(v).update(release=1),
                f'{where}.release: must be a string',
            ),
            (
                lambda v: version(v).update(source=['guess']),
                f'{where}.source: must be a list with "declared", "observed" '
                "or both, in this order, not ['guess']",
            ),
            (
                lambda v: version(v)['fields'].update(a='text'),
                f"{where}.fields.a: 'text' is not a type",
            ),
            (
                lambda v: version(v)['fields'].update(a=['string']),
                f'{where}.fields.a: must be a string',
            ),
            (
                lambda v: version(v).update(enums={'a': 'x'}),
                f'{where}.enums.a: must be a list',
            ),
            (
                lambda v: version(v).update(formats={'a': 1}),
                f'{where}.formats.a: must be a string',
            ),
        ):
            self.check(change, expected)

    def test_current_is_a_version(self) -> None:
        """The current version must be recorded."""
        data = TEXT.replace('"current": "1.10"', '"current": "1.11"')
        e = self.assertRaises(
            errors.CatalogueError, decoder.decode, data.encode()
        )
        self.assertIn('current: there is no version 1.11', str(e))

    def test_broken_line(self) -> None:
        """The error has the line, for example of a merge conflict."""
        data = TEXT.replace('   "prefix"', '<<<<<<< ours\n   "prefix"')
        e = self.assertRaises(
            errors.CatalogueError, decoder.decode, data.encode()
        )
        self.assertIn('not a catalogue: not a JSON document', str(e))
        self.assertIn('line 11', str(e))

    def test_no_object(self) -> None:
        """JSON that is no object is refused."""
        for data in (b'[]', b'1', b'null'):
            self.assertRaises(errors.CatalogueError, decoder.decode, data)

    def test_duplicates(self) -> None:
        """A key that a merge conflict left twice is an error."""
        line = '      "b": "string"\n'
        for data in (
            TEXT.replace(line, f'{line.rstrip()},\n{line}', 1),
            json.dumps(json.loads(TEXT)).replace(
                '"1.9": {', '"1.9": {}, "1.9": {'
            ),
        ):
            e = self.assertRaises(
                errors.CatalogueError, decoder.decode, data.encode()
            )
            self.assertRegex(
                str(e), "the key '(b|1.9)' occurs twice, for example after"
            )

    def test_duplicates_beside_odd_spaces(self) -> None:
        """Spaces added by hand do not hide a duplicate key."""
        line = '      "b": "string"\n'
        for colon in ('":', '" : ', '"\t:', '"\n:\n'):
            for number in (1, 2, 3, -1):
                odd = TEXT.replace('": ', colon, number)
                self.assertEqual(FULL, decoder.decode(odd.encode()))
                twice = odd.replace('      "b"', f'{line[:-1]},\n      "b"', 1)
                self.assertNotEqual(odd, twice)
                e = self.assertRaises(
                    errors.CatalogueError, decoder.decode, twice.encode()
                )
                self.assertIn("the key 'b' occurs twice", str(e))

    def test_duplicates_in_every_object(self) -> None:
        """Every object of the file is checked for duplicate keys."""
        lines = TEXT.splitlines()
        repeated = 0
        for number, line in enumerate(lines):
            if line.rstrip(',').endswith('{') or '": ' not in line:
                continue
            more = [line.rstrip(',') + ',', line]
            text = '\n'.join([*lines[:number], *more, *lines[number + 1 :]])
            e = self.assertRaises(
                errors.CatalogueError, decoder.decode, text.encode()
            )
            self.assertIn('occurs twice', str(e))
            repeated += 1
        self.assertGreater(repeated, 10)

    def test_quotation_marks_in_names(self) -> None:
        """Quotation marks in names do not end a key."""
        text = TEXT.replace('"b": ', '"b\\"c": ').replace('"x"', '"\\u0022"')
        catalogue = decoder.decode(text.encode())
        fields = catalogue.payloads['x:Thing'].versions['1.10'].fields
        self.assertIn('b"c', fields)

    def test_garbage_collector_is_left_on(self) -> None:
        """The decoder does not change the collector of the process."""

        def disable() -> None:
            raise AssertionError('the collector was switched off')

        for name in ('disable', 'freeze', 'set_threshold'):
            self.useFixture(fixtures.MonkeyPatch(f'gc.{name}', disable))
        decoder.decode(TEXT.encode())

    def test_without_extra(self) -> None:
        """The extra "fast" changes the time and nothing else."""
        with libraries.absent():
            self.assertEqual(FULL, decoder.decode(TEXT.encode()))
            self.test_broken_line()

    def test_deep_types(self) -> None:
        """A type that is nested too deeply is an error with its line."""
        deep = 'list<' * 20000 + 'string' + '>' * 20000
        data = TEXT.replace('list<string?>?', deep).encode()
        e = self.assertRaises(errors.CatalogueError, decoder.decode, data)
        self.assertIn('fields.a: ', str(e))
        self.assertLess(len(str(e)), 300)
