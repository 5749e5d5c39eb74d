# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Recorded notifications for the tests of report pages."""

import datetime
from typing import Any

from unixnotif import notification
from unixnotif import recording

START = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
#: The same in milliseconds since 1970.
START_MS = 1767323045000


def recorded(
    event_type: str = 'thing.create',
    payload: Any = None,
    seconds: float = 0,
    test_id: str | None = 'tests.Test.test_it',
    **fields: Any,
) -> recording.Recorded:
    """Return a notification that a test captured."""
    return recording.Recorded(
        notification.Notification(
            **{
                'message_id': 'm',
                'publisher_id': 'nova-compute:h1',
                'event_type': event_type,
                'priority': 'INFO',
                'timestamp': '2026-01-02 03:04:05',
                'payload': payload,
                'topics': ('versioned_notifications',),
                'exchange': 'nova',
                'sender': notification.Sender(11, 12, 13),
                **fields,
            }
        ),
        START + datetime.timedelta(seconds=seconds),
        test_id,
    )


def versioned(name: str, version: str, **data: Any) -> dict[str, Any]:
    """Return a versioned payload as it is on the wire."""
    return {
        'nova_object.name': name,
        'nova_object.namespace': 'nova',
        'nova_object.version': version,
        'nova_object.data': data,
    }
