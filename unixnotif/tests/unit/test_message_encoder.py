# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Messages of the Notifier as documents that consumers accept."""

import json
from typing import Any
from unittest import mock

from oslo_context import context

from unixnotif import document
from unixnotif import errors
from unixnotif import message_encoder
from unixnotif import notification
from unixnotif.tests import base
from unixnotif.tests.unit import test_primitives

ENVELOPE = {
    'message_id': 'm',
    'publisher_id': 'service:host',
    'event_type': 'x.y',
    'priority': 'INFO',
    'payload': {'a': 1},
    'timestamp': '2026-11-21 10:00:00.000000',
}


class _TestCase(base.TestCase):
    def new_encoder(self, **options: Any) -> message_encoder.MessageEncoder:
        return message_encoder.MessageEncoder(
            **{
                'topics': ['notifications'],
                'exchange': 'nova',
                'include_context': True,
                **options,
            }
        )

    def setUp(self) -> None:
        super().setUp()
        self.encoder = self.new_encoder()

    def encode(self, ctxt: Any = None, **changes: Any) -> dict[str, Any]:
        """Return the document of a message, which a consumer accepts."""
        data = self.encoder.encode(ctxt, {**ENVELOPE, **changes})
        notification.decode(data)
        found: dict[str, Any] = json.loads(data)
        return found


class EnvelopeTest(_TestCase):
    def test_keys(self) -> None:
        """The document has the six keys of the envelope and three of ours."""
        self.assertEqual(
            {
                **ENVELOPE,
                'topics': ['notifications'],
                'exchange': 'nova',
                'context': {'a': 'b'},
            },
            self.encode({'a': 'b'}),
        )

    def test_keys_of_other_drivers(self) -> None:
        """Keys that drivers of message buses add are not in the document."""
        expected = self.encode()
        for added in (
            {'_context_auth_token': 'secret', '_context_user': 'u'},
            {'_context': {'auth_token': 'secret'}},
            {'_unique_id': 'x', 'lost': {'count': 1, 'reasons': {'x': 1}}},
        ):
            self.assertEqual(expected, self.encode(**added))

    def test_message_is_not_changed(self) -> None:
        """Other drivers receive the same message."""
        message = {**ENVELOPE, '_context_a': 1}
        self.encoder.encode({'auth_token': 'x'}, message)
        self.assertEqual({**ENVELOPE, '_context_a': 1}, message)

    def test_wrong_types(self) -> None:
        """A value that consumers reject is one error that names the key."""
        for key, value, kind in (
            ('event_type', None, 'a string'),
            ('event_type', 7, 'a string'),
            ('event_type', b'x.y', 'a string'),
            ('publisher_id', 7, 'a string or null'),
            ('publisher_id', mock.sentinel.host, 'a string or null'),
            ('message_id', 7, 'a string'),
            ('priority', None, 'a string'),
            ('timestamp', 1.5, 'a string'),
        ):
            e = self.assertRaises(
                errors.DocumentError, self.encode, **{key: value}
            )
            rest = '' if key == 'event_type' else ' (event_type: x.y)'
            self.assertEqual(
                f'{key} of a notification must be {kind}, not {value!r}{rest}',
                str(e),
            )

    def test_missing_keys(self) -> None:
        """A message without a key is an error that names the key."""
        for key in ENVELOPE:
            for added in ('', '_context'):
                message: dict[str, Any] = {**ENVELOPE}
                del message[key]
                if added:
                    message[added] = {}
                e = self.assertRaises(
                    errors.DocumentError, self.encoder.encode, {}, message
                )
                self.assertIn(f'a notification needs the key {key!r}', str(e))

    def test_wrong_topics(self) -> None:
        """Topics and an exchange of the wrong type are errors, too."""
        for options, name in (
            ({'topics': [None]}, 'topics'),
            ({'exchange': 7}, 'exchange'),
        ):
            self.encoder = self.new_encoder(**options)
            e = self.assertRaises(errors.DocumentError, self.encode)
            self.assertIn(f'{name} of a notification must be', str(e))

    def test_subclasses_of_strings(self) -> None:
        """Strings of other classes are strings."""

        class Text(str):
            __slots__ = ()

        self.assertEqual(self.encode(), self.encode(event_type=Text('x.y')))

    def test_no_publisher_id(self) -> None:
        """A Notifier may have no publisher_id."""
        self.assertIsNone(self.encode(publisher_id=None)['publisher_id'])


class Plain:
    """A request context of a service."""

    def __init__(self, **values: Any) -> None:
        self.values = values

    def to_dict(self) -> Any:
        return self.values


class Raising:
    """A request context that is broken."""

    def to_dict(self) -> Any:
        raise KeyError('user')


class ContextTest(_TestCase):
    def warnings(self) -> list[str]:
        """Return the warnings since the last call."""
        found = [line for line in self.logged if line.startswith('WARNING')]
        self.logged.clear()
        return found

    def test_forms(self) -> None:
        """A context is a dict, has to_dict(), or is None."""
        for ctxt, expected in (
            ({'a': 1}, {'a': 1}),
            (Plain(a=1), {'a': 1}),
            (None, {}),
        ):
            self.assertEqual(expected, self.encode(ctxt)['context'])
        self.assertEqual([], self.warnings())

    def test_request_context(self) -> None:
        """The context of oslo.context is written, but no token."""
        ctxt = context.RequestContext(
            project_id='p',
            auth_token='secret',
            service_token='secret',
            overwrite=False,
        )
        for each in (ctxt, ctxt.redacted_copy(), ctxt.to_dict()):
            found = self.encode(each)
            self.assertEqual('p', found['context']['project_id'])
            self.assertNotIn('secret', json.dumps(found))

    def test_tokens(self) -> None:
        """No token is written; an empty one stays as it is."""
        found = self.encode(
            {
                'auth_token': None,
                'service_token': 'secret',
                'auth_token_info': {'token': {}},
                'user': 'u',
            }
        )
        self.assertEqual(
            {
                'auth_token': None,
                'service_token': '<redacted>',
                'auth_token_info': '<redacted>',
                'user': 'u',
            },
            found['context'],
        )

    def test_context_that_cannot_be_written(self) -> None:
        """A context that cannot be written costs the context only."""
        circle: dict[str, Any] = {}
        circle['a'] = circle
        for ctxt, reason in (
            (
                mock.Mock(),
                'Mock.to_dict() returns a value of type Mock; to_dict() must '
                'return a dict',
            ),
            (
                mock.MagicMock(spec=dict),
                'MagicMock.to_dict() raises AttributeError',
            ),
            (
                mock.sentinel.context,
                '_SentinelObject.to_dict() raises AttributeError',
            ),
            (Raising(), 'Raising.to_dict() raises KeyError'),
            ({'session': object()}, 'context.session: object'),
            (Plain(session=mock.MagicMock()), 'context.session: MagicMock'),
            (circle, 'context.a: circular reference'),
        ):
            self.encoder = self.new_encoder()
            found = self.encode(ctxt)
            self.assertEqual({}, found['context'])
            self.assertEqual({'a': 1}, found['payload'])
            [line] = self.warnings()
            self.assertIn('x.y', line)
            self.assertIn(f'without its context: {reason}. ', line)

    def test_warnings_are_rare(self) -> None:
        """One warning in an interval, however many contexts."""
        for _ in range(3):
            self.encode(mock.Mock())
        self.assertEqual(1, len(self.warnings()))

    def test_not_included(self) -> None:
        """Without include_context nothing looks at the context."""
        self.encoder = self.new_encoder(include_context=False)
        self.assertNotIn('context', self.encode(mock.Mock()))
        self.assertRaises(
            errors.DocumentError, self.encode, None, payload=object()
        )
        self.assertEqual([], self.warnings())

    def test_payload_is_to_blame(self) -> None:
        """The error is about the payload, also with a bad context."""
        e = self.assertRaises(
            errors.DocumentError,
            self.encode,
            mock.Mock(),
            payload={'a': [object()]},
        )
        self.assertEqual(
            'x.y cannot be serialized: payload.a[0]: object', str(e)
        )
        self.assertEqual([], self.warnings())


class PayloadTest(_TestCase):
    def test_mocks(self) -> None:
        """A mock is an error; oslo.serialization would write {} or text."""
        for value in (mock.MagicMock(), mock.Mock(), mock.MagicMock(spec=int)):
            for library in test_primitives.LIBRARIES:
                with mock.patch.object(document, 'orjson', library):
                    e = self.assertRaises(
                        errors.DocumentError,
                        self.encode,
                        payload={'nova_object.data': {'host': value}},
                    )
                self.assertEqual(
                    'x.y cannot be serialized: payload.nova_object.data.host: '
                    f'{type(value).__name__}',
                    str(e),
                )
