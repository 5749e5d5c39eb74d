# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Differences of two JSON values, in words, each with its path.

Rule: paths are those of :mod:`unixnotif.versioned`: the keys of versioned
objects (``nova_object.data``) do not show. An expected value may be a
matcher, anywhere.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
import reprlib
import textwrap
from typing import Any
from typing import Final

from testtools import matchers

from unixnotif import filter as filters
from unixnotif import terminal
from unixnotif import versioned

_Compare = Callable[[Any, Any, str], Iterator[str]]


class _Any:
    """Matches everything."""

    def __repr__(self) -> str:
        return 'ANY'

    def match(self, actual: object) -> None:
        """Return None: every value matches."""


#: Matches any value; as a replacement in a sample, any value of the type and
#: shape that the sample shows.
ANY: Final = _Any()


class Masked:
    """Expects the type and shape of a value, and not the value itself."""

    def __init__(self, value: Any) -> None:
        self.value = value


def mismatch(title: str, lines: Iterable[str]) -> matchers.Mismatch | None:
    """Return a mismatch with the differences; None if there are none."""
    listed = [textwrap.indent(line, '  ') for line in lines]
    return described('\n'.join([title, *listed])) if listed else None


def described(text: str) -> matchers.Mismatch:
    """Return a mismatch whose text may hold names of other processes."""
    return matchers.Mismatch(terminal.escape_lines(text))


def constructor(
    name: str, arguments: Mapping[str, Any], positional: Iterable[Any] = ()
) -> str:
    """Return the call that made a matcher, for its ``__str__``."""
    written = [shown(value) for value in positional]
    written += [f'{key}={shown(value)}' for key, value in arguments.items()]
    return f'{name}({", ".join(written)})'


def shown(expected: object) -> str:
    """Return a value as source text; use the ``str`` of a matcher."""
    return str(expected) if filters.is_matcher(expected) else repr(expected)


def differences(expected: Any, actual: Any, path: str) -> Iterator[str]:
    """Yield one line, or a few, for each place where the values differ."""
    if isinstance(expected, Masked):
        yield from _shape(expected.value, actual, path)
    elif filters.is_matcher(expected):
        found = expected.match(actual)
        if found is not None:
            yield f'{path}: {found.describe()}'
    elif _is_object(expected) and _is_object(actual):
        yield from _objects(expected, actual, path, differences)
        yield from _changes(expected, actual, path)
    elif isinstance(expected, list | tuple) and isinstance(actual, list):
        # A tuple is a list on the wire.
        if len(expected) != len(actual):
            yield f'{path}: expected {len(expected)} items, got {len(actual)}'
        pairs = zip(expected, actual, strict=False)
        for index, (left, right) in enumerate(pairs):
            yield from differences(left, right, f'{path}[{index}]')
    elif kind(expected) != kind(actual) or expected != actual:
        yield f'{path}: expected {_brief(expected)}, got {_brief(actual)}'


def _is_object(value: object) -> bool:
    return isinstance(value, dict | versioned.VersionedPayload)


def _objects(
    expected: Any, actual: Any, path: str, compare: _Compare
) -> Iterator[str]:
    left, right = map(versioned_in, (expected, actual))
    if left is not None and right is not None:
        if left.prefix != right.prefix:
            yield (
                f'{path}: expected the prefix {left.prefix}, '
                f'got {right.prefix}'
            )
        if str(left) != str(right):
            yield f'{path}: expected {left}, got {right}'
        expected, actual = left.data, right.data
    elif left is not None or right is not None:
        yield f'{path}: expected {_brief(expected)}, got {_brief(actual)}'
        return
    for key in sorted(expected.keys() - actual.keys()):
        yield f'{path}.{key}: expected {_brief(expected[key])}, got nothing'
    for key in sorted(actual.keys() - expected.keys()):
        yield f'{path}.{key}: not expected, got {_brief(actual[key])}'
    for key in sorted(expected.keys() & actual.keys()):
        yield from compare(expected[key], actual[key], f'{path}.{key}')


def _changes(expected: Any, actual: Any, path: str) -> Iterator[str]:
    left, right = map(versioned_in, (expected, actual))
    if left is None or right is None:
        return
    told, got = (', '.join(sorted(set(x.changes))) for x in (left, right))
    if told != got:
        yield f'{path}: expected the changed fields [{told}], got [{got}]'


def _shape(expected: Any, actual: Any, path: str) -> Iterator[str]:
    """Yield the differences of types and shapes.

    Where null is expected, there are no differences. Where an empty list or an
    empty object is expected, the actual one may have any items.
    """
    if expected is None:
        return
    if isinstance(expected, Masked) or filters.is_matcher(expected):
        yield from differences(expected, actual, path)
    elif kind(expected) != kind(actual):
        yield f'{path}: expected {kind(expected)}, got {kind(actual)}'
    elif isinstance(expected, list):
        for index, item in enumerate(actual):
            yield from _like_one_of(expected, item, f'{path}[{index}]')
    elif isinstance(expected, dict):
        if versioned_in(expected) is not None or _is_record(expected):
            yield from _objects(expected, actual, path, _shape)
        else:
            values = list(expected.values())
            for key, item in actual.items():
                yield from _like_one_of(values, item, f'{path}.{key}')


def _is_record(value: dict[str, Any]) -> bool:
    """Return True if the keys are names of fields, not of a map.

    A map's keys are data, as the values are.
    """
    return len({kind(item) for item in value.values() if item is not None}) > 1


def _like_one_of(expected: list[Any], actual: Any, path: str) -> Iterator[str]:
    found = [list(_shape(each, actual, path)) for each in expected]
    yield from min(found, key=len, default=[])


def versioned_in(value: object) -> versioned.VersionedPayload | None:
    """Return a value as a versioned payload; None if it is not versioned."""
    if isinstance(value, versioned.VersionedPayload):
        return value
    return versioned.VersionedPayload.from_primitive(value)


def kind(value: object) -> str:
    """Return the type of a JSON value in words."""
    payload = versioned_in(value)
    if payload is not None:
        return f'the versioned object {payload.namespace}:{payload.name}'
    if isinstance(value, bool):
        return 'a boolean'
    if isinstance(value, int | float):
        return 'a number'
    if isinstance(value, str):
        return 'a string'
    if isinstance(value, list):
        return 'a list'
    if isinstance(value, dict):
        return 'an object'
    return 'null' if value is None else f'a {type(value).__name__}'


_repr = reprlib.Repr()
_repr.maxlevel = 1


def _brief(value: Any) -> str:
    """Return a value for a message: lists and objects are shortened."""
    if isinstance(value, Masked):
        return kind(value.value)
    payload = versioned_in(value)
    if payload is not None:
        return str(payload)
    if isinstance(value, list | dict):
        return _repr.repr(value)
    return shown(value)
