# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""One service that emits, in a process of its own.

Rule: the notifier, the request context and the task of a service are its own
modules. Stand-ins replace only modules that these import and that would need
a database, policies or a workflow engine.
"""

import importlib
import os
import sys
import types
from typing import Any

from oslo_config import cfg
from testtools import matchers

from unixnotif import fixtures
from unixnotif import notification

_TOKEN = 'token-of-a-user'


def _stand_in(name: str, **attributes: Any) -> None:
    """Put a module of stand-ins in place of a service's dependency."""
    module: Any = types.ModuleType(name)
    for key, value in attributes.items():
        setattr(module, key, value)
    sys.modules[name] = module


class _Task:
    """Stands in for taskflow's Task."""

    def __init__(self, **_: Any) -> None:
        pass


class _Enforcer:
    """Stands in for Octavia's policies: nobody is an administrator."""

    def check_is_admin(self, _: Any) -> bool:
        return False


def emit_of_octavia() -> None:
    """Run Octavia's three tasks, and emit with a token."""
    _stand_in('taskflow', task=types.SimpleNamespace(Task=_Task))
    _stand_in('octavia.common.policy', get_enforcer=_Enforcer)
    _stand_in('octavia.db', api=types.SimpleNamespace(get_session=None))
    cfg.CONF.register_opt(
        cfg.StrOpt('auth_strategy', default='keystone'), group='api_settings'
    )
    context, rpc, tasks = (
        importlib.import_module(f'octavia.{name}')
        for name in (
            'common.context',
            'common.rpc',
            'controller.worker.v2.tasks.notification_tasks',
        )
    )
    rpc.init()
    balancer = {'project_id': 'p1', 'loadbalancer_id': 'lb1'}
    for task in (
        tasks.SendCreateNotification,
        tasks.SendUpdateNotification,
        tasks.SendDeleteNotification,
    ):
        task().execute(balancer)
    ctxt = context.RequestContext(project_id='p1', auth_token=_TOKEN)
    rpc.get_notifier().info(ctxt, 'octavia.with.token', balancer)
    rpc.cleanup()


def emit_of_blazar() -> None:
    """Send a lease's notifications."""
    context, api, notifier = (
        importlib.import_module(f'blazar.{name}')
        for name in ('context', 'notification.api', 'notification.notifier')
    )
    notifier.init()
    keys = (
        'id', 'user_id', 'trust_id', 'start_date', 'end_date', 'status',
        'reservations', 'events',
    )  # fmt: skip
    payload = api.format_lease_payload(
        {**dict.fromkeys(keys, 'x'), 'project_id': 'p1'}
    )
    ctxt = context.BlazarContext(project_id='p1', auth_token=_TOKEN)
    for event_type in 'lease.create', 'lease.event.start_lease':
        api.send_lease_notification(ctxt, payload, event_type)
    notifier.cleanup()


SERVICES = {
    'octavia': (
        emit_of_octavia,
        [
            'octavia.loadbalancer.create.end',
            'octavia.loadbalancer.update.end',
            'octavia.loadbalancer.delete.end',
            'octavia.with.token',
        ],
    ),
    'blazar': (emit_of_blazar, ['lease.create', 'lease.event.start_lease']),
}


def check(service: str) -> list[notification.Notification]:
    """Return the notifications of a service.

    :raises AssertionError: one is lost, or holds a token
    """
    emit, event_types = SERVICES[service]
    cfg.CONF([], default_config_files=[])
    with fixtures.UnixNotifierFixture(test=service) as fixture:
        emit()
        found: list[notification.Notification] = list(
            fixture.consumer.notifications
        )
    mismatch = matchers.Equals(event_types).match(
        [each.event_type for each in found]
    )
    if mismatch:
        raise AssertionError(mismatch.describe())
    for each in found:
        if each.context.get('project_id') != 'p1':
            raise AssertionError(f'{each.event_type} lacks its context')
        if _TOKEN.encode() in each.encode():
            raise AssertionError(f'{each.event_type} holds a token')
    return found


if __name__ == '__main__':
    sys.path.append(os.environ['SERVICES'])
    [_, _service] = sys.argv
    _found = check(_service)
    print(f'{_service}: {len(_found)} notifications delivered, no token')
