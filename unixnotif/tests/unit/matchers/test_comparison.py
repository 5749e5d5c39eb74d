# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Tests of the descriptions of differences."""

from collections.abc import Callable
import re
from typing import Any

import hypothesis
from hypothesis import strategies
from oslotest import base as oslotest_base
from testtools import matchers

from unixnotif import versioned
from unixnotif.matchers import comparison
from unixnotif.matchers import versions
from unixnotif.tests import base as testing
from unixnotif.tests.unit.matchers import base

ANY, Masked = comparison.ANY, comparison.Masked
FLAVOR = base.obj('FlavorPayload', '1.4', vcpus=2)

_scalars: dict[str, strategies.SearchStrategy[Any]] = {
    'a boolean': strategies.booleans(),
    'a number': strategies.integers()
    | strategies.floats(allow_nan=False, allow_infinity=False),
    'a string': strategies.text(max_size=5),
}


@strategies.composite
def same_shape(
    draw: Callable[[strategies.SearchStrategy[Any]], Any], depth: int = 3
) -> tuple[Any, Any]:
    """Two values of one type and shape, whatever is in them."""
    what = draw(
        strategies.sampled_from(
            [*_scalars, *(['list', 'map', 'object'] if depth else [])]
        )
    )
    if what in _scalars:
        return draw(_scalars[what]), draw(_scalars[what])
    if what == 'list':
        left, right = draw(same_shape(depth - 1))
        sizes = strategies.integers(1, 3)
        return [left] * draw(sizes), [right] * draw(sizes)
    if what == 'map':
        left, right = draw(same_shape(depth - 1))
        keys = strategies.text('abc', min_size=1, max_size=3)
        return {draw(keys): left}, {draw(keys): right}
    fields = draw(
        strategies.dictionaries(
            strategies.text('abc', min_size=1, max_size=3),
            same_shape(depth - 1),
            max_size=3,
        )
    )
    left, right = (
        base.obj(
            'AnyPayload',
            '1.0',
            **{key: pair[i] for key, pair in fields.items()},
        )
        for i in (0, 1)
    )
    return left, right


class DifferencesTest(oslotest_base.BaseTestCase):
    def assert_reported(self, expected: Any, actual: Any, *lines: str) -> None:
        found = comparison.differences(expected, actual, 'x')
        self.assertEqual(list(lines), list(found))

    def test_same(self) -> None:
        """Equal values have no mismatch."""
        for value in (None, True, 1, 'x', [1, [2]], {'a': {'b': None}}):
            self.assert_reported(value, value)
        self.assert_reported(1, 1.0)
        self.assert_reported(base.server(), base.server())
        self.assert_reported((1, 2), [1, 2])

    def test_scalars(self) -> None:
        """True is not 1, and text is shown in full."""
        self.assert_reported(1, True, 'x: expected 1, got True')
        self.assert_reported('1', 1, "x: expected '1', got 1")
        self.assert_reported(None, 0, 'x: expected None, got 0')
        text = 'x' * 500
        self.assert_reported(text, '', f"x: expected '{text}', got ''")

    def test_lists(self) -> None:
        """Items are compared one by one, as far as there are any."""
        self.assert_reported([1, 2], [1, 3], 'x[1]: expected 2, got 3')
        self.assert_reported(
            [1],
            [2, 3],
            'x: expected 1 items, got 2',
            'x[0]: expected 1, got 2',
        )
        self.assert_reported([], {}, 'x: expected [], got {}')

    def test_objects(self) -> None:
        """Each field has its line."""
        self.assert_reported(
            {'a': 1, 'b': 2, 'c': 3},
            {'b': 0, 'c': 3, 'd': 4},
            'x.a: expected 1, got nothing',
            'x.d: not expected, got 4',
            'x.b: expected 2, got 0',
        )

    def test_large_values(self) -> None:
        """Missing and unexpected values are reported briefly."""
        [line] = comparison.differences({}, {'a': {'b': ['c' * 99] * 99}}, 'x')
        self.assertLess(len(line), 120)
        self.assert_reported(
            {}, {'a': FLAVOR}, 'x.a: not expected, got nova:FlavorPayload 1.4'
        )

    def test_versioned(self) -> None:
        """Name, version, prefix and changes are compared as well."""
        self.assert_reported(
            base.server(flavor=FLAVOR),
            base.server(flavor=base.obj('FlavorPayload', '2.0', cores=2)),
            'x.flavor: expected nova:FlavorPayload 1.4, '
            'got nova:FlavorPayload 2.0',
            'x.flavor.vcpus: expected 2, got nothing',
            'x.flavor.cores: not expected, got 2',
        )
        self.assert_reported(
            base.obj('A', '1.0', changes=['b', 'a']),
            base.obj('A', '1.0', changes=['a', 'b']),
        )
        self.assert_reported(
            base.obj('A', '1.0', changes=['b', 'a']),
            base.obj('A', '1.0'),
            'x: expected the changed fields [a, b], got []',
        )
        other = base.obj('A', '1.0', prefix='nova_thing')
        self.assert_reported(
            base.obj('A', '1.0'),
            other,
            'x: expected the prefix nova_object, got nova_thing',
        )

    def test_payload_and_json(self) -> None:
        """A versioned payload equals the JSON from which it was made."""
        payload = versioned.VersionedPayload.from_primitive(FLAVOR)
        self.assert_reported(FLAVOR, payload)
        self.assert_reported(payload, FLAVOR)
        self.assert_reported(
            {'vcpus': 2},
            payload,
            "x: expected {'vcpus': 2}, got nova:FlavorPayload 1.4",
        )

    def test_matchers(self) -> None:
        """A matcher may be at any depth and describes its own mismatch."""
        expected = [{'a': versions.HasVersion('>1')}]
        self.assert_reported(expected, [{'a': '1.1'}])
        self.assert_reported(
            expected, [{'a': '1.0'}], 'x[0].a: expected >1, got 1.0'
        )
        self.assert_reported(
            {'a': matchers.Is(None)}, {}, 'x.a: expected Is(None), got nothing'
        )
        self.assert_reported([ANY], [object()])

    def test_pattern(self) -> None:
        """A compiled pattern is refused; the error suggests a matcher."""
        error = self.assertRaises(
            TypeError, self.assert_reported, re.compile('a+'), 'b'
        )
        self.assertEqual(
            "re.compile('a+') is not a matcher; write "
            "testtools.matchers.MatchesRegex('a+')",
            str(error),
        )


class MaskedTest(oslotest_base.BaseTestCase):
    def assert_reported(self, sample: Any, actual: Any, *lines: str) -> None:
        found = comparison.differences(Masked(sample), actual, 'x')
        self.assertEqual(list(lines), list(found))

    @testing.fuzz
    @hypothesis.given(same_shape())
    def test_same_shape(self, pair: tuple[Any, Any]) -> None:
        """Any value of the same type and shape matches."""
        self.assert_reported(*pair)

    @testing.fuzz
    @hypothesis.given(
        same_shape(),
        strategies.sampled_from([True, 1, 'x', [], {}, None, FLAVOR]),
    )
    def test_other_type(self, pair: tuple[Any, Any], other: Any) -> None:
        """A value of another type does not match."""
        sample, _ = pair
        wanted, got = comparison.kind(sample), comparison.kind(other)
        hypothesis.assume(wanted != got)
        self.assert_reported(sample, other, f'x: expected {wanted}, got {got}')

    @testing.fuzz
    @hypothesis.given(same_shape(), same_shape())
    def test_item_of_other_type(
        self, pair: tuple[Any, Any], odd: tuple[Any, Any]
    ) -> None:
        """A list item of another type does not match."""
        sample, actual = pair
        hypothesis.assume(comparison.kind(sample) != comparison.kind(odd[0]))
        found = list(
            comparison.differences(Masked([sample]), [actual, odd[0]], 'x')
        )
        self.assertEqual(1, len(found))
        self.assertIn('x[1]: expected ', found[0])

    def test_versioned(self) -> None:
        """A masked object keeps its version and its fields."""
        self.assert_reported(FLAVOR, base.obj('FlavorPayload', '1.4', vcpus=9))
        self.assert_reported(
            FLAVOR,
            base.obj('FlavorPayload', '1.5', vcpus='9', ram=1),
            'x: expected nova:FlavorPayload 1.4, got nova:FlavorPayload 1.5',
            'x.ram: not expected, got 1',
            'x.vcpus: expected a number, got a string',
        )
        self.assert_reported(
            FLAVOR,
            base.obj('ImagePayload', '1.4', vcpus=2),
            'x: expected the versioned object nova:FlavorPayload, '
            'got the versioned object nova:ImagePayload',
        )

    def test_changes(self) -> None:
        """The list of changed fields does not count."""
        changed = base.obj('FlavorPayload', '1.4', changes=['vcpus'], vcpus=2)
        self.assert_reported(FLAVOR, changed)
        self.assert_reported(changed, FLAVOR)

    def test_record(self) -> None:
        """If its values differ in type, an object must have the same keys."""
        sample = {'id': 'a', 'size': 1, 'parent': None}
        self.assert_reported(sample, {'id': 'b', 'size': 2, 'parent': 'c'})
        self.assert_reported(
            sample,
            {'uuid': 'b', 'size': 2, 'parent': None},
            "x.id: expected 'a', got nothing",
            "x.uuid: not expected, got 'b'",
        )

    def test_map(self) -> None:
        """If its values have one type, an object may have other keys."""
        sample = {'host1': {'up': True, 'load': 1}, 'host2': None}
        self.assert_reported(sample, {'host3': {'up': False, 'load': 2}})
        self.assert_reported({'host1': 1}, {})
        self.assert_reported(
            {'a': 'x'}, {'b': 1}, 'x.b: expected a string, got a number'
        )

    def test_null_and_empty_containers(self) -> None:
        """Null accepts any value; an empty container accepts any items."""
        for value in (None, 1, 'x', [1], {'a': 1}):
            self.assert_reported(None, value)
        self.assert_reported([], [1, 'x'])
        self.assert_reported({}, {'a': 1, 'b': 'x'})
        self.assert_reported([None], [1, 'x'])
        self.assert_reported('x', None, 'x: expected a string, got null')

    def test_list_of_several(self) -> None:
        """An item must be like one of the sample's."""
        self.assert_reported([1, 'x'], ['y', 2, 3])
        self.assert_reported(
            [1, 'x'], [None], 'x[0]: expected a number, got null'
        )

    def test_matcher_inside(self) -> None:
        """A matcher inside a masked sample still decides."""
        sample = {'a': versions.HasVersion('>1'), 'b': 'x'}
        self.assert_reported(sample, {'a': '1.1', 'b': 'y'})
        self.assert_reported(
            sample, {'a': '1.0', 'b': 'y'}, 'x.a: expected >1, got 1.0'
        )

    def test_message(self) -> None:
        """A message shows the type of a masked value, not the value."""
        found = comparison.differences({'a': Masked('secret')}, {}, 'x')
        self.assertEqual(['x.a: expected a string, got nothing'], list(found))
