# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Addresses of commands."""

import argparse
import os
from typing import Any

import fixtures

from unixnotif import address
from unixnotif import errors
from unixnotif.cli import addresses
from unixnotif.tests import base

URI = 'unix+dir:///run/nova/notifications'


class ResolveTest(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.set_variable(None)

    def set_variable(self, value: str | None) -> None:
        self.useFixture(fixtures.EnvironmentVariable('UNIXNOTIF_URI', value))

    def config(self, text: str) -> str:
        """Return the path of a configuration file."""
        path = os.path.join(self.useFixture(fixtures.TempDir()).path, 'conf')
        with open(path, 'w') as file:
            file.write(text)
        return path

    def resolve(self, *argv: str) -> address.Address:
        parser = argparse.ArgumentParser(exit_on_error=False)
        addresses.add_uri(parser, has_config_file=True, listener='a driver')
        addresses.add_config_file(parser)
        parsed_args = parser.parse_args(argv)
        return addresses.resolve(parsed_args.uri, parsed_args.config_file)

    def refused(self, *argv: str) -> str:
        error: Any = self.assertRaises(
            errors.UnixNotifError, self.resolve, *argv
        )
        return str(error)

    def test_argument(self) -> None:
        """An argument wins over the variable."""
        self.set_variable('unix:///x')
        self.assertEqual(URI, str(self.resolve(URI)))

    def test_variable(self) -> None:
        """Without an argument the variable has the address."""
        self.set_variable(URI)
        self.assertEqual(URI, str(self.resolve()))
        self.set_variable('/run')
        self.assertIn("UNIXNOTIF_URI: '/run' does not start", self.refused())

    def test_no_address(self) -> None:
        """The error names every way, with examples."""
        for value in (None, ''):
            self.set_variable(value)
            text = self.refused()
            for part in (URI, 'UNIXNOTIF_URI', '--config-file /etc/nova/'):
                self.assertIn(part, text)

    def test_no_address_for_the_relay(self) -> None:
        """The error of the relay does not name --config-file."""
        self.set_variable(None)
        e: Any = self.assertRaises(
            errors.AddressError,
            addresses.resolve,
            None,
            None,
        )
        self.assertIn(f'{URI}, or set UNIXNOTIF_URI', str(e))
        self.assertNotIn('--config-file', str(e))

    def test_configuration(self) -> None:
        """A service's configuration wins over the variable."""
        self.set_variable('unix:///x')
        for text, expected in (
            (f'[oslo_messaging_unix]\nsocket_uri = {URI}', URI),
            (
                '[oslo_messaging_notifications]\nsock_path = /run/n.sock',
                'unix:///run/n.sock',
            ),
        ):
            path = self.config(text)
            found = self.resolve('--config-file', path)
            self.assertEqual(expected, str(found))

    def test_configurations(self) -> None:
        """The last of several files wins, as in a service."""
        first = self.config('[oslo_messaging_unix]\nsocket_uri = unix:///a')
        second = self.config('[oslo_messaging_unix]\nsocket_uri = unix:///b')
        found = self.resolve('--config-file', first, '--config-file', second)
        self.assertEqual('unix:///b', str(found))

    def test_bad_configurations(self) -> None:
        """Each error names the file and the option."""
        for text, part in (
            ('', 'option socket_uri in group [oslo_messaging_unix] is not'),
            (
                f'[oslo_messaging_unix]\nsocket_uri = {URI},unix:///x',
                f'has 2 addresses; give one of them as URI: {URI}, unix:///x',
            ),
            (
                '[oslo_messaging_unix]\nsocket_uri = /run/x',
                "socket_uri: '/run/x' does not start with unix://",
            ),
            (
                '[oslo_messaging_notifications]\nsock_path = run/x',
                "'run/x' is not an absolute path",
            ),
            ('no group', 'configuration '),
        ):
            path = self.config(text)
            message = self.refused('--config-file', path)
            self.assertIn(path, message)
            self.assertIn(part, message)
        self.assertIn('/no/such', self.refused('--config-file', '/no/such'))

    def test_uri_and_config_file(self) -> None:
        """A URI together with --config-file is an error."""
        message = self.refused(URI, '--config-file', '/etc/nova/nova.conf')
        self.assertIn('not both', message)
