# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Versions in the text of a catalogue, each read once."""

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
    """A text, as the encoder writes it or otherwise."""

    def test_versions(self) -> None:
        """Each version is a block, and stands as a string in the rest."""
        found = blocks.split(TEXT.encode())
        self.assertEqual(2, len(found.blocks))
        for number, block in enumerate(found.blocks):
            self.assertTrue(block.startswith(b'{\n     "status"'))
            self.assertTrue(block.endswith(b'\n    }'))
            name = b'": "@%d"' % number
            self.assertIn(name, found.rest)
            value = name.replace(b'"@%d"' % number, block)
            self.assertIn(value, TEXT.encode())

    def test_mark(self) -> None:
        """A string of the text is never taken for a block."""
        odd = TEXT.replace('"string"', '"@0"').encode()
        found = blocks.split(odd)
        self.assertEqual('@@', found.mark)
        text = TEXT[: TEXT.index('{\n     "status"')] + '"@0"\n  }}}}'
        e = self.assertRaises(
            errors.CatalogueError, decoder.decode, text.encode()
        )
        self.assertNotIn('@@', str(e))

    def test_other_layouts(self) -> None:
        """They are read as a whole, and mean the same."""
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
        """As of a text that is read as a whole."""
        for old, new, expected in (
            (
                '"integer"',
                '"whole"',
                "payloads.x:Thing.versions.1.9.fields.a: 'whole' is not a",
            ),
            (
                '"a": "integer"',
                '"a": "any", "a": "any"',
                "key 'a' is there tw",
            ),
            ('"1.9": {', '"1.10": {', "the key '1.10' is there twice"),
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
        [block] = blocks.split(data).blocks
        key = blocks.digest(block)
        catalogue: contract.Catalogue | None = decoder.decode(data)
        self.assertIsNotNone(blocks.known(key))
        del catalogue
        gc.collect()
        self.assertIsNone(blocks.known(key))
