# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Legacy payloads: the fields of an event_type that has no version.

Rule: pure functions on observed fields. An object whose keys are names is
recorded by its keys, as ``network.id`` and ``port.fixed_ips[].subnet_id``;
``object`` is the type of the object itself. An object with user-defined keys
is a map, of which no key is recorded.
"""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
import dataclasses
import functools
import re
from typing import Any

from unixnotif.contract import catalogues
from unixnotif.contract import comparison
from unixnotif.contract import deltas
from unixnotif.contract import types

_OBJECT = types.of('object')
#: Maximum nesting of objects and lists that are recorded by their keys.
_DEPTH = 5
#: An object with more keys is a table.
_KEYS = 100
#: Maximum number of fields of one event_type. The emitter decides how many
#: there are, and the time of a merge grows with their square.
_FIELDS = 1000
_NAME = re.compile(r'[A-Za-z_][A-Za-z0-9_:@-]{0,63}')
#: Objects of these names have user-defined keys in OpenStack.
_FREE = re.compile(
    r'(.*_)?(meta|metadata|properties|specs|labels|tags|annotations|extra)'
)

#: Types by the path of the field.
_Found = dict[str, types.Type]


def infer(payload: Mapping[str, Any]) -> catalogues.Fields:
    """Return the fields of one payload."""
    found: _Found = {}
    _add_keys('', payload, 0, found)
    return _written(_bounded(found))


def _add_keys(
    prefix: str, value: Mapping[str, Any], depth: int, found: _Found
) -> None:
    for key, item in value.items():
        path = prefix + key
        found[path] = _type_of(path, item, depth, found)


def _type_of(path: str, value: Any, depth: int, found: _Found) -> types.Type:
    """Return the type of a value; add the keys of its objects."""
    plain = types.OF_VALUES.get(type(value))
    if plain is not None:
        return plain
    if depth == _DEPTH:
        return types.of('any')
    if isinstance(value, list):
        where = f'{path}[]'
        items: _Found = {where: types.UNKNOWN}
        for item in value:
            more: _Found = {}
            more[where] = _type_of(where, item, depth + 1, more)
            if len(more) > _FIELDS:
                more = _flat(more, where)
            items = (
                more if items[where] == types.UNKNOWN else _merge(items, more)
            )
            if len(items) > _FIELDS:
                items = _flat(items, where)
        kind = items.pop(where)
        found.update(items)
        return types.of('list', kind)
    if _is_free_form(path, value):
        return types.of('map', _values(value, depth))
    _add_keys(f'{path}.', value, depth + 1, found)
    return _OBJECT


def _is_free_form(path: str, value: Mapping[str, Any]) -> bool:
    name = path.rpartition('.')[2].rstrip('[]')
    return (
        _FREE.fullmatch(name) is not None
        or len(value) > _KEYS
        or not all(_NAME.fullmatch(key) for key in value)
    )


def _values(value: Mapping[str, Any], depth: int) -> types.Type:
    """Return the type of the values of a map, without their keys."""
    kinds = (_nested(item, depth + 1) for item in value.values())
    return functools.reduce(types.merge, kinds, types.UNKNOWN)


def _nested(value: Any, depth: int) -> types.Type:
    plain = types.OF_VALUES.get(type(value))
    if plain is not None:
        return plain
    if depth >= _DEPTH:
        return types.of('any')
    if isinstance(value, list):
        kinds = (_nested(item, depth + 1) for item in value)
        return types.of(
            'list', functools.reduce(types.merge, kinds, types.UNKNOWN)
        )
    return types.of('map', _values(value, depth))


def merge(old: catalogues.Fields, new: catalogues.Fields) -> catalogues.Fields:
    """Return the fields of two observations of one event_type.

    A field that only one observation has may be absent, if the other
    observation has the object that holds the field.
    """
    if old == new:
        return old
    return _written(_bounded(_merge(_parse(old), _parse(new))))


def fold(fields: catalogues.Fields) -> catalogues.Fields:
    """Return the fields of a run, with maps for objects without a fixed key.

    An object of which no key is always there has user-defined keys.
    """
    found = _parse(fields)
    for path in sorted(found, key=len):
        keys = [
            kind
            for name, kind in found.items()
            if _holder(name, found) == path
        ]
        if keys and all(kind.optional for kind in keys):
            found = _folded(found, path)
    return {path: str(kind) for path, kind in found.items()}


def changes(
    old: catalogues.Fields, new: catalogues.Fields
) -> Iterator[deltas.Change]:
    """Yield removed and retyped fields, and those that became optional."""
    differing = [
        path
        for path in old.keys() | new.keys()
        if old.get(path) != new.get(path)
    ]
    before, now = (
        {path: side[path] for path in differing if path in side}
        for side in (old, new)
    )
    texts = [*before.values(), *now.values()]
    if any('map<' in text or 'object' in text for text in texts):
        # Only with these types can an object of one side be a map in the
        # other.
        before, now = map(_written, _aligned(_parse(old), _parse(new)))
        new = now
    one, other = (catalogues.Schema(observed=each) for each in (before, now))
    for change in comparison.differences(one, other):
        holder = _holder(change.field, new)
        held = types.parse(new.get(holder, 'unknown'))
        is_there = not holder or _is_object(held)
        if change.what in _JUDGED and is_there:
            yield change


_JUDGED = frozenset(
    {
        deltas.What.REMOVED,
        deltas.What.RETYPED,
        deltas.What.NUMBER,
        deltas.What.OPTIONAL,
    }
)


def _parse(fields: catalogues.Fields) -> _Found:
    return {path: types.parse(text) for path, text in fields.items()}


def _written(found: _Found) -> catalogues.Fields:
    return {path: str(kind) for path, kind in found.items()}


def _holder(path: str, found: Mapping[str, object]) -> str:
    """Return the field that holds the object of a field; '' at the top."""
    where = path.rpartition('.')[0]
    return where if where in found else where.rstrip('[]')


def _is_object(found: types.Type) -> bool:
    """Return True if a type holds an object, at any depth of lists."""
    return any(
        kind.name == 'object' or (kind.name == 'list' and _in(kind))
        for kind in found.kinds
    )


def _in(kind: types.Kind) -> bool:
    return kind.item is not None and _is_object(kind.item)


def _is_map(found: types.Type) -> bool:
    return any(
        kind.name == 'map'
        or (
            kind.name == 'list'
            and kind.item is not None
            and _is_map(kind.item)
        )
        for kind in found.kinds
    )


def _aligned(one: _Found, other: _Found) -> tuple[_Found, _Found]:
    """Return both; if one has a map for an object, both get a map."""
    for path in sorted(one.keys() & other.keys(), key=len):
        if path not in one or path not in other:
            continue  # folded with its object
        pair = one[path], other[path]
        if any(map(_is_map, pair)) and any(map(_is_object, pair)):
            one, other = _folded(one, path), _folded(other, path)
    return one, other


def _merge(old: _Found, new: _Found) -> _Found:
    old, new = _aligned(old, new)
    merged: _Found = {}
    both = {**old, **new}
    for path in both:
        one, other = old.get(path), new.get(path)
        if one is not None and other is not None:
            merged[path] = types.merge(one, other)
            continue
        found, absent_in = (one, new) if one is not None else (other, old)
        assert found is not None  # noqa: S101
        holder = _holder(path, both)
        is_absent = holder not in both or _is_object(
            absent_in.get(holder, types.UNKNOWN)
        )
        merged[path] = dataclasses.replace(
            found, optional=found.optional or is_absent
        )
    return {
        path: kind
        for path, kind in merged.items()
        if all(_is_object(merged[holder]) for holder in _holders(path, merged))
    }


def _holders(path: str, found: _Found) -> Iterator[str]:
    while path := _holder(path, found):
        if path in found:
            yield path


def _folded(found: _Found, path: str) -> _Found:
    """Return the fields with a map in place of an object and its keys."""
    if not _is_object(found[path]):
        return found
    values = types.UNKNOWN
    # Fold the inner objects first: then only the keys of the object remain.
    inside = [name for name in found if _is_inside(name, path)]
    for name in sorted(inside, key=len, reverse=True):
        found = _folded(found, name)
    kept: _Found = {}
    for name, kind in found.items():
        if _is_inside(name, path):
            plain = dataclasses.replace(kind, optional=False)
            values = types.merge(values, plain)
        else:
            kept[name] = kind
    kept[path] = _as_map(found[path], values)
    return kept


def _bounded(found: _Found) -> _Found:
    """Return a limited number of fields.

    If there are too many, the objects at the top become maps. If there are
    still too many, return none: the payload is a table.
    """
    if len(found) <= _FIELDS:
        return found
    tops: dict[str, list[types.Type]] = {}
    for path, kind in found.items():
        top = re.split(r'[.\[]', path, maxsplit=1)[0]
        if top != path and top in found:
            tops.setdefault(top, []).append(kind)
        else:
            tops.setdefault(path, [])
    if len(tops) > _FIELDS:
        return {}
    return {
        top: _as_map(found[top], _any_of(kinds)) for top, kinds in tops.items()
    }


def _flat(found: _Found, path: str) -> _Found:
    """Return the fields with a map in place of all that is in a field."""
    inside = [kind for name, kind in found.items() if _is_inside(name, path)]
    return {path: _as_map(found[path], _any_of(inside))}


def _any_of(kinds: Iterable[types.Type]) -> types.Type:
    """Return the type of the values of a map."""
    plain = (
        dataclasses.replace(_as_map(kind, types.UNKNOWN), optional=False)
        for kind in kinds
    )
    return functools.reduce(types.merge, plain, types.UNKNOWN)


def _is_inside(name: str, path: str) -> bool:
    return name.startswith((f'{path}.', f'{path}['))


def _as_map(found: types.Type, values: types.Type) -> types.Type:
    kinds = types.Type()
    for kind in found.kinds:
        if kind.name == 'object':
            kind = types.Kind('map', values)  # noqa: PLW2901
        elif kind.name == 'list' and kind.item is not None:
            kind = types.Kind('list', _as_map(kind.item, values))  # noqa: PLW2901
        kinds = types.merge(kinds, types.Type(frozenset({kind})))
    return dataclasses.replace(found, kinds=kinds.kinds)
