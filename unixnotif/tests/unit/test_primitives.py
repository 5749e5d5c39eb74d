# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Subclasses: orjson, the standard library and oslo.serialization agree."""

import collections
import enum
import json
from typing import Any
from unittest import mock
import uuid

import hypothesis
from hypothesis import strategies
from oslo_serialization import jsonutils

from unixnotif import document
from unixnotif import errors
from unixnotif import primitives
from unixnotif.tests import base

try:
    import orjson
except ImportError:
    orjson = None  # type: ignore[assignment]

#: What document.orjson can be on this machine.
LIBRARIES: frozenset[Any] = frozenset([orjson, None])


class Masked(dict[str, Any]):
    """A dict that shows no password."""

    def _shown(self, key: str, value: Any) -> Any:
        return '***' if key == 'password' else value

    def __getitem__(self, key: str) -> Any:
        return self._shown(key, super().__getitem__(key))

    def items(self) -> Any:
        return [(key, self._shown(key, each)) for key, each in super().items()]


class Lazy(dict[str, Any]):
    """A dict whose storage is empty."""

    def items(self) -> Any:
        return [('a', 1)]


class Twice(dict[str, Any]):
    """A dict that yields each key twice."""

    def items(self) -> Any:
        return [*super().items(), *[(key, 'again') for key in self]]


class Odd(dict[str, Any]):
    """A dict that yields no pairs."""

    def items(self) -> Any:
        return [[key, each] for key, each in super().items()]


class Reversed(list[Any]):
    """A list with an order of its own."""

    def __iter__(self) -> Any:
        return reversed([self[i] for i in range(len(self))])


class Pair(tuple[Any, ...]):
    """A tuple with an iterator of its own."""

    __slots__ = ()

    def __iter__(self) -> Any:
        return iter(['first', 'second'])


class Text(str):
    """A str that shows another text."""

    __slots__ = ()

    def __str__(self) -> str:
        return 'shown'

    __repr__ = __str__

    def encode(self, *_: Any) -> bytes:
        return b'shown'


class Count(int):
    """An int that shows another number."""

    def __repr__(self) -> str:
        return '-1'

    def __int__(self) -> int:
        return -1

    __str__ = __repr__
    __index__ = __int__


class Share(float):
    """A float that shows another number."""

    __slots__ = ()

    def __repr__(self) -> str:
        return '-1.5'

    __str__ = __repr__

    def __float__(self) -> float:
        return -1.5


class Color(enum.StrEnum):
    """Text with names."""

    RED = 'red'


class Size(enum.IntEnum):
    """Numbers with names."""

    BIG = 3


Point = collections.namedtuple('Point', 'x y')  # noqa: PYI024

_texts = strategies.text(max_size=5)
_keys: Any = (
    _texts
    | _texts.map(Text)
    | strategies.sampled_from(['password', Color.RED])
)
_leaves: Any = (
    strategies.none()
    | strategies.booleans()
    | strategies.integers()
    | strategies.integers().map(Count)
    | strategies.floats(allow_nan=False, allow_infinity=False)
    | strategies.floats(allow_nan=False, allow_infinity=False).map(Share)
    | _texts
    | _texts.map(Text)
    | strategies.sampled_from([Color.RED, Size.BIG, Lazy(), '\ud800'])
    | strategies.binary(max_size=3).filter(bytes.isascii)
    | strategies.uuids()
    | strategies.datetimes()
    | strategies.dates()
    | strategies.decimals(allow_nan=False)
    | strategies.ip_addresses()
    | strategies.frozensets(strategies.integers(), max_size=3)
)


def _extend(inner: Any) -> Any:
    lists = strategies.lists(inner, max_size=3)
    dicts = strategies.dictionaries(_keys, inner, max_size=3)
    return (
        lists
        | lists.map(Reversed)
        | lists.map(tuple)
        | lists.map(Pair)
        | lists.map(collections.deque)
        | strategies.builds(Point, inner, inner)
        | dicts
        | dicts.map(Masked)
        | dicts.map(Twice)
        | dicts.map(collections.OrderedDict)
        | dicts.map(lambda given: collections.defaultdict(list, given))
        | dicts.map(collections.UserDict)
        | strategies.dictionaries(
            strategies.integers() | strategies.none() | strategies.booleans(),
            inner,
            max_size=2,
        )
    )


#: Values of JSON's types, of their subclasses, and of other types.
values = strategies.recursive(_leaves, _extend, max_leaves=8)


def written(value: Any, library: Any) -> Any:
    """Return a value that a library wrote and the standard library read."""
    with mock.patch.object(document, 'orjson', library):
        data = document.encode({'v': value}, jsonutils.to_primitive)
    return json.loads(data)['v']


class AgreementTest(base.TestCase):
    def assert_agree(self, value: Any) -> Any:
        """Return the value that all libraries write."""
        expected = json.loads(jsonutils.dumps(value))
        for library in LIBRARIES:
            # With the order of the keys and the types of numbers.
            self.assertEqual(repr(expected), repr(written(value, library)))
        return expected

    def test_masked_password(self) -> None:
        """A dict that masks a password is written with the mask."""
        secret = Masked(user='u', password='secret')
        for value in (secret, [secret], {'a': {'b': secret}}):
            self.assert_agree(value)
        self.assertEqual(
            {'user': 'u', 'password': '***'}, self.assert_agree(secret)
        )

    def test_subclasses(self) -> None:
        """Methods of containers count; those of text and numbers do not."""
        cases: list[tuple[Any, Any]] = [
            (Lazy(), {}),
            (Lazy(b=2), {'a': 1}),
            (Twice(b=2), {'b': 'again'}),
            (Reversed([1, 2]), [2, 1]),
            (Pair([1, 2]), ['first', 'second']),
            (Point(1, 2), [1, 2]),
            (Text('stored'), 'stored'),
            ({Text('stored'): 1}, {'stored': 1}),
            (Count(7), 7),
            (Count(2**70), 2**70),
            ({Count(7): 1}, {'7': 1}),
            (Share(0.5), 0.5),
            (Color.RED, 'red'),
            (Size.BIG, 3),
            ({Color.RED: Size.BIG}, {'red': 3}),
            (
                collections.OrderedDict(b=1, a=[Text('x')]),
                {'b': 1, 'a': ['x']},
            ),
        ]
        for value, expected in cases:
            self.assertEqual(expected, self.assert_agree(value), repr(value))

    def test_documented_differences(self) -> None:
        """NaN is null, and each Enum its value; oslo writes neither."""

        class Plain(enum.Enum):
            ONE = 1

        for library in LIBRARIES:
            self.assertIsNone(written(float('nan'), library))
            self.assertIsNone(written(Share('inf'), library))
            self.assertEqual(1, written(Plain.ONE, library))
        self.assertEqual('NaN', jsonutils.dumps(float('nan')))
        self.assertRaises(ValueError, jsonutils.dumps, Plain.ONE)

    def test_errors(self) -> None:
        """Neither library writes a dict subclass without pairs."""
        for library in LIBRARIES:
            self.assertRaises(errors.DocumentError, written, Odd(a=1), library)

    @base.fuzz
    @hypothesis.given(values)
    def test_any_value(self, value: Any) -> None:
        """All libraries write the same, or none writes the value."""
        try:
            json.loads(jsonutils.dumps(value))
        except (TypeError, ValueError):
            for library in LIBRARIES:
                self.assertRaises(
                    errors.DocumentError, written, value, library
                )
        else:
            self.assert_agree(value)


class ConvertTest(base.TestCase):
    def test_plain(self) -> None:
        """The result is of the exact type."""
        for value, expected in (
            (Text('a'), 'a'),
            (Count(1), 1),
            (Share(1.0), 1.0),
            (Masked(password='p'), {'password': '***'}),
            (Reversed([1]), [1]),
            (Pair([1]), ['first', 'second']),
        ):
            found = primitives.convert(None, value)
            self.assertEqual(expected, found)
            self.assertIs(type(expected), type(found))

    def test_others(self) -> None:
        """The default converts values of other types, if there is one."""
        value = uuid.UUID(int=1)
        self.assertEqual(str(value), primitives.convert(str, value))
        e = self.assertRaises(TypeError, primitives.convert, None, value)
        self.assertEqual('UUID is not JSON', str(e))

    def test_mock(self) -> None:
        """A mock that claims a class is not of that class."""
        for kind in (dict, list, str, int):
            value = mock.MagicMock(spec=kind)
            self.assertEqual(
                'other', primitives.convert(lambda _: 'other', value)
            )
