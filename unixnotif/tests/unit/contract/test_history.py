# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Random histories: legal edits are never an error, illegal ones always.

Rule: each test edits a random schema of a class. An edit that the contract
allows causes no error. Any other edit breaks its own rule and no other rule.
"""

import dataclasses
import re
from typing import NamedTuple

import hypothesis
from hypothesis import strategies

from unixnotif import contract
from unixnotif.contract import catalogues
from unixnotif.contract import findings
from unixnotif.contract import types
from unixnotif.tests import base as testing
from unixnotif.tests.unit.contract import base
from unixnotif.tests.unit.contract import test_types

Fields = dict[str, str]

#: Each example is a history with many checks.
FEWER = hypothesis.settings(testing.fuzz, max_examples=40)

NAMES = strategies.text('abcdef', min_size=1, max_size=3)


def texts() -> strategies.SearchStrategy[str]:
    """Types of declared fields: never unknown, never optional."""
    known = test_types.any_type().filter(lambda t: not t.is_unknown)
    return known.map(
        lambda t: str(types.Type(t.kinds, t.nullable)).replace('~', '')
    )


def schemas() -> strategies.SearchStrategy[Fields]:
    """The fields of a class."""
    return strategies.dictionaries(NAMES, texts(), min_size=2, max_size=5)


@strategies.composite
def evolutions(draw: strategies.DrawFn) -> list[tuple[str, Fields]]:
    """Versions of a class, each of which follows the contract."""
    version, fields = (1, 0), draw(schemas())
    history = [('1.0', fields)]
    for _ in range(draw(strategies.integers(1, 5))):
        fields = dict(fields)
        edit = draw(strategies.sampled_from(['add', 'narrow', 'break']))
        if edit == 'break':
            version, fields = (version[0] + 1, 0), draw(schemas())
        else:
            version = (version[0], version[1] + 1)
        if edit == 'narrow':
            name = draw(strategies.sampled_from(sorted(fields)))
            fields[name] = fields[name].removesuffix('?')
        new = draw(NAMES.filter(lambda n: n not in fields))  # noqa: B023
        # A name from an older version keeps its type.
        before = [old for _, old in history if new in old]
        fields[new] = before[-1][new] if before else draw(texts())
        history.append(('.'.join(map(str, version)), fields))
    return history


def as_catalogue(history: list[tuple[str, Fields]]) -> contract.Catalogue:
    return base.payload(
        *(
            (text, catalogues.Schema('released', declared=fields))
            for text, fields in history
        )
    )


def worst(before: contract.Catalogue, now: contract.Catalogue) -> set[str]:
    """Return the rules that have an error."""
    report = contract.check(now, before)
    return {f.rule for f in report.reaching(findings.Severity.ERROR)}


class Field(NamedTuple):
    """A declared field: its type, and the format or values of its text."""

    type: str
    format: str
    values: tuple[str, ...]


def classes() -> strategies.SearchStrategy[dict[str, Field]]:
    """The fields of a class, without unknown types."""
    known = texts().map(
        lambda text: str(types.parse(text.replace('unknown', 'any')))
    )
    nothing: tuple[str, ...] = ()
    fields = strategies.one_of(
        strategies.builds(
            Field,
            known,
            strategies.sampled_from(['', 'uuid', 'ip']),
            strategies.just(nothing),
        ),
        strategies.builds(
            Field,
            known,
            strategies.just(''),
            strategies.sets(NAMES).map(lambda values: tuple(sorted(values))),
        ),
    )
    return strategies.dictionaries(NAMES, fields, min_size=1, max_size=5)


@strategies.composite
def edited(draw: strategies.DrawFn, old: dict[str, Field]) -> dict[str, Field]:
    """Draw the same class with some fields, or parts of fields, changed."""
    new = dict(draw(classes()))
    for name, before in old.items():
        after = new.get(name, draw(strategies.sampled_from([before, None])))
        if after is not None:
            parts = draw(strategies.tuples(*[strategies.booleans()] * 3))
            mixed = Field._make(
                getattr(before if keep else after, part)
                for part, keep in zip(Field._fields, parts, strict=True)
            )
            # A field is an enum, or has a format.
            new[name] = mixed._replace(format='') if mixed.values else mixed
    return new


def as_schema(fields: dict[str, Field]) -> catalogues.Schema:
    return catalogues.Schema(
        catalogues.RELEASED,
        declared={name: field.type for name, field in fields.items()},
        enums={
            name: list(field.values)
            for name, field in fields.items()
            if field.values
        },
        formats={
            name: field.format
            for name, field in fields.items()
            if field.format
        },
    )


def _versions(*schemas: catalogues.Schema) -> contract.Catalogue:
    return base.payload(
        *((f'1.{number}', each) for number, each in enumerate(schemas))
    )


class HistoryTest(testing.TestCase):
    """Histories of a payload class."""

    @FEWER
    @hypothesis.given(evolutions())
    def test_legal_edits_are_no_error(
        self, history: list[tuple[str, Fields]]
    ) -> None:
        """Legal edits are no error, recorded one by one or together."""
        majors = [text.partition('.')[0] for text, _ in history]
        for end in range(1, len(history)):
            if majors[end - 1] == majors[end]:
                old, new = history[end - 1][1], history[end][1]
                hypothesis.assume(old.keys() <= new.keys())
        for start in range(1, len(history)):
            before = as_catalogue(history[:start])
            for end in range(start, len(history) + 1):
                now = as_catalogue(history[:end])
                self.assertEqual(set(), worst(before, now))

    @FEWER
    @hypothesis.given(schemas(), strategies.data())
    def test_illegal_edits_raise_their_rule(
        self, fields: Fields, data: strategies.DataObject
    ) -> None:
        """An illegal edit breaks one rule; with a major bump, none."""
        name = data.draw(strategies.sampled_from(sorted(fields)))
        rest = {key: fields[key] for key in fields if key != name}
        added = {**fields, 'zz': 'string'}
        retyped = {**rest, name: data.draw(others(fields[name]))}
        inside = {**fields, 'yy': 'map<list<string>>'}
        fields = {**inside, 'yy': 'map<list<integer>>'}
        for old, new, after, rule in (
            ('1.4', '1.4', {**added, 'yy': fields['yy']}, 'V101'),
            ('1.4', '1.4', {**rest, 'yy': fields['yy']}, 'V101'),
            ('1.4', '1.4', {**retyped, 'yy': fields['yy']}, 'V101'),
            ('1.4', '1.4', inside, 'V101'),
            ('1.4.1', '1.4.1', {**added, 'yy': fields['yy']}, 'V101'),
            ('1.4', '1.3', {**added, 'yy': fields['yy']}, 'V103'),
            ('1.10', '1.9', {**added, 'yy': fields['yy']}, 'V103'),
            ('1.4', 'v1.5', {**added, 'yy': fields['yy']}, 'V104'),
            ('1.4', '1.5', {**rest, 'yy': fields['yy']}, 'C201'),
            ('1.4', '1.4.1', {**rest, 'yy': fields['yy']}, 'C201'),
            ('1.4', '1.5', {**retyped, 'yy': fields['yy']}, 'C202'),
            ('1.4', '1.5', inside, 'C202'),
            ('1.4', '1.4.1', inside, 'C202'),
        ):
            before = as_catalogue([(old, fields)])
            now = contract.merge(before, as_catalogue([(new, after)]))
            self.assertEqual({rule}, worst(before, now), f'{new} {after}')
            if new.startswith('1.') and new > old:
                now = contract.merge(before, as_catalogue([('2.0', after)]))
                self.assertEqual(set(), worst(before, now))

    @FEWER
    @hypothesis.given(classes(), strategies.data())
    def test_each_difference_is_one_error(
        self, fields: dict[str, Field], data: strategies.DataObject
    ) -> None:
        """Each difference of a released version breaks exactly one rule."""
        after = data.draw(edited(fields))
        names = {
            name
            for name in fields.keys() | after.keys()
            if fields.get(name) != after.get(name)
        }
        old, new = as_schema(fields), as_schema(after)
        later = catalogues.Schema(catalogues.RELEASED, declared={})
        for rule, before, now in (
            ('V101', _versions(old), _versions(new)),
            ('V105', _versions(old, later), _versions(new, later)),
        ):
            for given in (now, contract.merge(before, now)):
                report = contract.check(given, before)
                found = [
                    (f.rule, re.split(r'[.[{]', f.field)[0], f.severity)
                    for f in report.findings
                    if not f.rule.startswith('V103')
                ]
                error = findings.Severity.ERROR
                self.assertEqual(
                    [(rule, name, error) for name in sorted(names)],
                    sorted(found),
                )
            self.assertEqual([], contract.check(now, now).findings)

    @FEWER
    @hypothesis.given(classes(), NAMES, NAMES)
    def test_another_prefix_is_one_error(
        self, fields: dict[str, Field], old: str, new: str
    ) -> None:
        """A changed prefix breaks V106, unless the major version rises."""
        hypothesis.assume(old != new)
        schema = as_schema(fields)
        more = as_schema({**fields, 'more': Field('string', '', ())})
        before = base.payload(('1.4', schema), prefix=old)
        for version, after, *expected in (
            ('1.4', schema, 'V106'),
            ('1.5', schema, 'V106'),
            ('1.5', more, 'V106'),
            ('2.0', schema),
            ('2.0', more),
        ):
            now = base.payload((version, after), prefix=new)
            report = contract.check(contract.merge(before, now), before)
            self.assertEqual(expected, [f.rule for f in report.findings])

    @FEWER
    @hypothesis.given(schemas(), strategies.data())
    def test_illegal_edits_beyond_one_class(
        self, fields: Fields, data: strategies.DataObject
    ) -> None:
        """Illegal edits of versions, enums, events and observations."""
        name = data.draw(strategies.sampled_from(sorted(fields)))
        other = data.draw(others(fields[name]))
        released = catalogues.RELEASED
        one = ('1.0', catalogues.Schema(released, declared=fields))
        two = ('1.1', catalogues.Schema(released, declared=_more(fields)))
        reused = catalogues.Schema(released, declared=_more(fields, 'string'))
        values, fewer = (
            catalogues.Schema(released, declared=fields, enums={name: texts})
            for texts in (['off', 'on'], ['on'])
        )
        seen = catalogues.Schema(released, declared=fields, observed={})
        undeclared = dataclasses.replace(seen, observed={'zz': 'string'})
        contradicts = dataclasses.replace(seen, observed={name: other})
        for rule, before, now in (
            (
                'V105',
                base.payload(one, two),
                base.payload(('1.0', reused), two),
            ),
            (
                'V101',
                base.payload(('1.0', values)),
                base.payload(('1.0', fewer)),
            ),
            (
                'V101',
                base.payload(('1.0', fewer)),
                base.payload(('1.0', values)),
            ),
            ('K604', base.payload(one), base.payload(('1.0', undeclared))),
            ('K605', base.payload(one), base.payload(('1.0', contradicts))),
            ('E402', _carries('x:A', *two), _carries('x:B', '1.0', two[1])),
        ):
            self.assertEqual({rule}, worst(before, now), rule)
            self.assertEqual(set(), worst(now, now) - {'K604', 'K605'})


def others(text: str) -> strategies.SearchStrategy[str]:
    """Return types that differ from this one."""
    names = {kind.name for kind in types.parse(text).kinds} | {'number'}
    hypothesis.assume('any' not in names)
    return texts().filter(
        lambda other: names.isdisjoint(
            kind.name for kind in types.parse(other).kinds
        )
    )


def _more(fields: Fields, text: str = 'integer') -> Fields:
    return {**fields, 'more': text}


def _carries(
    name: str, version: str, schema: catalogues.Schema
) -> contract.Catalogue:
    """A notification class with a payload."""
    payloads = base.payloads({name: ((version, schema),)}).payloads
    return contract.Catalogue({}, {'x:N': ((name, version),)}, payloads)
