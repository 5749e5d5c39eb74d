# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Cache of the versions in the texts of catalogues."""

import gc

from unixnotif import contract
from unixnotif import errors
from unixnotif.contract import blocks
from unixnotif.contract import decoder
from unixnotif.contract import encoder
from unixnotif.tests.unit.contract import base
from unixnotif.tests.unit.contract import test_encoder

TEXT = test_encoder.TEXT


class SplitTest(base.TestCase):
    """Text in the layout of the encoder, and in other layouts."""

    def test_versions(self) -> None:
        """The rest of the text has an index in place of each version."""
        gc.collect()
        found = blocks.split(TEXT.encode())
        self.assertEqual({}, found.known)
        self.assertEqual(2, len(found.keys))
        for number, key in enumerate(found.keys):
            block = found.texts[key]
            self.assertTrue(block.startswith(b'{\n     "status"'))
            self.assertTrue(block.endswith(b'\n    }'))
            index = b'": %d' % number
            self.assertIn(index, found.rest)
            value = index.replace(b'%d' % number, block)
            self.assertIn(value, TEXT.encode())

    def test_integers(self) -> None:
        """An integer of the text is never taken for a version."""
        whole = TEXT[: TEXT.index('{\n     "status"')]
        for text in (
            f'{whole}0\n  }}}}}}}}',
            TEXT.replace('\n    }', '\n    },\n    "2.0": 0', 1),
        ):
            e = self.assertRaises(
                errors.CatalogueError, decoder.decode, text.encode()
            )
            self.assertIn('must be an object, not 0', str(e))

    def test_refused_twice(self) -> None:
        """A text that was refused is refused again."""
        data = TEXT.replace(
            '"a": "integer"', '"a": "any", "a": "any"'
        ).encode()
        kept = [
            self.assertRaises(errors.CatalogueError, decoder.decode, data)
            for _ in range(2)
        ]
        self.assertEqual(str(kept[0]), str(kept[1]))

    def test_other_places(self) -> None:
        """A version in the place of something else is an error."""
        begin = TEXT.index('{\n     "status"')
        version = TEXT[begin : TEXT.index('\n    }', begin) + 6]
        text = TEXT.replace(
            '   "prefix": "', f'    "prefix": {version}, "x": "'
        )
        self.assertNotEqual(TEXT, text)
        e = self.assertRaises(
            errors.CatalogueError, decoder.decode, text.encode()
        )
        self.assertIn('payloads.', str(e))
        twice = TEXT.replace(
            '   "versions": {', f'   "versions": {{\n    "1.9": {version},'
        )
        e = self.assertRaises(
            errors.CatalogueError, decoder.decode, twice.encode()
        )
        self.assertIn("the key '1.9' occurs twice", str(e))

    def test_other_layouts(self) -> None:
        """Catalogues with another layout are read as a whole."""
        for text in (
            TEXT.replace('\n', '\n '),
            TEXT.replace('\n', ' '),
            TEXT.replace(': {\n', ':\n{\n'),
            TEXT.replace('"1.9": {', '"1.9" : {'),
            TEXT.replace('\n    }', '\n    }\n    '),
        ):
            found = decoder.decode(text.encode())
            self.assertEqual(test_encoder.FULL, found)

    def test_errors_name_their_place(self) -> None:
        """An error in a version names its place in the whole text."""
        for old, new, expected in (
            (
                '"integer"',
                '"whole"',
                "payloads.x:Thing.versions.1.9.fields.a: 'whole' is not a",
            ),
            (
                '"a": "integer"',
                '"a": "any", "a": "any"',
                "key 'a' occurs tw",
            ),
            ('"1.9": {', '"1.10": {', "the key '1.10' occurs twice"),
            ('"released"', '"released', 'not a catalogue: '),
        ):
            data = TEXT.replace(old, new).encode()
            e = self.assertRaises(errors.CatalogueError, decoder.decode, data)
            self.assertIn(expected, str(e))


class KnownTest(base.TestCase):
    """Two catalogues of one project."""

    def test_read_once(self) -> None:
        """A version with the same text is the same object."""
        one, other = (
            decoder.decode(TEXT.replace('thing.create', name).encode())
            for name in ('a', 'b')
        )
        for version, schema in one.payloads['x:Thing'].versions.items():
            self.assertIs(schema, other.payloads['x:Thing'].versions[version])

    def test_forgotten(self) -> None:
        """Unused blocks are removed from memory."""
        found = base.payload(base.declared('1.0', never_seen='string'))
        data = encoder.encode(found)
        catalogue: contract.Catalogue | None = decoder.decode(data)
        self.assertEqual(1, len(blocks.split(data).known))
        del catalogue
        gc.collect()
        self.assertEqual({}, blocks.split(data).known)
