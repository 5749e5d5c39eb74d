# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Legacy payloads: fields by their paths, merged and compared."""

import itertools
from typing import Any

import hypothesis
from hypothesis import strategies

from unixnotif.contract import legacy
from unixnotif.tests import base
from unixnotif.tests.unit.contract import test_observations

_KEYS = strategies.sampled_from(['a', 'b', 'metadata', 'not a name'])
_VALUES = strategies.recursive(
    strategies.none()
    | strategies.booleans()
    | strategies.integers(0, 3)
    | strategies.sampled_from(['x', 0.5]),
    lambda inner: (
        strategies.lists(inner, max_size=3)
        | strategies.dictionaries(_KEYS, inner, max_size=3)
    ),
    max_leaves=8,
)
_PAYLOADS = strategies.dictionaries(_KEYS, _VALUES, max_size=3)


class InferTest(base.TestCase):
    """Fields inferred from one payload."""

    def test_paths(self) -> None:
        """Keys that are names are fields; user-defined keys are not."""
        for value, expected in (
            (1, {'a': 'integer'}),
            (None, {'a': 'unknown?'}),
            ({}, {'a': 'object'}),
            ({'b': 1}, {'a': 'object', 'a.b': 'integer'}),
            (
                [{'b': 1}, {'b': 'x', 'c': None}],
                {
                    'a': 'list<object>',
                    'a[].b': 'integer|string',
                    'a[].c': '~unknown?',
                },
            ),
            (
                [1, {'b': 1}],
                {'a': 'list<integer|object>', 'a[].b': 'integer'},
            ),
            ([], {'a': 'list<unknown>'}),
            ({'x y': 1}, {'a': 'map<integer>'}),
            ({'a.b': {'c': [1]}}, {'a': 'map<map<list<integer>>>'}),
            (
                {'metadata': {'mine': 'x'}},
                {'a': 'object', 'a.metadata': 'map<string>'},
            ),
            ({str(i): i for i in range(3)}, {'a': 'map<integer>'}),
            ({f'k{i}': i for i in range(101)}, {'a': 'map<integer>'}),
        ):
            self.assertEqual(expected, legacy.infer({'a': value}))

    def test_depth(self) -> None:
        """Values below a few levels have the type any."""
        value: Any = 1
        for _ in range(900):
            value = {'a': [value]}
        found = legacy.infer({'a': value})
        self.assertEqual('any', found['a.a[].a[].a'])


class BoundTest(base.TestCase):
    """Payloads with too many fields."""

    def test_objects(self) -> None:
        """Too many fields in objects become maps."""
        payload = {
            'id': 'x',
            **{f'k{n}': {f'z{m}': m for m in range(50)} for n in range(100)},
            'items': [{f'a{n}': {'b': n}} for n in range(3000)],
        }
        found = legacy.infer(payload)
        self.assertEqual('string', found['id'])
        self.assertEqual('map<integer>', found['k7'])
        self.assertEqual('list<map<integer|map<integer>>>', found['items'])
        self.assertEqual(102, len(found))
        self.assertEqual(found, legacy.merge(found, {**found}))

    def test_table(self) -> None:
        """With too many fields at the top level, none is recorded."""
        self.assertEqual({}, legacy.infer({f'k{n}': n for n in range(2000)}))

    def test_merge(self) -> None:
        """The limit also holds for fields of several payloads."""
        found = legacy.infer({'part': {'id': 'x'}})
        for first in range(0, 3000, 50):
            more = {f'k{n}': n for n in range(first, first + 50)}
            found = legacy.merge(found, legacy.infer({'part': more}))
        self.assertEqual({'part': 'map<integer|string>'}, found)


class MergeTest(base.TestCase):
    """Several payloads of an event."""

    def merged(self, *payloads: Any) -> Any:
        return test_observations.observe(*payloads).legacy['e']

    def test_presence(self) -> None:
        """A key is optional only if its object can be without the key."""
        self.assertEqual(
            {'a': 'object?', 'a.b': 'integer', 'a.c': '~string'},
            self.merged(
                {'a': None}, {'a': {'b': 1}}, {'a': {'b': 1, 'c': 'x'}}
            ),
        )

    def test_user_defined_keys(self) -> None:
        """An object becomes a map if its payloads have no common key."""
        self.assertEqual(
            {'a': 'map<integer|string>'},
            self.merged({'a': {'b': 1}}, {'a': {'c': 'x'}}),
        )
        self.assertEqual(
            {'a': 'map<integer>'},
            self.merged({'a': {'b': 1}}, {'a': {'x y': 1}}),
        )

    # Drawing examples may be slow on a busy machine.
    @hypothesis.settings(
        suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
    @hypothesis.given(strategies.lists(_PAYLOADS, min_size=1, max_size=3))
    def test_the_order_does_not_count(self, payloads: list[Any]) -> None:
        """The order of the payloads does not change the result."""
        found = [
            self.merged(*given) for given in itertools.permutations(payloads)
        ]
        for other in found[1:]:
            self.assertEqual(found[0], other)

    @hypothesis.given(strategies.lists(_PAYLOADS, min_size=1, max_size=4))
    def test_later_run_that_sees_less(self, payloads: list[Any]) -> None:
        """A later run that sees less, or the same, has no finding."""
        recorded = self.merged(*payloads)
        for payload in payloads:
            merged = legacy.merge(recorded, self.merged(payload))
            self.assertEqual([], list(legacy.changes(recorded, merged)))


class ChangesTest(base.TestCase):
    """Two catalogues."""

    def test_changes(self) -> None:
        """A changed field is one change; its keys add no changes."""
        table: list[tuple[Any, ...]] = [
            ({'a': 1}, {'a': 1, 'b': 2}),
            ({'a': 1}, {'b': 1}, 'removed a'),
            ({'a': 1}, {'a': 'x'}, 'retyped a'),
            ({'a': 1}, {'a': 0.5}, 'integer became number a'),
            ({'a': 1}, {'a': None}),
            ({'a': {'b': 1}}, {'a': {}}, 'removed a.b'),
            ({'a': {'b': 1}}, {'a': None}),
            ({'a': {'b': 1}}, {'a': 1}, 'retyped a'),
            ({'a': {'b': 1}}, {}, 'removed a'),
            ({'a': {'b': 1}}, {'a': {'x y': 1}}),
            ({'a': [{'b': 1}]}, {'a': [{'c': 1}]}, 'removed a[].b'),
            ({'a': [{'b': 1}]}, {'a': []}),
            ({'a': [{'b': 1}]}, {'a': ['x']}, 'retyped a'),
            ({'metadata': {'b': 1}}, {'metadata': {'c': 1}}),
            ({'metadata': {'b': 1}}, {'metadata': {'c': 'x'}}, 'retyped met'),
        ]
        for before, now, *expected in table:
            found = legacy.changes(legacy.infer(before), legacy.infer(now))
            texts = [f'{change.what.value} {change.field}' for change in found]
            self.assertEqual(
                len(expected), len(texts), f'{before} {now} {texts}'
            )
            for text, start in zip(texts, expected, strict=True):
                self.assertTrue(text.startswith(start), texts)

    def test_after_a_merge(self) -> None:
        """A merge makes a missing field optional, and adds a new type."""
        before = legacy.infer({'a': 1, 'b': 1})
        merged = legacy.merge(before, legacy.infer({'a': 'x'}))
        found = legacy.changes(before, merged)
        self.assertEqual(
            ['retyped a', 'became optional b'],
            sorted(
                (f'{change.what.value} {change.field}' for change in found),
                reverse=True,
            ),
        )
