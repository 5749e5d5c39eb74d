# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""Tests of the bus: delivery, and errors of wrong URLs and files."""

import pathlib

import fixtures

from unixnotif import relay
from unixnotif.relay import bus as buses
from unixnotif.tests import base as support
from unixnotif.tests.unit.relay import base


class PublishTest(base.TestCase):
    """Each field arrives as emitted."""

    def test_fields(self) -> None:
        """Nothing is added, and nothing is changed."""
        sent = support.new_notification(
            {'huge': 2**70, 'text': 'é\u2028', 'none': None, 'list': [1.5]},
            priority='ERROR',
            context={'request_id': 'req-1', 'nested': {'a': [1]}},
            publisher_id=None,
        )
        bus = relay.Bus(base.URL)
        self.addCleanup(bus.close)
        before = sent.encode()
        bus.publish(sent, 'versioned_notifications')
        self.listener.wait(1)
        (topic, context, envelope), = self.listener.received  # fmt: skip
        self.assertEqual('versioned_notifications', topic)
        self.assertEqual(sent.context, context)
        self.assertEqual(
            {
                'message_id': sent.message_id,
                'publisher_id': None,
                'event_type': sent.event_type,
                'priority': 'error',
                'timestamp': sent.timestamp,
                'payload': sent.payload,
            },
            envelope,
        )
        self.assertEqual(before, sent.encode())

    def test_exchange(self) -> None:
        """A message has the notification's exchange, or else the default."""
        other = base.Listener(exchange='nova')
        self.addCleanup(other.stop)
        bus = relay.Bus(base.URL)
        for exchange in ('nova', None, ''):
            bus.publish(
                support.new_notification(exchange, exchange=exchange),
                'notifications',
            )
        other.wait(1)
        self.listener.wait(2)
        self.assertEqual(
            [['nova'], [None, '']],
            [
                [envelope['payload'] for _, _, envelope in each.received]
                for each in (other, self.listener)
            ],
        )


class ConfigurationTest(support.TestCase):
    """A mistake names the option, and never shows the password."""

    def setUp(self) -> None:
        super().setUp()
        self.path = pathlib.Path(self.useFixture(fixtures.TempDir()).path)

    def write(self, text: str) -> str:
        path = self.path / 'relay.conf'
        path.write_text(text)
        return str(path)

    def refusal(self, url: str | None, *files: str) -> str:
        error = self.assertRaises(relay.BusError, relay.Bus, url, files)
        self.assertNotIn('secret', str(error))
        return str(error)

    def test_own_addresses(self) -> None:
        """A relay to a Unix address is refused: it would read its output."""
        text = (
            'cannot relay to {}://: the relay forwards to another bus, for '
            'example rabbit://USER:PASSWORD@host:5672/'
        )
        self.assertEqual(
            text.format('unix+dir'), self.refusal('unix+dir:///run/x')
        )
        self.assertEqual(text.format('unix'), self.refusal('unix:///run/x'))
        config = self.write(
            '[oslo_messaging_notifications]\ntransport_url=unix:///run/x\n'
        )
        self.assertEqual(text.format('unix'), self.refusal(None, config))

    def test_not_a_url(self) -> None:
        """The error about a wrong URL does not quote the password."""
        for url in (
            'secret',
            '',
            'rabbit://u:secret@h:port/',
            'rabbit://u:secret@[::1/',
            '//u:secret@h/',
        ):
            self.assertEqual(
                'option --to is not a transport URL, for example '
                'rabbit://USER:PASSWORD@host:5672/',
                self.refusal(url),
                url,
            )

    def test_unknown_driver(self) -> None:
        """The message names the scheme."""
        self.assertIn(
            "cannot load the transport driver 'carrot': ",
            self.refusal('carrot://u:secret@h/'),
        )

    def test_unknown_option(self) -> None:
        """Drivers refuse unknown options in the query of a URL."""
        self.assertIn(
            'rabbit://h:1/',
            self.refusal('rabbit://u:secret@h:1/?nonsense=secret'),
        )

    def test_files(self) -> None:
        """A bad file is named; its lines are not shown."""
        self.assertEqual(
            'option --config-file: there is no file /nowhere.conf',
            self.refusal(None, '/nowhere.conf'),
        )
        config = self.write('[DEFAULT]\nsecret\n')
        self.assertEqual(
            f'option --config-file: {config} is not a configuration file '
            'with lines such as "[DEFAULT]" and "option = value"',
            self.refusal(None, config),
        )
        config = self.write('[DEFAULT]\ncontrol_exchange = nova\n')
        self.assertEqual(
            'the configuration files do not set transport_url in group '
            '[oslo_messaging_notifications] or [DEFAULT], for example '
            'rabbit://USER:PASSWORD@host:5672/',
            self.refusal(None, config),
        )
        config = self.write('[DEFAULT]\ntransport_url = rabbit://u:secret@h:p')
        self.assertEqual(
            'option transport_url in group [DEFAULT] is not a transport URL, '
            'for example rabbit://USER:PASSWORD@host:5672/',
            self.refusal(None, config),
        )

    def test_precedence(self) -> None:
        """--to, then the notifications' URL, then that of all messages."""
        default = '[DEFAULT]\ntransport_url=rabbit://u:secret@default/x\n'
        config = self.write(
            f'{default}[oslo_messaging_notifications]\n'
            'transport_url=rabbit://u:secret@mine:1,u:secret@other:2/\n'
        )
        self.assertEqual(
            'rabbit://mine:1,other:2/', relay.Bus(None, [config]).name
        )
        self.assertEqual(
            'rabbit://given/', relay.Bus('rabbit://given', [config]).name
        )
        config = self.write(default)
        self.assertEqual('rabbit://default/x', relay.Bus(None, [config]).name)

    @support.needs_kafka
    def test_secrets(self) -> None:
        """Passwords of the URL and of options are hidden, in every form."""
        config = self.write(
            '[oslo_messaging_kafka]\nssl_client_key_password = sec:ret3\n'
        )
        bus = relay.Bus(
            'kafka://u:sec%2Fret1@h:1/?ssl_client_key_password=secret2',
            [config],
        )
        for text in ('sec/ret1', 'sec%2Fret1', 'secret2', 'sec:ret3'):
            self.assertEqual('x *** y', bus.secrets.hide(f'x {text} y'))
        self.assertFalse(relay.Bus('rabbit://h/').secrets)

    def test_missing_client(self) -> None:
        """Without the client library, the error says how to install it."""
        done = support.run_python(
            'import sys\n'
            "sys.modules['confluent_kafka'] = None\n"
            'from unixnotif import relay\n'
            'try:\n'
            "    relay.Bus('kafka://h:1/')\n"
            'except relay.BusError as e:\n'
            '    print(e)\n'
        )
        self.assertTrue(
            done.stdout.endswith('; try: pip install confluent-kafka\n'),
            done.stdout,
        )

    @support.needs_kafka
    def test_confirms(self) -> None:
        """Only some drivers wait until the bus has a message."""
        self.assertTrue(relay.Bus('rabbit://h/').confirms)
        self.assertFalse(relay.Bus('kafka://h:1/').confirms)

    def test_close(self) -> None:
        """To close a bus takes no longer than the caller allows."""
        self.assertTrue(buses.close(relay.Bus('fake://'), 60))
