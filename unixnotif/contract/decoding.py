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

"""Reading a catalogue, strictly.

Rule: pure functions on bytes; what is wrong is said with its place. The
format is published as a JSON Schema in the reference.
"""

import gc
import json
from typing import Any

from unixnotif import document
from unixnotif import errors
from unixnotif.contract import catalogue as catalogues
from unixnotif.contract import encoding
from unixnotif.contract import types

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

    :raises CatalogueError: it is not one; the message says where
    """
    # What is read stays; to look for garbage in it, again and again, would
    # take a third of the time.
    collects = gc.isenabled()
    gc.disable()
    try:
        return _decode(data)
    finally:
        if collects:
            gc.enable()


def _decode(data: bytes) -> catalogues.Catalogue:
    try:
        value = document.decode(data)
    except errors.DocumentError as e:
        raise errors.CatalogueError(f'not a catalogue: {e}') from None
    found = value.get('format') if isinstance(value, dict) else None
    if found != catalogues.FORMAT:
        raise errors.CatalogueError(
            f'its format is {found!r}, and not {catalogues.FORMAT!r}'
        )
    reader = _Reader()
    reader.only(value, {'format', 'events', 'roots', 'payloads'}, '')
    catalogue = catalogues.Catalogue(
        reader.carried(value, 'events'),
        reader.carried(value, 'roots'),
        {
            name: reader.payload(item, f'payloads.{name}')
            for name, item in reader.mapping(value, 'payloads', '').items()
        },
    )
    # The quick way to see that each key is there once: no value looks like
    # one. What is written otherwise takes the longer way.
    if data.count(b'": ') != reader.keys:
        json.loads(data, object_pairs_hook=_unique)
    if b'\\u' in data:
        encoding.utf8(json.dumps(value, ensure_ascii=False))
    return catalogue


def _unique(pairs: list[tuple[str, Any]]) -> None:
    """Refuse a key that an object has twice: JSON takes the last one."""
    if len(dict(pairs)) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise errors.CatalogueError(
            f'the key {twice!r} is there twice, as after a merge'
        )


class _Reader:
    """Checks as it reads; types that were read before are known.

    :ivar keys: how many keys it has read
    """

    def __init__(self) -> None:
        self.keys = 0
        self._types: set[str] = set()

    def fail(self, where: str, what: str) -> errors.CatalogueError:
        return errors.CatalogueError(f'{where}: {what}')

    def only(self, value: Any, keys: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise self.fail(where, f'must be an object, not {value!r:.40}')
        if unknown := sorted(value.keys() - keys):
            raise self.fail(where or 'catalogue', f'unknown key {unknown[0]}')
        self.keys += len(value)

    def mapping(self, value: Any, key: str, where: str) -> dict[str, Any]:
        found = value.get(key, {})
        if not isinstance(found, dict):
            where = f'{where}.{key}'.lstrip('.')
            raise self.fail(where, f'must be an object, not {found!r:.40}')
        self.keys += len(found)
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
        return found

    def payload(self, value: Any, where: str) -> catalogues.Payload:
        self.only(value, {'prefix', 'current', 'versions'}, where)
        prefix, current = value.get('prefix'), value.get('current')
        if not isinstance(prefix, str):
            raise self.fail(f'{where}.prefix', 'must be a string')
        if current is not None and not isinstance(current, str):
            raise self.fail(f'{where}.current', 'must be a string')
        versions = {
            version: self.schema(item, f'{where}.versions.{version}')
            for version, item in self.mapping(value, 'versions', where).items()
        }
        if current is not None and current not in versions:
            raise self.fail(
                f'{where}.current', f'there is no version {current}'
            )
        return catalogues.Payload(prefix, current, versions)

    def schema(self, value: Any, where: str) -> catalogues.Schema:
        self.only(value, _SCHEMA_KEYS, where)
        status, source = value.get('status'), value.get('source')
        release = value.get('release')
        if status not in _STATUS:
            raise self.fail(f'{where}.status', f'{status!r} is no status')
        if release is not None and not isinstance(release, str):
            raise self.fail(f'{where}.release', 'must be a string')
        if source not in _SOURCES:
            raise self.fail(f'{where}.source', f'{source!r} is no source')
        enums = self.mapping(value, 'enums', where)
        for name, values in enums.items():
            if not _is_list_of(values, str):
                raise self.fail(
                    f'{where}.enums.{name}', 'must be a list of strings'
                )
        fields = self.types(value, 'fields', where)
        observed = self.types(value, 'observed', where)
        is_declared = catalogues.DECLARED in source
        if catalogues.OBSERVED not in source:
            seen = None
        else:
            seen = observed if is_declared else fields
        return catalogues.Schema(
            status,
            release,
            fields if is_declared else None,
            seen,
            enums,
            self.texts(value, 'formats', where),
            self.texts(value, 'inherited', where),
        )

    def texts(self, value: Any, key: str, where: str) -> dict[str, str]:
        if key not in value:  # as in most schemas
            return {}
        found = self.mapping(value, key, where)
        for name, text in found.items():
            if not isinstance(text, str):
                raise self.fail(f'{where}.{key}.{name}', 'must be a string')
        return found

    def types(self, value: Any, key: str, where: str) -> dict[str, str]:
        if key not in value:
            return {}
        found = self.mapping(value, key, where)
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
