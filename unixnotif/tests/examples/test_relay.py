# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""The page about the relay, and its part of the reference."""

import configparser
import re
import shlex
import unittest

from tools.relay import rabbitmq
from unixnotif import relay
from unixnotif.tests import base as testing
from unixnotif.tests.examples import base

# Nobody answers there.
_HOST = '127.0.0.1:1'


class RelayTest(base.ExampleTest):
    def read(self, name: str) -> str:
        """Read a file of the examples, with a host that has no bus."""
        text = super().read(name)
        return re.sub('(rabbit|kafka)1:[0-9]+', _HOST, text)

    def test_relay(self) -> None:
        """The relay reports that the bus is away, and ends in time."""
        self.write('config/relay.conf', 'relay.conf')
        [(command, expected)] = self.commands('console/relay.console')
        running = self.shell(command)
        lines = [running.line()]
        self.await_subscribers(1).publish(testing.document())
        lines.append(running.line())
        lines.append(running.stop())
        self.assert_prints(expected, ''.join(lines))
        self.assertEqual(1, running.process.returncode)

    @testing.needs_kafka
    def test_kafka(self) -> None:
        """The relay says that Kafka confirms nothing."""
        [(command, expected)] = self.commands('console/relay_kafka.console')
        running = self.shell(command)
        lines = [running.line() for _ in range(2)]
        lines.append(running.stop())
        self.assert_prints(expected, ''.join(lines))
        self.assertEqual(0, running.process.returncode)

    def test_unit(self) -> None:
        """The file of the unit has options of the command."""
        self.write('config/relay.conf', 'relay.conf')
        lines = self.read('config/relay.env').splitlines()
        values = dict(line.split('=', 1) for line in lines)
        self.assertEqual(['URI', 'OPTIONS'], list(values))
        parser = configparser.RawConfigParser(strict=False)
        parser.read(base.ROOT / 'etc/unixnotif-relay@.service')
        for name in values:
            self.assertIn(f'{name}=', parser['Service']['Environment'])
        running = self.shell(
            f'unixnotif relay {values["URI"]} --config-file relay.conf '
            f'{shlex.join(shlex.split(values["OPTIONS"]))}'
        )
        self.assertEqual('unixnotif: subscribed\n', running.line())
        running.stop()
        self.assertEqual(0, running.process.returncode)
        text = (self.run_nova / 'relay.prom').read_text()
        page = (base.ROOT / 'doc/source/reference/relay.rst').read_text()
        shown = set(re.findall('``(unixnotif_relay_[a-z_]+)``', page))
        found = set(re.findall('^(unixnotif_relay_[a-z_]+){', text, re.M))
        self.assertEqual(shown - {'unixnotif_relay_lost_total'}, found)

    def test_configuration(self) -> None:
        """The file names the bus."""
        path = self.write('config/relay.conf', 'relay.conf')
        self.assertEqual(f'rabbit://{_HOST}/', relay.Bus(None, [path]).name)

    def test_policy(self) -> None:
        """RabbitMQ takes the policy, which matches the queues."""
        try:
            server = rabbitmq.RabbitMQ()
        except rabbitmq.MissingError as e:
            raise unittest.SkipTest(
                f'{e}; try: apt-get install rabbitmq-server'
            ) from None
        self.addCleanup(server.close)
        [(command, expected)] = self.commands('console/relay_policy.console')
        program, *args = shlex.split(command.replace('\\\n', ''))
        self.assertEqual('rabbitmqctl', program)
        self.assert_prints(expected, server.control(*args))
        pattern = re.compile(args[2])
        for name in ('notifications.info', 'versioned_notifications.error'):
            self.assertIsNotNone(pattern.search(name))

    def test_install(self) -> None:
        """The extra has the name that the page says."""
        [(command, _)] = self.commands('console/install_relay.console')
        self.assertTrue(command.strip().endswith("'.[relay]'"))
