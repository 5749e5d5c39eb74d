# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Two notifications in nova's versioned format, which the benchmarks emit.

Rule: all contenders emit the same objects. BIG is ``instance.create.end`` with
three network interfaces and three volumes; the driver sends it as a document
of about 4.7 KB. SMALL is ``service.update``, with about 0.7 KB.
"""

import json
from typing import Any
from typing import NamedTuple


class Payload(NamedTuple):
    """One kind of notification.

    :ivar name: for tables
    :ivar event_type: as nova names it
    :ivar value: the payload itself
    """

    name: str
    event_type: str
    value: dict[str, Any]

    @property
    def size(self) -> int:
        """Bytes of the payload as JSON."""
        return len(json.dumps(self.value, separators=(',', ':')))

    def document(self) -> bytes:
        """Return a notification of this kind, as it is on the wire."""
        envelope = {
            'message_id': _uuid(1),
            'publisher_id': 'nova-compute:compute-rack12-node07',
            'event_type': self.event_type,
            'priority': 'INFO',
            'timestamp': '2024-01-01 00:00:00.000000',
            'payload': self.value,
        }
        return json.dumps(envelope, separators=(',', ':')).encode()


def _versioned(name: str, version: str, /, **data: Any) -> dict[str, Any]:
    return {
        'nova_object.name': name,
        'nova_object.namespace': 'nova',
        'nova_object.version': version,
        'nova_object.data': data,
    }


def _uuid(number: int) -> str:
    return f'{number:08x}-7f3a-4c1e-9b52-{number * 7919:012x}'


def _interface(number: int) -> dict[str, Any]:
    return _versioned(
        'IpPayload',
        '1.0',
        label=f'private-network-{number}',
        mac=f'fa:16:3e:4c:2c:{number:02x}',
        meta={},
        port_uuid=_uuid(100 + number),
        version=4,
        address=f'192.168.{number}.3',
        device_name=f'tapce531f90-{number}9',
    )


def _volume(number: int) -> dict[str, Any]:
    return _versioned(
        'BlockDevicePayload',
        '1.0',
        boot_index=number or None,
        delete_on_termination=False,
        device_name=f'/dev/vd{"abc"[number]}',
        tag=None,
        volume_id=_uuid(200 + number),
    )


_FLAVOR = _versioned(
    'FlavorPayload',
    '1.4',
    description='General purpose, two processors',
    disabled=False,
    ephemeral_gb=0,
    extra_specs={
        'hw:watchdog_action': 'disabled',
        'hw:cpu_policy': 'shared',
        'hw:numa_nodes': '1',
    },
    flavorid='a22d5517-147c-4147-a0d1-e698df5cd4e3',
    is_public=True,
    memory_mb=4096,
    name='general.medium',
    projects=None,
    root_gb=20,
    rxtx_factor=1.0,
    swap=0,
    vcpu_weight=0,
    vcpus=2,
)

_IMAGE = _versioned(
    'ImageMetaPropsPayload',
    '1.12',
    hw_architecture='x86_64',
    hw_disk_bus='virtio',
    hw_machine_type='q35',
    hw_firmware_type='uefi',
    os_distro='debian',
)

BIG = Payload(
    'BIG',
    'instance.create.end',
    _versioned(
        'InstanceCreatePayload',
        '1.12',
        architecture='x86_64',
        auto_disk_config='MANUAL',
        availability_zone='nova',
        block_devices=[_volume(number) for number in range(3)],
        created_at='2026-11-21T10:00:00Z',
        deleted_at=None,
        display_description='The web tier of the shop, behind the balancer',
        display_name='web-frontend-0017',
        fault=None,
        flavor=_FLAVOR,
        host='compute-rack12-node07',
        host_name='web-frontend-0017',
        image_uuid='155d900f-4e14-4e4c-a73d-069cbf4541e6',
        instance_name='instance-0000a41b',
        ip_addresses=[_interface(number) for number in range(3)],
        kernel_id='',
        keypairs=[
            _versioned(
                'KeypairPayload',
                '1.0',
                user_id='fake',
                name='deploy-key',
                fingerprint='1e:2c:9b:56:79:4b:45:77:f9:ca:7a:98:2c:b0:d5:3c',
                public_key='ssh-rsa '
                + 'AAAAB3NzaC1yc2EAAAADAQABAAABAQDx' * 12,
                type='ssh',
            )
        ],
        launched_at='2026-11-21T10:00:00Z',
        locked=False,
        locked_reason=None,
        metadata={'role': 'web', 'tier': 'front', 'owner': 'shop-team'},
        node='compute-rack12-node07',
        os_type=None,
        power_state='running',
        progress=0,
        ramdisk_id='',
        request_id='req-5b6c791d-5709-4f36-8fbe-c3e02869e35d',
        reservation_id='r-npxv0e40',
        state='active',
        tags=['shop', 'frontend'],
        task_state=None,
        tenant_id='6f70656e737461636b20342065766572',
        terminated_at=None,
        trusted_image_certificates=[
            'cert-id-0c7f61d2-1',
            'cert-id-0c7f61d2-2',
        ],
        updated_at='2026-11-21T10:00:00Z',
        user_id='fdd57c8c1b6a4d8ba9e4f1a0c2f3a7d5',
        uuid='178b0921-8f85-4257-88b6-2e743b5a975c',
        action_initiator_user='fdd57c8c1b6a4d8ba9e4f1a0c2f3a7d5',
        action_initiator_project='6f70656e737461636b20342065766572',
        image_properties=_IMAGE,
    ),
)

SMALL = Payload(
    'SMALL',
    'service.update',
    _versioned(
        'ServiceStatusPayload',
        '1.1',
        host='compute-rack12-node07',
        binary='nova-compute',
        topic='compute',
        report_count=48211,
        disabled=False,
        disabled_reason=None,
        availability_zone='nova',
        last_seen_up='2026-11-21T10:00:00Z',
        forced_down=False,
        version=70,
        uuid='fa69c544-906b-4a6a-a9c6-c1f7a8078c73',
    ),
)

PAYLOADS = {payload.name: payload for payload in (BIG, SMALL)}
