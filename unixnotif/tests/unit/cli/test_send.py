# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``unixnotif send``."""

import _socket
import datetime
import functools
import json
import os
import re
import signal
from typing import Any
import uuid

import fixtures

from unixnotif import address
from unixnotif import cli
from unixnotif import notification
from unixnotif.tests import base as support
from unixnotif.tests.unit.cli import base


class SendTest(base.TestCase):
    """The published document, and the messages of failures."""

    def setUp(self) -> None:
        super().setUp()
        self.where = self.new_directory()

    def send(self, payload: str, *argv: str, **options: Any) -> int:
        where = str(options.get('where', self.where))
        args = ['send', where, '--event-type', 'service.update', *argv]
        return self.code(lambda: cli.main([*args, payload]))

    def sent(self, payload: str, *argv: str) -> notification.Notification:
        """Send a payload and return the received notification."""
        subscriber = self.new_consumer(self.where)
        self.assertEqual(0, self.send(payload, *argv), self.text(self.err))
        received = subscriber.receive(0)
        assert received is not None
        self.assertIsNone(subscriber.receive(0))
        return received

    def test_defaults(self) -> None:
        """The document looks like a notification of a service."""
        before = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
        sent = self.sent('{"host": "host1"}')
        after = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
        stamp = datetime.datetime.fromisoformat(sent.timestamp)
        self.assertTrue(before <= stamp <= after)
        self.assertEqual(sent.message_id, str(uuid.UUID(sent.message_id)))
        self.assertEqual(
            {
                'message_id': sent.message_id,
                'publisher_id': f'unixnotif:{os.uname().nodename}',
                'event_type': 'service.update',
                'priority': 'INFO',
                'timestamp': sent.timestamp,
                'payload': {'host': 'host1'},
                'topics': ['notifications'],
                'exchange': None,
                'context': {},
            },
            sent.document,
        )
        self.assertEqual(('', ''), (self.text(self.out), self.text(self.err)))

    def test_options(self) -> None:
        """Everything else can be chosen."""
        argv = '--publisher-id a:b --priority error --topic x --topic y'
        sent = self.sent('1', *argv.split(), '--exchange=nova')
        self.assertEqual('a:b', sent.publisher_id)
        self.assertEqual('ERROR', sent.priority)
        self.assertEqual(('x', 'y'), sent.topics)
        self.assertEqual('nova', sent.exchange)

    def test_names_of_one_priority(self) -> None:
        """Warning is sent as warn, as the method of the Notifier does."""
        for priority in ('warn', 'WARNING', 'warning'):
            sent = self.sent('1', '--priority', priority)
            self.assertEqual('WARN', sent.priority)

    def test_any_json_is_a_payload(self) -> None:
        """A payload need not be an object."""
        for text, value in (
            ('[]', []),
            ('null', None),
            ('-5', -5),
            ('"é"', 'é'),
            ('{"a": 12345678901234567890123}', {'a': 12345678901234567890123}),
        ):
            self.assertEqual(value, self.sent(text).payload)

    def test_payload_from_a_file(self) -> None:
        """@FILE is read."""
        path = f'{self.where.path}/payload.json'
        with open(path, 'w') as f:
            f.write('{"from": "file"}\n')
        self.assertEqual({'from': 'file'}, self.sent(f'@{path}').payload)

    def test_payload_from_stdin(self) -> None:
        """A single dash is standard input."""
        self.replace('stdin', b'{"from": "stdin"}\n')
        self.assertEqual({'from': 'stdin'}, self.sent('-').payload)

    def test_payload_that_is_no_json(self) -> None:
        """The error has an example, and nothing is sent."""
        subscriber = self.new_consumer(self.where)
        path = f'{self.where.path}/payload.json'
        with open(path, 'wb') as f:
            f.write(b'\xff')
        for text in (
            '',
            '{',
            'host1',
            '{"a": NaN}',
            '[' * 100000,
            '\udcff',
            f'@{path}',
        ):
            self.assertEqual(2, self.send(text), text[:80])
            self.assertRegex(
                self.text(self.err).splitlines()[-1],
                r'send: error: argument PAYLOAD\|@FILE\|-: the payload is not '
                r'a JSON document: .*; for example '
                r"""\'{"host": "host1"}', @file.json, or - for stdin$""",
            )
        self.assertEqual([], support.payloads(subscriber))
        self.assertNotIn('Traceback', self.text(self.err))

    def test_missing_payload(self) -> None:
        """An address alone is not taken for a payload."""
        for uri in ('unix:///run/n.sock', 'unix+dir:///run/n'):
            argv = ['send', '--event-type', 'a', uri]
            call = functools.partial(cli.main, argv)
            self.assertEqual(2, self.code(call))
            self.assertIn(
                f'the payload is missing after the address {uri}; for ',
                self.text(self.err),
            )

    def test_payload_that_is_too_deep(self) -> None:
        """The document around the payload is one level more."""
        subscriber = self.new_consumer(self.where)
        deepest = '[' * 99 + ']' * 99
        self.assertEqual(0, self.send(deepest))
        self.assertEqual(2, self.send(f'[{deepest}]'))
        self.assertIn(
            'the payload is a JSON document of more than 99 nested levels',
            self.text(self.err),
        )
        self.assertEqual([json.loads(deepest)], support.payloads(subscriber))

    def test_payload_that_cannot_be_read(self) -> None:
        """The message names the file and the reason."""
        for path, why in (
            (f'{self.where.path}/no', 'No such file or directory'),
            (self.where.path, 'Is a directory'),
        ):
            self.assertEqual(2, self.send(f'@{path}'))
            self.assertTrue(
                self.text(self.err).endswith(
                    f': cannot read the payload: {path}: {why}\n'
                )
            )

    def test_stdin_that_cannot_be_read(self) -> None:
        """A closed standard input is an error without a traceback."""
        self.useFixture(fixtures.MonkeyPatch('sys.stdin', None))
        self.assertEqual(2, self.send('-'))
        self.assertTrue(
            self.text(self.err).endswith(
                ': cannot read the payload: standard input is closed\n'
            )
        )

    def test_no_subscriber(self) -> None:
        """send fails, and reports that the notification was discarded."""
        self.assertEqual(1, self.send('{}'))
        self.assertEqual(
            f'unixnotif: no subscriber at {self.where}; the '
            'notification was discarded: start a subscriber, or wait for one '
            'with --wait SECONDS\n',
            self.text(self.err),
        )

    def test_directory_is_not_there(self) -> None:
        """send does not create the directory: the path may be misspelled."""
        where = address.Address(f'{self.where.path}/no')
        self.assertEqual(1, self.send('{}', where=where))
        self.assertEqual(
            f'unixnotif: rendezvous directory {where.path} does not exist; '
            'correct the path, or start the service that creates the '
            'directory\n',
            self.text(self.err),
        )
        self.assertFalse(os.path.exists(where.path))

    def test_socket_in_place_of_the_directory(self) -> None:
        """The error advises the other scheme."""
        path = self.new_publisher(self.new_socket()).address.path
        self.assertEqual(1, self.send('{}', where=address.Address(path)))
        self.assertEqual(
            f'unixnotif: directory {path}: this is a socket; use '
            f'unix://{path}\n',
            self.text(self.err),
        )

    def test_service_owns_the_socket(self) -> None:
        """The error names the owner, because only the owner can publish."""
        out = self.new_publisher(self.new_socket())
        self.assertEqual(1, self.send('{}', where=out.address))
        self.assertIn(
            f'unixnotif: socket {out.address.path} belongs to process '
            f'{os.getpid()}, which is alive',
            self.text(self.err),
        )

    def test_waiting_for_a_subscriber(self) -> None:
        """With --wait, send retries until there is a subscriber."""
        received = []

        def sleep(seconds: float) -> None:
            received.append(self.new_consumer(self.where))

        clock = self.new_clock(sleeping=True)
        clock.sleep = sleep  # type: ignore[method-assign]
        self.assertEqual(0, self.send('1', '--wait', '60'))
        [subscriber] = received
        self.assertEqual([1], support.payloads(subscriber))

    def test_stopped(self) -> None:
        """A signal before the delivery is a failure without a message."""
        for number in (signal.SIGINT, signal.SIGTERM):
            clock = self.new_clock(sleeping=True)
            clock.sleep = functools.partial(  # type: ignore[method-assign]
                lambda number, _: signal.raise_signal(number), number
            )
            self.assertEqual(1, self.send('1', '--wait', '60'))
        self.assertEqual('', self.text(self.err))

    def test_waiting_in_vain(self) -> None:
        """send fails if no subscriber arrives before --wait ends."""
        clock = self.new_clock(sleeping=True)
        self.assertEqual(1, self.send('1', '--wait', '60'))
        self.assertIn('no subscriber at', self.text(self.err))
        self.assertGreater(clock._ahead, 59)

    def test_partial_delivery(self) -> None:
        """The command fails if any subscriber misses the notification."""
        self.new_consumer(self.where)
        self.bind(self.where, 'full.sock', _socket.SOCK_SEQPACKET, 0)
        blocking = self.new_publisher(self.where)
        blocking.publish(support.document())
        self.assertEqual(1, self.send('{}'))
        self.assertEqual(
            'unixnotif: delivered to 1 of 2 subscribers; dropped '
            '(backlog_full: 1)\n',
            re.sub('.*was dropped.*\n', '', self.text(self.err)),
        )

    def test_event_type_is_needed(self) -> None:
        """The option --event-type has no default."""
        argv = ['send', str(self.where), '{}']
        self.assertEqual(2, self.code(lambda: cli.main(argv)))
        self.assertIn(
            'error: the following arguments are required: --event-type\n',
            self.text(self.err),
        )
