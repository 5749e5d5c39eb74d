# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Versioned notifications, built the way nova builds its own.

Rule: a change of the fields raises VERSION of a payload: the minor number if
a field is added, the major number for any other change.
"""
# ruff: noqa: RUF012 - the library reads "fields" as it stands in the class.

import oslo_messaging
from oslo_versionedobjects import base
from oslo_versionedobjects import fields

SERVICE = 'demo'


class DemoObject(base.VersionedObject):
    """On the wire, ``nova_object.name``, ``.version`` and ``.data``."""

    OBJ_SERIAL_NAMESPACE = 'nova_object'
    OBJ_PROJECT_NAMESPACE = SERVICE


@base.VersionedObjectRegistry.register
class FlavorPayload(DemoObject):
    """The size of an instance."""

    # 1.0: first version
    # 1.1: disk_gb
    VERSION = '1.1'
    fields = {
        'name': fields.StringField(),
        'vcpus': fields.IntegerField(),
        'memory_mb': fields.IntegerField(),
        'disk_gb': fields.IntegerField(),
    }


@base.VersionedObjectRegistry.register
class InstancePayload(DemoObject):
    """An instance, with its flavor inside."""

    # 1.0: first version
    # 2.0: flavor is an object; it was a name
    VERSION = '2.0'
    fields = {
        'uuid': fields.UUIDField(),
        'host': fields.StringField(),
        'state': fields.EnumField(['active', 'deleted']),
        'flavor': fields.ObjectField('FlavorPayload'),
    }


@base.VersionedObjectRegistry.register
class ServicePayload(DemoObject):
    """The state of a service."""

    # 1.0: first version
    VERSION = '1.0'
    fields = {
        'host': fields.StringField(),
        'binary': fields.StringField(),
        'report_count': fields.IntegerField(),
    }


class Notification(DemoObject):
    """An event and its payload; only the payload goes on the wire.

    Each event has a class that names its payload, so that no event is emitted
    with the payload of another.
    """

    fields = {'event_type': fields.StringField()}
    # For type checkers; the library makes the properties from the fields.
    event_type: str
    payload: DemoObject

    def emit(self, notifier: oslo_messaging.Notifier) -> None:
        """Pass the payload to the Notifier, which neither fails nor waits."""
        # Consumers receive the whole payload, not only its last change.
        self.payload.obj_reset_changes(recursive=True)
        # A real service passes its request context.
        notifier.info({}, self.event_type, self.payload.obj_to_primitive())


@base.VersionedObjectRegistry.register
class FlavorNotification(Notification):
    """flavor.create"""

    VERSION = '1.0'
    fields = {'payload': fields.ObjectField('FlavorPayload')}


@base.VersionedObjectRegistry.register
class InstanceNotification(Notification):
    """instance.create, instance.delete"""

    VERSION = '1.0'
    fields = {'payload': fields.ObjectField('InstancePayload')}


@base.VersionedObjectRegistry.register
class ServiceNotification(Notification):
    """service.update"""

    VERSION = '1.0'
    fields = {'payload': fields.ObjectField('ServicePayload')}
