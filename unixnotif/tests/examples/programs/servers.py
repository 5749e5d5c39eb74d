# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

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
