#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""The events in the work of the service.

Rule: generators of notifications; whoever emits them decides how many.
"""

from collections.abc import Iterator
import itertools
import uuid

from demo import objects

HOST = 'host1'


def instances() -> Iterator[objects.Notification]:
    """The lives of instances, without end."""
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
    """The one new flavor of a command."""
    yield objects.FlavorNotification(
        event_type='flavor.create', payload=flavor(name)
    )


def flavor(name: str) -> objects.FlavorPayload:
    """A small flavor."""
    return objects.FlavorPayload(name=name, vcpus=1, memory_mb=512, disk_gb=1)
