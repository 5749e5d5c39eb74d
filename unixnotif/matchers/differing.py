#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""Where two JSON values differ, in words, each with the path that leads there.

Rule: paths are those of :mod:`unixnotif.versioned`: the keys of versioned
objects (``nova_object.data``) do not show. An expected value may be a
matcher, anywhere.
"""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
import textwrap
from typing import Any
from typing import Final

from testtools import matchers

from unixnotif import versioned


class _Any:
    """Stands for a value that is not compared, in a sample."""

    def __repr__(self) -> str:
        return 'ANY'


#: In ``replacements``: whatever has the type and shape of the sample's.
ANY: Final = _Any()


class Masked:
    """Expects the type and shape of a value, and not the value itself."""

    def __init__(self, value: Any) -> None:
        self.value = value


def mismatch(title: str, lines: Iterable[str]) -> matchers.Mismatch | None:
    """A mismatch that lists what differs; None when nothing does."""
    listed = [textwrap.indent(line, '  ') for line in lines]
    return matchers.Mismatch('\n'.join([title, *listed])) if listed else None


def constructor(name: str, arguments: Mapping[str, Any]) -> str:
    """How a matcher was made, for its ``__str__``."""
    shown = ', '.join(
        f'{key}={_told(value)}' for key, value in arguments.items()
    )
    return f'{name}({shown})'


def differences(expected: Any, actual: Any, path: str) -> Iterator[str]:
    """One line for each place where the two differ."""
    if isinstance(expected, Masked):
        yield from _shape(expected.value, actual, path)
    elif hasattr(expected, 'match'):
        found = expected.match(actual)
        if found is not None:
            yield f'{path}: {found.describe()}'
    elif isinstance(expected, dict) and isinstance(actual, dict):
        yield from _objects(expected, actual, path, differences)
    elif isinstance(expected, list) and isinstance(actual, list):
        if len(expected) != len(actual):
            yield f'{path}: expected {len(expected)} items, got {len(actual)}'
        pairs = zip(expected, actual, strict=False)
        for index, (left, right) in enumerate(pairs):
            yield from differences(left, right, f'{path}[{index}]')
    elif type(expected) is not type(actual) or expected != actual:
        yield f'{path}: expected {expected!r}, got {actual!r}'


def _objects(
    expected: dict[str, Any], actual: dict[str, Any], path: str, compare: Any
) -> Iterator[str]:
    left = versioned.VersionedPayload.from_primitive(expected)
    right = versioned.VersionedPayload.from_primitive(actual)
    if left is not None and right is not None:
        if str(left) != str(right):
            yield f'{path}: expected {left}, got {right}'
        if set(left.changes) != set(right.changes):
            yield (
                f'{path}: expected changes {left.changes}, got {right.changes}'
            )
        expected, actual = left.data, right.data
    elif left is not None or right is not None:
        yield f'{path}: expected {_kind(expected)}, got {_kind(actual)}'
        return
    for key in sorted(expected.keys() - actual.keys()):
        yield f'{path}.{key}: expected {_told(expected[key])}, not there'
    for key in sorted(actual.keys() - expected.keys()):
        yield f'{path}.{key}: not expected, got {actual[key]!r}'
    for key in sorted(expected.keys() & actual.keys()):
        yield from compare(expected[key], actual[key], f'{path}.{key}')


def _shape(expected: Any, actual: Any, path: str) -> Iterator[str]:
    """Where the types differ; null and empty say nothing of a type."""
    if expected is None or actual is None:
        return
    if _kind(expected) != _kind(actual):
        yield f'{path}: expected {_kind(expected)}, got {_kind(actual)}'
    elif isinstance(expected, list):
        if expected:
            for index, item in enumerate(actual):
                yield from _like_one_of(expected, item, f'{path}[{index}]')
    elif isinstance(expected, dict):
        if versioned.VersionedPayload.from_primitive(expected) is not None:
            yield from _objects(expected, actual, path, _shape)
        elif expected:
            # A free-form map: its keys are data.
            for key, item in actual.items():
                values = list(expected.values())
                yield from _like_one_of(values, item, f'{path}.{key}')


def _like_one_of(expected: list[Any], actual: Any, path: str) -> Iterator[str]:
    found = [list(_shape(each, actual, path)) for each in expected]
    yield from min(found, key=len)


def _kind(value: Any) -> str:
    """The type of a JSON value, in words."""
    payload = versioned.VersionedPayload.from_primitive(value)
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
    return 'null' if value is None else 'an object'


def _told(expected: Any) -> str:
    if isinstance(expected, Masked):
        return _kind(expected.value)
    return str(expected) if hasattr(expected, 'match') else repr(expected)
