# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The messages in the guides, as the code writes them.

Rule: each is provoked as it would be in a service.
"""

import errno
import logging
import os
import pathlib
import socket
from typing import Any
from unittest import mock

import fixtures
from oslo_config import cfg
import oslo_messaging
from stevedore import named

import unixnotif
from unixnotif import address
from unixnotif import packet
from unixnotif.rendezvous import directories
from unixnotif.tests import base as testing
from unixnotif.tests.examples import base


class MessagesTest(base.ExampleTest):
    def setUp(self) -> None:
        super().setUp()
        self.log = self.useFixture(fixtures.FakeLogger(level=logging.WARNING))
        self.listening_uri = str(
            address.Address(f'{self.directory}.sock', is_directory=False)
        )

    def assert_logged(self, name: str) -> None:
        """Assert that the message is in the log, and nothing else."""
        self.assert_prints(self.read(f'messages/{name}.txt'), self.log.output)

    def new_notifier(
        self, uri: str, sock_path: str = '', **options: Any
    ) -> Any:
        """A Notifier of a service with these options."""
        path = self.work / 'service.conf'
        lines = [
            '[oslo_messaging_notifications]',
            'driver = unix',
            *([f'sock_path = {sock_path}'] if sock_path else []),
            '[oslo_messaging_unix]',
            *([f'socket_uri = {uri}'] if uri else []),
            *(f'{name} = {value}' for name, value in options.items()),
        ]
        path.write_text('\n'.join(lines))
        conf = cfg.ConfigOpts()
        conf(['--config-file', str(path)], project='thing')
        return oslo_messaging.Notifier(
            oslo_messaging.get_notification_transport(conf, 'fake://'), 'x'
        )

    def subscribe(self) -> unixnotif.Consumer:
        """A consumer at the rendezvous directory."""
        consumer = unixnotif.Consumer(self.uri)
        self.addCleanup(consumer.close)
        consumer.subscribe()
        return consumer

    def test_no_uri(self) -> None:
        """The option is not set."""
        self.new_notifier('')
        # The message shows a path as an example, not one of this test.
        self.run_nova = pathlib.Path('/run/nova')
        self.assert_logged('no_uri')

    def test_bad_uri(self) -> None:
        """The option is a path, not a URI."""
        self.new_notifier(str(self.directory))
        self.assert_logged('bad_uri')

    def test_bad_path(self) -> None:
        """The path of sock_path is relative."""
        self.new_notifier('', sock_path='run/notifications.sock')
        # The message shows a path as an example, not one of this test.
        self.run_nova = pathlib.Path('/run/nova')
        self.assert_logged('bad_path')

    def test_bad_option(self) -> None:
        """Another option cannot be read."""
        self.new_notifier(self.uri, send_buffer_size='4M')
        self.assert_logged('bad_option')

    def test_not_installed(self) -> None:
        """The service's environment does not have the package."""
        named.NamedExtensionManager('no.such.drivers', ['unix'])
        self.assert_logged('not_installed')

    def test_missing_directory(self) -> None:
        """The parent of the directory is not there."""
        self.new_notifier(f'unix+dir://{self.run_nova}/missing/notifications')
        self.assert_logged('missing_directory')

    def test_refused_directory(self) -> None:
        """The directory refuses the service (simulated: root may enter)."""
        self.directory.chmod(0o3770)
        why = directories.unavailable(
            str(self.directory),
            PermissionError(errno.EACCES, os.strerror(errno.EACCES)),
        )

        def refuse(*_: object, **__: object) -> None:
            raise why

        self.useFixture(
            fixtures.MonkeyPatch('unixnotif.rendezvous.make', refuse)
        )
        self.new_notifier(self.uri)
        self.assert_logged('refused_directory')

    def test_in_use(self) -> None:
        """A second process wants the listening socket."""
        with unixnotif.Publisher(self.listening_uri):
            self.new_notifier(self.listening_uri)
        self.assert_logged('in_use')

    def test_not_a_socket(self) -> None:
        """A file has the socket's name."""
        (self.run_nova / 'notifications.sock').touch()
        self.new_notifier(self.listening_uri)
        self.assert_logged('not_a_socket')

    def test_directory_in_place(self) -> None:
        """A directory has the socket's name."""
        self.new_notifier(str(address.Address(str(self.directory), False)))
        self.assert_logged('directory_in_place')

    def test_socket_in_place(self) -> None:
        """A socket has the directory's name."""
        with unixnotif.Publisher(self.listening_uri) as out:
            self.new_notifier(str(address.Address(out.address.path)))
        self.assert_logged('socket_in_place')

    def test_no_group(self) -> None:
        """The group was not made on this host."""
        # Use a name that no host has; the page shows the group of the guide.
        self.new_notifier(self.uri, socket_group='no-such-group')
        expected = self.read('messages/no_group.txt')
        self.assert_prints(
            expected.replace("'notifications'", "'no-such-group'"),
            self.log.output,
        )

    def test_dropped(self) -> None:
        """A subscriber does not read."""
        self.subscribe()
        notifier = self.new_notifier(self.uri)
        while not self.log.output:
            notifier.info({}, 'x.y', {'x': 'x' * 100_000})
        self.assert_logged('dropped')

    def bind_datagram(self) -> pathlib.Path:
        """Bind a socket of another kind in the directory; return its path."""
        other = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(other.close)
        path = self.directory / 'me.sock'
        other.bind(str(path))
        path.chmod(0o640)
        return path

    def refuse_connections(self) -> None:
        """Simulate sockets that refuse this process, which may be root."""

        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

        self.useFixture(
            fixtures.MonkeyPatch('unixnotif.rendezvous.connect', refuse)
        )

    def test_unreachable(self) -> None:
        """A socket in the directory is of another kind."""
        self.bind_datagram()
        self.new_notifier(self.uri).info({}, 'x.y', {})
        self.assert_logged('unreachable')

    def test_denied(self) -> None:
        """A socket of the service's user refuses the service."""
        self.bind_datagram()
        self.refuse_connections()
        self.new_notifier(self.uri).info({}, 'x.y', {})
        self.assert_logged('denied')

    @testing.as_root
    def test_denied_users(self) -> None:
        """A socket of another user refuses the service."""
        os.chown(self.bind_datagram(), 65532, 65532)
        self.refuse_connections()
        self.new_notifier(self.uri).info({}, 'x.y', {})
        self.assert_logged('denied_users')

    def test_too_large(self) -> None:
        """A notification is over the limit."""
        self.subscribe()
        notifier = self.new_notifier(self.uri, max_message_size=4096)
        notifier.info({}, 'x.y', {'x': 'x' * 5000})
        self.assert_first_logged('too_large')

    def test_unserializable(self) -> None:
        """A payload cannot be written as JSON."""
        self.subscribe()
        endless: list[Any] = []
        endless.append(endless)
        self.new_notifier(self.uri).info({}, 'x.y', endless)
        self.assert_first_logged('unserializable')

    def test_unserializable_value(self) -> None:
        """A value of the payload has a type that JSON does not have."""
        self.subscribe()
        payload = {'nova_object.data': {'host': mock.MagicMock()}}
        self.new_notifier(self.uri).info({}, 'x.y', payload)
        self.assert_first_logged('unserializable_value')

    def test_wrong_type(self) -> None:
        """A key of the envelope has the wrong type."""
        self.subscribe()
        notifier = self.new_notifier(self.uri)
        notifier.prepare(publisher_id=7).info({}, 'x.y', {})
        self.assert_first_logged('wrong_type')

    def test_context(self) -> None:
        """A context cannot be written as JSON."""
        self.subscribe()
        self.new_notifier(self.uri).info(mock.Mock(), 'x.y', {})
        self.assert_logged('context')

    def assert_first_logged(self, name: str) -> None:
        """Assert the first message; a message about drops follows."""
        first, _, second = self.log.output.partition('\n')
        self.assertIn('was dropped', second)
        self.assert_prints(self.read(f'messages/{name}.txt'), first)

    def test_max_subscribers(self) -> None:
        """More consumers subscribe than max_subscribers allows."""
        self.subscribe()
        self.subscribe()
        self.new_notifier(self.uri, max_subscribers=1)
        self.assert_logged('max_subscribers')

    def test_rejected(self) -> None:
        """A peer sends data that is not a document."""
        consumer = self.subscribe()
        out = self.await_subscribers(1)
        out.publish(b'hello')
        self.assertIsNone(consumer.receive(0))
        self.assert_logged('rejected')

    def test_tail_waits(self) -> None:
        """The directory is not there yet."""
        tail = self.shell(
            f'unixnotif tail --timeout 0.5 unix+dir://{self.run_nova}/missing'
        )
        self.assert_prints(self.read('messages/tail_waits.txt'), tail.line())

    def test_tail_wrong_scheme(self) -> None:
        """The other scheme is right for the path."""
        where = address.Address(str(self.directory), is_directory=False)
        tail = self.shell(f'unixnotif tail {where}')
        self.assert_prints(
            self.read('messages/tail_directory.txt'), tail.finish()
        )
        with unixnotif.Publisher(self.listening_uri) as out:
            where = address.Address(out.address.path)
            tail = self.shell(f'unixnotif tail {where}')
            self.assert_prints(
                self.read('messages/tail_socket.txt'), tail.finish()
            )

    def test_nobody(self) -> None:
        """Nobody is subscribed."""
        send = self.shell(f"unixnotif send {self.uri} --event-type x.y '{{}}'")
        self.assert_prints(self.read('messages/nobody.txt'), send.finish())

    def test_reasons(self) -> None:
        """The page on the wire format lists every reason for a drop."""
        page = base.ROOT / 'doc/source/reference/wire-format.rst'
        text = page.read_text()
        for reason in (
            packet.Outcome.BACKLOG_FULL,
            packet.Outcome.BUFFER_FULL,
            packet.Outcome.DENIED,
            packet.Outcome.TOO_LARGE,
            packet.Outcome.UNREACHABLE,
            packet.Outcome.UNSERIALIZABLE,
        ):
            self.assertIn(f'``{reason}``', text)

    def test_stream_lines(self) -> None:
        """A line that does not fit the send buffer is dropped as too large."""
        with unixnotif.Publisher(self.listening_uri) as out:
            consumer = unixnotif.Consumer(self.listening_uri)
            self.addCleanup(consumer.close)
            consumer.subscribe()
            document = testing.document('x' * 32_000_000)
            self.assertEqual({'too_large': 1}, out.publish(document).dropped)
