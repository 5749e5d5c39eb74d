# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Fields of payloads that tell a person which object a notification is about.

Rule: pure functions on values. The table lists fields that services
emit; only the display of notifications depends on it.
"""

from collections.abc import Iterator
from collections.abc import Sequence
import json
import re
from typing import Any
from typing import Final

from unixnotif import notification as notifications
from unixnotif import versioned

Steps = list[str | int]

# Paths by label; the first path that exists is shown. nova, ironic and
# masakari have "uuid"; cinder, glance and older nova have an id with a name of
# its own, for example "volume_id"; keystone has "resource_info".
_WELL_KNOWN: Final[dict[str, tuple[str, ...]]] = {
    'uuid': (
        'uuid',
        'instance_uuid',
        'instance_id',
        'volume_id',
        'snapshot_id',
        'image_id',
        'id',
        'resource_info',
    ),
    'host': ('host', 'host_name', 'node'),
    'state': ('state', 'provision_state', 'status'),
    'fault': ('fault.exception_message', 'message', 'exception'),
}
_UUID = re.compile(
    r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', re.IGNORECASE | re.ASCII
)


def parse(text: str) -> list[tuple[str, Steps]]:
    """Return the labels and paths in a text like ``uuid,flavor.vcpus``.

    :raises ValueError: one of them is not a path
    """
    paths = [path.strip() for path in text.split(',')]
    return [(path, versioned.parse_path(path)) for path in paths]


_KNOWN = [
    [(path, versioned.parse_path(path)) for path in paths]
    for paths in _WELL_KNOWN.values()
]


def well_known(
    notification: notifications.Notification,
) -> Iterator[tuple[str, str]]:
    """Yield paths and values of the fields that identify an object."""
    payload = notification.versioned or notification.payload
    inner = _only_object(payload)
    for paths in _KNOWN:
        for label, steps in paths:
            value = versioned.find(payload, steps)
            if value is None and inner is not None:
                value = versioned.find(inner, steps)
            if isinstance(value, str | int):
                yield label, text(value)
                break


def chosen(
    notification: notifications.Notification,
    fields: Sequence[tuple[str, Steps]],
) -> Iterator[tuple[str, str]]:
    """Yield labels and values of the fields that a user asked for."""
    payload = notification.versioned or notification.payload
    for label, steps in fields:
        value = versioned.find(payload, steps)
        if value is not None:
            yield label, text(value)


def _only_object(payload: Any) -> Any:
    """Return the object in ``{"port": {...}}``, as neutron emits it."""
    if isinstance(payload, dict) and len(payload) == 1:
        [inner] = payload.values()
        if isinstance(inner, dict):
            return versioned.VersionedPayload.from_primitive(inner) or inner
    return None


def text(value: Any) -> str:
    """Return a value as text: strings as they are, others as JSON."""
    if isinstance(value, versioned.VersionedPayload):
        value = value.data
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def shortened(value: str) -> str:
    """Return the first part of a UUID; any other text stays as it is."""
    return value[:8] if _UUID.fullmatch(value) else value
