# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Conformance of notifications with a catalogue."""

from typing import Any

from unixnotif import contract
from unixnotif.contract import catalogues
from unixnotif.contract import conformance
from unixnotif.tests import base as testing
from unixnotif.tests.unit.contract import base
from unixnotif.tests.unit.contract import test_observations


class ConformTest(base.TestCase):
    """One notification beside a catalogue."""

    def check(
        self, recorded: base.Version, data: dict[str, Any], *expected: str
    ) -> None:
        """Assert the findings about a payload with these fields."""
        found = conformance.conform_payload(
            test_observations.versioned(data), base.payload(recorded)
        )
        self.assertEqual([f'x:Thing 1.0: {e}' for e in expected], found)

    def test_declared(self) -> None:
        """Types and null are exact; presence is not declared."""
        recorded = base.declared('1.0', a='string', b='number?')
        for data, *expected in (
            ({'a': 'x', 'b': 1},),
            ({'a': 'x'},),
            ({'a': None}, 'a is null, but the catalogue has string'),
            ({'a': 1}, 'a is integer, but the catalogue has string'),
            ({'c': 1}, 'c (integer) is not in the catalogue'),
        ):
            self.check(recorded, data, *expected)

    def test_observed(self) -> None:
        """Fields that were always present are required; null is accepted."""
        recorded = base.observed('1.0', a='string', b='~list<unknown>')
        for data, *expected in (
            ({'a': 'x', 'b': ['x']},),
            ({'a': None},),
            ({'b': []}, 'a (string) is absent'),
            ({'a': 1}, 'a is integer, but the catalogue has string'),
        ):
            self.check(recorded, data, *expected)

    def test_prefix(self) -> None:
        """The prefix is part of each key; older versions had their own."""
        payload = test_observations.versioned({})
        for version, *expected in (
            (
                '1.0',
                'x:Thing has the prefix x_object, but the catalogue has y',
            ),
            ('2.0',),
        ):
            recorded = base.payload(
                base.declared('1.0'),
                base.declared('2.0'),
                current=version,
                prefix='y',
            )
            self.assertEqual(
                expected, conformance.conform_payload(payload, recorded)
            )

    def test_null_within(self) -> None:
        """Observed types accept null at any depth, declared types do not."""
        fields = {'a': 'list<string>', 'b': 'map<list<string>>'}
        payload = test_observations.versioned(
            {'a': [None], 'b': {'x': [None]}}
        )
        seen = base.payload(base.observed('1.0', **fields))
        self.assertEqual([], conformance.conform_payload(payload, seen))
        declared = base.payload(base.declared('1.0', **fields))
        self.assertEqual(
            2, len(conformance.conform_payload(payload, declared))
        )

    def test_versions(self) -> None:
        """Each object has a version that is recorded, also a nested one."""
        catalogue = base.payloads(
            {
                'x:Thing': (base.declared('1.9'), base.declared('1.10')),
                'x:Part': (base.declared('1.0', a='any'),),
            }
        )
        for payload, expected in (
            (
                test_observations.versioned({}, version='1.11'),
                'x:Thing 1.11 is not in the catalogue, which has 1.9, 1.10',
            ),
            (
                test_observations.versioned({}, 'Other'),
                'x:Other is not in the catalogue',
            ),
            (
                test_observations.versioned(
                    {
                        'a': [
                            test_observations.versioned(
                                {'b': 1}, 'Thing', '1.9'
                            )
                        ]
                    },
                    'Part',
                ),
                'x:Thing 1.9: b (integer) is not in the catalogue',
            ),
        ):
            self.assertEqual(
                [expected], conformance.conform_payload(payload, catalogue)
            )

    def test_events(self) -> None:
        """The payload of a recorded event is checked."""
        payloads = base.payload(base.declared('1.0')).payloads
        received = testing.new_notification(
            test_observations.versioned({}), event_type='e'
        )
        table: list[tuple[Any, ...]] = [
            ({},),
            ({'e': (('x:Thing', '0.9'),)},),
            ({'f': (('x:Thing', '1.0'),)}, 'e is not in the catalogue'),
            (
                {'e': (('x:Other', '1.0'),)},
                'e carries x:Thing, but the catalogue has x:Other',
            ),
        ]
        for events, *expected in table:
            catalogue = contract.Catalogue(events, {}, payloads)
            self.assertEqual(
                expected, conformance.conform(received, catalogue)
            )

    def test_legacy(self) -> None:
        """A payload without a version always conforms."""
        payloads: list[Any] = [{'a': 1}, [], None]
        for payload in payloads:
            self.assertEqual(
                [],
                conformance.conform_payload(payload, catalogues.Catalogue()),
            )
