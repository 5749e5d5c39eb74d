# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""``unixnotif relay`` as its own process, without a bus.

Rule: mistakes of a user have a message and an exit code, and no output shows
a password.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from typing import Any

from unixnotif import publisher
from unixnotif.tests import base as support
from unixnotif.tests.functional import base
from unixnotif.tests.functional import test_cli

UNIT = support.ROOT / 'etc' / 'unixnotif-relay@.service'
_PASSWORD = 'not-for-others'


class RelayTest(test_cli.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.directory = self.top / 'rendezvous'
        self.directory.mkdir()
        # Refuses connections, and nobody else gets the port.
        self.holder = socket.socket()
        self.addCleanup(self.holder.close)
        self.holder.bind(('127.0.0.1', 0))
        port = self.holder.getsockname()[1]
        self.name = f'rabbit://127.0.0.1:{port}/'
        self.config = self.top / 'relay.conf'
        self.config.write_text(
            '[oslo_messaging_notifications]\n'
            f'transport_url=rabbit://u:{_PASSWORD}@127.0.0.1:{port}/\n'
        )

    def relay(self, *args: str) -> test_cli.Command:
        """Start the command; return it when it has subscribed."""
        command: test_cli.Command = self.useFixture(
            test_cli.Command(
                'relay', self.rendezvous, '--config-file', str(self.config),
                *args,
            )
        )  # fmt: skip
        # With -v, the libraries log lines before that.
        while (line := command.err.next()) != 'unixnotif: subscribed':
            self.assertIn('-v', args, line)
        return command

    def emit(self, *payloads: object, **options: Any) -> publisher.Publisher:
        out = publisher.Publisher(self.rendezvous, **options)
        self.addCleanup(out.close)
        for payload in payloads:
            out.publish(support.document(payload))
        return out

    def test_unusable(self) -> None:
        """The address and the metrics file must be usable."""
        options = ('--config-file', str(self.config))
        code, _, err = self.run_command(
            'relay', f'unix+dir://{self.config}', *options
        )
        self.assertEqual(1, code)
        self.assertIn(str(self.config), err)
        self.assertEqual(
            (
                1,
                '',
                'unixnotif: option --metrics-file: cannot write '
                '/nowhere/x.prom: No such file or directory\n',
            ),
            self.run_command(
                'relay', self.rendezvous, *options,
                '--metrics-file', '/nowhere/x.prom',
            ),
        )  # fmt: skip

    def test_missing_extra(self) -> None:
        """Without the extra, the command tells how to install it."""
        for name in ('tenacity', 'prometheus_client', 'sdnotify'):
            code = (
                f'import sys; sys.modules[{name!r}] = None\n'
                'from unixnotif import cli; sys.exit(cli.main())'
            )
            self.assertEqual(
                (
                    1,
                    '',
                    f'unixnotif: relay needs {name}, which is not installed; '
                    "try: pip install 'unixnotif[relay]'\n",
                ),
                self.run_command(
                    'relay', self.rendezvous, '--to', 'rabbit://', '--lanes',
                    '2', command=(sys.executable, '-c', code),
                ),
            )  # fmt: skip

    def test_password_on_the_command_line(self) -> None:
        """The command warns: other users can read the command line."""
        command = self.useFixture(
            test_cli.Command(
                'relay', self.rendezvous, '--to', f'rabbit://u:{_PASSWORD}@h/'
            )
        )
        self.assertEqual(
            'unixnotif: every user of this machine can read the password in '
            '--to; write the URL to a file, and pass it with --config-file',
            command.err.next(),
        )
        self.assertEqual('unixnotif: subscribed', command.err.next())
        command.process.send_signal(signal.SIGINT)
        self.assertEqual(
            (
                0,
                '',
                'unixnotif: forwarded 0, lost 0, refused 0, not forwarded 0\n',
            ),
            command.end(),
        )

    def test_waits_for_the_directory(self) -> None:
        """A stop while it waits is a success: nothing was received."""
        self.directory.rmdir()
        command = self.useFixture(
            test_cli.Command(
                'relay', self.rendezvous, '--config-file', str(self.config)
            )
        )
        self.assertIn('waiting: directory', command.err.next())
        command.process.send_signal(signal.SIGTERM)
        self.assertEqual(
            (
                0,
                '',
                'unixnotif: forwarded 0, lost 0, refused 0, not forwarded 0\n',
            ),
            command.end(),
        )

    def test_bus_is_away(self) -> None:
        """A stop does not wait for the bus longer than it may."""
        for verbosity in ((), ('-v', '-v')):
            command = self.relay('--stop-timeout', '0.5', *verbosity)
            self.emit(*range(3))
            lines: list[str] = []
            while not lines or 'bus down' not in lines[-1]:
                lines.append(command.err.next())
            if not verbosity:
                self.assertRegex(
                    lines[0],
                    f'^unixnotif: bus down: {self.name}: .*(?i:refused)$',
                )
            command.process.send_signal(signal.SIGTERM)
            code, _, err = command.end()
            self.assertEqual(1, code)
            self.assertEqual(
                'unixnotif: forwarded 0, lost 0, refused 0, not forwarded 3',
                err.splitlines()[-1],
            )
            self.assertNotIn(_PASSWORD, '\n'.join(lines) + err)

    @support.needs_kafka
    def test_kafka_is_away(self) -> None:
        """A stop does not wait for Kafka longer than it may."""
        path = self.top / 'relay.prom'
        self.name = 'kafka://' + self.name.partition('//')[2]
        self.config.write_text(
            f'[DEFAULT]\ntransport_url=kafka://u:{_PASSWORD}@'
            f'{self.name.partition("//")[2]}\n'
        )
        command = self.useFixture(
            test_cli.Command(
                'relay', self.rendezvous, '--config-file', str(self.config),
                '--stop-timeout', '1', '--metrics-file', str(path),
            )
        )  # fmt: skip
        self.assertEqual(
            f'unixnotif: {self.name} does not confirm each notification: '
            '"forwarded" means that the driver of oslo.messaging has accepted '
            'the notification',
            command.err.next(),
        )
        self.assertEqual('unixnotif: subscribed', command.err.next())
        self.emit(*range(3))
        # The driver accepts them without Kafka.
        forwarded = re.compile(r'(?m)^unixnotif_relay_forwarded_total.* 3\.0$')
        self.wait_until(
            lambda: path.exists() and bool(forwarded.search(path.read_text()))
        )
        command.process.send_signal(signal.SIGTERM)
        code, _, err = command.end()
        self.assertEqual(1, code, err)
        # librdkafka writes to the same stream.
        lines = [
            line for line in err.splitlines() if line.startswith('unixnotif')
        ]
        self.assertEqual(
            [
                f'unixnotif: {self.name} did not confirm the last '
                'notifications within --stop-timeout; the bus may not have '
                'them; to wait longer, raise --stop-timeout',
                'unixnotif: forwarded 3, lost 0, refused 0, not forwarded 0',
            ],
            lines[-2:],
        )
        self.assertNotIn(_PASSWORD, err)

    def test_full(self) -> None:
        """While the bus is away the sockets fill, and losses are counted."""
        path = self.top / 'relay.prom'
        command = self.relay(
            '--stop-timeout', '1', '--metrics-file', str(path)
        )
        out = self.emit(send_buffer_size=65536)
        dropped = sent = 0
        while dropped < 100:
            dropped += sum(
                out.publish(support.document('x' * 1000)).dropped.values()
            )
            sent += 1
        command.process.send_signal(signal.SIGTERM)
        # At its end a publisher reports what it has dropped.
        self.wait_until(lambda: not os.listdir(self.directory))
        out.close()
        code, _, err = command.end()
        last = err.splitlines()[-1]
        self.assertEqual(1, code)
        self.assertIn(f'unixnotif: lost {dropped} notifications (', err)
        self.assertEqual(
            f'unixnotif: forwarded 0, lost {dropped}, refused 0, not '
            f'forwarded {sent - dropped}',
            last,
        )
        self.assertIn('unixnotif_relay_bus_up{', path.read_text())


class UnitTest(test_cli.TestCase):
    """The template unit for systemd."""

    def verify(self, text: str) -> tuple[int, str]:
        """Let systemd read a unit; return its exit code and messages."""
        analyze = shutil.which('systemd-analyze')
        if analyze is None:
            self.skipTest(
                'systemd is not installed; try: apt-get install systemd'
            )
        path = self.top / 'unixnotif-relay@nova.service'
        path.write_text(text)
        done = subprocess.run(
            [analyze, 'verify', '--man=no', str(path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def test_unit(self) -> None:
        """systemd accepts the unit, and would report a mistake."""
        text = UNIT.read_text()
        self.assertEqual((0, ''), self.verify(text))
        mistake = text.replace('WatchdogSec', 'WatchdogSecs')
        self.assertIn('WatchdogSecs', self.verify(mistake)[1])

    def test_options(self) -> None:
        """The command of the unit is a command that the relay accepts."""
        config = self.top / 'relay.conf'
        config.write_text('[DEFAULT]\ntransport_url = rabbit://127.0.0.1:1/\n')
        (command,) = re.findall('^ExecStart=(.*)$', UNIT.read_text(), re.M)
        program, name, *args = command.split()
        self.assertEqual(('/usr/bin/env', 'unixnotif'), (program, name))
        values = {
            '${URI}': self.rendezvous,
            '$OPTIONS': '--lanes=2',
            '/etc/unixnotif/relay-%i.conf': str(config),
        }
        (self.top / 'rendezvous').mkdir()
        notify = self.top / 'notify'
        systemd = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(systemd.close)
        systemd.bind(str(notify))
        systemd.settimeout(base.DEADLINE)
        relay = self.useFixture(
            test_cli.Command(
                *(values.get(each, each) for each in args),
                env={
                    **os.environ,
                    'NOTIFY_SOCKET': str(notify),
                    'WATCHDOG_USEC': '1000000',
                },
            )
        )
        self.assertEqual(
            b'READY=1\nSTATUS=forwarding to rabbit://127.0.0.1:1/',
            systemd.recv(4096),
        )
        publisher.Publisher(self.rendezvous).publish(support.document())
        # The bus is away, which is no concern of the watchdog.
        received = [systemd.recv(4096) for _ in range(3)]
        while b'STATUS=waiting for rabbit://127.0.0.1:1/' not in received:
            received.append(systemd.recv(4096))
        self.assertEqual(b'WATCHDOG=1', systemd.recv(4096))
        relay.process.send_signal(signal.SIGKILL)
