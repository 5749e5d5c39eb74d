# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Comparison of notifications with a catalogue.

Rule: pure functions. An observed schema is incomplete: each field may be null,
and a field that was absent once may be absent again. A declared schema is
exact.
"""

from collections.abc import Iterator
import dataclasses

from unixnotif import notification as notifications
from unixnotif import versioned
from unixnotif.contract import catalogues
from unixnotif.contract import observations
from unixnotif.contract import types


def conform(
    received: notifications.Notification, catalogue: catalogues.Catalogue
) -> list[str]:
    """Return each deviation from the catalogue, as a line.

    A payload without a version has no deviations.

    :param catalogue: all that was recorded
    """
    return conform_payload(received.payload, catalogue, received.event_type)


def conform_payload(
    payload: object,
    catalogue: catalogues.Catalogue,
    event_type: str | None = None,
) -> list[str]:
    """Return each deviation of a payload and its nested payloads."""
    if versioned.VersionedPayload.from_primitive(payload) is None:
        return []
    observer = observations.Observer()
    observer.add_payload(event_type or '', payload)
    seen = observer.catalogue()
    lines: list[str] = []
    if event_type is not None:
        lines += _event(event_type, seen, catalogue)
    for name, found in sorted(seen.payloads.items()):
        recorded = catalogue.payloads.get(name)
        # A catalogue records only the prefix of the current version.
        is_current = recorded and recorded.current in found.versions
        if recorded and is_current and recorded.prefix != found.prefix:
            lines.append(
                f'{name} has the prefix {found.prefix}, but the catalogue '
                f'has {recorded.prefix}'
            )
        for version, schema in found.versions.items():
            lines += _version(name, version, schema, catalogue)
    return lines


def _event(
    event_type: str,
    seen: catalogues.Catalogue,
    catalogue: catalogues.Catalogue,
) -> Iterator[str]:
    """Yield deviations of an event; a catalogue of classes has no events."""
    if not catalogue.events:
        return
    for pair in seen.events.get(event_type, ()):
        recorded = catalogue.events.get(event_type)
        if recorded is None:
            yield f'{event_type} is not in the catalogue'
        elif pair[0] not in {payload for payload, _ in recorded}:
            yield (
                f'{event_type} carries {pair[0]}, but the catalogue has '
                f'{recorded[-1][0]}'
            )


def _version(
    name: str,
    version: str,
    seen: catalogues.Schema,
    catalogue: catalogues.Catalogue,
) -> Iterator[str]:
    payload = catalogue.payloads.get(name)
    recorded = catalogue.schema(name, version)
    if payload is None:
        yield f'{name} is not in the catalogue'
    elif recorded is None:
        known = ', '.join(sorted(payload.versions, key=catalogues.order))
        yield f'{name} {version} is not in the catalogue, which has {known}'
    else:
        for line in _fields(seen.observed or {}, recorded):
            yield f'{name} {version}: {line}'


def _fields(
    seen: catalogues.Fields, recorded: catalogues.Schema
) -> Iterator[str]:
    for field, text in sorted(seen.items()):
        promised = recorded.fields.get(field)
        if promised is None:
            yield f'{field} ({types.words(text)}) is not in the catalogue'
        elif not _fits(types.parse(promised), types.parse(text), recorded):
            yield (
                f'{field} is {types.words(text)}, but the catalogue has '
                f'{types.words(promised)}'
            )
    for field, text in sorted((recorded.observed or {}).items()):
        present = seen.get(field, '~')
        if present.startswith('~') and not text.startswith('~'):
            yield f'{field} ({types.words(text)}) is absent'


def _fits(
    promised: types.Type, found: types.Type, recorded: catalogues.Schema
) -> bool:
    if recorded.declared is None:
        # The field may be null even if no notification has shown that.
        found = _without_null(found)
    return types.accepts(promised, found)


def _without_null(found: types.Type) -> types.Type:
    kinds = (
        dataclasses.replace(kind, item=_without_null(kind.item))
        if kind.item is not None
        else kind
        for kind in found.kinds
    )
    return types.Type(frozenset(kinds), optional=found.optional)
