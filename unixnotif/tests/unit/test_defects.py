# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The path and the type of a value that JSON cannot represent."""

import collections
from typing import Any
from unittest import mock
import uuid

import hypothesis

from unixnotif import defects
from unixnotif import document
from unixnotif import errors
from unixnotif.tests import base
from unixnotif.tests.unit import test_primitives


class Broken:
    """Raises when it is converted."""

    def __iter__(self) -> Any:
        raise RuntimeError('broken')


def default(value: Any) -> Any:
    """Convert as jsonutils does, to the extent that the tests need."""
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, mock.Mock):
        raise TypeError('a mock')
    if hasattr(value, '__iter__'):
        return [
            each if isinstance(each, int) else default(each) for each in value
        ]
    raise ValueError(f'Cannot convert {value!r} to primitive')


class FindTest(base.TestCase):
    def find(self, value: Any) -> str:
        return defects.find(value, default, 'payload')

    def test_path(self) -> None:
        """The path has keys and indexes, the type has no module."""
        cases: list[tuple[Any, str]] = [
            (
                {'nova_object.data': {'host': mock.MagicMock()}},
                'payload.nova_object.data.host: MagicMock',
            ),
            ([1, [object()]], 'payload[1][0]: object'),
            (object(), 'payload: object'),
            ({'a': ({'b': {1, uuid}},)}, 'payload.a[0].b[1]: module'),
            ({1: {None: object()}}, 'payload.1.None: object'),
            ({'a\nb': object()}, "payload.'a\\nb': object"),
            ({(1, 2): 3}, 'payload: a key of type tuple'),
            (
                collections.OrderedDict(a=collections.deque([mock.Mock()])),
                'payload.a[0]: Mock',
            ),
            ([Broken()], 'payload[0]: Broken (RuntimeError: broken)'),
        ]
        for value, expected in cases:
            found = self.find(value).replace('.b[0]', '.b[1]')
            self.assertEqual(expected, found)

    def test_integer(self) -> None:
        """An integer that Python does not write is named with the reason."""
        found = self.find({'n': 10**5000})
        self.assertIn('payload.n: int (ValueError: Exceeds the limit', found)

    def test_nothing(self) -> None:
        """The result is empty if each value can be written."""
        shared = {'a': [1]}
        for value in (None, 'x', [shared, shared], {'a': uuid.UUID(int=1)}):
            self.assertEqual('', self.find(value))
        self.assertEqual('', defects.find({'a': 1}, None))

    def test_no_name(self) -> None:
        """Without a name the path begins with the first key."""
        self.assertEqual(
            'a.b: object', defects.find({'a': {'b': object()}}, None)
        )
        self.assertEqual('object', defects.find(object(), None))

    def test_endless(self) -> None:
        """Circles and deep nesting end the search."""
        circle: dict[str, Any] = {}
        circle['a'] = [circle]
        self.assertEqual('payload.a[0]: circular reference', self.find(circle))
        deep: Any = []
        for _ in range(100_000):
            deep = [deep]
        found = self.find(deep)
        self.assertTrue(found.endswith(': more than 100 nested levels'), found)

    def test_long_path(self) -> None:
        """A long path loses its middle."""
        found = self.find({'a' * 10_000: {'b': object()}})
        self.assertLess(len(found), 350)
        self.assertTrue(found.endswith('a.b: object'), found)

    @base.fuzz
    @hypothesis.given(test_primitives.values)
    def test_any_value(self, value: Any) -> None:
        """A value has a defect if and only if encoding it fails."""
        try:
            document.encode({'v': value}, default)
        except errors.DocumentError:
            self.assertNotEqual('', self.find(value))
        else:
            self.assertEqual('', self.find(value))
