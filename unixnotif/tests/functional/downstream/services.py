# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Services that emit versioned notifications, each in its project's way.

Rule: the payloads are objects of oslo.versionedobjects and go through its
serializer and a real Notifier. The payloads are modeled on ironic, masakari
and watcher, but no code of these projects is needed. Octavia's payloads are
plain dicts; ``tools/services`` runs its own modules.
"""
# ruff: noqa: RUF012 - the library reads "fields" as it stands in the class.

import datetime
import itertools
from typing import Any

from oslo_config import cfg
from oslo_context import context
import oslo_messaging
from oslo_versionedobjects import base
from oslo_versionedobjects import fields

WHEN = datetime.datetime(2026, 11, 21, 10, tzinfo=datetime.UTC)


class Service:
    """An emitter: a Notifier for objects.

    :param topic: to which its notifications go
    """

    def __init__(
        self, conf: cfg.ConfigOpts, publisher_id: str, topic: str
    ) -> None:
        self._notifier = oslo_messaging.Notifier(
            oslo_messaging.get_notification_transport(conf, 'fake://'),
            publisher_id,
            serializer=base.VersionedObjectSerializer(),
            topics=[topic],
        )

    def emit(
        self, event_type: str, payload: Any, priority: str = 'info'
    ) -> None:
        """Emit one object with all its fields, not only its changes."""
        payload.obj_reset_changes(recursive=True)
        getattr(self._notifier, priority)({}, event_type, payload)


# Fields become attributes, and the registry, which is global, stays as it is.
unregistered: Any = base.VersionedObjectRegistry.register_if(False)


class IronicObject(base.VersionedObject):
    OBJ_SERIAL_NAMESPACE = 'ironic_object'
    OBJ_PROJECT_NAMESPACE = 'ironic'


class MasakariObject(base.VersionedObject):
    OBJ_SERIAL_NAMESPACE = 'masakari_object'
    OBJ_PROJECT_NAMESPACE = 'masakari'


class WatcherObject(base.VersionedObject):
    OBJ_SERIAL_NAMESPACE = 'watcher_object'
    OBJ_PROJECT_NAMESPACE = 'watcher'


@unregistered
class PortPayload(IronicObject):
    VERSION = '1.0'
    fields = {'address': fields.MACAddressField()}


@unregistered
class NodePayload(IronicObject):
    VERSION = '1.16'
    fields = {
        'uuid': fields.UUIDField(),
        'name': fields.StringField(nullable=True),
        'power_state': fields.StringField(nullable=True),
        'target_power_state': fields.StringField(nullable=True),
        'ports': fields.ListOfObjectsField('PortPayload'),
        'traits': fields.ListOfStringsField(),
        'updated_at': fields.DateTimeField(),
    }


@unregistered
class ExceptionPayload(MasakariObject):
    VERSION = '1.0'
    fields = {
        'exception': fields.StringField(),
        'exception_message': fields.StringField(),
    }


@unregistered
class SegmentPayload(MasakariObject):
    VERSION = '1.1'
    fields = {
        'name': fields.StringField(),
        'recovery_method': fields.StringField(),
        'enabled': fields.BooleanField(),
        'fault': fields.ObjectField('ExceptionPayload', nullable=True),
    }


@unregistered
class StateUpdatePayload(WatcherObject):
    VERSION = '1.0'
    fields = {
        'old_state': fields.StringField(nullable=True),
        'state': fields.StringField(),
    }


@unregistered
class ActionPlanPayload(WatcherObject):
    VERSION = '1.1'
    fields = {
        'uuid': fields.UUIDField(),
        'global_efficacy': fields.DictOfStringsField(),
        'state_update': fields.ObjectField('StateUpdatePayload'),
    }


class Ironic(Service):
    """A conductor that sets the power of nodes."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        super().__init__(
            conf, 'ironic-conductor.host1', 'ironic_versioned_notifications'
        )

    def set_power(self, uuid: str, target: str, broken: bool = False) -> None:
        """Emit the start, and then the end or the error."""
        node: Any = NodePayload(
            uuid=uuid,
            name='node-1',
            power_state='power off',
            target_power_state=target,
            ports=[PortPayload(address='52:54:00:00:00:01')],
            traits=['CUSTOM_GPU'],
            updated_at=WHEN,
        )
        self.emit('baremetal.node.power_set.start', node)
        node.target_power_state = None
        if broken:
            node.power_state = 'error'
            self.emit('baremetal.node.power_set.error', node, 'error')
        else:
            node.power_state = target
            self.emit('baremetal.node.power_set.end', node)


class Masakari(Service):
    """An API that creates segments."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        super().__init__(conf, 'masakari-api:host1', 'versioned_notifications')

    def create_segment(self, name: str) -> None:
        """Emit the start, and then the end or the fault."""
        segment: Any = SegmentPayload(
            name=name, recovery_method='auto', enabled=True, fault=None
        )
        self.emit('segment.create.start', segment)
        if name:
            self.emit('segment.create.end', segment)
        else:
            segment.fault = ExceptionPayload(
                exception='ValueError', exception_message='no name'
            )
            self.emit('segment.create.error', segment, 'error')


class Watcher(Service):
    """An applier of action plans."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        super().__init__(conf, 'infra-optim:host1', 'notifications')

    def apply(self, uuid: str) -> None:
        """Emit a notification for each state."""
        states = [None, 'PENDING', 'ONGOING', 'SUCCEEDED']
        for old_state, state in itertools.pairwise(states):
            self.emit(
                'action_plan.update',
                ActionPlanPayload(
                    uuid=uuid,
                    global_efficacy={'saved': '2'},
                    state_update=StateUpdatePayload(
                        old_state=old_state, state=state
                    ),
                ),
            )


class Octavia:
    """A worker that passes a RequestContext to a plain Notifier."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._notifier = oslo_messaging.Notifier(
            oslo_messaging.get_notification_transport(conf, 'fake://')
        )

    def create(self, project_id: str, token: str) -> None:
        """Emit the end of the creation of a load balancer."""
        self._notifier.prepare().info(
            context.RequestContext(project_id=project_id, auth_token=token),
            'octavia.loadbalancer.create.end',
            {'project_id': project_id, 'loadbalancer_id': 'lb1'},
        )
