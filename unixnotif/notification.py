# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The document: one notification as one JSON object, and back.

Rule: pure functions on values and bytes. Encoding never changes what it is
given. The format is described in ``doc/source/reference/wire-format.rst``;
its first six keys are the envelope of oslo.messaging's ``Notifier``.
"""

from collections.abc import Mapping
import dataclasses
import itertools
import re
import reprlib
from typing import Any
from typing import Final
from typing import NamedTuple
from typing import NotRequired
from typing import TypedDict

from unixnotif import document as documents
from unixnotif import errors
from unixnotif import versioned

#: Maximum count of a lost record on the wire; sums of many fit 64 bits.
MAX_LOST: Final = 2**32 - 1
#: Maximum number of reasons in a lost record, and in a consumer.
MAX_REASONS: Final = 100

# Reasons appear on terminals and in logs.
_REASON = re.compile(r'[A-Za-z0-9_.-]{1,100}')


class Sender(NamedTuple):
    """Credentials of the emitting process, from the kernel (unix(7))."""

    pid: int
    uid: int
    gid: int


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
        for name, (types, kind) in _KINDS.items():
            value = getattr(self, name)
            if not isinstance(value, types):
                raise _wrong_type(name, kind, value)
        for topic in self.topics:
            if not isinstance(topic, str):
                raise _wrong_type('topics', _TOPICS, self.topics)

    @classmethod
    def from_document(
        cls, document: Mapping[str, Any], sender: Sender | None = None
    ) -> 'Notification':
        """Create a Notification from a document, and ignore unknown keys.

        :raises DocumentError: a key is missing or has the wrong type
        """
        get = document.get
        topics = get('topics', ())
        try:
            return cls(
                document['message_id'],
                document['publisher_id'],
                document['event_type'],
                document['priority'],
                document['timestamp'],
                document['payload'],
                tuple(topics) if isinstance(topics, list) else topics,
                get('exchange'),
                get('context', {}),
                sender,
            )
        except KeyError as e:
            raise errors.DocumentError(
                f'a notification needs the key {e.args[0]!r}; '
                f'it has {_shown(_some_keys(document))}'
            ) from None

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


_TOPICS = 'a list of strings'
_TEXT = (str, 'a string')
_TEXT_OR_NONE = ((str, type(None)), 'a string or null')
_KINDS: dict[str, tuple[type | tuple[type, ...], str]] = {
    'message_id': _TEXT,
    'publisher_id': _TEXT_OR_NONE,
    'event_type': _TEXT,
    'priority': _TEXT,
    'timestamp': _TEXT,
    'topics': (tuple, _TOPICS),
    'exchange': _TEXT_OR_NONE,
    'context': (dict, 'an object'),
}


def _wrong_type(name: str, kind: str, value: object) -> errors.DocumentError:
    return errors.DocumentError(
        f'{name} of a notification must be {kind}, not {_shown(value)}'
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Lost:
    """Number of notifications that a publisher dropped for a subscriber.

    If the publisher dropped more than :data:`MAX_LOST` (4294967295),
    :meth:`encode` writes this number.

    :param count: notifications dropped for this subscriber
    :param reasons: the same by reason, for example ``{'buffer_full': 3}``;
        at most :data:`MAX_REASONS` (100) words
    :raises DocumentError: the numbers are not counts that add up, or a
        reason is not a word
    """

    count: int
    reasons: dict[str, int]

    def __post_init__(self) -> None:
        if not (
            isinstance(self.reasons, dict)
            and len(self.reasons) <= MAX_REASONS
            and all(map(_is_reason, self.reasons))
            and all(map(_is_count, self.reasons.values()))
            and _is_count(self.count)
            and sum(self.reasons.values()) == self.count
        ):
            raise errors.DocumentError(
                f'a lost record needs a count and at most {MAX_REASONS} '
                'reasons (words), whose numbers add up to the count, '
                f'not {_shown((self.count, self.reasons))}'
            )

    def encode(self) -> bytes:
        """The record as UTF-8 bytes without a newline."""
        count, reasons = self.count, self.reasons
        if count > MAX_LOST:
            count, reasons = MAX_LOST, _largest(reasons)
        return documents.encode({'lost': {'count': count, 'reasons': reasons}})


def known_reason(counts: Mapping[str, int], reason: str) -> str:
    """Return the name under which a receiver counts lost notifications.

    :param counts: of the receiver, which keeps at most :data:`MAX_REASONS`
        reasons; the reasons beyond them are ``other``
    """
    # One place is for 'other'.
    if reason in counts or len(counts) < MAX_REASONS - 1:
        return reason
    return 'other'


def _largest(reasons: dict[str, int]) -> dict[str, int]:
    """Return counts by reason whose sum is MAX_LOST."""
    room = MAX_LOST
    held = {}
    for reason, count in reasons.items():
        held[reason] = min(count, room)
        room -= held[reason]
    return held


_brief = reprlib.Repr()
_brief.maxlevel = 2
_brief.maxlist = 9


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value < 1 << 63


def _is_reason(value: object) -> bool:
    return isinstance(value, str) and _REASON.fullmatch(value) is not None


def _some_keys(document: Mapping[str, Any]) -> list[str]:
    """Return the keys that an error message can show."""
    return sorted(itertools.islice(document, 20))


def _shown(value: object) -> str:
    """Return a value for an error message, shortened."""
    text = _brief.repr(value)
    return text if len(text) <= 80 else f'{text[:77]}...'


def decode(data: bytes, sender: Sender | None = None) -> Notification | Lost:
    """Decode a document.

    :param data: one JSON object, UTF-8; may come from a hostile peer
    :param sender: attached to the notification
    :raises DocumentError: it is not a notification and not a lost record
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
            f'a document must be a JSON object, not {_shown(document)}'
        )
    lost = document.get('lost')
    if isinstance(lost, dict) and 'message_id' not in document:
        record = Lost(lost.get('count', -1), lost.get('reasons', {}))
        if record.count > MAX_LOST:
            raise errors.DocumentError(
                f'a lost record of {record.count} notifications; the maximum '
                f'is {MAX_LOST}'
            )
        return record
    return Notification.from_document(document, sender)
