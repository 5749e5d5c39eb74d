# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""JSON: the same document with orjson and with the standard library."""

import copy
import dataclasses
import datetime
import enum
import functools
import json
import math
import pprint
from typing import Any
import unittest
from unittest import mock

import hypothesis
from hypothesis import strategies

from unixnotif import document
from unixnotif import errors
from unixnotif.tests import base
from unixnotif.tests import hostile
from unixnotif.tests import libraries

try:
    import orjson
except ImportError:
    orjson = None  # type: ignore[assignment]

_text = strategies.text() | strategies.sampled_from(['\ud800', 'a\udfff'])
_values = strategies.recursive(
    strategies.none()
    | strategies.booleans()
    | strategies.integers()
    | strategies.floats(allow_nan=False, allow_infinity=False)
    | _text,
    lambda inner: (
        strategies.lists(inner) | strategies.dictionaries(_text, inner)
    ),
)


@dataclasses.dataclass
class Point:
    """A value that JSON cannot take."""

    x: int


class Kind(enum.Enum):
    """A plain enumeration."""

    ONE = 'e'


class Number(enum.IntEnum):
    """An enumeration whose members are numbers."""

    ONE = 1


def nested(depth: int) -> dict[str, Any]:
    """Objects in each other, without recursion."""
    made: dict[str, Any] = {}
    for _ in range(depth - 1):
        made = {'a': made}
    return made


def encode(value: Any, default: Any = None) -> bytes:
    return document.encode({'v': value}, default)


class DocumentTest(base.TestCase):
    """Tests for either library; here with the installed one."""

    def test_plain_values(self) -> None:
        """Text is UTF-8, there is no space and no newline."""
        for value, text in (
            (None, 'null'),
            ([True, False], '[true,false]'),
            ((1, -2), '[1,-2]'),
            (0.1, '0.1'),
            ('é\u2028🐧', '"é\u2028🐧"'),
            ('"\\/\n\t\x00', '"\\"\\\\/\\n\\t\\u0000"'),
            ({}, '{}'),
            ({'a': [1, {'b': 'c'}]}, '{"a":[1,{"b":"c"}]}'),
        ):
            encoded = encode(value)
            self.assertEqual(f'{{"v":{text}}}'.encode(), encoded)
            self.assertNotIn(b'\n', encoded)

    def test_values_that_orjson_refuses(self) -> None:
        """The standard library writes these, whichever is installed."""
        for value, text in (
            (
                {2: 'a', None: 'b', True: 'c'},
                '{"2":"a","null":"b","true":"c"}',
            ),
            (2**64, '18446744073709551616'),
            (-(2**63) - 1, '-9223372036854775809'),
            ('caf\udce9 é', '"caf\\udce9 \\u00e9"'),
            ({'\ud800': 1}, '{"\\ud800":1}'),
        ):
            encoded = encode(value)
            self.assertEqual(f'{{"v":{text}}}'.encode(), encoded)

    def test_numbers_that_json_does_not_have(self) -> None:
        """NaN and the infinities become null, whatever else the value has."""
        for value in (math.nan, math.inf, -math.inf):
            self.assertEqual(b'{"v":[null,1]}', encode([value, 1]))
            # The standard library writes values that orjson refuses.
            self.assertEqual(
                b'{"v":{"1":[null,"\\ud800","\\u00e9"]}}',
                encode({1: [value, '\ud800', 'é']}),
            )
            self.assertEqual(
                '{"v":[null,"é",18446744073709551616]}'.encode(),
                encode([value, 'é', 2**64]),
            )

    def test_default_is_asked_for_what_json_cannot_take(self) -> None:
        """The default also converts datetimes, which orjson would write."""
        moment = datetime.datetime(2026, 11, 21, tzinfo=datetime.UTC)
        for value in (moment, Point(1), {1}, object, b'bytes'):
            seen: list[Any] = []

            def default(given: Any, seen: list[Any] = seen) -> str:
                seen.append(given)
                return 'made'

            self.assertEqual(b'{"v":"made"}', encode(value, default))
            self.assertEqual([value], seen)

    def test_enumerations(self) -> None:
        """A member of an Enum is written as its value."""
        for kind, text in ((Kind, '"e"'), (Number, '1')):
            for member in kind:
                self.assertEqual(
                    f'{{"v":{text}}}'.encode(), encode(member, repr)
                )
                self.assertEqual(
                    f'{{"v":{{"2":{text}}}}}'.encode(), encode({2: member})
                )

    def test_what_cannot_be_written(self) -> None:
        """Every failure to write raises DocumentError."""
        circle: dict[str, Any] = {}
        circle['circle'] = circle

        def refuse(given: Any) -> Any:
            raise TypeError(f'cannot serialize {given!r}')

        for value, default in (
            (object(), None),
            (Point(1), None),
            (Point(1), refuse),
            (Point(1), lambda given: given),
            (circle, None),
            (nested(100_000), None),
            ({(1, 2): 'key'}, None),
            (10**5000, None),
        ):
            self.assertRaises(errors.DocumentError, encode, value, default)

    def test_encoding_changes_nothing(self) -> None:
        """encode() never changes the value."""
        value = {'v': [math.nan, {1: Point(2)}, '\ud800', (3,)]}
        before = copy.deepcopy(value)
        document.encode(value, dataclasses.asdict)
        self.assertEqual(repr(before), repr(value))

    def test_depth_limit_of_encoding(self) -> None:
        """encode() refuses each value that decode() refuses for its depth."""
        inners: list[Any] = [1, [], {}, '[' * 300, '\\"]}' * 300, [[]] * 300]
        for inner in inners:
            levels = 1 + isinstance(inner, (list, dict))
            levels += isinstance(inner, list) and bool(inner)
            for depth in (1, 50, 99, 100, 101, 102, 250, 400):
                value = inner
                for n in range(depth - levels):
                    value = [value, '"'] if n % 2 else {'}': 1, ']"': value}
                document_depth = max(depth, levels)
                if document_depth <= document.MAX_DEPTH:
                    document.decode(encode(value))
                else:
                    e = self.assertRaises(errors.DocumentError, encode, value)
                    self.assertIn('more than 100 nested levels', str(e))

    def test_number_limits(self) -> None:
        """Both ends refuse too many items, before the parser sees them."""
        self.patch(document, 'MAX_CONTAINERS', 1000)
        self.patch(document, 'MAX_ITEMS', 4000)
        for good, bad, what in (
            # The limits include the object and the list around.
            ([[]] * 998, [[]] * 999, '1001 lists and objects'),
            ([{}] * 998, [{}] * 999, '1001 lists and objects'),
            (['[{' * 499], ['[{' * 500], '1002 lists and objects'),
            ([1] * 3999, [1] * 4000, '4001 items'),
            ([',' * 3998], [',' * 3999], '4001 items'),
        ):
            data = encode(good)
            self.assertEqual({'v': good}, document.decode(data))
            texts = [json.dumps({'v': bad}).encode()]
            if isinstance(bad[0], str):
                escaped = ''.join(f'\\u{ord(x):04X}' for x in bad[0])
                texts.append(f'{{"v":["{escaped}"]}}'.encode())
            calls = [functools.partial(encode, bad)]
            calls += [functools.partial(document.decode, x) for x in texts]
            for call in calls:
                e = self.assertRaises(errors.DocumentError, call)
                self.assertIn(f'a JSON document of {what};', str(e))
            with (
                libraries.absent(),
                mock.patch.object(
                    document, '_decode_exactly', autospec=True
                ) as parse,
            ):
                for call in calls[1:]:
                    self.assertRaises(errors.DocumentError, call)
                parse.assert_not_called()

    def test_number_limits_of_escaped_backslashes(self) -> None:
        """encode() accepts each text with \\u005b that decode() accepts."""
        self.patch(document, 'MAX_CONTAINERS', 1000)
        self.patch(document, 'MAX_ITEMS', 4000)
        for code, count in ('5b', 998), ('2c', 2998):
            for backslash in r'\u005c', r'\u005C':
                for number in count, count + 3:
                    text = f'{backslash}u00{code}' * number
                    data = f'{{"v":["{text}"]}}'.encode()
                    try:
                        value = document.decode(data)
                    except errors.DocumentError:
                        continue
                    self.assertEqual(
                        value, document.decode(encode(value['v']))
                    )

    def test_number_limits_of_an_envelope(self) -> None:
        """A value that decode() accepts can be written one level deeper."""
        self.patch(document, 'MAX_CONTAINERS', 1000)
        value = document.decode(b'[' + b'[],' * 998 + b'[]]')
        e = self.assertRaises(errors.DocumentError, encode, value)
        self.assertIn('1001 lists and objects', str(e))
        depth = document.MAX_DEPTH + 1
        data = document.encode({'v': value, 'x': []}, max_depth=depth)
        self.assertEqual(value, document.decode(data, depth)['v'])

    def test_usual_large_documents(self) -> None:
        """16 MB of nova's payloads are within the limits."""
        path = base.ROOT / 'unixnotif/tests/unit/samples/service_update.json'
        sample = json.loads(path.read_bytes())
        data = encode([sample] * (16_000_000 // len(encode(sample))))
        self.assertGreater(len(data), 15_800_000)
        document.decode(data)

    def test_depth_limit(self) -> None:
        """decode() refuses a value with more levels than the limit."""
        for limit in (1, 2, document.MAX_DEPTH):
            for start, inner, end in (
                (b'[', b'', b']'),
                (b'[', b'1', b']'),
                (b'{"a":', b'1', b'}'),
                (b'[1,', b'2', b',3]'),
                (b'{"x":[],"a":', b'{}', b',"b":{"c":1}}'),
            ):
                # An empty object inside is a level itself.
                depth = limit - int(inner == b'{}')
                good = start * depth + inner + end * depth
                document.decode(good, limit)
                for more in (1, 2, 150, 900, 5000):
                    bad = start * more + good + end * more
                    e = self.assertRaises(
                        errors.DocumentError, document.decode, bad, limit
                    )
                    self.assertIn('JSON document', str(e))

    def test_depth_is_not_width(self) -> None:
        """decode() reads any number of containers and of brackets in text."""
        values: list[Any] = [
            [[]] * 1000,
            {str(i): [{}] for i in range(1000)},
            '[{' * 1000,
            {'[' * 200: '{' * 200},
            [1, '"[', [{'a': ['\\']}]] * 200,
        ]
        for value in values:
            data = json.dumps(value).encode()
            self.assertEqual(value, document.decode(data))

    def test_limits_of_numbers(self) -> None:
        """Integers keep their value; decode() refuses infinite numbers."""
        for value in (10**4300 - 1, -(10**4300) + 1, 1.7976931348623157e308):
            self.assertEqual(value, document.decode(repr(value).encode()))
        for data in (b'1e309', b'-1e999', b'[1, 1.7976931348623159e308]'):
            e = self.assertRaises(errors.DocumentError, document.decode, data)
            self.assertIn('a number is too large: ', str(e))
        for call in (
            functools.partial(document.decode, b'1' * 4301),
            functools.partial(document.encode, {'a': 10**4301}),
        ):
            e = self.assertRaises(errors.DocumentError, call)
            self.assertIn('4300 digits', str(e))
            self.assertNotIn('sys.', str(e))

    def test_cost_of_numbers(self) -> None:
        """Python reads every float: msgspec is slow for some of them."""
        texts = []

        def read(text: str) -> float:
            texts.append(text)
            return float(text)

        self.patch(document, '_finite', read)
        # A cached reader would not call read().
        new_reader = getattr(document.typed_reader, '__wrapped__', None)
        reader = new_reader and new_reader(Any)
        if reader is None:
            self.skipTest('the standard library has one way only')
        self.assertEqual([1e308, 1.5, 2], reader(b'[1e308, 1.5, 2]'))
        self.assertEqual(['1e308', '1.5'], texts)

    def test_reading(self) -> None:
        """Every JSON value is read, strictly by RFC 8259."""
        for text, value in (
            ('{"a": [1, 2.5, null, true]}', {'a': [1, 2.5, None, True]}),
            (' "é\\u00e9" ', 'éé'),
            ('"\\ud83d\\udc27"', '🐧'),
            ('"\\ud800"', '\ud800'),
            ('18446744073709551615', 2**64 - 1),
            ('18446744073709551616', 2**64),
            ('-9223372036854775809', -(2**63) - 1),
            ('[1e2, 0.1, -1.5e-7]', [100.0, 0.1, -1.5e-7]),
            ('{"a": 1, "b": 2, "a": 3}', {'a': 3, 'b': 2}),
        ):
            read = document.decode(text.encode())
            self.assertEqual(repr(value), repr(read))

    def test_what_is_not_json(self) -> None:
        """Every failure to read raises DocumentError."""
        for data in (
            b'',
            b'{',
            b'{"a": 1,}',
            b"{'a': 1}",
            b'nope',
            b'[NaN]',
            b'[Infinity, -Infinity]',
            b'{} {}',
            b'01',
            b'"tab\t"',
            b'\xff\xfe',
            b'"\xc3"',
            b'"\xed\xa0\x80"',
            b'\xef\xbb\xbf{}',
            '{}'.encode('utf-16'),
            b'\x00',
            b'1' * 5000,
            b'-' + b'1' * 5000,
            b'[' * 100_000,
            b'{"a":' * 100_000 + b'1' + b'}' * 100_000,
        ):
            e = self.assertRaises(errors.DocumentError, document.decode, data)
            self.assertTrue(len(str(e)) < 200, str(e))


class StandardLibraryTest(DocumentTest):
    """JSON without the extra "fast"."""

    def setUp(self) -> None:
        super().setUp()
        absent = libraries.absent()
        absent.__enter__()
        self.addCleanup(absent.__exit__, None, None, None)


@unittest.skipIf(orjson is None, 'orjson is not installed')
class FastTest(base.TestCase):
    """JSON with the extra "fast"."""

    def test_fast_libraries_are_used(self) -> None:
        """Common values need only the fast libraries."""
        slow = mock.Mock(side_effect=AssertionError)
        self.patch(document, '_encode_exactly', slow)
        self.patch(document, '_decode_exactly', slow)
        self.assertEqual({'v': 1}, document.decode(encode(1)))
        self.assertEqual(2**70, document.decode(str(2**70).encode()))


class FuzzTest(base.TestCase):
    """Random values and bytes, with either library."""

    @base.fuzz
    @hypothesis.given(_values)
    def test_what_was_written_is_read(self, value: Any) -> None:
        """Encoding and decoding are inverse, to the type of each number."""
        for _ in libraries.each():
            encoded = encode(value)
            for _ in libraries.each():
                self.assertEqual(
                    repr({'v': value}), repr(document.decode(encoded))
                )

    @base.fuzz
    @hypothesis.given(
        strategies.binary()
        | strategies.text('[]{}":,0123456789.eE+-\\utrfalsn \ud800').map(
            lambda text: text.encode('utf-8', 'surrogatepass')
        )
    )
    def test_any_bytes_are_a_value_or_an_error(self, data: bytes) -> None:
        """Both libraries read the same, or raise a DocumentError."""
        self.assert_read_alike(data)

    def assert_read_alike(self, data: bytes) -> Any:
        """Return the value, or None if it is refused."""
        found: dict[str, Any] = {}
        value = None
        for _ in libraries.each():
            try:
                value = document.decode(data)
            except errors.DocumentError as e:
                self.assertTrue(str(e).isprintable(), str(e))
                found['error'] = None
            else:
                found[repr(value)] = value
        self.assertEqual(1, len(found), str(list(found)))
        return value

    @base.fuzz
    @hypothesis.given(hostile.texts)
    def test_what_was_read_can_be_written(self, data: bytes) -> None:
        """Every value that decode() returns survives every writer."""
        value = self.assert_read_alike(data)
        # Writers of terminals, details and files; each raises on failure.
        text = json.dumps(value, indent=2, allow_nan=False)
        self.assertEqual(repr(value), repr(json.loads(text)))
        pprint.pformat(value)
        copy.deepcopy(value)
        # In a line of a recording, the value is two levels deeper.
        outer = {'document': {'payload': value}}
        for _ in libraries.each():
            encoded = document.encode(outer, max_depth=document.MAX_DEPTH + 2)
            for _ in libraries.each():
                read = document.decode(encoded, document.MAX_DEPTH + 2)
                self.assertEqual(repr(outer), repr(read))
