# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The options of the driver."""

import io
import logging
import os
import pathlib
import tempfile
from typing import Any

import fixtures
from oslo_config import cfg
from oslo_config import generator
from oslo_config import types
import oslo_messaging

from unixnotif import opts
from unixnotif import packet
from unixnotif import publisher
from unixnotif.tests import base


class OptsTest(base.TestCase):
    def values(self, text: str = '') -> Any:
        """The group's values, as read from a file."""
        fd, path = tempfile.mkstemp(suffix='.conf')
        with os.fdopen(fd, 'w') as file:
            file.write(f'[oslo_messaging_unix]\n{text}\n')
        conf = cfg.ConfigOpts()
        conf([], project='test', default_config_files=[path])
        return opts.register(conf)

    def test_names(self) -> None:
        """The group and its options have the names that are promised."""
        (ours, shared) = opts.list_opts()

        self.assertEqual('oslo_messaging_unix', ours[0])
        self.assertEqual(
            [
                'socket_uri',
                'socket_mode',
                'socket_group',
                'send_buffer_size',
                'max_message_size',
                'max_subscribers',
                'max_unacknowledged',
                'include_context',
            ],
            [option.name for option in ours[1]],
        )
        self.assertEqual('oslo_messaging_notifications', shared[0])
        self.assertEqual(['sock_path'], [option.name for option in shared[1]])

    def test_copies(self) -> None:
        """Callers may change the options that list_opts() returns."""
        first, second = opts.list_opts(), opts.list_opts()
        for group in 0, 1:
            for option, other in zip(
                first[group][1], second[group][1], strict=True
            ):
                self.assertIsNot(option, other)
                self.assertEqual(vars(option), vars(other))
        cfg.set_defaults(first[0][1], socket_mode='0666')

        self.assertEqual('0660', self.values().socket_mode)

    def test_help(self) -> None:
        """Each option has a help text of whole sentences."""
        for _, options in opts.list_opts():
            for option in options:
                self.assertRegex(
                    option.help or '', r'^[A-Zu].*\.$', option.name
                )

    def test_defaults(self) -> None:
        """Without a file the values are those of the publisher."""
        values = self.values()

        self.assertEqual([], values.socket_uri)
        self.assertEqual('0660', values.socket_mode)
        self.assertIsNone(values.socket_group)
        self.assertEqual(packet.SEND_BUFFER_SIZE, values.send_buffer_size)
        self.assertEqual(packet.MAX_MESSAGE_SIZE, values.max_message_size)
        self.assertEqual(publisher.MAX_SUBSCRIBERS, values.max_subscribers)
        self.assertIs(True, values.include_context)

    def test_values(self) -> None:
        """A file can set each option."""
        values = self.values(
            'socket_uri = unix+dir:///a, unix:///b\n'
            'socket_mode = 666\n'
            'socket_group = ceilometer\n'
            'send_buffer_size = 4096\n'
            'max_message_size = 1073741824\n'
            'max_subscribers = 1\n'
            'include_context = false'
        )

        self.assertEqual(['unix+dir:///a', 'unix:///b'], values.socket_uri)
        self.assertEqual('666', values.socket_mode)
        self.assertEqual('ceilometer', values.socket_group)
        self.assertEqual(4096, values.send_buffer_size)
        self.assertEqual(2**30, values.max_message_size)
        self.assertEqual(1, values.max_subscribers)
        self.assertIs(False, values.include_context)

    def test_mode(self) -> None:
        """A mode is three octal digits, with or without a zero before."""
        for mode in '0660', '660', '0666', '0000', '777':
            self.assertEqual(
                mode, self.values(f'socket_mode = {mode}').socket_mode
            )
        for mode in (
            '', '66', '0o660', '0690', '06600', '10660', 'rw-rw----',
            'x0660', '0660 # all', '-660',
        ):  # fmt: skip
            values = self.values(f'socket_mode = {mode}')
            self.assertRaises(ValueError, getattr, values, 'socket_mode')

    def test_out_of_range(self) -> None:
        """A number that makes no sense is refused."""
        for name, number in (
            ('send_buffer_size', 4095),
            ('send_buffer_size', 2**30 + 1),
            ('max_message_size', 4095),
            ('max_message_size', 2**30 + 1),
            ('max_subscribers', 0),
        ):
            values = self.values(f'{name} = {number}')
            self.assertRaises(ValueError, getattr, values, name)

    def test_registered_twice(self) -> None:
        """The options may be registered twice: each driver registers them."""
        conf = cfg.ConfigOpts()
        conf([], default_config_files=[])
        opts.register(conf)

        self.assertEqual('0660', opts.register(conf).socket_mode)

    def test_environment(self) -> None:
        """The environment can set the options, as containers do."""
        self.useFixture(
            fixtures.EnvironmentVariable(
                'OS_OSLO_MESSAGING_UNIX__SOCKET_URI', 'unix+dir:///a'
            )
        )

        self.assertEqual(['unix+dir:///a'], self.values().socket_uri)


class _PathType(types.String):
    """A type of another library, the values of which are no strings."""

    def __call__(self, value: Any) -> Any:
        return pathlib.Path(super().__call__(value))


class SockPathTest(base.TestCase):
    """The option ``sock_path`` of oslo.messaging's own group."""

    def new_conf(self, value: str | None = None) -> cfg.ConfigOpts:
        """A conf that reads a file in which sock_path has this value."""
        directory = self.useFixture(fixtures.TempDir()).path
        path = os.path.join(directory, 'service.conf')
        with open(path, 'w') as file:
            file.write('[oslo_messaging_notifications]\n')
            if value is not None:
                file.write(f'sock_path = {value}\n')
        conf = cfg.ConfigOpts()
        conf([], project='test', default_config_files=[path])
        return conf

    def sock_path(self, conf: cfg.ConfigOpts) -> str | None:
        """Register the options and return the value."""
        opts.register(conf)
        return opts.sock_path(conf)

    def test_values(self) -> None:
        """The value is that of the file; None if the file has none."""
        for value in None, '', '/run/nova/notifications.sock', 'relative':
            self.assertEqual(value, self.sock_path(self.new_conf(value)))

    def test_literal(self) -> None:
        """No placeholder is expanded, whether or not its name is known."""
        for value in (
            '/run/$x/s.sock',
            '/run/${x}/s.sock',
            '/run/$host/s.sock',
            '/run/${oslo_messaging_unix.socket_mode}/s.sock',
            '/run/$oslo_messaging_unix/s.sock',
            '/run/$$host/s.sock',
            '/run/\\$host/s.sock',
            '/run/%(x)s/%s/<service>/{x}.sock',
            '$',
        ):
            conf = self.new_conf(value)
            conf.register_opt(cfg.StrOpt('host', default='host1'))
            self.assertEqual(value, self.sock_path(conf))

    def test_literal_in_the_log(self) -> None:
        """A service that logs its options at start logs the literal path."""
        conf = self.new_conf('/run/$x/s.sock')
        opts.register(conf)
        log = self.useFixture(fixtures.FakeLogger('test_opts'))
        conf.log_opt_values(logging.getLogger('test_opts'), logging.INFO)

        self.assertRegex(
            log.output,
            r'oslo_messaging_notifications\.sock_path += /run/\$x/s\.sock\n',
        )

    def test_unchanged_by_reload(self) -> None:
        """A reload of the file (SIGHUP) does not report a change."""
        conf = self.new_conf('/run/$x/s.sock')
        opts.register(conf)
        log = self.useFixture(fixtures.FakeLogger())
        conf.mutate_config_files()

        self.assertNotIn('sock_path', log.output)
        self.assertEqual('/run/$x/s.sock', opts.sock_path(conf))

    def test_environment(self) -> None:
        """A value from the environment has precedence; $$ means $ there."""
        conf = self.new_conf('/run/file.sock')
        for value, path in (('/run/a.sock',) * 2, ('/$$x.sock', '/$x.sock')):
            self.useFixture(
                fixtures.EnvironmentVariable(
                    'OS_OSLO_MESSAGING_NOTIFICATIONS__SOCK_PATH', value
                )
            )
            conf.reload_config_files()
            self.assertEqual(path, self.sock_path(conf))

    def test_not_expandable(self) -> None:
        """If a value is not literal, the error shows how to write $."""
        for value, reason in (
            ('/run/$x', 'no such option x in group [DEFAULT]'),
            ('/run/${a.b}', 'no such group [a]'),
            ('/$oslo_messaging_unix', 'template substitution error: '),
        ):
            conf = self.new_conf()
            opts.register(conf)
            conf.set_override('sock_path', value, opts.NOTIFICATIONS_GROUP)
            e = self.assertRaises(ValueError, opts.sock_path, conf)
            self.assertIn(
                'cannot expand the value of option sock_path in group '
                f'[oslo_messaging_notifications]: {reason}',
                str(e),
            )
            self.assertIn('; write $$ for a dollar sign', str(e))

    def test_registered_before_us(self) -> None:
        """An option of another library, equal or not, stays in effect."""
        path = '/run/nova/notifications.sock'
        for option in (
            opts.list_opts()[1][1][0],
            cfg.StrOpt('sock_path', help='Another definition.'),
            cfg.StrOpt('sock_path', default=path),
            cfg.Opt('sock_path', type=_PathType()),
        ):
            conf = self.new_conf(None if option.default else path)
            conf.register_opt(option, group=opts.NOTIFICATIONS_GROUP)
            self.assertEqual(path, self.sock_path(conf))
            self.assertEqual(path, self.sock_path(conf))

    def test_registered_with_another_type(self) -> None:
        """A type that rejects the value raises ValueError."""
        conf = self.new_conf('/run/nova/notifications.sock')
        conf.register_opt(
            cfg.IntOpt('sock_path'), group=opts.NOTIFICATIONS_GROUP
        )
        opts.register(conf)
        e = self.assertRaises(ValueError, opts.sock_path, conf)
        self.assertIn('option sock_path', str(e))

    def test_registered_before_oslo_messaging(self) -> None:
        """oslo.messaging can register its options in the group later."""
        conf = self.new_conf('/run/a.sock')
        opts.register(conf)
        oslo_messaging.get_notification_transport(conf, 'fake://').cleanup()

        self.assertEqual([], conf[opts.NOTIFICATIONS_GROUP].driver)
        self.assertEqual('/run/a.sock', opts.sock_path(conf))

    def test_proxy(self) -> None:
        """The value is available from the conf of a bus transport."""
        transport = oslo_messaging.get_notification_transport(
            self.new_conf('/run/$x.sock'), 'rabbit://nowhere'
        )
        self.addCleanup(transport.cleanup)

        self.assertNotIsInstance(transport.conf, cfg.ConfigOpts)
        self.assertEqual('/run/$x.sock', self.sock_path(transport.conf))

    def test_generator(self) -> None:
        """oslo-config-generator puts sock_path beside oslo.messaging's."""
        conf = cfg.ConfigOpts()
        generator.register_cli_opts(conf)
        namespaces = ['oslo.messaging', 'unixnotif']
        for each in namespaces, namespaces[::-1]:
            conf(
                [f'--namespace={name}' for name in each],
                default_config_files=[],
            )
            output = io.StringIO()
            generator.generate(conf, output)

            section = '[oslo_messaging_notifications]\n'
            before, _, after = output.getvalue().partition(section)
            self.assertNotIn(section, after)
            ours, _, _ = after.partition('\n[')
            self.assertIn('\n#transport_url = ', ours)
            self.assertEqual(
                1, ours.count('\n#sock_path = /run/nova/notifications.sock\n')
            )
            self.assertNotIn('sock_path', before)
