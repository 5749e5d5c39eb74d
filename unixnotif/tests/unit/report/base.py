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
