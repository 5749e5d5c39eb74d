# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""C: a minor version brings new fields and nothing else."""

from typing import Any

from unixnotif import contract
from unixnotif.tests.unit.contract import base
from unixnotif.tests.unit.contract.base import declared
from unixnotif.tests.unit.contract.base import observed
from unixnotif.tests.unit.contract.base import payload


class FieldRulesTest(base.TestCase):
    """Changes from 1.0 to a minor version, 1.1, and to a major, 2.0."""

    def check(
        self,
        make: Any,
        before: dict[str, str],
        now: dict[str, str],
        *expected: str,
        **options: Any,
    ) -> None:
        """Assert the findings of a minor version, and none of a major."""
        old = make('1.0', **before, **options.get('old', {}))
        for version in ('1.1', '2.0'):
            new = make(version, **now, **options.get('new', {}))
            found = self.found(payload(old), payload(old, new))
            if version == '1.1':
                self.assertEqual(
                    [f'{each} 1.0 -> 1.1' for each in expected], found
                )
            else:
                self.assertEqual([], [f for f in found if f[0] == 'C'])

    def test_additions(self) -> None:
        """A minor version may add fields."""
        for make in (declared, observed):
            self.check(make, {'a': 'any'}, {'a': 'any', 'b': 'string'})

    def backward(self, before: Any, now: Any, *expected: str) -> None:
        """Assert what a consumer of 1.1 meets in a payload of 1.0."""
        old, new = declared('1.0', **before), declared('1.1', **now)
        found = self.found(
            payload(old), payload(old, new), use=['C301', 'C302', 'C303']
        )
        self.assertEqual([f'{each} 1.0 -> 1.1' for each in expected], found)

    def test_new_consumer(self) -> None:
        """C301 to C303 report problems of a new consumer with old payloads."""
        old = {'a': 'integer?'}
        self.backward(old, {**old, 'b': 'any'}, 'C301 warning b')
        self.backward(old, {'a': 'integer'}, 'C302 warning a')
        self.backward(
            {'a': 'list<number>'},
            {'a': 'list<integer>'},
            'C303 warning a[]',
        )
        self.backward({'a': 'integer'}, {'a': 'integer?'})
        self.backward({'a': 'integer', 'b': 'any'}, {'a': 'integer'})

    def test_c201(self) -> None:
        """Removing a field is an error if the field was always present."""
        after = {'b': 'string'}
        for make in (declared, observed):
            self.check(make, {'a': 'string', **after}, after, 'C201 error a')
        self.check(observed, {'a': '~string', **after}, after)

    def test_c202(self) -> None:
        """A type may become narrower; no other change is allowed."""
        for make in (declared, observed):
            for old, new, field in (
                ('string', 'integer', 'a'),
                ('integer', 'integer|string', 'a'),
                ('string', 'list<string>', 'a'),
                ('list<string>', 'list<integer>', 'a[]'),
                ('map<list<string>>', 'map<list<boolean>>', 'a{}[]'),
                ('payload<x:P>', 'map<string>', 'a'),
            ):
                self.check(make, {'a': old}, {'a': new}, f'C202 error {field}')
            for old, new in (('integer|string', 'string'), ('any', 'string')):
                self.check(make, {'a': old}, {'a': new})

    def test_c203(self) -> None:
        """A new null is a warning if declared, and a note if observed."""
        old, new = {'a': 'string'}, {'a': 'string?'}
        self.check(declared, old, new, 'C203 warning a')
        self.check(observed, old, new, 'C203 note a')
        self.check(declared, new, old)
        before, now = observed('1.0', **old), observed('1.0', **new)
        self.assertEqual(
            ['C203 note a 1.0'], self.found(payload(before), payload(now))
        )

    def test_c204(self) -> None:
        """Only observations show that a field may be absent."""
        self.check(
            observed, {'a': 'string'}, {'a': '~string'}, 'C204 warning a'
        )
        self.check(observed, {'a': '~string'}, {'a': 'string'})

    def test_c205_c206(self) -> None:
        """A new value of an enum is a note; a removed value is a warning."""
        for old, new, *expected in (
            ('xy', 'xyz', 'C205 note a'),
            ('xy', 'x', 'C206 warning a'),
            ('x', 'y', 'C206 warning a', 'C205 note a'),
        ):
            self.check(
                declared,
                {'a': 'string'},
                {'a': 'string'},
                *expected,
                old={'enums': {'a': list(old)}},
                new={'enums': {'a': list(new)}},
            )

    def test_c209(self) -> None:
        """A change from integer to number is a warning, not the reverse."""
        for make in (declared, observed):
            self.check(
                make, {'a': 'integer'}, {'a': 'number'}, 'C209 warning a'
            )
            self.check(make, {'a': 'number'}, {'a': 'integer'})

    def test_c210(self) -> None:
        """A string that gets a format is a note."""
        self.check(
            declared,
            {'a': 'string'},
            {'a': 'string'},
            'C210 note a',
            new={'formats': {'a': 'uuid'}},
        )


class NestedTest(base.TestCase):
    """Nested payloads of another name."""

    def catalogue(self, version: str, part: str, **fields: str) -> Any:
        """A payload with a nested one."""
        return base.payloads(
            {
                base.NAME: (declared(version, p=f'payload<{part}>?'),),
                part: (declared('1.0', **fields),),
            }
        )

    def test_c207(self) -> None:
        """Fields of a renamed nested payload are compared like others."""
        before = self.catalogue('1.0', 'x:Old', a='string')
        for fields, *expected in (
            ({'a': 'string', 'b': 'string'},),
            ({'a': 'integer'}, 'C202 error p.a'),
            ({'b': 'string'}, 'C201 error p.a'),
        ):
            now = contract.merge(
                before, self.catalogue('1.1', 'x:New', **fields)
            )
            self.assertEqual(
                [f'{each} 1.0 -> 1.1' for each in (*expected, 'C207 note p')],
                self.found(before, now),
            )


class TransitiveTest(base.TestCase):
    """Every recorded version still has consumers."""

    def test_type_that_was_unknown_between(self) -> None:
        """If the previous version has no type, an older one is compared."""
        before = payload(
            observed('1.0', a='integer?'), observed('1.1', a='unknown?')
        )
        now = contract.merge(before, payload(observed('1.2', a='string?')))
        self.assertEqual(['C202 error a 1.0 -> 1.2'], self.found(before, now))

    def test_field_that_came_back(self) -> None:
        """A returning field must have the type that 1.0 had."""
        before = payload(
            declared('1.0', a='integer', b='any'), declared('1.1', b='any')
        )
        now = contract.merge(
            before, payload(declared('1.2', a='string', b='any'))
        )
        self.assertEqual(['C202 error a 1.0 -> 1.2'], self.found(before, now))

    def test_old_break_is_not_reported_again(self) -> None:
        """A break of version 1.1 is not reported again for 1.2."""
        before = payload(
            declared('1.0', a='string', b='string'), declared('1.1', b='any')
        )
        now = contract.merge(
            before, payload(declared('1.2', b='any', c='string'))
        )
        self.assertEqual([], self.found(before, now))

    def test_break_is_reported_once(self) -> None:
        """A removed field is reported for the nearest version only."""
        before = payload(
            declared('1.0', a='string'),
            declared('1.1', a='string', b='any'),
            declared('1.2', a='string', b='any', c='any'),
        )
        now = contract.merge(
            before, payload(declared('1.3', b='any', c='any'))
        )
        self.assertEqual(['C201 error a 1.2 -> 1.3'], self.found(before, now))

    def test_retyped_is_reported_once(self) -> None:
        """A changed type is reported for the nearest version only."""
        before = payload(
            declared('1.0', a='string'), declared('1.1', a='string', b='any')
        )
        now = contract.merge(
            before, payload(declared('1.2', a='integer', b='any'))
        )
        self.assertEqual(['C202 error a 1.1 -> 1.2'], self.found(before, now))

    def test_absence_that_was_not_observed(self) -> None:
        """A declared version does not hide older observations."""
        fields = {'a': 'string', 'b': 'any'}
        before = payload(
            base.both('1.0', {'a': 'string'}, {'a': 'string'}),
            declared('1.1', **fields),
        )
        now = payload(
            base.both('1.2', {**fields, 'c': 'any'}, {'a': '~string'})
        )
        self.assertEqual(
            ['C204 warning a 1.0 -> 1.2'],
            self.found(before, contract.merge(before, now)),
        )

    def test_removal_that_was_not_observed(self) -> None:
        """An observed version does not hide older declarations."""
        before = payload(
            declared('1.0', a='string', b='string'),
            observed('1.1', b='string'),
        )
        now = contract.merge(
            before, payload(declared('1.2', b='string', c='any'))
        )
        self.assertEqual(['C201 error a 1.0 -> 1.2'], self.found(before, now))

    def test_stable_branch(self) -> None:
        """Version 1.5.1 is compared with 1.5, not with the newer 1.6."""
        before = payload(
            declared('1.5', a='string'),
            declared('1.6', a='string', c='string'),
        )
        for fields, *expected in (
            ({'a': 'string', 'b': 'string'},),
            ({'b': 'string'}, 'C201 error a 1.5 -> 1.5.1'),
        ):
            now = contract.merge(
                before, payload(declared('1.5.1', **fields), current='1.5.1')
            )
            found = [f for f in self.found(before, now) if 'V103' not in f]
            self.assertEqual(expected, found)
