# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Faults injected one by one; the tool names each of them.

Rule: programs, files and sockets are real.
"""

import dataclasses
import os
from pathlib import Path
import socket
import sys

import fixtures

from tools import errors
from tools.cloud import checks
from tools.cloud import cloud
from tools.cloud import layout
from tools.cloud import processes
from tools.cloud import servers
from tools.cloud import services
from tools.cloud import waits
from tools.cloud.tests import base
from tools.relay import rabbitmq


class ConfigurationFaultsTest(base.CloudTest):
    def setUp(self) -> None:
        super().setUp()
        self.configure()

    def check(self) -> str:
        """Return the message of the failing check."""
        return str(
            self.assertRaises(errors.ToolError, checks.check, self.where)
        )

    def test_no_driver_in_one_file(self) -> None:
        """A file without the driver is named, whichever it is."""
        for path in (
            *self.where.nova_files,
            self.where.keystone_conf,
            self.where.glance_conf,
        ):
            text = path.read_text()
            self.edit(path, 'driver = unix\n', '')
            self.assertEqual(
                [
                    f'{path} has no option driver in section '
                    '[oslo_messaging_notifications]'
                ],
                checks.examine(self.where, path),
            )
            path.write_text(text)
        checks.check(self.where)

    def test_another_address_in_one_file(self) -> None:
        """An address that nobody subscribes to is named."""
        path = self.where.nova_files[1]
        self.edit(path, f'socket_uri = {self.where.uri}', 'socket_uri = x')
        self.assertIn(str(path), self.check())

    def test_wrong_group(self) -> None:
        """The directory's group and the right one are named."""
        if os.geteuid():
            self.skipTest('only root gives a directory to another group')
        os.chown(self.where.rendezvous, -1, 1)
        self.where.rendezvous.chmod(0o3770)
        self.assertIn(
            f'{self.where.rendezvous} belongs to group daemon, not to root',
            self.check(),
        )

    def test_wrong_mode(self) -> None:
        """The directory's mode and the right one are named."""
        self.where.rendezvous.chmod(0o755)
        self.assertIn('has mode 0755, not 3770', self.check())


class StartFaultsTest(base.CloudTest):
    def test_a_service_that_dies_at_start(self) -> None:
        """The error has its name and the last lines of its log."""
        program = 'import sys; sys.exit("no such option: workers")'
        dying = services.Service(
            'nova-scheduler',
            lambda where: ([sys.executable, '-c', program], {}),
            port='nova',
            path='/',
        )
        error = self.assertRaises(
            processes.ServiceError, self.cloud.start, [dying]
        )
        self.assertIn('nova-scheduler has ended at its start', str(error))
        self.assertIn('    no such option: workers', str(error))
        self.assertIn('nova-scheduler.log', str(error))

    def test_a_service_that_dies_beside_another(self) -> None:
        """The one that died is named, not the one that waits."""
        dying = services.Service(
            'nova-compute',
            lambda where: ([sys.executable, '-c', 'raise SystemExit(3)'], {}),
            port='nova',
            path='/',
        )
        waiting_one = services.Service(
            'nova-api',
            lambda where: (
                [sys.executable, '-c', 'import signal; signal.pause()'],
                {},
            ),
            port='nova',
            path='/',
        )
        error = self.assertRaises(
            processes.ServiceError, self.cloud.start, [waiting_one, dying]
        )
        self.assertIn('nova-compute has ended at its start', str(error))

    def test_rabbitmq_that_does_not_start(self) -> None:
        """The error has the reason that RabbitMQ gives."""
        if not rabbitmq.is_installed():
            self.skipTest('no RabbitMQ server is installed')
        taken = socket.create_server((layout.HOST, self.where.ports.rabbitmq))
        self.addCleanup(taken.close)
        bus = servers.RabbitMQ(self.where, self.cloud.processes)
        bus.prepare()
        started = bus.start()
        waits.wait_for(
            'rabbitmq',
            lambda: 'alive' if started[-1].is_alive() else '',
            self.cloud.processes,
            [],
        )
        taken.close()
        error = self.assertRaises(processes.ServiceError, bus.wait, started)
        self.assertIn('rabbitmq has ended at its start', str(error))
        self.assertIn('could_not_start_listener', str(error))

    def test_nothing_is_left(self) -> None:
        """down() ends all processes, and removes the record of the cloud."""
        for name in ('mariadb', 'nova-api', 'recorder'):
            self.cloud.processes.start(
                name,
                [sys.executable, '-c', 'import signal; signal.pause()'],
                dict(os.environ),
            )
        started = self.cloud.processes.all()
        self.assertEqual([], self.cloud.down())
        self.assertEqual([], [each for each in started if each.is_alive()])
        self.assertIsNone(layout.Layout.load(self.where.top))


class LayoutTest(base.CloudTest):
    def test_ports(self) -> None:
        """Ports are free, different, and not ephemeral."""
        ports = vars(layout.Ports.choose())
        self.assertEqual(len(ports), len(set(ports.values())))
        for port in ports.values():
            socket.create_server((layout.HOST, port)).close()

    def test_reload(self) -> None:
        """The next command finds everything where it is."""
        self.assertEqual(self.where, layout.Layout.load(self.where.top))

    def test_a_deep_directory(self) -> None:
        """A directory without room for socket names is refused."""
        error = self.assertRaises(
            errors.ToolError, layout.check, Path('/' + 'x' * 90)
        )
        self.assertIn('choose a shorter one with --workdir', str(error))


class DirectoryFaultsTest(base.CloudTest):
    def test_directory_of_another_program(self) -> None:
        """A directory that is not a cloud's keeps its files."""
        self.useFixture(fixtures.EnvironmentVariable('PATH', ''))
        top = self.root / 'other'
        top.mkdir()
        (top / 'file').touch()
        where = dataclasses.replace(self.where, top=top)
        error = self.assertRaises(errors.ToolError, cloud.Cloud.create, where)
        self.assertIn('is not the directory of an earlier cloud', str(error))
        self.assertTrue((top / 'file').exists())
