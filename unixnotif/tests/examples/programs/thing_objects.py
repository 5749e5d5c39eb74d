# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Payload classes of a service."""

from oslo_versionedobjects import base
from oslo_versionedobjects import fields


class ThingObject(base.VersionedObject):
    OBJ_SERIAL_NAMESPACE = 'thing_object'
    OBJ_PROJECT_NAMESPACE = 'thing'


@base.VersionedObjectRegistry.register_if(False)
class ThingPayload(ThingObject):
    VERSION = '1.2'
    fields = {
        'id': fields.UUIDField(),
        'name': fields.StringField(nullable=True),
        'tags': fields.ListOfStringsField(),
    }


@base.VersionedObjectRegistry.register_if(False)
class ThingNotification(ThingObject):
    VERSION = '1.0'
    fields = {
        'payload': fields.ObjectField('ThingPayload'),
    }
