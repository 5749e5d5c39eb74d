# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The keys of a document that is a notification, and their types.

Rule: pure functions on values. Publishers check with them what consumers
accept, and need nothing else of :mod:`unixnotif.notification`.
"""

from collections.abc import Mapping
import itertools
import reprlib
from typing import Any

from unixnotif import errors

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

_brief = reprlib.Repr()
_brief.maxlevel = 2
_brief.maxlist = 9


def fields(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of the notification in a document.

    Unknown keys are ignored.

    :raises DocumentError: a key is missing or has the wrong type
    """
    get = document.get
    topics = get('topics', ())
    try:
        found = {
            'message_id': document['message_id'],
            'publisher_id': document['publisher_id'],
            'event_type': document['event_type'],
            'priority': document['priority'],
            'timestamp': document['timestamp'],
            'payload': document['payload'],
            'topics': tuple(topics) if isinstance(topics, list) else topics,
            'exchange': get('exchange'),
            'context': get('context', {}),
        }
    except KeyError as e:
        raise errors.DocumentError(
            f'a notification needs the key {e.args[0]!r}; '
            f'it has {shown(_some_keys(document))}'
        ) from None
    check(found)
    return found


def check(fields: Mapping[str, Any]) -> None:
    """Check the types of the fields of a notification.

    :raises DocumentError: a field has the wrong type
    """
    for name, (types, kind) in _KINDS.items():
        value = fields[name]
        if not isinstance(value, types):
            raise _wrong_type(name, kind, value)
    for topic in fields['topics']:
        if not isinstance(topic, str):
            raise _wrong_type('topics', _TOPICS, fields['topics'])


def shown(value: object) -> str:
    """Return a value for an error message, shortened."""
    text = _brief.repr(value)
    return text if len(text) <= 80 else f'{text[:77]}...'


def _wrong_type(name: str, kind: str, value: object) -> errors.DocumentError:
    return errors.DocumentError(
        f'{name} of a notification must be {kind}, not {shown(value)}'
    )


def _some_keys(document: Mapping[str, Any]) -> list[str]:
    """Return the keys that an error message can show."""
    return sorted(itertools.islice(document, 20))
