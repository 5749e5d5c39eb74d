# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The events in the work of the service.

Rule: generators of notifications. The emitter decides how many it takes.
"""

from collections.abc import Iterator
import itertools
import uuid

from demo import objects

HOST = 'host1'


def instances() -> Iterator[objects.Notification]:
    """Yield the lives of instances, without end."""
    while True:
        instance = str(uuid.uuid4())
        for event, state in ('create', 'active'), ('delete', 'deleted'):
            yield objects.InstanceNotification(
                event_type=f'instance.{event}',
                payload=objects.InstancePayload(
                    uuid=instance,
                    host=HOST,
                    state=state,
                    flavor=flavor('m1.tiny'),
                ),
            )


def states() -> Iterator[objects.Notification]:
    """Yield the reports that the service is alive, without end."""
    for count in itertools.count(1):
        yield objects.ServiceNotification(
            event_type='service.update',
            payload=objects.ServicePayload(
                host=HOST, binary='demo-compute', report_count=count
            ),
        )


def flavors(name: str) -> Iterator[objects.Notification]:
    """Yield the new flavor of a command."""
    yield objects.FlavorNotification(
        event_type='flavor.create', payload=flavor(name)
    )


def flavor(name: str) -> objects.FlavorPayload:
    """Return a small flavor."""
    return objects.FlavorPayload(name=name, vcpus=1, memory_mb=512, disk_gb=1)
