# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Schemas inferred from the payloads of notifications.

Rule: many observations give one schema. Null shows that a field is nullable,
but not its type. An empty list or object does not show the type of its items.
A field that some payloads lack is optional. An object that is not versioned is
a map, of which no key is recorded. Values that are nested too deeply are
``any``.
"""

from collections.abc import Iterable
import dataclasses
from typing import Any

from unixnotif import notification as notifications
from unixnotif import versioned
from unixnotif.contract import catalogues
from unixnotif.contract import legacy
from unixnotif.contract import types

#: Maximum nesting of lists, maps and payloads; deeper values are ``any``.
_DEPTH = 32


class _Seen:
    """All observations of one version of one payload."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self._count = 0
        self._types: dict[str, types.Type] = {}
        self._present: dict[str, int] = {}

    def add(self, fields: dict[str, types.Type]) -> None:
        self._count += 1
        for name, found in fields.items():
            before = self._types.get(name, found)
            self._types[name] = types.merge(before, found)
            self._present[name] = self._present.get(name, 0) + 1

    def schema(self) -> catalogues.Schema:
        fields = {
            name: str(
                dataclasses.replace(
                    found, optional=self._present[name] < self._count
                )
            )
            for name, found in self._types.items()
        }
        return catalogues.Schema(observed=fields)


class Observer:
    """Collector of schemas from notifications.

    :ivar versioned: number of notifications with a versioned payload
    :ivar legacy: number of notifications whose payload is an object without a
        version
    :ivar unknown: number of notifications with any other payload, which the
        catalogue does not have
    """

    def __init__(self) -> None:
        self.versioned = 0
        self.legacy = 0
        self.unknown = 0
        self._seen: dict[tuple[str, str], _Seen] = {}
        self._events: dict[str, set[tuple[str, str]]] = {}
        self._legacy: dict[str, catalogues.Fields] = {}

    def add(self, received: notifications.Notification) -> None:
        """Take a notification into account."""
        self.add_payload(received.event_type, received.payload)

    def add_payload(self, event_type: str, value: object) -> None:
        """Add a payload of a notification."""
        payload = versioned.VersionedPayload.from_primitive(value)
        if payload is None:
            self._add_legacy(event_type, value)
            return
        self.versioned += 1
        name = self._observe(payload)
        carried = self._events.setdefault(event_type, set())
        carried.add((name, payload.version_text))

    def _add_legacy(self, event_type: str, value: object) -> None:
        if not isinstance(value, dict):
            self.unknown += 1
            return
        self.legacy += 1
        found = legacy.infer(value)
        known = self._legacy.get(event_type)
        self._legacy[event_type] = (
            found if known is None else legacy.merge(known, found)
        )

    def _observe(
        self, payload: versioned.VersionedPayload, depth: int = 0
    ) -> str:
        name = f'{payload.namespace}:{payload.name}'
        fields = {
            field: self._infer(value, depth)
            for field, value in payload.data.items()
        }
        seen = self._seen.setdefault(
            (name, payload.version_text), _Seen(payload.prefix)
        )
        seen.add(fields)
        return name

    def _infer(self, value: Any, depth: int) -> types.Type:
        plain = types.OF_VALUES.get(type(value))
        if plain is not None:
            return plain
        if depth == _DEPTH:
            return types.of('any')
        if isinstance(value, list):
            return types.of('list', self._infer_items(value, depth))
        payload = versioned.VersionedPayload.from_primitive(value)
        if payload is not None:
            name = self._observe(payload, depth + 1)
            return types.of('payload', reference=name)
        return types.of('map', self._infer_items(value.values(), depth))

    def _infer_items(self, values: Iterable[Any], depth: int) -> types.Type:
        found = types.UNKNOWN
        for value in values:
            found = types.merge(found, self._infer(value, depth + 1))
        return found

    def catalogue(self) -> catalogues.Catalogue:
        """Return the catalogue of the observations so far."""
        payloads: dict[str, catalogues.Payload] = {}
        for name, version in sorted(self._seen, key=_order):
            seen = self._seen[name, version]
            before = payloads.get(name)
            versions = before.versions if before else {}
            payloads[name] = catalogues.Payload(
                seen.prefix, version, {**versions, version: seen.schema()}
            )
        return catalogues.Catalogue(
            events={
                event: tuple(sorted(carried, key=_order))
                for event, carried in self._events.items()
            },
            payloads=payloads,
            legacy={
                name: legacy.fold(fields)
                for name, fields in sorted(self._legacy.items())
            },
        )


def _order(pair: tuple[str, str]) -> Any:
    name, version = pair
    return name, catalogues.order(version)


def observe(
    received: Iterable[notifications.Notification],
) -> catalogues.Catalogue:
    """Return a catalogue of the payloads of notifications."""
    observer = Observer()
    for each in received:
        observer.add(each)
    return observer.catalogue()
