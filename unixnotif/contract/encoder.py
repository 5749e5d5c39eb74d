# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Encoder of catalogues: equal catalogues give equal bytes.

Rule: pure functions. Each field has a line, and everything is sorted, so that
a reviewer can read a change as a diff.
"""

from collections.abc import Iterator
import json
from typing import Any

from unixnotif import errors
from unixnotif.contract import catalogues
from unixnotif.contract import types


def encode(catalogue: catalogues.Catalogue) -> bytes:
    """Write a catalogue.

    :raises CatalogueError: the decoder would refuse a name of the catalogue
    """
    for name in catalogue.payloads:
        if not types.is_name(name):
            raise errors.CatalogueError(
                f'{name!r} cannot be the name of a payload'
            )
    # Older releases of this tool read the first format.
    value: dict[str, Any] = {'format': catalogue.format}
    value['events'] = _sorted(catalogue.events)
    if catalogue.roots:
        value['roots'] = _sorted(catalogue.roots)
    value['payloads'] = {
        name: _payload_value(payload)
        for name, payload in sorted(catalogue.payloads.items())
    }
    if catalogue.legacy:
        value['legacy'] = {
            name: _sorted(fields)
            for name, fields in sorted(catalogue.legacy.items())
        }
    return utf8(''.join(_lines(value, 0)) + '\n')


def utf8(text: str) -> bytes:
    """Encode text.

    :raises CatalogueError: the text has half of a surrogate pair
    """
    try:
        return text.encode()
    except UnicodeEncodeError as e:
        # JSON can escape half of a pair; UTF-8 cannot encode it.
        start = text.rfind('"', 0, e.start) + 1
        raise errors.CatalogueError(
            f'{text[start : e.end]!r} is not Unicode'
        ) from None


def _payload_value(payload: catalogues.Payload) -> dict[str, Any]:
    value: dict[str, Any] = {'prefix': payload.prefix}
    if payload.origin:
        value['class'] = payload.origin
    if payload.current is not None:
        value['current'] = payload.current
    value['versions'] = {
        version: _schema_value(payload.versions[version])
        for version in sorted(payload.versions, key=catalogues.order)
    }
    return value


def _schema_value(schema: catalogues.Schema) -> dict[str, Any]:
    value: dict[str, Any] = {'status': schema.status}
    if schema.release is not None:
        value['release'] = schema.release
    value['source'] = schema.source
    value['fields'] = _sorted(schema.fields)
    if len(schema.source) > 1:
        value['observed'] = _sorted(schema.observed or {})
    for key in ('enums', 'formats', 'inherited'):
        if found := getattr(schema, key):
            value[key] = _sorted(found)
    return value


def _sorted(value: dict[str, Any]) -> dict[str, Any]:
    return dict(sorted(value.items()))


def _lines(value: Any, depth: int) -> Iterator[str]:
    """Yield JSON in which only objects take more than a line."""
    if not isinstance(value, dict) or not value:
        yield json.dumps(value, ensure_ascii=False)
        return
    separator = '{\n'
    for key, item in value.items():
        name = json.dumps(key, ensure_ascii=False)
        yield f'{separator}{" " * (depth + 1)}{name}: '
        yield from _lines(item, depth + 1)
        separator = ',\n'
    yield f'\n{" " * depth}}}'
