# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Encode a message of oslo.messaging's Notifier as a document.

Rule: a document has the six keys of the Notifier's envelope, ``topics``,
``exchange`` and, if ``include_context`` is true, ``context``. A document has
no other keys. The encoder returns only documents that consumers accept.
"""

from collections.abc import Collection
import logging
from typing import Any
from typing import Final

from oslo_serialization import jsonutils

from unixnotif import clock
from unixnotif import defects
from unixnotif import document
from unixnotif import envelope
from unixnotif import errors

LOG = logging.getLogger(__name__)

#: Seconds between two warnings about contexts.
WARN_INTERVAL: Final = 60.0
# oslo.context's redacted_copy() omits the tokens; keystonemiddleware adds
# auth_token_info, which holds a token and a catalog.
_SECRETS: Final = frozenset(['auth_token', 'service_token', 'auth_token_info'])
# Written in place of a token.
_REDACTED: Final = '<redacted>'
_MOCK_MODULES: Final = frozenset(['unittest.mock', 'mock.mock'])


# The envelope of oslo.messaging's Notifier.
_KEYS: Final = (
    'message_id',
    'publisher_id',
    'event_type',
    'priority',
    'payload',
    'timestamp',
)


class _ContextError(Exception):
    """A context that is not sent; the text is for the log."""


class MessageEncoder:
    """Encodes the messages of one Notifier.

    :param topics: topics of the Notifier
    :param exchange: ``control_exchange`` of the service
    :param include_context: send the request contexts
    """

    def __init__(
        self,
        topics: Collection[str],
        exchange: str | None,
        include_context: bool,
    ) -> None:
        self._ours = {'topics': list(topics), 'exchange': exchange}
        self._known_good = (exchange is None or type(exchange) is str) and all(
            type(each) is str for each in topics
        )
        self._include_context = include_context
        self._warnings = clock.RateLimiter(WARN_INTERVAL)

    def encode(self, ctxt: Any, message: dict[str, Any]) -> bytes:
        """Return the document of a message.

        A context that cannot be written is replaced by an empty one, with a
        warning.

        :param ctxt: a dict or an object with a method ``to_dict``
        :param message: the envelope; keys that another driver has added to it
            are ignored
        :raises DocumentError: a key of the envelope has the wrong type, or
            the payload cannot be written
        """
        found = self._document(message)
        try:
            if self._include_context:
                context = ctxt if type(ctxt) is dict else _as_dict(ctxt)
                found['context'] = context and _redacted(context)
            return document.encode(found, to_primitive)
        except Exception as e:
            # Any exception: objects of the service run their own code.
            return self._encode_without_context(found, e)

    def _document(self, message: dict[str, Any]) -> dict[str, Any]:
        """Return all keys but the context.

        :raises DocumentError: a consumer would reject the document
        """
        if len(message) == len(_KEYS):
            found = {**message, **self._ours}
        else:
            # Drivers of message buses add the context to the message, which
            # all drivers share.
            found = {
                **{key: message[key] for key in _KEYS if key in message},
                **self._ours,
            }
        # One expression, for speed: this code runs for each notification.
        try:
            usual = (
                type(found['event_type'])
                is type(found['message_id'])
                is type(found['priority'])
                is type(found['timestamp'])
                is str
                and (
                    type(found['publisher_id']) is str
                    or found['publisher_id'] is None
                )
                and 'payload' in found
                and self._known_good
            )
        except KeyError:
            usual = False
        if not usual:
            _check_types(found)
        return found

    def _encode_without_context(
        self, found: dict[str, Any], error: Exception
    ) -> bytes:
        """Encode a document again, without the context that may be to blame.

        :raises DocumentError: the payload is to blame
        """
        context = found.get('context')
        if self._include_context:
            found['context'] = {}
        event_type = found['event_type']
        try:
            data = document.encode(found, to_primitive)
        except Exception as e:
            where = defects.find(found['payload'], to_primitive, 'payload')
            raise errors.DocumentError(
                f'{event_type} cannot be serialized: {where or e}'
            ) from e
        if self._warnings.allows('context'):
            reason = (
                error
                if isinstance(error, _ContextError)
                else defects.find(context, to_primitive, 'context') or error
            )
            LOG.warning(
                'Sending notification %s without its context: %s. Further '
                'warnings about contexts are suppressed for %d seconds.',
                event_type,
                reason,
                WARN_INTERVAL,
            )
        return data


def to_primitive(value: Any) -> Any:
    """Convert a value as oslo.serialization does, but no mock.

    oslo.serialization writes ``{}`` for a MagicMock and the text of a Mock,
    so that a test of a service passes without the value.

    :raises TypeError: the value is a mock
    :raises ValueError: oslo.serialization does not convert the value
    """
    for base in type(value).__mro__:
        if base.__module__ in _MOCK_MODULES:
            raise TypeError(f'{type(value).__name__} is a mock')
    return jsonutils.to_primitive(value)


def _check_types(found: dict[str, Any]) -> None:
    """Check the types of a document's keys, all but the context.

    :raises DocumentError: a consumer would reject the document
    """
    try:
        envelope.fields(found)
    except errors.DocumentError as e:
        event_type = found.get('event_type')
        if isinstance(event_type, str):
            e = errors.DocumentError(f'{e} (event_type: {event_type})')
        raise e from None


def _as_dict(ctxt: Any) -> dict[str, Any]:
    """Return a context that is not a plain dict as a dict.

    :raises _ContextError: the context cannot become a dict
    """
    # Not isinstance(): a mock with a spec claims a class that it does not
    # derive from.
    if issubclass(type(ctxt), dict):
        # As json.JSONEncoder does, which calls items() of a subclass.
        return dict(ctxt.items())
    if ctxt is None:
        return {}
    name = type(ctxt).__name__
    try:
        found = ctxt.to_dict()
    except Exception as e:
        raise _ContextError(
            f'{name}.to_dict() raises {type(e).__name__}'
        ) from e
    if not issubclass(type(found), dict):
        raise _ContextError(
            f'{name}.to_dict() returns a value of type '
            f'{type(found).__name__}; to_dict() must return a dict'
        )
    return dict(found.items())


def _redacted(context: dict[str, Any]) -> dict[str, Any]:
    """Return a context without tokens.

    Usually ``redacted_copy()`` of oslo.context has removed the tokens before.
    """
    get = context.get
    token = get('auth_token')
    if (
        (not token or token == _REDACTED)
        and not get('service_token')
        and not get('auth_token_info')
    ):
        return context
    return {
        key: _REDACTED if value and key in _SECRETS else value
        for key, value in context.items()
    }
