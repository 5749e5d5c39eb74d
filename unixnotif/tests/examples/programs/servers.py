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

"""A service that emits notifications about servers."""

from typing import Any

UUID = '9aa8f2a1-6e0f-4d4b-9a58-0d8f2a9d5a11'


def payload() -> dict[str, Any]:
    """Return a payload as oslo.versionedobjects serializes it."""
    return {
        'nova_object.name': 'InstancePayload',
        'nova_object.namespace': 'nova',
        'nova_object.version': '2.1',
        'nova_object.data': {
            'uuid': UUID,
            'name': 'web',
            'state': 'active',
            'created_at': '2026-11-22T08:15:00Z',
            'terminated_at': None,
            'flavor': {
                'nova_object.name': 'FlavorPayload',
                'nova_object.namespace': 'nova',
                'nova_object.version': '1.4',
                'nova_object.data': {
                    'name': 'small',
                    'vcpus': 2,
                    'extra_specs': {'hw:watchdog_action': 'disabled'},
                },
            },
            'ip_addresses': [
                {
                    'nova_object.name': 'IpPayload',
                    'nova_object.namespace': 'nova',
                    'nova_object.version': '1.0',
                    'nova_object.data': {'address': '192.168.1.3'},
                }
            ],
        },
    }


def create(versioned: Any, legacy: Any) -> None:
    """Create a server; emit both formats, each with its Notifier."""
    versioned.info({}, 'instance.create.end', payload())
    legacy.info(
        {}, 'compute.instance.create.end', {'name': 'web', 'memory_mb': 512}
    )
