# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Rows: the fields of a notification that the page filters and sorts by.

Rule: values of peers become printable text of a bounded length here. The
whole document is kept beside the row.
"""

import dataclasses
import datetime
from typing import Final
from typing import Self

from unixnotif import recording
from unixnotif import terminal
from unixnotif import versioned

#: Maximum number of characters of a name in the table and the summary.
MAX_NAME: Final = 200
#: Maximum number of payloads of a notification, with the nested ones.
MAX_PAYLOADS: Final = 50

#: Fields of a row that many rows share, each with its title.
NAMES: Final = {
    'event_type': 'Event type',
    'priority': 'Priority',
    'publisher_id': 'Publisher',
    'payload': 'Payload',
    'exchange': 'Exchange',
    'topics': 'Topics',
    'pid': 'Process',
    'test_id': 'Test',
}


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One notification as a row of the table.

    :param received: time of arrival, in milliseconds since 1970, UTC
    :param payload: name and version of a versioned payload, or ''
    :param payloads: namespace, name and version of the payload and of its
        nested payloads, at most MAX_PAYLOADS
    :param start: place of the document in the spool
    :param size: size of the document in bytes
    """

    received: int
    event_type: str
    priority: str
    publisher_id: str
    payload: str
    exchange: str
    topics: str
    pid: str
    test_id: str
    payloads: tuple[str, ...]
    start: int = 0
    size: int = 0

    @classmethod
    def of(cls, recorded: recording.Recorded) -> Self:
        """Return the row of a notification."""
        notification = recorded.notification
        payload = notification.versioned
        sender = notification.sender
        return cls(
            milliseconds(recorded.received),
            name(notification.event_type),
            name(notification.priority),
            name(notification.publisher_id),
            name(f'{payload.name} {payload.version_text}' if payload else ''),
            name(notification.exchange),
            name(', '.join(notification.topics)),
            name(str(sender.pid) if sender else ''),
            name(recorded.test_id),
            _payloads(payload),
        )


def name(text: str | None) -> str:
    """Return a name as printable text of a bounded length."""
    if not text:
        return ''
    shown = terminal.escape(text[: MAX_NAME + 1])
    return shown if len(shown) <= MAX_NAME else f'{shown[: MAX_NAME - 1]}…'


def milliseconds(moment: datetime.datetime) -> int:
    """Return a time in milliseconds since 1970."""
    return int(moment.timestamp() * 1000)


def _payloads(payload: versioned.VersionedPayload | None) -> tuple[str, ...]:
    """Return the names of a payload and its nested payloads, each once."""
    if payload is None:
        return ()
    found = {name(str(payload)): None}
    for _, nested in payload.nested():
        found[name(str(nested))] = None
        if len(found) >= MAX_PAYLOADS:
            break
    return tuple(sorted(found))
