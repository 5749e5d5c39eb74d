# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""One released version with two schemas: each difference is one error.

Rule: each test derives the expected errors from two random schemas alone.
"""

import dataclasses
from typing import Any

import hypothesis
from hypothesis import strategies

from unixnotif import contract
from unixnotif.contract import catalogues
from unixnotif.contract import findings
from unixnotif.tests import base as testing
from unixnotif.tests.unit.contract import base

_ITEMS = strategies.recursive(
    strategies.sampled_from(
        [
            'string',
            'integer',
            'number',
            'boolean',
            'any',
            'payload<x:One>',
            'payload<x:Two>',
        ]
    ),
    lambda inner: strategies.builds(
        '{}<{}{}>'.format,
        strategies.sampled_from(['list', 'map']),
        inner,
        strategies.sampled_from(['', '?']),
    ),
    max_leaves=3,
)
_VALUES = strategies.sets(
    strategies.sampled_from(['on', 'off', 'idle']), min_size=1
)


_STRINGS = strategies.one_of(
    strategies.tuples(strategies.just('enums'), _VALUES.map(sorted)),
    strategies.tuples(
        strategies.just('formats'), strategies.sampled_from(['uuid', 'ip'])
    ),
    strategies.none(),
)


#: Types that a consumer may hardly tell apart.
_CLOSE = strategies.sampled_from(
    [
        (f'{before}{end}', f'{now}{end}')
        for pair in (
            ('integer', 'number'),
            ('payload<x:One>', 'payload<x:Two>'),
            ('list<any>', 'list<string>'),
            ('map<string>', 'map<string?>'),
        )
        for before, now in (pair, pair[::-1])
        for end in ('', '?')
    ]
)


@strategies.composite
def pairs(draw: strategies.DrawFn) -> tuple[Any, Any]:
    """Two schemas that a class may declare; some fields are the same."""
    one, other = (
        catalogues.Schema(catalogues.RELEASED, declared={}) for _ in range(2)
    )
    for name in 'abc':
        kept = draw(
            strategies.sampled_from(['same', 'other', 'one', 'both', 'close'])
        )
        if kept == 'same':
            add(draw, name, one, other)
            continue
        if kept == 'close':
            one.fields[name], other.fields[name] = draw(_CLOSE)
            continue
        if kept != 'other':
            add(draw, name, one)
        if kept != 'one':
            add(draw, name, other)
    return one, other


def add(
    draw: strategies.DrawFn, name: str, *schemas: catalogues.Schema
) -> None:
    """Add a field to schemas."""
    # Half of the fields are strings, which differ in more than the type.
    kind = draw(strategies.just('string') | _ITEMS)
    text = kind + draw(strategies.sampled_from(['', '?']))
    more = draw(_STRINGS) if kind == 'string' else None
    for schema in schemas:
        schema.fields[name] = text
        if more is not None:
            getattr(schema, more[0])[name] = more[1]


def differing(one: catalogues.Schema, other: catalogues.Schema) -> set[str]:
    """Return the fields that the two schemas declare differently."""

    def promised(schema: catalogues.Schema, name: str) -> Any:
        found = schema.fields.get(name)
        return found, schema.enums.get(name), schema.formats.get(name)

    names = one.fields.keys() | other.fields.keys()
    return {
        name for name in names if promised(one, name) != promised(other, name)
    }


class ReleasedTest(base.TestCase):
    """Payload classes that changed without a new version."""

    def errors(
        self, before: contract.Catalogue, now: contract.Catalogue
    ) -> list[tuple[str, str]]:
        report = contract.check(now, before)
        return sorted(
            (f.rule, f.field.partition('[')[0].partition('{')[0])
            for f in report.reaching(findings.Severity.ERROR)
        )

    @testing.fuzz
    @hypothesis.given(pairs())
    def test_current_version(
        self, pair: tuple[catalogues.Schema, catalogues.Schema]
    ) -> None:
        """V101 names each field once, whatever its difference is."""
        one, other = pair
        before, now = (base.payload(('1.3', each)) for each in (one, other))
        expected = [('V101', name) for name in sorted(differing(one, other))]
        self.assertEqual(expected, self.errors(before, now))

    @testing.fuzz
    @hypothesis.given(pairs())
    def test_older_version(
        self, pair: tuple[catalogues.Schema, catalogues.Schema]
    ) -> None:
        """V105 names each field of an older version once."""
        one, other = pair
        before, now = (
            base.payload(('1.3', each), ('1.4', one)) for each in (one, other)
        )
        expected = [('V105', name) for name in sorted(differing(one, other))]
        self.assertEqual(expected, self.errors(before, now))

    @testing.fuzz
    @hypothesis.given(pairs())
    def test_prefix(
        self, pair: tuple[catalogues.Schema, catalogues.Schema]
    ) -> None:
        """V106 names the prefix, beside the fields."""
        one, other = pair
        before, now = (
            base.payload(('1.3', each), prefix=prefix)
            for each, prefix in ((one, 'x'), (other, 'y'))
        )
        fields = sorted(differing(one, other))
        self.assertEqual(
            [*(('V101', name) for name in fields), ('V106', '')],
            self.errors(before, now),
        )

    @testing.fuzz
    @hypothesis.given(pairs())
    def test_no_difference(
        self, pair: tuple[catalogues.Schema, catalogues.Schema]
    ) -> None:
        """A release tag, or an observation that agrees, is no difference."""
        one = pair[0]
        released = dataclasses.replace(one, release='v1')
        seen = dataclasses.replace(
            one,
            observed={
                name: text
                for name, text in one.fields.items()
                if 'any' not in text
            },
        )
        before = base.payload(('1.3', one))
        for other in (released, seen):
            now = base.payload(('1.3', other))
            self.assertEqual([], self.errors(before, now))
