# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Find the value that keeps a document from being written as JSON.

Rule: called only after an encoder failed, so clarity counts, not speed.
Nothing here recurses or raises, whatever the document holds.
"""

import collections
from collections.abc import Iterator
from typing import Any
from typing import Final
from typing import NamedTuple

from unixnotif import document as documents
from unixnotif import primitives

# A log line holds a path, and a reason, of this many characters at most.
_MAX_PATH: Final = 300
_MAX_REASON: Final = 100
# Conversions of one value, each of which may return another odd value.
_MAX_CONVERSIONS: Final = 10

_Children = Iterator[tuple[str, Any]]


class _Level(NamedTuple):
    """One value on the way from the document to the current value."""

    path: str
    value: Any
    children: _Children


class _DefectError(Exception):
    """A value that JSON cannot take; the text is for the log."""


def find(
    value: Any, default: primitives.Default | None, name: str = ''
) -> str:
    """Return the path and the type of the first value that JSON cannot take.

    For example ``payload.nova_object.data.host: MagicMock``. The result is
    empty if each value can be written by itself.

    :param default: converts values of other types, as for ``document.encode``
    :param name: begins each path
    """
    levels: list[_Level] = []
    found: tuple[str, Any] | None = (name, value)
    path = name
    try:
        while found or levels:
            if found:
                path, each = found
                if any(level.value is each for level in levels):
                    raise _DefectError('circular reference')
                if len(levels) > documents.MAX_DEPTH:
                    raise _DefectError(
                        f'more than {documents.MAX_DEPTH} nested levels'
                    )
                levels.append(_Level(path, each, _children(each, default)))
            path = levels[-1].path
            child = next(levels[-1].children, None)
            found = child and (f'{path}{child[0]}'.lstrip('.'), child[1])
            if not child:
                levels.pop()
    except _DefectError as e:
        return f'{_shortened(path)}: {e}' if path else str(e)
    return ''


def _children(
    value: Any, default: primitives.Default | None
) -> Iterator[tuple[str, Any]]:
    """Yield the values inside a value, each with its part of the path.

    :raises _DefectError: the value itself is the defect
    """
    original = value
    for _ in range(_MAX_CONVERSIONS):
        kind = type(value)
        if value is None or kind in (bool, str, float):
            return
        if kind is int:
            _check(value)
            return
        if kind in (list, tuple):
            yield from _indexed(value)
            return
        try:
            if issubclass(kind, dict):
                # json.JSONEncoder does not call items() of an empty dict.
                pairs = list(value.items()) if dict.__len__(value) else []
                yield from _values(pairs)
                return
            value = primitives.convert(default, value)
        except _DefectError:
            raise
        except Exception as e:
            if isinstance(value, set | frozenset | collections.deque):
                # Perhaps the defect is one of its elements.
                yield from _indexed(value)
            raise _DefectError(f'{kind.__name__}{_reason(e)}') from e
    raise _DefectError(type(original).__name__)


def _values(pairs: list[tuple[Any, Any]]) -> _Children:
    for key, each in pairs:
        if key is not None and not isinstance(key, str | int | float):
            raise _DefectError(f'a key of type {type(key).__name__}')
        text = str.__str__(key) if isinstance(key, str) else repr(key)
        yield f'.{text if text.isprintable() else repr(text)}', each


def _indexed(value: Any) -> _Children:
    for index, each in enumerate(value):
        yield f'[{index}]', each


def _check(value: int) -> None:
    """Raise if Python cannot write an integer (sys.set_int_max_str_digits)."""
    try:
        str(value)
    except ValueError as e:
        raise _DefectError(f'int{_reason(e)}') from e


def _reason(error: Exception) -> str:
    """Return an exception as text, if it says more than the type."""
    if type(error) is TypeError or (
        type(error) is ValueError and 'primitive' in str(error)
    ):
        return ''
    try:
        text = f'{type(error).__name__}: {error}'
    except Exception:
        text = type(error).__name__
    if len(text) > _MAX_REASON:
        text = f'{text[: _MAX_REASON - 3]}...'
    return f' ({text})'


def _shortened(path: str) -> str:
    """Return a path without its middle if it is long."""
    if len(path) <= _MAX_PATH:
        return path
    half = _MAX_PATH // 2
    return f'{path[:half]}...{path[-half:]}'
