# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Types of oslo.versionedobjects fields on the wire.

Rule: the library is not imported; its field types are known by their names.
A field type with its own serializer is ``any``, unless a table names its type.
"""

from collections.abc import Callable
from collections.abc import Mapping
import dataclasses
from typing import Any

from unixnotif.contract import types

_LIBRARY = 'oslo_versionedobjects.fields'

_PLAIN = {
    'Boolean': 'boolean',
    'DateTime': 'string',
    'Float': 'number',
    'Integer': 'integer',
    'NonNegativeFloat': 'number',
    'NonNegativeInteger': 'integer',
    'String': 'string',
    'StringPattern': 'string',
}
_FORMATS = {
    'DateTime': 'date-time',
    'IPAddress': 'ip',
    'IPNetwork': 'ip-network',
    'IPV4Address': 'ipv4',
    'IPV4AndV6Address': 'ip',
    'IPV4Network': 'ipv4-network',
    'IPV6Address': 'ipv6',
    'IPV6Network': 'ipv6-network',
    'MACAddress': 'mac',
    'PCIAddress': 'pci',
    'UUID': 'uuid',
}
_CONTAINERS = {'Dict': 'map', 'List': 'list', 'Set': 'list'}


@dataclasses.dataclass(frozen=True, slots=True)
class Described:
    """A field.

    :ivar values: sorted values of an enum; empty for other fields
    :ivar format: for example ``uuid``; empty when it has none
    """

    type: types.Type
    values: list[str] = dataclasses.field(default_factory=list)
    format: str = ''


class Table:
    """Field types on the wire.

    :param overrides: types by ``module:Class`` or ``Class``
    :raises CatalogueError: an override is not a type
    :ivar unknown: field types that became ``any``, as ``module:Class``
    """

    def __init__(self, overrides: Mapping[str, str]) -> None:
        self.unknown: set[str] = set()
        self._overrides = {
            name: types.parse(text) for name, text in overrides.items()
        }
        self._used: set[str] = set()

    def unused(self) -> list[str]:
        """Return the overrides that no field has needed."""
        return sorted(self._overrides.keys() - self._used)

    def object_name(self, field: Any) -> str | None:
        """Return the name of the class that an object field refers to."""
        kind = field._type
        return kind._obj_name if _known(kind) == 'Object' else None

    def describe(
        self, field: Any, refer: Callable[[str], str | None]
    ) -> Described:
        """Return the type of a field on the wire.

        :param refer: gives the reference of a class by its name
        """
        kind = field._type
        found = self._describe(kind, refer)
        nullable = found.type.nullable or bool(field.nullable)
        return dataclasses.replace(
            found, type=dataclasses.replace(found.type, nullable=nullable)
        )

    def _describe(
        self, kind: Any, refer: Callable[[str], str | None]
    ) -> Described:
        if (override := self._override(kind)) is not None:
            return Described(override)
        name = _known(kind)
        if name == 'Object':
            reference = refer(kind._obj_name)
            if reference is None:
                return Described(types.of('any'))
            return Described(types.of('payload', reference=reference))
        if name in _CONTAINERS:
            item = self.describe(kind._element_type, refer)
            made = types.of(_CONTAINERS[name], item.type)
            return dataclasses.replace(item, type=made)
        if name in _PLAIN:
            return Described(
                types.of(_PLAIN[name]), _values(kind), _format(kind)
            )
        self.unknown.add(f'{type(kind).__module__}:{type(kind).__qualname__}')
        return Described(types.of('any'))

    def _override(self, kind: Any) -> types.Type | None:
        for each in type(kind).__mro__:
            for name in (
                f'{each.__module__}:{each.__qualname__}',
                each.__qualname__,
            ):
                if name in self._overrides:
                    self._used.add(name)
                    return self._overrides[name]
        return None


def _known(kind: Any) -> str:
    """Return the library's type that serializes a type; '' if none does."""
    for each in type(kind).__mro__:
        if each.__module__ == _LIBRARY:
            name: str = each.__qualname__
            if name in _PLAIN or name in _CONTAINERS or name == 'Object':
                return name
        elif 'to_primitive' in vars(each):
            return ''
    return ''


def _values(kind: Any) -> list[str]:
    """Return the values of an Enum; no other type of the library has any."""
    values = getattr(kind, 'valid_values', None)
    return sorted({str(value) for value in values}) if values else []


def _format(kind: Any) -> str:
    names = (
        each.__qualname__
        for each in type(kind).__mro__
        if each.__module__ == _LIBRARY
    )
    return next((_FORMATS[n] for n in names if n in _FORMATS), '')
