# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The type language."""

import hypothesis
from hypothesis import strategies

from unixnotif import errors
from unixnotif.contract import types
from unixnotif.tests import base

PLAIN = ('string', 'integer', 'number', 'boolean', 'any')


def normal(
    kinds: frozenset[types.Kind], nullable: bool, optional: bool = False
) -> types.Type:
    """Return a type in the normal form of the module."""
    given = types.Type(kinds, nullable, optional)
    return types.merge(given, types.UNKNOWN)


def kinds() -> strategies.SearchStrategy[types.Kind]:
    """Generate alternatives of types, nested at any depth."""
    plain = strategies.sampled_from(PLAIN).map(types.Kind)
    payload = strategies.sampled_from(('nova:Flavor', 'x:Thing')).map(
        lambda name: types.Kind('payload', reference=name)
    )
    return strategies.recursive(
        plain | payload,
        lambda inner: strategies.builds(
            types.Kind,
            strategies.sampled_from(('list', 'map')),
            strategies.builds(
                normal,
                strategies.frozensets(inner, max_size=2),
                strategies.booleans(),
            ),
        ),
        max_leaves=4,
    )


def any_type() -> strategies.SearchStrategy[types.Type]:
    """Any type of a field."""
    return strategies.builds(
        normal,
        strategies.frozensets(kinds(), max_size=3),
        strategies.booleans(),
        strategies.booleans(),
    )


def merged(one: str, other: str) -> str:
    return str(types.merge(types.parse(one), types.parse(other)))


class TextTest(base.TestCase):
    """Text of types."""

    def test_words(self) -> None:
        """words() describes a type without its marks."""
        for text, words in (
            ('~integer?', 'integer or null'),
            ('string|integer', 'integer or string'),
            ('list<string?>?', 'list<string or null> or null'),
            ('map<payload<x:A>|string>', 'map<payload<x:A> or string>'),
            ('unknown?', 'null'),
            ('list<unknown>', 'list<unknown>'),
            ('~unknown', 'unknown'),
        ):
            self.assertEqual(words, types.words(text))

    @base.fuzz
    @hypothesis.given(any_type())
    def test_every_type_is_read_as_it_is_written(
        self, given: types.Type
    ) -> None:
        """Each type is written as the text from which it is read."""
        self.assertEqual(given, types.parse(str(given)))
        self.assertEqual(str(given), str(types.parse(str(given))))

    def test_invalid_type(self) -> None:
        """The error shows the text, and examples."""
        for text in (
            '',
            '?',
            '~',
            'text',
            'string??',
            'string ',
            'list',
            'list<>',
            'list<string',
            'map<~string>',
            'payload<>',
            'string|unknown',
            '|string',
            'list<string>>',
        ):
            e = self.assertRaises(errors.CatalogueError, types.parse, text)
            self.assertIn(f'{text!r} is not a type such as string', str(e))

    def test_references(self) -> None:
        """Payloads are found at any depth."""
        text = 'list<map<payload<a:B>?>|payload<c:D>>|payload<e:F>'
        self.assertEqual({'a:B', 'c:D', 'e:F'}, types.parse(text).references)


class MergeTest(base.TestCase):
    """Types that hold the values of two types."""

    def test_merge(self) -> None:
        """Null adds nullability, the unknown adds nothing."""
        for one, other, expected in (
            ('string', 'unknown?', 'string?'),
            ('unknown', 'unknown?', 'unknown?'),
            ('integer', 'number', 'number'),
            ('integer', 'string', 'integer|string'),
            ('any', 'string?', 'any?'),
            ('list<unknown>', 'list<string>', 'list<string>'),
            ('list<unknown?>', 'list<integer>', 'list<integer?>'),
            ('map<integer>', 'map<string>', 'map<integer|string>'),
            ('~string', 'string', '~string'),
            ('payload<a:B>', 'payload<a:C>', 'payload<a:B>|payload<a:C>'),
            ('list<any>', 'list<string>|string', 'list<any>|string'),
        ):
            self.assertEqual(expected, merged(one, other))
            self.assertEqual(expected, merged(other, one))

    @base.fuzz
    @hypothesis.given(any_type(), any_type())
    def test_merged_accepts_both(
        self, one: types.Type, other: types.Type
    ) -> None:
        """A merged type accepts both types, whatever their order."""
        both = types.merge(one, other)
        self.assertEqual(both, types.merge(other, one))
        self.assertTrue(types.accepts(both, one), f'{both} {one}')
        self.assertTrue(types.accepts(both, other), f'{both} {other}')


class AcceptsTest(base.TestCase):
    """Acceptance of observed types by declared types."""

    def test_accepted(self) -> None:
        """Narrower, unknown and empty are fine."""
        for declared, seen in (
            ('string?', 'string'),
            ('string?', 'unknown?'),
            ('number', 'integer'),
            ('any', 'list<string>'),
            ('list<string>', 'list<unknown>'),
            ('map<string?>', 'map<unknown?>'),
            ('integer|string', 'string'),
            ('string', '~string'),
            ('unknown', 'string?'),
        ):
            self.assertTrue(
                types.accepts(types.parse(declared), types.parse(seen)),
                f'{declared} {seen}',
            )

    def test_not_accepted(self) -> None:
        """Null, another type, another item."""
        for declared, seen in (
            ('string', 'unknown?'),
            ('integer', 'number'),
            ('string', 'integer'),
            ('list<string>', 'list<string?>'),
            ('list<string>', 'list<integer>'),
            ('list<string>', 'map<string>'),
            ('payload<a:B>', 'payload<a:C>'),
            ('any', 'string?'),
        ):
            self.assertFalse(
                types.accepts(types.parse(declared), types.parse(seen)),
                f'{declared} {seen}',
            )
