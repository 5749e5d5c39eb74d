# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The configuration files, read by the programs that they are for."""

import configparser
import os
import pathlib
import re
import shlex
import shutil
from unittest import mock

from oslo_config import cfg
import oslo_messaging

import unixnotif
from unixnotif import opts
from unixnotif import rendezvous
from unixnotif.fixtures import CapturingConsumer
from unixnotif.tests.examples import base

#: Files that are not additions to another file.
_COMPLETE = ('nova', 'sock_path', 'thing')
_MODE = f'{rendezvous.directory_mode(0o660):04o}'


class ServiceTest(base.ExampleTest):
    """Real Notifiers with the services' files."""

    def new_notifier(self, name: str) -> oslo_messaging.Notifier:
        """Create a Notifier that a file of the guide configures.

        Most files are additions to ``nova.conf``.
        """
        text = self.read(f'config/{name}.conf')
        if name not in _COMPLETE:
            first = self.read('config/nova.conf')
            if 'driver =' in text:
                first = first.replace('driver = unix\n', '')
            text = f'{first}{text}'
        path = self.work / 'service.conf'
        path.write_text(
            text.replace('= notifications\n', f'= {os.getegid()}\n')
        )
        conf = cfg.ConfigOpts()
        conf(['--config-file', str(path)], project='thing')
        return oslo_messaging.Notifier(
            oslo_messaging.get_notification_transport(conf, 'fake://'),
            'thing-api:host1',
            topics=['notifications'],
        )

    def check_published(self, name: str, *uris: str) -> None:
        """Assert that a Notifier publishes at the addresses."""
        consumers = [
            self.useFixture(CapturingConsumer(uri))
            for uri in uris
            if '+dir' in uri
        ]
        notifier = self.new_notifier(name)
        for uri in uris:
            if '+dir' not in uri:
                consumers.append(self.useFixture(CapturingConsumer(uri)))

        notifier.info({}, 'thing.create.end', {'id': 'thing-1'})

        for each in consumers:
            [sent] = each.notifications
            self.assertEqual({'id': 'thing-1'}, sent.payload)
            self.assertEqual([], each.driver_errors)

    def test_files(self) -> None:
        """With each file, a Notifier publishes at the rendezvous directory."""
        for name in ('nova', 'group', 'larger_buffer', 'thing'):
            self.check_published(name, self.uri)

    def test_with_a_bus(self) -> None:
        """The unix driver publishes beside a second driver."""
        self.check_published('with_bus', self.uri)

    def test_two_addresses(self) -> None:
        """A Notifier publishes at both addresses."""
        (self.run_nova / 'audit').mkdir()
        self.check_published(
            'two_addresses', self.uri, f'unix+dir://{self.run_nova}/audit'
        )

    def test_one_process(self) -> None:
        """A service of one process listens itself."""
        for name in ('one_process', 'sock_path'):
            self.check_published(name, f'unix://{self.directory}.sock')

    def parse(self, name: str) -> cfg.ConfigOpts:
        """A listening service's file, read with oslo.config."""
        conf = cfg.ConfigOpts()
        conf.register_opts(
            # Of ceilometer.
            [cfg.MultiStrOpt('messaging_urls'), cfg.IntOpt('workers')],
            group='notification',
        )
        path = self.write(f'config/{name}.conf', f'{name}.conf')
        conf(['--config-file', path], project='agent')
        return conf

    def listen(self, conf: cfg.ConfigOpts, url: str | None = None) -> None:
        """Listen with a transport, as the service does."""
        transport = oslo_messaging.get_notification_transport(conf, url)
        self.addCleanup(transport.cleanup)
        endpoint = mock.Mock(spec=['info'])
        listener = oslo_messaging.get_notification_listener(
            transport, [oslo_messaging.Target(topic='n')], [endpoint],
            executor='threading',
        )  # fmt: skip
        listener.start()
        self.assertEqual(1, len(list(self.directory.iterdir())))
        listener.stop()

    def test_listeners(self) -> None:
        """With its file, a listening service subscribes in the directory."""
        ceilometer = self.parse('ceilometer')
        self.assertEqual(2, ceilometer.notification.workers)
        [url] = ceilometer.notification.messaging_urls
        self.listen(ceilometer, url)
        self.listen(self.parse('watcher'))
        limited = self.parse('listener_limit')
        self.assertEqual(100, opts.register(limited).max_unacknowledged)

    def test_sample(self) -> None:
        """oslo.config's generator knows our options."""
        self.run_nova = pathlib.Path('/run/nova')
        self.check_session('console/sample_config.console')

    def test_nova(self) -> None:
        """The file for nova's own options is one that oslo.config reads."""
        path = self.write('config/versioned.conf', 'nova.conf')
        conf = cfg.ConfigOpts()
        conf.register_opts(
            [
                cfg.StrOpt('notification_format', choices=['versioned']),
                cfg.StrOpt('notify_on_state_change'),
            ],
            group='notifications',
        )
        conf(['--config-file', path], project='nova')
        self.assertEqual('versioned', conf.notifications.notification_format)


class HostTest(base.ExampleTest):
    """Files and commands that need root, or users of another host."""

    def test_tmpfiles(self) -> None:
        """tmpfiles.d makes the directory as the driver would."""
        [(command, _)] = self.commands('console/tmpfiles.console')
        self.assertIn('/etc/tmpfiles.d/', command)
        lines = (base.EXAMPLES / 'config/tmpfiles.conf').read_text()
        kind, path, mode, _, group = lines.splitlines()[-1].split()
        self.assertEqual(
            ('d', '/run/nova/notifications', _MODE, 'notifications'),
            (kind, path, mode, group),
        )

    def test_unit(self) -> None:
        """systemd accepts the drop-in, which has the driver's mode."""
        parser = configparser.ConfigParser()
        parser.read(base.EXAMPLES / 'config/unit.conf')
        service = parser['Service']
        self.assertEqual(_MODE, service['RuntimeDirectoryMode'])
        self.assertEqual('nova/notifications', service['RuntimeDirectory'])
        unit = self.work / 'nova-compute.service'
        unit.write_text('[Service]\nExecStart=/bin/true\n')
        drop_in = self.work / 'nova-compute.service.d/notifications.conf'
        drop_in.parent.mkdir()
        drop_in.write_text((base.EXAMPLES / 'config/unit.conf').read_text())
        self.check_unit(unit)
        with open(drop_in, 'a') as f:
            f.write('RuntimeDirectoryModus=3770\n')
        self.assertRaises(AssertionError, self.check_unit, unit)

    def test_install(self) -> None:
        """The install commands make a directory that can be used."""
        for name in ('one_user', 'group'):
            command, _ = self.commands(f'console/{name}.console')[-1]
            # Users and groups of another host.
            command = re.sub(r'-[og] \w+', '', command)
            self.directory.rmdir()
            self.assertEqual('', self.shell(command).finish())
            with unixnotif.Publisher(self.uri), unixnotif.Consumer(self.uri):
                pass
        mode = self.directory.stat().st_mode & 0o7777
        self.assertEqual(_MODE, f'{mode:04o}')

    def test_pip(self) -> None:
        """Each extra in an install command is an extra of the package."""
        setup = configparser.ConfigParser()
        setup.read(base.ROOT / 'setup.cfg')
        for name in (
            'install',
            'install_extras',
            'install_relay',
            'virtualenv',
        ):
            command, _ = self.commands(f'console/{name}.console')[-1]
            requirement = shlex.split(command)[4]
            found = re.fullmatch(r'\.(?:\[([a-z,]+)\])?', requirement)
            assert found is not None
            extras = set((found[1] or 'fast').split(','))
            self.assertEqual(set(), extras - set(setup['extras']))

    def test_sysctl(self) -> None:
        """The kernel knows the setting, and the command shows it."""
        text = (base.EXAMPLES / 'config/sysctl.conf').read_text()
        name, _, _ = text.partition(' = ')
        self.assertTrue(os.path.exists(f'/proc/sys/{name.replace(".", "/")}'))
        if shutil.which('sysctl') is None:
            self.skipTest('sysctl is not installed')
        self.check_session('console/sysctl.console')
