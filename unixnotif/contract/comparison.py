# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Differences between two schemas: the facts that rules judge.

Rule: declared fields are compared with declared fields, or else observed with
observed ones. Between declared and observed fields, only a fact that both
schemas can know is a difference. An unknown type is compatible with every
type. The removal of an optional field is no difference.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
import itertools

from unixnotif.contract import catalogues
from unixnotif.contract import types
from unixnotif.contract.deltas import Change
from unixnotif.contract.deltas import prefix_change
from unixnotif.contract.deltas import What

#: A payload by its reference, for its current schema.
Resolve = Callable[[str], catalogues.Payload | None]


def _nothing(reference: str) -> None:
    return None


def differences(
    old: catalogues.Schema,
    new: catalogues.Schema,
    resolve_old: Resolve = _nothing,
    resolve_new: Resolve = _nothing,
    only: frozenset[str] | None = None,
) -> list[Change]:
    """Return all differences between two schemas.

    :param resolve_old: returns a recorded payload by its name, to compare
        nested payloads that have another name now
    :param resolve_new: returns a new payload by its name
    :param only: fields to compare, without those of nested payloads; None
        compares all fields
    """
    comparison = _Comparison(resolve_old, resolve_new)
    return list(comparison.schemas(old, new, '', only))


class _Comparison:
    def __init__(self, resolve_old: Resolve, resolve_new: Resolve) -> None:
        self._resolve_old = resolve_old
        self._resolve_new = resolve_new
        self._open: set[tuple[str, str]] = set()

    def schemas(
        self,
        old: catalogues.Schema,
        new: catalogues.Schema,
        path: str,
        only: frozenset[str] | None = None,
    ) -> Iterator[Change]:
        before, now, misses, gains = _sides(old, new)
        names: Iterable[str] = before.keys() | now.keys()
        if only is None and before == now:
            names = ()
        for name in sorted(names if only is None else only):
            where, a, b = path + name, before.get(name), now.get(name)
            if a == b:
                continue
            if a is None or b is None:
                if b is not None and gains:
                    yield Change(What.ADDED, where, '', types.words(b))
                elif a is not None and misses and not a.startswith('~'):
                    yield Change(What.REMOVED, where, types.words(a), '')
                continue
            one, other = types.parse(a), types.parse(b)
            if misses and gains:
                yield from self._field(one, other, where)
            elif not _agree(one, other, gains):
                yield Change(What.RETYPED, where, one.words, other.words)
        yield from presence(old, new, path, only)
        yield from _values(old, new, path, only)
        yield from _formats(old, new, path, only)

    def _field(
        self, old: types.Type, new: types.Type, path: str
    ) -> Iterator[Change]:
        """Yield the differences between two known types of a field."""
        if old.nullable != new.nullable:
            what = What.NULLABLE if new.nullable else What.NOT_NULL
            yield Change(what, path, old.words, new.words)
        names = {kind.name for kind in old.kinds}
        if old.is_unknown or 'any' in names:
            if not old.is_unknown and old.kinds != new.kinds:
                yield Change(What.NARROWED, path, old.words, new.words)
            return
        if new.is_unknown:
            return
        # A type that only loses alternatives is narrower.
        narrowed = _has_lost(old, new)
        for kind in sorted(new.kinds - old.kinds, key=str):
            if kind.item is not None and kind.name in names:
                same = old.kind(kind.name)
                if same is not None and same.item is not None:
                    suffix = '[]' if kind.name == 'list' else '{}'
                    yield from self._field(same.item, kind.item, path + suffix)
                continue
            narrowed = False
            if kind.name == 'payload' and 'payload' in names:
                yield from self._renamed(old, kind.reference, path)
            elif kind.name == 'number' and 'integer' in names:
                yield Change(What.NUMBER, path, old.words, new.words)
            elif kind.name == 'integer' and 'number' in names:
                yield Change(What.NARROWED, path, old.words, new.words)
            else:
                yield Change(What.RETYPED, path, old.words, new.words)
                return
        if narrowed:
            yield Change(What.NARROWED, path, old.words, new.words)

    def _renamed(
        self, old: types.Type, new: str, path: str
    ) -> Iterator[Change]:
        """Yield the new name of a nested payload, and its differences."""
        before = sorted(k.reference for k in old.kinds if k.reference)[0]
        yield Change(What.RENAMED, path, before, new)
        payloads = self._resolve_old(before), self._resolve_new(new)
        pair = (before, new)
        if payloads[0] is None or payloads[1] is None or pair in self._open:
            return
        if change := prefix_change(payloads[0], payloads[1], path):
            yield change
        schemas = payloads[0].schema, payloads[1].schema
        if schemas[0] is None or schemas[1] is None:
            return
        self._open.add(pair)
        yield from self.schemas(schemas[0], schemas[1], f'{path}.')
        self._open.discard(pair)


def _has_lost(old: types.Type, new: types.Type) -> bool:
    """Return True if the new type lacks an alternative of the old one."""
    return any(
        kind.item is None or new.kind(kind.name) is None
        for kind in old.kinds - new.kinds
    )


def _sides(
    old: catalogues.Schema, new: catalogues.Schema
) -> tuple[catalogues.Fields, catalogues.Fields, bool, bool]:
    """Return the fields of both sides, and two flags.

    The first flag is True if a missing field is a difference, the second flag
    is True if a new field is a difference.
    """
    for name in (catalogues.DECLARED, catalogues.OBSERVED):
        before, now = getattr(old, name), getattr(new, name)
        if before is not None and now is not None:
            return before, now, True, True
    # Only one side is declared. The observed side may lack declared fields.
    is_declared = new.declared is not None
    return old.fields, new.fields, is_declared, not is_declared


def touched(old: catalogues.Schema, new: catalogues.Schema) -> frozenset[str]:
    """Return the fields whose type, enum or format differs in any way."""
    before, now, *_ = _sides(old, new)
    pairs: list[tuple[Mapping[str, object], Mapping[str, object]]] = [
        (before, now),
        (old.enums, new.enums),
        (old.formats, new.formats),
    ]
    return frozenset(
        name
        for one, other in pairs
        if one != other
        for name in one.keys() | other.keys()
        if one.get(name) != other.get(name)
    )


def _agree(old: types.Type, new: types.Type, new_is_seen: bool) -> bool:
    declared, seen = (old, new) if new_is_seen else (new, old)
    return types.accepts(declared, seen)


def presence(
    old: catalogues.Schema,
    new: catalogues.Schema,
    path: str = '',
    only: frozenset[str] | None = None,
) -> Iterator[Change]:
    """Yield the fields that observed payloads no longer always have."""
    before, now = old.observed, new.observed
    if before is None or now is None or before is now:
        return
    for name in sorted(before.keys() & now.keys()):
        if only is not None and name not in only:
            continue
        a, b = before[name], now[name]
        if b.startswith('~') and not a.startswith('~'):
            words = types.words(a), types.words(b)
            yield Change(What.OPTIONAL, path + name, *words)


def _values(
    old: catalogues.Schema,
    new: catalogues.Schema,
    path: str,
    only: frozenset[str] | None,
) -> Iterator[Change]:
    if old.declared is None or new.declared is None or old.enums == new.enums:
        return
    for name in sorted(old.enums.keys() & new.enums.keys()):
        if only is not None and name not in only:
            continue
        before, now = set(old.enums[name]), set(new.enums[name])
        added, removed = now - before, before - now
        for what, values in (
            (What.VALUE_REMOVED, removed),
            (What.VALUE_ADDED, added),
        ):
            if values:
                text = ', '.join(sorted(values))
                is_old = what is What.VALUE_REMOVED
                yield Change(
                    what,
                    path + name,
                    text if is_old else '',
                    '' if is_old else text,
                )


def _formats(
    old: catalogues.Schema,
    new: catalogues.Schema,
    path: str,
    only: frozenset[str] | None,
) -> Iterator[Change]:
    if old.declared is None or new.declared is None:
        return
    if old.formats == new.formats and old.enums == new.enums:
        return
    names = set(
        itertools.chain(old.formats, new.formats, old.enums, new.enums)
    )
    for name in sorted(names & old.declared.keys() & new.declared.keys()):
        if only is not None and name not in only:
            continue
        before, now = _format(old, name), _format(new, name)
        if before != now:
            yield Change(What.FORMAT, path + name, before, now)


def _format(schema: catalogues.Schema, field: str) -> str:
    if field in schema.enums:
        return 'enum'
    return schema.formats.get(field, 'no format')
