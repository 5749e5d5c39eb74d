# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Plain values in place of values that orjson does not write.

Rule: an instance of a subclass becomes the value that ``json.JSONEncoder``
writes for the instance. That encoder calls ``items()`` of a dict subclass and
iterates over a list or tuple subclass. It ignores all methods of subclasses
of str, int and float.
"""

from collections.abc import Callable
import enum
from typing import Any

#: Converts a value that JSON cannot take.
Default = Callable[[Any], Any]


def convert(default: Default | None, value: Any) -> Any:
    """Return a value to write in place of another one.

    :param default: called for values of all types that JSON does not have
    :raises TypeError: JSON does not have the type, and ``default`` is None;
        or ``items()`` of a dict subclass does not return pairs
    """
    # Not isinstance(): a mock with a spec claims a class that it does not
    # derive from.
    kind = type(value)
    if issubclass(kind, str):
        return str.__str__(value)
    if issubclass(kind, int):
        return int.__int__(value)
    if issubclass(kind, float):
        return float.__float__(value)
    if issubclass(kind, dict):
        return _items(value)
    if issubclass(kind, list | tuple):
        return list(value)
    if issubclass(kind, enum.Enum):
        return value.value
    if default is None:
        raise TypeError(f'{kind.__name__} is not JSON')
    return default(value)


def _items(value: dict[Any, Any]) -> dict[Any, Any]:
    """Return a dict of the pairs that ``items()`` of a subclass returns."""
    if not dict.__len__(value):
        # json.JSONEncoder does not call items() of an empty dict.
        return {}
    pairs = list(value.items())
    for pair in pairs:
        if not (isinstance(pair, tuple) and len(pair) == 2):
            raise TypeError('items() must return pairs')
    found = dict(pairs)
    if len(found) < len(pairs):
        # json.JSONEncoder writes each pair.
        raise TypeError('items() must not return a key twice')
    return found
