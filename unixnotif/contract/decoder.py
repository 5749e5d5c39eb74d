# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Strict decoder of catalogues.

Rule: pure functions on bytes; an error names its place. The format is
published as a JSON Schema in the reference. A catalogue is a file of the
project, not a message of a peer: no limit of a document applies to it.
"""

from collections.abc import Mapping
from collections.abc import Sequence
import contextlib
import json
from typing import Any

from unixnotif import document
from unixnotif import errors
from unixnotif.contract import blocks
from unixnotif.contract import catalogues
from unixnotif.contract import encoder
from unixnotif.contract import types

_CATALOGUE_KEYS = {
    catalogues.FORMAT_1: frozenset({'format', 'events', 'roots', 'payloads'}),
    catalogues.FORMAT_2: frozenset(
        {'format', 'events', 'roots', 'payloads', 'legacy'}
    ),
}
_PAYLOAD_KEYS = frozenset({'prefix', 'class', 'current', 'versions'})
_SCHEMA_KEYS = frozenset(
    {
        'status',
        'release',
        'source',
        'fields',
        'observed',
        'enums',
        'formats',
        'inherited',
    }
)
_STATUS = (catalogues.PENDING, catalogues.RELEASED)
_SOURCES = (
    [catalogues.DECLARED],
    [catalogues.OBSERVED],
    [catalogues.DECLARED, catalogues.OBSERVED],
)


def decode(data: bytes) -> catalogues.Catalogue:
    """Read a catalogue.

    :raises CatalogueError: the data is not a catalogue; the message names the
        place
    """
    parts = blocks.split(data)
    found = None
    if parts.keys:
        # An error in a part does not name its place. Decode the whole text,
        # whose error does.
        with contextlib.suppress(errors.CatalogueError):
            found = _decode_parts(parts)
    return _decode(data, _Reader()) if found is None else found


def _decode_parts(parts: blocks.Split) -> catalogues.Catalogue | None:
    """Read the versions that were not read before, and the rest.

    :returns: None if the text is split wrongly
    :raises CatalogueError: the text is no catalogue
    """
    found = parts.known
    if parts.texts:
        # With another number of items, the text is split wrongly.
        data = b'[%b]' % b','.join(parts.texts.values())
        values = _parse(data)
        if len(values) != len(parts.texts):
            return None
        reader = _Reader()
        # Each value is freed at once: see _Reader.payloads().
        for key in reversed(parts.texts):
            found[key] = reader.schema(values.pop(), '')
        _refuse_repeated(data, reader.strings)
        # Only now: a refused text must not enter the cache.
        for key in parts.texts:
            blocks.keep(key, found[key])
    reader = _Reader([found[key] for key in parts.keys])
    catalogue = _decode(parts.rest, reader)
    # An index that the reader did not use replaces a value that is no version.
    return catalogue if reader.used == len(parts.keys) else None


def _parse(data: bytes) -> Any:
    try:
        value = document.parse(data)
    except errors.DocumentError as e:
        raise errors.CatalogueError(f'not a catalogue: {e}') from None
    if b'\\u' in data:
        encoder.utf8(json.dumps(value, ensure_ascii=False))
    return value


def _decode(data: bytes, reader: '_Reader') -> catalogues.Catalogue:
    value = _parse(data)
    if not isinstance(value, dict) or 'format' not in value:
        raise errors.CatalogueError(
            'not a catalogue: the file has no key "format"'
        )
    found = value['format']
    if not isinstance(found, str) or found not in _CATALOGUE_KEYS:
        newest = catalogues.FORMAT_2
        raise errors.CatalogueError(
            f'its format is {found!r}, but this release reads {newest!r} '
            'and older formats'
        )
    reader.only(value, _CATALOGUE_KEYS[found], '')
    reader.strings += 1
    catalogue = catalogues.Catalogue(
        reader.carried(value, 'events'),
        reader.carried(value, 'roots'),
        reader.payloads(value),
        reader.legacy(value),
    )
    _refuse_repeated(data, reader.strings)
    return catalogue


def _refuse_repeated(data: bytes, strings: int) -> None:
    """Refuse a text in which an object has a key twice.

    Each key and each string has two quotation marks, or more if it contains
    some. If the text has exactly two for each key and string that was read, no
    key is repeated. Otherwise, compare the keys themselves.
    """
    if data.count(b'"') != 2 * strings:
        json.loads(data, object_pairs_hook=_unique)


def _unique(pairs: list[tuple[str, Any]]) -> None:
    """Refuse a key that an object has twice: JSON takes the last one."""
    if len(dict(pairs)) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise errors.CatalogueError(
            f'the key {twice!r} occurs twice, for example after a git merge'
        )


class _Reader:
    """Strict reader of a catalogue, which parses each type once.

    :param schemas: schemas that an index in the text stands for
    :ivar strings: number of keys and of texts that the reader has read
    :ivar used: number of indexes that the reader has read
    """

    def __init__(self, schemas: Sequence[Any] = ()) -> None:
        self.strings = 0
        self.used = 0
        self._schemas = schemas
        self._types: set[str] = set()

    def fail(self, where: str, what: str) -> errors.CatalogueError:
        return errors.CatalogueError(f'{where}: {what}')

    def only(self, value: Any, keys: frozenset[str], where: str) -> None:
        if not isinstance(value, dict):
            raise self.fail(where, f'must be an object, not {value!r:.40}')
        if not keys.issuperset(value):
            unknown = min(value.keys() - keys)
            raise self.fail(where or 'catalogue', f'unknown key {unknown}')
        self.strings += len(value)

    def mapping(self, value: Any, key: str, where: str) -> dict[str, Any]:
        found = value.get(key)
        if found is None and key not in value:
            return {}
        if not isinstance(found, dict):
            where = f'{where}.{key}'.lstrip('.')
            raise self.fail(where, f'must be an object, not {found!r:.40}')
        self.strings += len(found)
        return found

    def carried(self, value: Any, key: str) -> dict[str, catalogues.Carried]:
        found = {}
        for name, pairs in self.mapping(value, key, '').items():
            if not _is_list_of(pairs, list) or not all(
                len(pair) == 2 and _is_list_of(pair, str) for pair in pairs
            ):
                raise self.fail(
                    f'{key}.{name}', 'must be a list of [payload, version]'
                )
            found[name] = tuple((pair[0], pair[1]) for pair in pairs)
            self.strings += 2 * len(pairs)
        return found

    def payloads(self, value: Any) -> dict[str, catalogues.Payload]:
        found = self.mapping(value, 'payloads', '')
        # Free each value after reading it: the garbage collector counts the
        # objects that are allocated and not freed, and would run more often.
        return {
            name: self.payload(found.pop(name), f'payloads.{name}')
            for name in list(found)
        }

    def legacy(self, value: Any) -> dict[str, catalogues.Fields]:
        found = self.mapping(value, 'legacy', '')
        return {name: self.types(found, name, 'legacy') for name in found}

    def payload(self, value: Any, where: str) -> catalogues.Payload:
        self.only(value, _PAYLOAD_KEYS, where)
        prefix, current = value.get('prefix'), value.get('current')
        origin = value.get('class', '')
        if not isinstance(prefix, str):
            raise self.fail(f'{where}.prefix', 'must be a string')
        if current is not None and not isinstance(current, str):
            raise self.fail(f'{where}.current', 'must be a string')
        if not isinstance(origin, str):
            raise self.fail(f'{where}.class', 'must be a string')
        self.strings += 'class' in value
        self.strings += 1 if current is None else 2
        found = self.mapping(value, 'versions', where)
        versions = {
            version: self.schema(
                found.pop(version), f'{where}.versions.{version}'
            )
            for version in list(found)
        }
        if current is not None and current not in versions:
            raise self.fail(
                f'{where}.current', f'there is no version {current}'
            )
        return catalogues.Payload(prefix, current, versions, origin)

    def schema(self, value: Any, where: str) -> catalogues.Schema:
        if type(value) is int and 0 <= value < len(self._schemas):
            self.used += 1
            found: catalogues.Schema = self._schemas[value]
            return found
        self.only(value, _SCHEMA_KEYS, where)
        status, source = value.get('status'), value.get('source')
        release = value.get('release')
        if status not in _STATUS:
            raise self.fail(
                f'{where}.status',
                f'must be "pending" or "released", not {status!r:.40}',
            )
        if release is not None:
            if not isinstance(release, str):
                raise self.fail(f'{where}.release', 'must be a string')
            self.strings += 1
        if source not in _SOURCES:
            raise self.fail(
                f'{where}.source',
                'must be a list with "declared", "observed" or both, in this '
                f'order, not {source!r:.40}',
            )
        self.strings += 1 + len(source)
        fields = self.types(value, 'fields', where)
        is_declared = catalogues.DECLARED in source
        observed = (
            self.types(value, 'observed', where) if 'observed' in value else {}
        )
        if catalogues.OBSERVED not in source:
            seen = None
        else:
            seen = observed if is_declared else fields
        return catalogues.Schema(
            status,
            release,
            fields if is_declared else None,
            seen,
            self.enums(value, where) if 'enums' in value else {},
            self.texts(value, 'formats', where) if 'formats' in value else {},
            self.texts(value, 'inherited', where)
            if 'inherited' in value
            else {},
        )

    def enums(self, value: Any, where: str) -> dict[str, list[str]]:
        found = self.mapping(value, 'enums', where)
        for name, values in found.items():
            if not _is_list_of(values, str):
                raise self.fail(
                    f'{where}.enums.{name}', 'must be a list of strings'
                )
            self.strings += len(values)
        return found

    def texts(self, value: Any, key: str, where: str) -> dict[str, str]:
        found = self.mapping(value, key, where)
        for name, text in found.items():
            if not isinstance(text, str):
                raise self.fail(f'{where}.{key}.{name}', 'must be a string')
        self.strings += len(found)
        return found

    def types(
        self, value: Mapping[str, Any], key: str, where: str
    ) -> dict[str, str]:
        found = self.mapping(value, key, where)
        self.strings += len(found)
        try:
            if self._types.issuperset(found.values()):
                return found
        except TypeError:  # a list or an object: refused below
            pass
        for name, text in found.items():
            wrong = 'must be a string'
            try:
                if isinstance(text, str):
                    types.parse(text)
                    continue
            except errors.CatalogueError as e:
                wrong = str(e)
            raise self.fail(f'{where}.{key}.{name}', wrong)
        self._types.update(found.values())
        return found


def _is_list_of(value: Any, kind: type) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, kind) for item in value
    )
