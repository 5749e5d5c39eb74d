# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The driver, by way of a real Notifier that finds it by its name."""

import _socket
import collections
import copy
import datetime
import enum
import json
import os
import random
import stat
import tempfile
from typing import Any
from unittest import mock
import uuid

import fixtures
from oslo_config import cfg
from oslo_context import context
import oslo_messaging
from oslo_messaging import conffixture
from oslo_messaging._drivers import amqp
from oslo_messaging._drivers import impl_fake

from unixnotif import address
from unixnotif import document
from unixnotif import notify_driver
from unixnotif import opts
from unixnotif import packet
from unixnotif import publisher as publishers
from unixnotif.tests import base
from unixnotif.tests.unit import test_primitives

UTC = datetime.UTC


class _Serializer(oslo_messaging.NoOpSerializer):  # type: ignore[misc]
    """Makes a dict of the request context, as those of services do."""

    def serialize_context(self, ctxt: Any) -> Any:
        return ctxt.to_dict()


class _TestCase(base.TestCase):
    def new_conf(
        self,
        text: str = '',
        drivers: str = 'unix',
        sock_path: str | None = None,
    ) -> Any:
        """A service's configuration, from a file."""
        fd, path = tempfile.mkstemp(suffix='.conf')
        with os.fdopen(fd, 'w') as file:
            file.write('[oslo_messaging_notifications]\n')
            for driver in drivers.split():
                file.write(f'driver = {driver}\n')
            if sock_path is not None:
                file.write(f'sock_path = {sock_path}\n')
            file.write(f'[oslo_messaging_unix]\n{text}\n')
        conf = cfg.ConfigOpts()
        conf([], project='test', default_config_files=[path])
        return conf

    def new_notifier(self, conf: Any, **options: Any) -> Any:
        transport = oslo_messaging.get_notification_transport(conf, 'fake://')
        self.addCleanup(transport.cleanup)
        return oslo_messaging.Notifier(
            transport, **{'publisher_id': 'compute.host1', **options}
        )

    def publishers_of(self, notifier: Any) -> list[publishers.Publisher]:
        """Return the publishers of the notifier's unix driver."""
        (extension,) = notifier._driver_mgr.extensions
        assert isinstance(extension.obj, notify_driver.UnixDriver)
        return extension.obj._publishers


class EnvelopeTest(_TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.where = self.new_directory()
        self.conf = self.new_conf(f'socket_uri = {self.where}')
        self.listener = self.bind(
            self.where, 'raw.sock', _socket.SOCK_SEQPACKET
        )

    def on_the_wire(self) -> dict[str, Any]:
        """The document that the only emitter has sent."""
        sock = packet.accept(self.listener)
        self.addCleanup(sock.close)
        found: dict[str, Any] = json.loads(sock.recv(packet.MAX_PACKET))
        return found

    def test_exact(self) -> None:
        """The document has the Notifier's envelope, and three keys of ours."""
        notifier = self.new_notifier(
            self.conf, topics=['notifications', 'versioned_notifications']
        )
        before = datetime.datetime.now(UTC).replace(tzinfo=None)

        notifier.info({}, 'instance.create.end', {'é': [1, None, True]})

        found = self.on_the_wire()
        uuid.UUID(found.pop('message_id'))
        emitted = datetime.datetime.strptime(  # noqa: DTZ007
            found.pop('timestamp'), '%Y-%m-%d %H:%M:%S.%f'
        )
        after = datetime.datetime.now(UTC).replace(tzinfo=None)
        self.assertTrue(before <= emitted <= after)
        self.assertEqual(
            {
                'publisher_id': 'compute.host1',
                'event_type': 'instance.create.end',
                'priority': 'INFO',
                'payload': {'é': [1, None, True]},
                'topics': ['notifications', 'versioned_notifications'],
                'exchange': 'openstack',
                'context': {},
            },
            found,
        )

    def test_like_the_log_driver(self) -> None:
        """The first six keys are what the log driver writes."""
        conf = self.new_conf(f'socket_uri = {self.where}', 'log unix')
        log = self.useFixture(
            fixtures.FakeLogger('oslo.messaging.notification')
        )
        payload = {
            'when': datetime.datetime(2026, 11, 21, 10, tzinfo=UTC),
            'id': uuid.UUID(int=5),
            'many': {7},
            1: 'one',
        }

        self.new_notifier(conf).error({}, 'x.y', payload)

        found = self.on_the_wire()
        for key in 'topics', 'exchange', 'context':
            del found[key]
        written = [
            line for line in log.output.splitlines() if line.startswith('{')
        ]
        self.assertEqual([found], [json.loads(each) for each in written])

    def test_exchange(self) -> None:
        """The exchange is the service's own."""
        transport = oslo_messaging.get_notification_transport(
            self.conf, 'fake://'
        )
        self.conf.set_override('control_exchange', 'nova')

        oslo_messaging.Notifier(transport, 'x').info({}, 'a.b', {})

        found = self.on_the_wire()
        self.assertEqual('nova', found['exchange'])
        self.assertEqual(['notifications'], found['topics'])

    def test_no_publisher_id(self) -> None:
        """A Notifier without a publisher_id has none in the document."""
        self.new_notifier(self.conf, publisher_id=None).info({}, 'a.b', {})

        self.assertIsNone(self.on_the_wire()['publisher_id'])

    def request(self) -> context.RequestContext:
        return context.RequestContext(
            auth_token='secret', project_id='p1', request_id='req-1'
        )

    def test_context(self) -> None:
        """The context is the one that goes over a bus: without secrets."""
        notifier = self.new_notifier(self.conf, serializer=_Serializer())

        notifier.info(self.request(), 'a.b', {})

        found = self.on_the_wire()['context']
        self.assertEqual('p1', found['project_id'])
        self.assertEqual('req-1', found['request_id'])
        self.assertNotIn('secret', json.dumps(found))

    def test_no_context(self) -> None:
        """With include_context off, the document has no context."""
        where = self.new_directory()
        conf = self.new_conf(f'socket_uri = {where}\ninclude_context = false')
        self.listener = self.bind(where, 'raw.sock', _socket.SOCK_SEQPACKET)
        notifier = self.new_notifier(conf, serializer=_Serializer())

        notifier.info(self.request(), 'a.b', {})

        found = self.on_the_wire()
        self.assertNotIn('context', found)
        self.assertEqual('openstack', found['exchange'])

    def test_beside_a_bus(self) -> None:
        """The keys that RabbitMQ's driver adds to the message are ignored."""

        def send(*args: Any, **_: Any) -> None:
            ctxt, message = args[2:4]
            amqp.pack_context(message, ctxt)

        self.patch(impl_fake.FakeDriver, 'send_notification', send)
        where = self.new_directory()
        conf = self.new_conf(
            f'socket_uri = {where}\ninclude_context = false',
            'messagingv2 unix',
        )
        self.listener = self.bind(where, 'raw.sock', _socket.SOCK_SEQPACKET)
        notifier = self.new_notifier(conf, serializer=_Serializer())

        notifier.info(self.request(), 'a.b', {})

        self.assertEqual(
            {
                'message_id', 'publisher_id', 'event_type', 'priority',
                'payload', 'timestamp', 'topics', 'exchange',
            },
            set(self.on_the_wire()),
        )  # fmt: skip

    def test_context_without_serializer(self) -> None:
        """A Notifier without a serializer passes the object itself."""
        self.new_notifier(self.conf).info(self.request(), 'a.b', {})

        found = self.on_the_wire()['context']
        self.assertEqual('p1', found['project_id'])
        self.assertNotIn('secret', json.dumps(found))


class _Colour(enum.Enum):
    RED = 'red'


class _Unhelpful:
    def __repr__(self) -> str:
        raise RuntimeError('no way to show this')


class PayloadTest(_TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.where = self.new_directory()
        conf = self.new_conf(f'socket_uri = {self.where}')
        self.notifier = self.new_notifier(conf)
        self.receiver = self.new_consumer(self.where)

    def received(self, payload: Any) -> Any:
        self.notifier.info({}, 'a.b', payload)
        received = self.receiver.receive(0)
        assert received
        return received.payload

    def test_values(self) -> None:
        """oslo.serialization converts values that JSON does not have."""
        when = datetime.datetime(2026, 11, 21, 10)  # noqa: DTZ001
        number = uuid.UUID(int=5)
        cases: list[tuple[Any, Any]] = [
            ({'when': when}, {'when': '2026-11-21T10:00:00.000000'}),
            ({'id': number}, {'id': str(number)}),
            ({'colour': _Colour.RED}, {'colour': 'red'}),
            ({'nan': float('nan'), 'inf': float('inf')},
             {'nan': None, 'inf': None}),
            ({'many': {1}, 'two': (1, 2)}, {'many': [1], 'two': [1, 2]}),
            ({'bytes': b'abc'}, {'bytes': 'abc'}),
            ({1: 'a', None: _Colour.RED}, {'1': 'a', 'null': 'red'}),
            ({'great': 2**70}, {'great': 2**70}),
            ({'text': 'line\nline\u2028\x00 é 🎈'},) * 2,
            ({'half': '\ud800'},) * 2,
            ('text',) * 2,
            ([1, [2]],) * 2,
            (None, None),
            ({}, {}),
        ]  # fmt: skip
        for fast in True, False:
            if not fast:
                self.patch(document, 'orjson', None)
            for payload, expected in cases:
                self.assertEqual(
                    expected, self.received(payload), repr(payload)
                )

    def test_unchanged(self) -> None:
        """The arguments of the service stay unchanged."""
        payload = {
            'when': datetime.datetime(2026, 11, 21, tzinfo=UTC),
            'nan': float('inf'),
            'deep': {'colour': _Colour.RED, 'many': [{1}]},
            2: 'two',
        }
        before = copy.deepcopy(payload)

        self.received(payload)

        self.assertEqual(before, payload)
        self.assertIsInstance(payload['when'], datetime.datetime)

    def test_shared_message(self) -> None:
        """The message, which other drivers get too, stays unchanged."""
        message = base.new_notification().document
        for key in 'topics', 'exchange', 'context':
            del message[key]
        before = copy.deepcopy(message)
        (extension,) = self.notifier._driver_mgr.extensions

        extension.obj.notify({}, message, 'INFO', None)

        self.assertEqual(before, message)
        self.assertIsNotNone(self.receiver.receive(0))

    def test_unserializable(self) -> None:
        """An unserializable notification is dropped and logged."""
        circular: dict[str, Any] = {}
        circular['self'] = circular
        deep: list[Any] = []
        for _ in range(100_000):
            deep = [deep]
        impossible = [
            {(1, 2): 'tuple'},
            circular,
            deep,
            {'object': _Unhelpful()},
        ]
        for count, payload in enumerate(impossible, 1):
            self.notifier.info({}, 'bad.thing', payload)

            log = [line for line in self.logged if line.startswith('ERROR')]
            self.assertEqual(count, len(log))
            self.assertIn('bad.thing cannot be serialized', log[-1])
        self.assertEqual('good', self.received('good'))
        self.assertEqual(
            {'unserializable': len(impossible)}, self.receiver.lost_reasons
        )

    def test_path_of_a_defect(self) -> None:
        """The log and the consumer report a payload with a mock."""
        payload = {'nova_object.data': {'host': mock.MagicMock()}}
        self.notifier.info({}, 'bad.thing', payload)

        self.assertIn(
            'ERROR Dropping a notification: bad.thing cannot be serialized: '
            'payload.nova_object.data.host: MagicMock',
            self.logged,
        )
        self.assertEqual('good', self.received('good'))
        self.assertEqual({'unserializable': 1}, self.receiver.lost_reasons)

    def test_wrong_types(self) -> None:
        """A message that consumers reject is dropped, counted and reported."""
        for event_type, publisher_id, name in (
            (None, 'x', 'event_type'),
            (7, 'x', 'event_type'),
            ('a.b', 7, 'publisher_id'),
        ):
            self.logged.clear()
            notifier = self.notifier.prepare(publisher_id=publisher_id)
            notifier.info({}, event_type, {})

            [line] = [x for x in self.logged if x.startswith('ERROR')]
            self.assertIn(f'{name} of a notification must be a string', line)
        self.assertEqual('good', self.received('good'))
        self.assertEqual({'unserializable': 3}, self.receiver.lost_reasons)
        self.assertFalse(self.receiver.rejected)

    def test_masked_password(self) -> None:
        """A dict that masks a password is written with the mask."""
        for library in test_primitives.LIBRARIES:
            self.patch(document, 'orjson', library)
            secret = test_primitives.Masked(password='secret')
            self.assertEqual({'password': '***'}, self.received(secret))

    def test_mock_context(self) -> None:
        """A context that cannot be written costs no notification."""
        self.notifier.info(mock.Mock(), 'a.b', 'x')

        received = self.receiver.receive(0)
        assert received
        self.assertEqual(({}, 'x'), (received.context, received.payload))
        [line] = [x for x in self.logged if x.startswith('WARNING')]
        self.assertIn('Sending notification a.b without its context: ', line)

    def test_random_numbers(self) -> None:
        """A service that seeds random gets the same numbers as without us."""
        for _ in range(3):
            self.new_consumer(self.where, group='g')
        random.seed(5)
        expected = random.random()
        random.seed(5)
        self.received('x')
        self.assertEqual(expected, random.random())

    def test_priorities(self) -> None:
        """Every way to emit has its priority."""
        names = (
            'audit', 'debug', 'info', 'warn', 'warning', 'error', 'critical',
            'sample',
        )  # fmt: skip
        for name in names:
            getattr(self.notifier, name)({}, f'{name}.x', {'by': name})

        found = []
        while (received := self.receiver.receive(0)) is not None:
            found.append((received.event_type, received.priority))
        expected = {'warning': 'WARN'}
        self.assertEqual(
            [(f'{n}.x', expected.get(n, n.upper())) for n in names], found
        )

    def test_prepared(self) -> None:
        """A prepared Notifier emits under its own publisher_id."""
        self.notifier.prepare(publisher_id='other', retry=0).info({}, 'x', {})

        received = self.receiver.receive(0)
        assert received
        self.assertEqual('other', received.publisher_id)

    def test_no_subscriber(self) -> None:
        """With no subscriber the payload is not looked at."""
        self.receiver.close()

        self.notifier.info({}, 'a.b', {'object': _Unhelpful()})

        self.assertEqual([], self.logged)


class ConfigurationTest(_TestCase):
    def only_error(self) -> str:
        (line,) = [each for each in self.logged if each.startswith('ERROR')]
        self.logged.clear()
        return line

    def test_uri_missing(self) -> None:
        """Without a URI, one error shows what to write; nothing is raised."""
        for text, path in (('', None), ('socket_uri =', None), ('', '')):
            notifier = self.new_notifier(self.new_conf(text, sock_path=path))
            notifier.info({}, 'a.b', {})

            error = self.only_error()
            self.assertIn('option socket_uri', error)
            self.assertIn('[oslo_messaging_unix]', error)
            self.assertIn('socket_uri = unix+dir:///run/', error)
            self.assertEqual([], self.publishers_of(notifier))

    def test_bad_uri(self) -> None:
        """The error names an invalid URI; the valid URIs are served."""
        first, second = self.new_directory(), self.new_socket()
        notifier = self.new_notifier(
            self.new_conf(f'socket_uri = {first}, tcp://x, {second}')
        )

        error = self.only_error()
        self.assertIn('option socket_uri', error)
        self.assertIn('[oslo_messaging_unix]', error)
        self.assertIn("'tcp://x'", error)
        self.assertIn('unix+dir:///run/', error)
        receivers = [self.new_consumer(each) for each in (first, second)]
        notifier.info({}, 'a.b', {})
        for each in receivers:
            self.assertEqual([{}], base.payloads(each))

    def test_sock_path(self) -> None:
        """Without socket_uri, the driver listens on the path of sock_path."""
        directory = self.new_directory().path
        for name in (
            's.sock',
            '%(x)s<service>.sock',
            '$x.sock',
            'é 1.sock',
            '%41?#.sock',
        ):
            where = address.Address(f'{directory}/{name}', is_directory=False)
            notifier = self.new_notifier(self.new_conf(sock_path=where.path))
            receiver = self.new_consumer(where)
            notifier.info({}, 'a.b', name)

            self.assertEqual([name], base.payloads(receiver))
            self.assertTrue(stat.S_ISSOCK(os.stat(where.path).st_mode))
        self.assertEqual([], self.logged)

    def test_sock_path_and_uri(self) -> None:
        """If both options are set, the driver ignores sock_path."""
        where, ignored = self.new_directory(), self.new_socket()
        for path in ignored.path, 'relative':
            notifier = self.new_notifier(
                self.new_conf(f'socket_uri = {where}', sock_path=path)
            )
            (publisher,) = self.publishers_of(notifier)
            self.assertEqual(where, publisher.address)
        self.assertFalse(os.path.exists(ignored.path))
        self.assertEqual([], self.logged)

    def test_bad_sock_path(self) -> None:
        """A bad path is one error with an example; the service lives on."""
        for path in (
            'run/nova/notifications.sock',
            'unix:///run/nova/notifications.sock',
            '/run/nova/notifications/',
            '/run/nova\u200b.sock',
            '/',
            '%(path)s',
            '$state_path/notifications.sock',
        ):
            notifier = self.new_notifier(self.new_conf(sock_path=path))
            notifier.info({}, 'a.b', {})

            self.assertEqual(
                'ERROR The unix notification driver publishes nothing: option '
                'sock_path in group [oslo_messaging_notifications] must be '
                f'the absolute path of a socket, not {path!r}. Set it, '
                'for example: '
                'sock_path = /run/nova/notifications.sock',
                self.only_error(),
            )
            self.assertEqual([], self.publishers_of(notifier))

    def test_sock_path_of_another_library(self) -> None:
        """A foreign definition that rejects the value is one error."""
        conf = self.new_conf(sock_path='/run/nova/notifications.sock')
        conf.register_opt(
            cfg.IntOpt('sock_path'), group=opts.NOTIFICATIONS_GROUP
        )
        notifier = self.new_notifier(conf)
        notifier.info({}, 'a.b', {})

        self.assertIn('option sock_path', self.only_error())
        self.assertEqual([], self.publishers_of(notifier))

    def test_bad_values(self) -> None:
        """Another bad value is one error that names the option."""
        for name, value in (
            ('socket_mode', '9999'),
            ('socket_mode', 'rw-rw----'),
            ('send_buffer_size', '10'),
            ('send_buffer_size', 'much'),
            ('max_message_size', '0'),
            ('max_subscribers', '0'),
        ):
            where = self.new_directory()
            notifier = self.new_notifier(
                self.new_conf(f'socket_uri = {where}\n{name} = {value}')
            )
            self.new_consumer(where)
            notifier.info({}, 'a.b', {})

            self.assertIn(f'option {name}', self.only_error())

    def test_bad_boolean(self) -> None:
        """With a bad include_context the driver is not even loaded."""
        stevedore = self.useFixture(fixtures.FakeLogger('stevedore'))
        where = self.new_directory()
        notifier = self.new_notifier(
            self.new_conf(f'socket_uri = {where}\ninclude_context = maybe')
        )
        notifier.info({}, 'a.b', {})

        self.assertIn('option include_context', stevedore.output)
        self.assertEqual([], list(notifier._driver_mgr.extensions))

    def test_values(self) -> None:
        """Each option reaches the publisher."""
        where = address.Address(self.new_directory().path + '/new')
        # Only root can give a directory to any group.
        group = os.getegid() if os.geteuid() else 4_000_000
        notifier = self.new_notifier(
            self.new_conf(
                f'socket_uri = {where}\n'
                'socket_mode = 0666\n'
                f'socket_group = {group}\n'
                'send_buffer_size = 4096\n'
                'max_message_size = 4096\n'
                'max_subscribers = 1'
            )
        )
        found = os.stat(where.path)
        self.assertEqual(0o43777, found.st_mode)
        self.assertEqual(group, found.st_gid)
        receivers = [self.new_consumer(where) for _ in range(2)]
        notifier.info({}, 'a.b', 'x' * 4096)
        for _ in range(100):
            notifier.info({}, 'a.b', 'x')

        (publisher,) = self.publishers_of(notifier)
        self.assertEqual({'too_large', 'buffer_full'}, set(publisher.dropped))
        counts = [len(base.payloads(each)) for each in receivers]
        self.assertEqual(0, min(counts))

    def test_unavailable(self) -> None:
        """A directory that cannot be created is one error at the start."""
        parent = self.new_directory().path + '/later'
        where = address.Address(parent + '/notifications')
        notifier = self.new_notifier(self.new_conf(f'socket_uri = {where}'))
        for _ in range(3):
            notifier.info({}, 'a.b', {})

        self.assertIn(str(where), self.only_error())
        os.mkdir(parent)
        notifier.info({}, 'a.b', {})
        receiver = self.new_consumer(where)
        notifier.info({}, 'a.b', 'at last')
        self.assertEqual(['at last'], base.payloads(receiver))

    def test_address_exists_with_the_notifier(self) -> None:
        """Consumers can subscribe as soon as the Notifier exists."""
        directory = address.Address(self.new_directory().path + '/new')
        for where in directory, self.new_socket():
            notifier = self.new_notifier(
                self.new_conf(f'socket_uri = {where}')
            )
            receiver = self.new_consumer(where)
            notifier.info({}, 'a.b', 'first')

            self.assertEqual(['first'], base.payloads(receiver))


class SharingTest(_TestCase):
    def test_two_notifiers(self) -> None:
        """The Notifiers of a process share a publisher for each address."""
        for where in self.new_directory(), self.new_socket():
            conf = self.new_conf(f'socket_uri = {where}')
            legacy = self.new_notifier(conf)
            versioned = self.new_notifier(conf, topics=['versioned'])

            (publisher,) = self.publishers_of(legacy)
            self.assertEqual([publisher], self.publishers_of(versioned))
            receiver = self.new_consumer(where)
            for n in range(5):
                legacy.info({}, 'a.b', [n, 'legacy'])
                versioned.info({}, 'a.b', [n, 'versioned'])
            self.assertEqual(
                [[n, k] for n in range(5) for k in ('legacy', 'versioned')],
                base.payloads(receiver),
            )
            self.assertEqual([], self.logged)

    def test_group(self) -> None:
        """The members of a group receive half of each topic and priority."""
        where = self.new_directory()
        conf = self.new_conf(f'socket_uri = {where}')
        legacy = self.new_notifier(conf)
        versioned = self.new_notifier(conf, topics=['versioned'])
        members = [self.new_consumer(where, 'agents') for _ in range(2)]
        for _ in range(4):
            legacy.info({}, 'a.b', 'legacy')
            versioned.info({}, 'a.b', 'versioned')
            versioned.error({}, 'a.b', 'error')

        for each in members:
            self.assertEqual(
                {'legacy': 2, 'versioned': 2, 'error': 2},
                collections.Counter(base.payloads(each)),
            )

    def test_several_uris(self) -> None:
        """The driver publishes at each URI, and serializes only once."""
        addresses = [
            self.new_directory(), self.new_socket(), self.new_directory()
        ]  # fmt: skip
        uris = ','.join(map(str, addresses))
        notifier = self.new_notifier(self.new_conf(f'socket_uri = {uris}'))
        receivers = [self.new_consumer(each) for each in addresses]
        calls = []
        encode = document.encode

        def count(*args: Any) -> bytes:
            calls.append(args)
            return encode(*args)

        self.patch(document, 'encode', count)

        notifier.info({}, 'a.b', 'x')

        for each in receivers:
            self.assertEqual(['x'], base.payloads(each))
        self.assertEqual(1, len(calls))

    def test_same_uri_twice(self) -> None:
        """The driver publishes only once at a URI that is named twice."""
        where = self.new_directory()
        notifier = self.new_notifier(
            self.new_conf(f'socket_uri = {where}, {where}/')
        )
        receiver = self.new_consumer(where)

        notifier.info({}, 'a.b', 'x')

        self.assertEqual(['x'], base.payloads(receiver))

    def test_with_other_drivers(self) -> None:
        """The driver delivers beside other notification drivers."""
        where = self.new_directory()
        conf = self.new_conf(f'socket_uri = {where}', 'messagingv2 unix noop')
        notifier = self.new_notifier(conf)
        receiver = self.new_consumer(where)

        notifier.info({}, 'a.b', 'x')

        self.assertEqual(['x'], base.payloads(receiver))
        self.assertEqual(3, len(notifier._driver_mgr.extensions))

    def test_after_fork(self) -> None:
        """A Notifier that is older than a fork works in the child."""
        where = self.new_directory()
        notifier = self.new_notifier(self.new_conf(f'socket_uri = {where}'))
        receiver = self.new_consumer(where)
        notifier.info({}, 'a.b', 'parent')

        child = base.Child(lambda: notifier.info({}, 'a.b', 'child'))
        child.result()

        found = {}
        while (received := receiver.receive(0)) is not None:
            assert received.sender
            found[received.payload] = received.sender.pid
        self.assertEqual({'parent': os.getpid(), 'child': child.pid}, found)

    def test_conf_fixture(self) -> None:
        """The driver works under oslo.messaging's own fixture for tests."""
        where = self.new_directory()
        conf = cfg.ConfigOpts()
        conf([], default_config_files=[])
        self.useFixture(conffixture.ConfFixture(conf, 'fake://'))
        opts.register(conf)
        conf.set_override('notification_driver', ['unix'])
        conf.set_override('socket_uri', [str(where)], opts.GROUP)
        transport = oslo_messaging.get_notification_transport(conf)
        notifier = oslo_messaging.Notifier(transport, 'x', topics=['t'])
        receiver = self.new_consumer(where)

        notifier.info({}, 'a.b', 'x')

        self.assertEqual(['x'], base.payloads(receiver))
