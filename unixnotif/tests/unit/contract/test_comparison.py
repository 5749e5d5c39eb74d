# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Differences between two schemas."""

from unixnotif.contract import catalogues
from unixnotif.contract import comparison
from unixnotif.contract import deltas
from unixnotif.tests.unit.contract import base

Schema = catalogues.Schema


def described(
    old: Schema, new: Schema, only: frozenset[str] | None = None
) -> list[str]:
    """Differences in few words."""
    return [
        f'{change.what.value}: {change.field}'
        for change in comparison.differences(old, new, only=only)
    ]


def seen(**fields: str) -> Schema:
    return Schema(observed=fields)


def declared(**fields: str) -> Schema:
    return Schema(declared=fields)


class TypesTest(base.TestCase):
    """One field, in two schemas of one source."""

    def test_no_difference(self) -> None:
        """A type that was unknown, or is unknown now, is no difference."""
        for old, new in (
            ('string', 'string'),
            ('unknown', 'string'),
            ('unknown?', 'string?'),
            ('string?', 'unknown?'),
            ('list<unknown>', 'list<string>'),
            ('map<payload<x:B>>', 'map<unknown>'),
        ):
            for make in (seen, declared):
                self.assertEqual([], described(make(a=old), make(a=new)), old)

    def test_differences(self) -> None:
        """The type, its items and null may differ."""
        for old, new, expected in (
            ('string', 'integer', 'retyped: a'),
            ('string', 'string?', 'became nullable: a'),
            ('string', 'unknown?', 'became nullable: a'),
            ('string?', 'string', 'is not nullable any more: a'),
            ('string', 'any', 'retyped: a'),
            ('any', 'string', 'narrowed: a'),
            ('integer', 'number', 'integer became number: a'),
            ('number', 'integer', 'narrowed: a'),
            ('string', 'integer|string', 'retyped: a'),
            ('integer|string', 'string', 'narrowed: a'),
            ('list<string>', 'string', 'retyped: a'),
            ('list<string>', 'map<string>', 'retyped: a'),
            ('list<string>', 'list<integer>', 'retyped: a[]'),
            ('list<string>', 'list<string?>', 'became nullable: a[]'),
            ('map<list<string>>', 'map<list<boolean>>', 'retyped: a{}[]'),
            ('payload<x:B>', 'payload<x:C>', 'nested payload renamed: a'),
            (
                'list<payload<x:B>>',
                'list<payload<x:C>>',
                'nested payload renamed: a[]',
            ),
            ('string', 'payload<x:B>', 'retyped: a'),
            ('payload<x:B>|payload<x:C>', 'payload<x:B>', 'narrowed: a'),
            ('list<any>|string', 'list<any>', 'narrowed: a'),
            ('integer|string', 'number', 'integer became number: a'),
        ):
            for make in (seen, declared):
                self.assertEqual(
                    [expected], described(make(a=old), make(a=new))
                )

    def test_two_differences(self) -> None:
        """Each difference is reported."""
        self.assertEqual(
            ['became nullable: a', 'retyped: a'],
            described(declared(a='string'), declared(a='integer?')),
        )


class PresenceTest(base.TestCase):
    """Always, sometimes, never."""

    def test_presence(self) -> None:
        """A missing optional field is no difference; a new field is."""
        for old, new, expected in (
            ({'a': 'string'}, {}, ['removed: a']),
            ({'a': '~string'}, {}, []),
            ({'a': 'string'}, {'a': '~string'}, ['became optional: a']),
            ({'a': '~string'}, {'a': 'string'}, []),
            ({}, {'a': 'string'}, ['added: a']),
            ({}, {'a': '~string'}, ['added: a']),
        ):
            self.assertEqual(expected, described(seen(**old), seen(**new)))


class SourcesTest(base.TestCase):
    """Declared and observed schemas."""

    def test_declared_after_observed(self) -> None:
        """A class may declare more than was observed, but not less."""
        before = seen(a='string', b='integer', c='unknown?')
        for fields, expected in (
            ({'a': 'string?', 'b': 'number', 'c': 'string?', 'd': 'any'}, []),
            ({'a': 'string', 'b': 'integer'}, ['removed: c']),
            (
                {'a': 'integer', 'b': 'integer', 'c': 'string'},
                ['retyped: a', 'retyped: c'],
            ),
        ):
            self.assertEqual(expected, described(before, declared(**fields)))

    def test_observed_after_declared(self) -> None:
        """A run may observe less than is declared, but not more."""
        before = declared(a='string?', b='number')
        for fields, expected in (
            ({'a': 'string'}, []),
            ({'b': 'integer'}, []),
            ({'a': 'integer'}, ['retyped: a']),
            ({'c': 'string'}, ['added: c']),
        ):
            self.assertEqual(expected, described(before, seen(**fields)))

    def test_declared_goes_first(self) -> None:
        """Declarations are compared before observations."""
        _, old = base.both('1.0', {'a': 'string?'}, {'a': 'unknown?'})
        _, new = base.both('1.0', {'a': 'string?'}, {'b': 'integer'})
        self.assertEqual([], described(old, new))


class DeclaredTest(base.TestCase):
    """Facts that only classes declare."""

    def test_values(self) -> None:
        """Added and removed values of an enum are differences."""
        _, old = base.declared('1.0', enums={'a': ['x', 'y']}, a='string')
        _, new = base.declared('1.0', enums={'a': ['y', 'z']}, a='string')
        self.assertEqual(
            [
                deltas.Change(deltas.What.VALUE_REMOVED, 'a', 'x', ''),
                deltas.Change(deltas.What.VALUE_ADDED, 'a', '', 'z'),
            ],
            comparison.differences(old, new),
        )

    def test_formats(self) -> None:
        """An enum counts as a format."""
        formats = {'a': 'uuid'}
        _, plain = base.declared('1.0', a='string')
        _, uuid = base.declared('1.0', formats=formats, a='string')
        _, enum = base.declared('1.0', enums={'a': ['x']}, a='string')
        for old, new in ((plain, uuid), (uuid, enum), (enum, plain)):
            self.assertEqual(['format changed: a'], described(old, new))


class NestedTest(base.TestCase):
    """Nested payloads: their names are internal."""

    def test_other_name(self) -> None:
        """Nested payloads are compared at any depth, without a loop."""
        schemas = {
            name: catalogues.Payload(prefix, '1.0', {'1.0': schema})
            for name, prefix, schema in (
                ('x:B', 'p', declared(a='string', me='payload<x:B>')),
                ('x:C', 'q', declared(a='integer', me='payload<x:C>')),
            )
        }
        found = comparison.differences(
            declared(n='payload<x:B>'),
            declared(n='payload<x:C>'),
            schemas.get,
            schemas.get,
        )
        self.assertEqual(
            [
                'nested payload renamed: n',
                'prefix changed: n',
                'retyped: n.a',
                'nested payload renamed: n.me',
            ],
            [f'{change.what.value}: {change.field}' for change in found],
        )


class OnlyTest(base.TestCase):
    """Comparing some of the fields."""

    def test_touched(self) -> None:
        """touched() returns fields with any difference."""
        _, old = base.declared('1.0', formats={'c': 'x'}, a='string', b='any')
        _, new = base.declared('1.0', enums={'d': ['x']}, a='string', e='any')
        self.assertEqual({'b', 'c', 'd', 'e'}, comparison.touched(old, new))

    def test_only(self) -> None:
        """Only the selected fields are compared."""
        old, new = seen(a='string', b='string'), seen(a='any', b='~any')
        self.assertEqual(
            ['retyped: b', 'became optional: b'],
            described(old, new, frozenset({'b'})),
        )
