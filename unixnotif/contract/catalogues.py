# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The catalogue: every version of every payload that a project recorded.

Rule: values only. Types are kept as the texts of the file, so that equal
schemas compare at once; :mod:`unixnotif.contract.types` reads them where a
rule needs more.
"""

from collections.abc import Iterable
import dataclasses
import itertools

from unixnotif import versioned
from unixnotif.contract import types

#: The first format has neither legacy payloads nor classes.
FORMAT_1 = 'unixnotif-catalogue/1'
FORMAT_2 = 'unixnotif-catalogue/2'
PENDING = 'pending'
RELEASED = 'released'
DECLARED = 'declared'
OBSERVED = 'observed'

#: Types by the name of the field.
Fields = dict[str, str]
#: Payloads and versions of an event; the last pair is the current one.
Carried = tuple[tuple[str, str], ...]


@dataclasses.dataclass(frozen=True, slots=True, weakref_slot=True)
class Schema:
    """One version of a payload.

    :ivar status: ``pending`` may still be amended, ``released`` not
    :ivar release: the release that froze it
    :ivar declared: fields that the payload class declares; None if no class
        was read
    :ivar observed: fields that notifications had; None if no notification was
        observed
    :ivar enums: the values that a field may have, declared
    :ivar formats: for example ``uuid`` or ``date-time``, declared
    :ivar inherited: fields that come from a parent class, as
        ``nova:InstancePayload 1.9``
    """

    status: str = PENDING
    release: str | None = None
    declared: Fields | None = None
    observed: Fields | None = None
    enums: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    formats: Fields = dataclasses.field(default_factory=dict)
    inherited: Fields = dataclasses.field(default_factory=dict)

    @property
    def source(self) -> list[str]:
        """Sources of the schema: declared, observed or both."""
        known = ((DECLARED, self.declared), (OBSERVED, self.observed))
        return [name for name, fields in known if fields is not None]

    @property
    def fields(self) -> Fields:
        """Declared fields, or else the observed ones."""
        if self.declared is not None:
            return self.declared
        return self.observed or {}

    def type_of(self, field: str) -> types.Type | None:
        """Return the type of a field; None if the schema lacks the field.

        A class does not declare that a field may be absent. Only observations
        show that.
        """
        text = self.fields.get(field)
        if text is None:
            return None
        found = types.parse(text)
        seen = (self.observed or {}).get(field, '')
        return dataclasses.replace(
            found, optional=found.optional or seen.startswith('~')
        )

    @property
    def references(self) -> frozenset[str]:
        """The payloads that its fields refer to."""
        return frozenset(
            itertools.chain.from_iterable(
                types.parse(text).references
                for text in set(self.fields.values())
                if 'payload<' in text
            )
        )


@dataclasses.dataclass(frozen=True, slots=True)
class Payload:
    """A payload by its name.

    :ivar prefix: for example ``nova_object``
    :ivar current: the version of the class; without a class, the highest
        observed version; None when a run that knows all classes found none of
        this name
    :ivar versions: every recorded version by its text
    :ivar origin: the class that declares it, as ``module:Class``; '' when none
        was read
    """

    prefix: str
    current: str | None = None
    versions: dict[str, Schema] = dataclasses.field(default_factory=dict)
    origin: str = ''

    @property
    def version(self) -> str:
        """Current version, or else the latest version; '' without versions."""
        if self.current is not None and self.current in self.versions:
            return self.current
        return max(self.versions, key=order, default='')

    @property
    def schema(self) -> Schema | None:
        """Schema of :attr:`version`."""
        return self.versions.get(self.version)

    @property
    def is_declared(self) -> bool:
        """True if a class declares the payload, or has declared it."""
        return self.schema is not None and self.schema.declared is not None


@dataclasses.dataclass(frozen=True, slots=True)
class Catalogue:
    """Schemas of a project's notifications.

    :ivar events: payloads and versions of each event_type; the last pair is
        the current one
    :ivar roots: payloads and versions of each notification class
    :ivar payloads: payloads by ``namespace:Name``
    :ivar legacy: fields of payloads without a version, by event_type
    """

    events: dict[str, Carried] = dataclasses.field(default_factory=dict)
    roots: dict[str, Carried] = dataclasses.field(default_factory=dict)
    payloads: dict[str, Payload] = dataclasses.field(default_factory=dict)
    legacy: dict[str, Fields] = dataclasses.field(default_factory=dict)

    def schema(self, payload: str, version: str) -> Schema | None:
        """Return the schema of a version; None if it is not recorded."""
        found = self.payloads.get(payload)
        return found.versions.get(version) if found else None

    @property
    def format(self) -> str:
        """Oldest format that can hold the catalogue."""
        is_old = not self.legacy and not any(
            payload.origin for payload in self.payloads.values()
        )
        return FORMAT_1 if is_old else FORMAT_2

    @property
    def is_empty(self) -> bool:
        """True if the catalogue has no payload and no legacy event."""
        return not self.payloads and not self.legacy


def order(version: str) -> tuple[versioned.Version, str]:
    """Return a key for sorting; malformed versions come first."""
    return versioned.parse_version(version), version


def release(catalogue: Catalogue, tag: str) -> Catalogue:
    """Return the catalogue with its pending versions frozen."""
    frozen = {}
    for name, payload in catalogue.payloads.items():
        versions = {
            version: dataclasses.replace(schema, status=RELEASED, release=tag)
            if schema.status == PENDING
            else schema
            for version, schema in payload.versions.items()
        }
        frozen[name] = dataclasses.replace(payload, versions=versions)
    return dataclasses.replace(catalogue, payloads=frozen)


def pending(catalogue: Catalogue) -> Iterable[tuple[str, str]]:
    """Yield the payload and version of each pending schema."""
    return _with_status(catalogue, PENDING)


def released(catalogue: Catalogue) -> Iterable[tuple[str, str]]:
    """Yield the payload and version of each released schema."""
    return _with_status(catalogue, RELEASED)


def _with_status(
    catalogue: Catalogue, status: str
) -> Iterable[tuple[str, str]]:
    for name, payload in sorted(catalogue.payloads.items()):
        for version in sorted(payload.versions, key=order):
            if payload.versions[version].status == status:
                yield name, version


def is_unreleased(catalogue: Catalogue) -> bool:
    """Return True if there are payloads, and no version is released."""
    return bool(catalogue.payloads) and not any(released(catalogue))


def without_values(catalogue: Catalogue, unused: Iterable[str]) -> Catalogue:
    """Return the catalogue without enum values that no notification has."""
    gone = frozenset(unused)
    if not gone:
        return catalogue
    payloads = {}
    for name, payload in catalogue.payloads.items():
        versions = {}
        for version, schema in payload.versions.items():
            enums = {
                field: kept
                for field, values in schema.enums.items()
                if (kept := [v for v in values if v not in gone])
            }
            versions[version] = dataclasses.replace(schema, enums=enums)
        payloads[name] = dataclasses.replace(payload, versions=versions)
    return dataclasses.replace(catalogue, payloads=payloads)
