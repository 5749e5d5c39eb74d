# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Versioned payloads: what oslo.versionedobjects puts into a notification.

Rule: pure functions on JSON values, the same for every service. A payload
is versioned when it is an object with the keys ``<prefix>.name``,
``<prefix>.version`` and ``<prefix>.data``; the prefix is ``nova_object`` in
nova, ``ironic_object`` in ironic, and so on.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
import dataclasses
import operator
import re
import reprlib
from typing import Any
from typing import Self

from unixnotif import grammar

#: A version as integers, since 1.10 comes after 1.9.
Version = tuple[int, ...]

# int() refuses thousands of digits.
_VERSION = re.compile(r'[0-9]{1,9}(\.[0-9]{1,9}){1,2}')
_PATH = re.compile(r'[^.\[\]]+(\[[0-9]+\]|\.[^.\[\]]+)*')
_STEP = re.compile(r'([^.\[\]]+)|\[([0-9]+)\]')
_NAME = '.name'
_OPERATORS: dict[str, Callable[[Version, Version], bool]] = {
    '>=': operator.ge,
    '<=': operator.le,
    '==': operator.eq,
    '!=': operator.ne,
    '>': operator.gt,
    '<': operator.lt,
    '': operator.eq,
}
_CLAUSE = re.compile(r'\s*(>=|<=|==|!=|>|<|)\s*([0-9.]+)\s*')


def parse_version(text: object) -> Version:
    """Return ``(1, 10)`` for ``'1.10'``; an empty tuple if malformed."""
    if not isinstance(text, str) or not _VERSION.fullmatch(text):
        return ()
    return tuple(map(int, text.split('.')))


def complete_version(text: object, major_only: bool = False) -> Version:
    """Return a version as three integers; empty if it is malformed.

    :param major_only: if True, ``2`` is short for ``2.0``
    """
    if major_only and isinstance(text, str) and '.' not in text:
        text = f'{text}.0'
    version = parse_version(text)
    return (*version, 0)[:3] if version else ()


class VersionRange:
    """The versions that meet every clause of a text.

    :param text: for example ``1.2``, or ``>=1.0,<2``; missing parts of a
        version are 0
    :raises ValueError: the text is neither a version nor conditions
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._clauses = []
        for clause in text.split(','):
            match = _CLAUSE.fullmatch(clause)
            version = complete_version(match[2], True) if match else ()
            if match is None or not version:
                raise ValueError(
                    f'{text!r} is not a version such as "1.2" or ">=1.0,<2"'
                )
            self._clauses.append((_OPERATORS[match[1]], version))

    def __str__(self) -> str:
        return self._text

    def __contains__(self, text: object) -> bool:
        """Return True for a version, as text, that meets every clause."""
        version = complete_version(text)
        return bool(version) and all(
            compare(version, other) for compare, other in self._clauses
        )


def parse_path(path: str) -> list[str | int]:
    """Return the steps of a path.

    For example, ``'ip_addresses[0].address'`` gives
    ``['ip_addresses', 0, 'address']``.

    :raises ValueError: the text is not a path
    """
    if not _PATH.fullmatch(path):
        raise ValueError(
            f'{path!r} is not a path such as "flavor.vcpus" or '
            '"ip_addresses[0].address"'
        )
    return [name or int(index) for name, index in _STEP.findall(path)]


@dataclasses.dataclass(frozen=True, slots=True)
class VersionedPayload:
    """One versioned object of a payload.

    :ivar prefix: for example ``nova_object``
    :ivar namespace: for example ``nova``
    :ivar name: name of the object, for example ``FlavorPayload``
    :ivar version: for example ``(1, 4)``; empty if the version is malformed
    :ivar version_text: the version as text
    :ivar data: the fields by name, as JSON values; a nested object is a dict
    :ivar changes: names of the fields that were reported as changed
    """

    prefix: str
    namespace: str
    name: str
    version: Version
    version_text: str
    data: dict[str, Any]
    changes: tuple[str, ...] = ()

    @classmethod
    def from_primitive(cls, value: object) -> Self | None:
        """Return the payload in a JSON value; None if it is not versioned."""
        if not isinstance(value, dict):
            return None
        for key in value:
            if not (isinstance(key, str) and key.endswith(_NAME)):
                continue
            prefix = key.removesuffix(_NAME)
            data = value.get(f'{prefix}.data')
            version = value.get(f'{prefix}.version')
            changes = value.get(f'{prefix}.changes')
            if isinstance(data, dict) and version:
                return cls(
                    prefix,
                    _text(value.get(f'{prefix}.namespace', '')),
                    _text(value[key]),
                    parse_version(version),
                    _text(version),
                    data,
                    tuple(map(_text, changes))
                    if isinstance(changes, list)
                    else (),
                )
        return None

    def __getitem__(self, path: str) -> Any:
        """Return a field, also of nested objects and lists.

        :param path: for example ``uuid``, ``flavor.vcpus`` or
            ``ip_addresses[0]``
        :returns: a VersionedPayload if the field holds a versioned object,
            otherwise the JSON value of the field
        :raises KeyError: the field does not exist; the message lists the
            existing fields
        :raises ValueError: the path is malformed
        """
        return lookup(self, path)

    def nested(self) -> Iterator[tuple[str, 'VersionedPayload']]:
        """Yield every versioned object below this one, with its path."""
        return _walk(self.data)

    def __str__(self) -> str:
        return f'{self.namespace}:{self.name} {self.version_text}'


def lookup(value: Any, path: str) -> Any:
    """Return a field of a payload, versioned or legacy.

    :param value: a VersionedPayload or a JSON value
    :param path: see :func:`parse_path`
    :raises KeyError: the field does not exist; the message lists the existing
        fields
    :raises ValueError: the path is malformed
    """
    for step in parse_path(path):
        try:
            value = _step(value, step)
        except (LookupError, TypeError):
            raise KeyError(f'{path}: {_lack(value, step)}') from None
    return value


def find(
    value: Any, steps: Iterable[str | int], default: object = None
) -> Any:
    """Return a field of a payload, or the default if there is none.

    :param value: a VersionedPayload or a JSON value
    :param steps: see :func:`parse_path`
    """
    try:
        for step in steps:
            value = _step(value, step)
    except (LookupError, TypeError):
        return default
    return value


def _step(value: Any, step: str | int) -> Any:
    """Return a field of an object, or an item of a list.

    :raises LookupError: the field or item does not exist
    :raises TypeError: the value has no fields
    """
    if isinstance(value, VersionedPayload):
        value = value.data
    if isinstance(value, str):  # could be indexed as well
        raise TypeError
    value = value[step]
    return VersionedPayload.from_primitive(value) or value


def _walk(data: object) -> Iterator[tuple[str, VersionedPayload]]:
    """Yield every versioned object below a value, in order.

    The function is not recursive, since peers choose the depth.
    """
    waiting: list[tuple[str, object]] = [('', data)]
    while waiting:
        path, value = waiting.pop()
        payload = VersionedPayload.from_primitive(value)
        if payload is not None:
            yield path, payload
            value = payload.data
        below: list[tuple[str, object]] = []
        if isinstance(value, dict):
            dot = path and f'{path}.'
            below = [(f'{dot}{name}', item) for name, item in value.items()]
        elif isinstance(value, list):
            below = [(f'{path}[{i}]', item) for i, item in enumerate(value)]
        waiting += reversed(below)


def _text(value: object) -> str:
    """Return text for a value of any kind and depth."""
    return value if isinstance(value, str) else reprlib.repr(value)


def _lack(value: object, step: str | int) -> str:
    """Return the message about a field or item that is missing."""
    if isinstance(value, VersionedPayload):
        value = value.data
    missing = f'no {"field" if isinstance(step, str) else "item"} {step!r}'
    if isinstance(value, dict):
        fields = ', '.join(map(str, value))
        if not fields:
            return f'{missing}; the object is empty'
        return f'{missing}; the fields are {fields}'
    if isinstance(value, list):
        return f'{missing}; the list has {grammar.plural(len(value), "item")}'
    return f'{missing}; the value is {reprlib.repr(value)}'
