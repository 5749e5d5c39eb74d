# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The file of a catalogue."""

import json
import pathlib

import jsonschema

from unixnotif import contract
from unixnotif import errors
from unixnotif.contract import catalogues
from unixnotif.contract import decoder
from unixnotif.contract import encoder
from unixnotif.tests import base as testing
from unixnotif.tests.unit.contract import base

SCHEMA = testing.ROOT / 'doc/source/reference/catalogue-schema.json'
SAMPLES = pathlib.Path(__file__).parents[1] / 'samples'

FULL = contract.Catalogue(
    events={'thing.create': (('x:Thing', '1.9'), ('x:Thing', '1.10'))},
    roots={'x:ThingNotification': (('x:Thing', '1.10'),)},
    payloads={
        'x:Thing': catalogues.Payload(
            'x_object',
            '1.10',
            {
                '1.10': catalogues.Schema(
                    declared={'b': 'string', 'a': 'list<string?>?'},
                    observed={'a': '~unknown?'},
                    enums={'b': ['off', 'on']},
                    formats={'b': 'uuid'},
                    inherited={'a': 'x:Base 1.1'},
                ),
                '1.9': catalogues.Schema(
                    'released', 'v1', observed={'a': 'integer'}
                ),
            },
        )
    },
)
CLASS = contract.Catalogue(
    payloads={'x:Thing': catalogues.Payload('p', origin='x.objects:Thing')}
)
LEGACY = contract.Catalogue(
    legacy={'port.create.end': {'port.id': 'string', 'port': 'object'}}
)
TEXT = """\
{
 "format": "unixnotif-catalogue/1",
 "events": {
  "thing.create": [["x:Thing", "1.9"], ["x:Thing", "1.10"]]
 },
 "roots": {
  "x:ThingNotification": [["x:Thing", "1.10"]]
 },
 "payloads": {
  "x:Thing": {
   "prefix": "x_object",
   "current": "1.10",
   "versions": {
    "1.9": {
     "status": "released",
     "release": "v1",
     "source": ["observed"],
     "fields": {
      "a": "integer"
     }
    },
    "1.10": {
     "status": "pending",
     "source": ["declared", "observed"],
     "fields": {
      "a": "list<string?>?",
      "b": "string"
     },
     "observed": {
      "a": "~unknown?"
     },
     "enums": {
      "b": ["off", "on"]
     },
     "formats": {
      "b": "uuid"
     },
     "inherited": {
      "a": "x:Base 1.1"
     }
    }
   }
  }
 }
}
"""


class EncodingTest(base.TestCase):
    """Writing and reading."""

    def test_writing(self) -> None:
        """One line a field, versions in their order, everything sorted."""
        self.assertEqual(TEXT, encoder.encode(FULL).decode())

    def test_reading(self) -> None:
        """A written catalogue is read unchanged."""
        self.assertEqual(FULL, decoder.decode(TEXT.encode()))
        empty = contract.Catalogue()
        self.assertEqual(empty, decoder.decode(encoder.encode(empty)))

    def test_published_schema(self) -> None:
        """A written catalogue conforms to the published schema."""
        schema = json.loads(SCHEMA.read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        for catalogue in (FULL, LEGACY, CLASS, contract.Catalogue()):
            validator.validate(json.loads(encoder.encode(catalogue)))


class LegacyTest(base.TestCase):
    """Payloads without a version."""

    def test_format(self) -> None:
        """Format 2 has legacy payloads; format 1 stays readable."""
        text = encoder.encode(LEGACY).decode()
        self.assertIn('"format": "unixnotif-catalogue/2"', text)
        data = encoder.encode(CLASS)
        self.assertIn(b'"class": "x.objects:Thing"', data)
        self.assertIn(b'catalogue/2', data)
        self.assertEqual(CLASS, decoder.decode(data))
        wrong = data.replace(b'"x.objects:Thing"', b'1')
        e = self.assertRaises(errors.CatalogueError, decoder.decode, wrong)
        self.assertEqual('payloads.x:Thing.class: must be a string', str(e))
        self.assertIn(
            """\
 "legacy": {
  "port.create.end": {
   "port": "object",
   "port.id": "string"
  }
 }
""",
            text,
        )
        self.assertEqual(LEGACY, decoder.decode(text.encode()))
        self.assertIn('"unixnotif-catalogue/1"', TEXT)
        old = text.replace('catalogue/2', 'catalogue/1')
        e = self.assertRaises(
            errors.CatalogueError, decoder.decode, old.encode()
        )
        self.assertEqual('catalogue: unknown key legacy', str(e))

    def test_errors_name_their_place(self) -> None:
        """An error in a legacy event names its place."""
        text = encoder.encode(LEGACY).decode()
        for old, new, expected in (
            ('"string"', '1', 'legacy.port.create.end.port.id: must be'),
            ('"string"', '"text"', "legacy.port.create.end.port.id: 'text'"),
            (
                '"string"',
                '"string", "port.id": "any"',
                "'port.id' occurs tw",
            ),
        ):
            data = text.replace(old, new).encode()
            e = self.assertRaises(errors.CatalogueError, decoder.decode, data)
            self.assertIn(expected, str(e))


class NamesTest(testing.TestCase):
    """Names that cannot be read again are not written."""

    def test_names(self) -> None:
        """A payload name must not contain the special marks of types."""
        for name in ('x:A<B>', 'x:A|B', 'x:A?', 'x:~A'):
            found = base.payloads({name: (base.observed('1.0'),)})
            e = self.assertRaises(errors.CatalogueError, encoder.encode, found)
            self.assertIn(f'{name!r} cannot be the name of a payload', str(e))

    def test_lone_surrogates(self) -> None:
        """A name with a lone surrogate is an error."""
        found = base.payload(base.observed('1.0', **{'a\ud800': 'string'}))
        e = self.assertRaises(errors.CatalogueError, encoder.encode, found)
        self.assertIn("'a\\ud800' is not Unicode", str(e))
        data = TEXT.replace('"b"', r'"b\ud800"').encode()
        e = self.assertRaises(errors.CatalogueError, decoder.decode, data)
        self.assertIn('is not Unicode', str(e))
