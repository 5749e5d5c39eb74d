# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A service with versioned notifications, in small."""

# ruff: noqa: RUF012 - the library reads the dict "fields" of each class.

from typing import Any

from oslo_versionedobjects import base
from oslo_versionedobjects import fields


class ThingObject(base.VersionedObject):
    """Base of the objects of the service."""

    OBJ_SERIAL_NAMESPACE = 'thing_object'
    OBJ_PROJECT_NAMESPACE = 'thing'


class Wave(fields.FieldType):  # type: ignore[type-arg]
    """A field type with its own serializer."""

    def to_primitive(self, obj: Any, attr: str, value: Any) -> Any:
        return [value]


class Loud(fields.String):
    """A string type with its own serializer."""

    def to_primitive(self, obj: Any, attr: str, value: Any) -> Any:
        return {'loud': value}


class Word(fields.String):
    """A string type without its own serializer."""


class BasePayload(ThingObject):
    """A parent that is in no notification itself."""

    VERSION = '1.3'
    fields = {
        'id': fields.UUIDField(),
        'created_at': fields.DateTimeField(nullable=True),
    }


@base.VersionedObjectRegistry.register_if(False)
class PartPayload(ThingObject):
    """A nested payload."""

    VERSION = '2.1'
    fields = {'size': fields.FloatField()}


@base.VersionedObjectRegistry.register
class ThingPayload(BasePayload):
    """Every kind of field."""

    VERSION = '1.10'
    fields = {
        'name': fields.StringField(nullable=True),
        'state': fields.EnumField(['on', 'off']),
        'count': fields.NonNegativeIntegerField(),
        'flag': fields.FlexibleBooleanField(),
        'address': fields.IPV4AddressField(),
        'tags': fields.ListOfStringsField(),
        'marks': fields.SetOfIntegersField(nullable=True),
        'labels': fields.DictOfNullableStringsField(),
        'modes': fields.ListOfEnumField(['r', 'w']),
        'part': fields.ObjectField('PartPayload', nullable=True),
        'parts': fields.ListOfObjectsField('PartPayload'),
        'peer': fields.ObjectField('ThingPayload', nullable=True),
        'wave': fields.Field(Wave()),
        'loud': fields.Field(Loud(), nullable=True),
        'word': fields.Field(Word()),
    }


class ThingNotification(ThingObject):
    """A notification class."""

    VERSION = '1.0'
    fields = {'payload': fields.ObjectField('ThingPayload')}


class BrokenNotification(ThingObject):
    """A notification class whose payload class does not exist."""

    VERSION = '1.0'
    fields = {'payload': fields.ObjectField('NoPayload')}


class OddNotification(ThingObject):
    """A class that is no notification class: its payload is a string."""

    fields = {'payload': fields.StringField()}
