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

"""The document: one notification as one JSON object, and back.

Rule: pure functions on values and bytes. Encoding never changes what it is
given. The format is described in ``doc/source/reference/wire-format.rst``;
its first six keys are the envelope of oslo.messaging's ``Notifier``.
"""

from collections.abc import Callable
from collections.abc import Mapping
import dataclasses
import reprlib
from typing import Any
from typing import NamedTuple

from unixnotif import document as documents
from unixnotif import errors
from unixnotif import versioned


class Sender(NamedTuple):
    """Who emitted a notification, as the kernel vouches for it (unix(7))."""

    pid: int
    uid: int
    gid: int


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_text_or_none(value: object) -> bool:
    return value is None or isinstance(value, str)


@dataclasses.dataclass(frozen=True, slots=True)
class Notification:
    """One notification, exactly as it was on the wire.

    :param message_id: unique id (a UUID in text form)
    :param publisher_id: for example ``nova-compute:host1``; None when the
        Notifier has none
    :param event_type: for example ``instance.create.end``
    :param priority: ``INFO``, ``ERROR``, ... in upper case
    :param timestamp: UTC, as text, as oslo.messaging writes it
    :param payload: any JSON value, mostly a dict
    :param topics: topics the Notifier was made with
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
        for name, (fits, kind) in _KINDS.items():
            value = getattr(self, name)
            if not fits(value):
                raise errors.DocumentError(
                    f'{name} of a notification must be {kind}, '
                    f'not {_shown(value)}'
                )

    @classmethod
    def from_document(
        cls, document: Mapping[str, Any], sender: Sender | None = None
    ) -> 'Notification':
        """Make a Notification of a document; unknown keys are ignored.

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
                f'it has {_shown(sorted(document))}'
            ) from None

    @property
    def document(self) -> dict[str, Any]:
        """A new dict with the keys that are on the wire."""
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
        """The document as UTF-8 bytes without a newline.

        :raises DocumentError: the payload or context is not JSON
        """
        return documents.encode(self.document)


_TEXT = (_is_text, 'a string')
_TEXT_OR_NONE = (_is_text_or_none, 'a string or null')
_KINDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    'message_id': _TEXT,
    'publisher_id': _TEXT_OR_NONE,
    'event_type': _TEXT,
    'priority': _TEXT,
    'timestamp': _TEXT,
    'topics': (
        lambda v: isinstance(v, tuple) and all(map(_is_text, v)),
        'a list of strings',
    ),
    'exchange': _TEXT_OR_NONE,
    'context': (lambda v: isinstance(v, dict), 'an object'),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Lost:
    """A publisher's confession: what the subscriber missed before this.

    :param count: notifications dropped for this subscriber
    :param reasons: the same by reason, for example ``{'buffer_full': 3}``
    :raises DocumentError: the numbers are not counts that add up
    """

    count: int
    reasons: dict[str, int]

    def __post_init__(self) -> None:
        if not (
            isinstance(self.reasons, dict)
            # Words; what a hostile peer makes up is not kept at any length.
            and all(_is_text(why) and len(why) <= 100 for why in self.reasons)
            and all(map(_is_count, self.reasons.values()))
            and _is_count(self.count)
            and sum(self.reasons.values()) == self.count
        ):
            raise errors.DocumentError(
                'a lost record needs a count and reasons that add up to it, '
                f'not {_shown((self.count, self.reasons))}'
            )

    def encode(self) -> bytes:
        """The record as UTF-8 bytes without a newline."""
        return documents.encode(
            {'lost': {'count': self.count, 'reasons': self.reasons}}
        )


_brief = reprlib.Repr()
_brief.maxlevel = 2
_brief.maxlist = 9


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value < 1 << 63


def _shown(value: object) -> str:
    """A value for an error message, however large or deep a peer made it."""
    text = _brief.repr(value)
    return text if len(text) <= 80 else f'{text[:77]}...'


def decode(data: bytes, sender: Sender | None = None) -> Notification | Lost:
    """Read what came off the wire.

    :param data: one JSON object, UTF-8; may come from a hostile peer
    :param sender: attached to the notification
    :raises DocumentError: it is not a notification and not a lost record
    """
    document = documents.decode(data)
    if not isinstance(document, dict):
        raise errors.DocumentError(
            f'a document must be a JSON object, not {_shown(document)}'
        )
    lost = document.get('lost')
    if isinstance(lost, dict):
        return Lost(lost.get('count', -1), lost.get('reasons', {}))
    return Notification.from_document(document, sender)
