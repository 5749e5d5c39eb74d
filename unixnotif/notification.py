# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The document: one notification as one JSON object, and back.

Rule: pure functions on values and bytes. Encoding never changes what it is
given. The format is described in ``doc/source/reference/wire-format.rst``;
its first six keys are the envelope of oslo.messaging's ``Notifier``.
"""

from collections.abc import Mapping
import dataclasses
import re
from typing import Any
from typing import NotRequired
from typing import TypedDict

from unixnotif import document as documents
from unixnotif import envelope
from unixnotif import errors
from unixnotif import lost_record
from unixnotif import versioned
from unixnotif.sender import Sender

__all__ = ['Lost', 'Notification', 'Sender', 'decode']

# Reasons appear on terminals and in logs.
_REASON = re.compile(r'[A-Za-z0-9_.-]{1,100}')


# Without slots, see _from_fields().
@dataclasses.dataclass(frozen=True)
class Notification:
    """One notification, unchanged from the wire.

    :param message_id: unique id (a UUID in text form)
    :param publisher_id: for example ``nova-compute:host1``; None when the
        Notifier has none
    :param event_type: for example ``instance.create.end``
    :param priority: ``INFO``, ``ERROR``, ... in upper case
    :param timestamp: UTC, as text, as oslo.messaging writes it
    :param payload: any JSON value, mostly a dict
    :param topics: topics of the Notifier
    :param exchange: the emitting service's ``control_exchange``
    :param context: redacted request context
    :param sender: credentials of the emitting process, or None when the
        notification did not come from a socket
    :raises DocumentError: a field has the wrong type
    """

    message_id: str
    publisher_id: str | None
    event_type: str
    priority: str
    timestamp: str
    payload: Any
    topics: tuple[str, ...] = ()
    exchange: str | None = None
    context: dict[str, Any] = dataclasses.field(default_factory=dict)
    sender: Sender | None = dataclasses.field(default=None, compare=False)

    def __post_init__(self) -> None:
        envelope.check(vars(self))

    @classmethod
    def from_document(
        cls, document: Mapping[str, Any], sender: Sender | None = None
    ) -> 'Notification':
        """Create a Notification from a document, and ignore unknown keys.

        :raises DocumentError: a key is missing or has the wrong type
        """
        fields: Any = envelope.fields(document)
        return cls._from_fields(fields, sender)

    @classmethod
    def _from_fields(
        cls, fields: '_Fields', sender: Sender | None
    ) -> 'Notification':
        """Create a Notification from fields that have the right types.

        In one step: to set ten attributes takes as long as to read the JSON.

        :param fields: becomes part of the notification
        """
        attributes: dict[str, Any] = fields  # type: ignore[assignment]
        attributes['sender'] = sender
        if 'context' not in attributes:
            attributes['context'] = {}
        made = cls.__new__(cls)
        object.__setattr__(made, '__dict__', attributes)
        return made

    @property
    def document(self) -> dict[str, Any]:
        """New dict with the keys of the document."""
        return {
            'message_id': self.message_id,
            'publisher_id': self.publisher_id,
            'event_type': self.event_type,
            'priority': self.priority,
            'timestamp': self.timestamp,
            'payload': self.payload,
            'topics': list(self.topics),
            'exchange': self.exchange,
            'context': self.context,
        }

    @property
    def versioned(self) -> versioned.VersionedPayload | None:
        """The payload as a versioned object; None when it is not one."""
        return versioned.VersionedPayload.from_primitive(self.payload)

    def encode(self) -> bytes:
        """Return the document as UTF-8 bytes without a newline.

        :raises DocumentError: the payload or context is not JSON
        """
        return documents.encode(self.document)


class _Fields(TypedDict):
    """The fields that are on the wire."""

    message_id: str
    publisher_id: str | None
    event_type: str
    priority: str
    timestamp: str
    payload: Any
    topics: NotRequired[tuple[str, ...]]
    exchange: NotRequired[str | None]
    context: NotRequired[dict[str, Any]]


@dataclasses.dataclass(frozen=True, slots=True)
class Lost:
    """Number of notifications that a publisher dropped for a subscriber.

    If the publisher dropped more than 4294967295, :meth:`encode` writes this
    number.

    :param count: notifications dropped for this subscriber
    :param reasons: the same by reason, for example ``{'buffer_full': 3}``;
        at most 100 words
    :raises DocumentError: a number is not a count, the numbers of the reasons
        do not add up to ``count``, or a reason is not a word
    """

    count: int
    reasons: dict[str, int]

    def __post_init__(self) -> None:
        if not (
            isinstance(self.reasons, dict)
            and len(self.reasons) <= lost_record.MAX_REASONS
            and all(map(_is_reason, self.reasons))
            and all(map(_is_count, self.reasons.values()))
            and _is_count(self.count)
            and sum(self.reasons.values()) == self.count
        ):
            raise errors.DocumentError(
                'a lost record needs a count and at most '
                f'{lost_record.MAX_REASONS} reasons (words), whose numbers '
                'add up to the count, '
                f'not {envelope.shown((self.count, self.reasons))}'
            )

    def encode(self) -> bytes:
        """Return the record as UTF-8 bytes without a newline."""
        return lost_record.encode(self.reasons)


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value < 1 << 63


def _is_reason(value: object) -> bool:
    return isinstance(value, str) and _REASON.fullmatch(value) is not None


def decode(data: bytes, sender: Sender | None = None) -> Notification | Lost:
    """Decode a document.

    :param data: one JSON object, UTF-8; may come from a hostile peer
    :param sender: attached to the notification
    :raises DocumentError: the data is neither a notification nor a lost record
    """
    starts = documents.check_size(data)
    read = documents.typed_reader(_Fields)
    if read and starts <= documents.MAX_DEPTH:
        try:
            return Notification._from_fields(read(data), sender)
        except (ValueError, RecursionError):
            # A lost record, or something that needs a clear error.
            pass
    document = documents.read(data, starts)
    if not isinstance(document, dict):
        raise errors.DocumentError(
            f'a document must be a JSON object, not {envelope.shown(document)}'
        )
    lost = document.get('lost')
    if isinstance(lost, dict) and 'message_id' not in document:
        record = Lost(lost.get('count', -1), lost.get('reasons', {}))
        if record.count > lost_record.MAX_LOST:
            raise errors.DocumentError(
                f'a lost record of {record.count} notifications; the maximum '
                f'is {lost_record.MAX_LOST}'
            )
        return record
    return Notification.from_document(document, sender)
