# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Schemas inferred from notifications."""

from typing import Any

from unixnotif import contract
from unixnotif import notification
from unixnotif.tests import base


def versioned(
    data: dict[str, Any], name: str = 'Thing', version: str = '1.0'
) -> dict[str, Any]:
    """A payload, as it is on the wire."""
    return {
        'x_object.name': name,
        'x_object.namespace': 'x',
        'x_object.version': version,
        'x_object.data': data,
    }


def observe(*payloads: Any, event_type: str = 'e') -> contract.Catalogue:
    """The catalogue of notifications with these payloads."""
    return contract.observe(
        notification.Notification(
            'm', 'p', event_type, 'INFO', '2026-01-01 00:00:00', payload
        )
        for payload in payloads
    )


class ObserveTest(base.TestCase):
    """Schemas from notifications."""

    def fields(self, *data: dict[str, Any]) -> Any:
        """The fields of one version, seen several times."""
        found = observe(*map(versioned, data))
        [payload] = found.payloads.values()
        return payload.versions['1.0'].observed

    def test_types(self) -> None:
        """Each JSON value has its type; true is no integer."""
        for value, expected in (
            ('x', 'string'),
            (1, 'integer'),
            (1.0, 'number'),
            (True, 'boolean'),
            (None, 'unknown?'),
            ([], 'list<unknown>'),
            ({}, 'map<unknown>'),
            (['x', None], 'list<string?>'),
            ([1, 1.5], 'list<number>'),
            ([1, 'x'], 'list<integer|string>'),
            ({'some': 1, 'key': None}, 'map<integer?>'),
            ([{'some': {'key': []}}], 'list<map<map<list<unknown>>>>'),
        ):
            self.assertEqual({'a': expected}, self.fields({'a': value}))

    def test_many_observations_make_one_schema(self) -> None:
        """Null, empty and absent values become one type of the field."""
        self.assertEqual(
            {'a': 'string?', 'b': 'list<string>', 'c': '~integer?'},
            self.fields(
                {'a': None, 'b': []},
                {'a': 'x', 'b': ['x'], 'c': 1},
                {'a': 'y', 'b': [], 'c': None},
            ),
        )

    def test_nested_payloads_are_referred_to(self) -> None:
        """Nested payloads have schemas of their own."""
        part = versioned({'size': 1}, 'Part', '2.3')
        found = observe(versioned({'one': part, 'all': [part, None]}))
        self.assertEqual(
            {'one': 'payload<x:Part>', 'all': 'list<payload<x:Part>?>'},
            found.payloads['x:Thing'].versions['1.0'].observed,
        )
        self.assertEqual(
            {'size': 'integer'},
            found.payloads['x:Part'].versions['2.3'].observed,
        )
        self.assertEqual({'e': (('x:Thing', '1.0'),)}, found.events)

    def test_versions_of_one_run(self) -> None:
        """If a run has two versions, the higher version is current."""
        found = observe(
            versioned({'a': 1}, version='1.10'),
            versioned({}, version='1.9'),
            versioned({'a': 1}, version='1.10'),
        )
        payload = found.payloads['x:Thing']
        self.assertEqual(['1.9', '1.10'], list(payload.versions))
        self.assertEqual('1.10', payload.current)
        self.assertEqual({'a': 'integer'}, payload.versions['1.10'].observed)
        self.assertEqual(
            {'e': (('x:Thing', '1.9'), ('x:Thing', '1.10'))}, found.events
        )

    def test_malformed_version_is_recorded(self) -> None:
        """A malformed version is recorded, so that the check finds it."""
        found = observe(versioned({}, version='one'))
        self.assertIn('one', found.payloads['x:Thing'].versions)

    def test_other_payloads_are_counted(self) -> None:
        """Other objects count as legacy, and other values as unknown."""
        observer = contract.Observer()
        payloads: list[Any] = [{'a': 1}, versioned({}), [], None]
        for payload in payloads:
            observer.add_payload('e', payload)
        self.assertEqual(
            (1, 1, 2), (observer.versioned, observer.legacy, observer.unknown)
        )
        self.assertEqual({'e': {'a': 'integer'}}, observe({'a': 1}).legacy)
        self.assertTrue(observe([1]).is_empty)

    def test_depth(self) -> None:
        """Below a limited depth, the type is any."""
        value: Any = 1
        for _ in range(800):
            value = [value]
        found = observe(versioned({'a': value, 'b': [[[1]]]}))
        fields = found.payloads['x:Thing'].versions['1.0'].fields
        self.assertEqual('list<list<list<integer>>>', fields['b'])
        self.assertEqual('list<' * 32 + 'any' + '>' * 32, fields['a'])
        self.assertEqual(found, contract.decode(contract.encode(found)))
