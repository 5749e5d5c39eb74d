# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Configuration files, as oslo.config reads them."""

import os
import pathlib

import fixtures

from unixnotif import errors
from unixnotif.doctor import configuration
from unixnotif.tests import base

_GOOD = """\
[DEFAULT]
debug: true
[oslo_messaging_notifications]
driver = noop
driver = unix
[oslo_messaging_unix]
# socket_uri = commented
socket_uri = unix+dir:///run/a,
  unix:///run/b.sock
max_subscribers = 8
"""


class ConfigurationTest(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.top = pathlib.Path(self.useFixture(fixtures.TempDir()).path)

    def read(
        self, *texts: str, **environment: str
    ) -> configuration.Configuration:
        paths = []
        for number, text in enumerate(texts):
            path = self.top / f'{number}.conf'
            path.write_text(text)
            paths.append(str(path))
        return configuration.read(paths, environment)

    def test_values(self) -> None:
        """All values, with several lines and several drivers."""
        found = self.read(_GOOD)
        self.assertEqual(('noop', 'unix'), found.drivers)
        self.assertEqual(
            ('unix+dir:///run/a', 'unix:///run/b.sock'), found.uris
        )
        self.assertEqual(8, found.values['max_subscribers'])
        self.assertEqual({}, found.failures)

    def test_entries(self) -> None:
        """Each option has its line and section; comments are ignored."""
        found = self.read(_GOOD)
        self.assertEqual(
            [
                (2, 'DEFAULT', 'debug'),
                (4, 'oslo_messaging_notifications', 'driver'),
                (5, 'oslo_messaging_notifications', 'driver'),
                (8, 'oslo_messaging_unix', 'socket_uri'),
                (10, 'oslo_messaging_unix', 'max_subscribers'),
            ],
            [(each.line, each.section, each.name) for each in found.entries],
        )

    def test_a_later_file_wins(self) -> None:
        """The last file wins, as it does for the service."""
        found = self.read(
            _GOOD, '[oslo_messaging_unix]\nmax_subscribers = 9\n'
        )
        self.assertEqual(9, found.values['max_subscribers'])
        self.assertEqual(2, len(found.files))

    def test_environment(self) -> None:
        """A variable of the service wins over the file."""
        found = self.read(
            _GOOD,
            OS_OSLO_MESSAGING_UNIX__SOCKET_URI='unix+dir:///run/c',
            OS_OSLO_MESSAGING_UNIX__MAX_SUBSCRIBERS='many',
            OS_OSLO_MESSAGING_NOTIFICATIONS__DRIVER='log',
        )
        self.assertEqual(('unix+dir:///run/c',), found.uris)
        self.assertEqual({'max_subscribers'}, set(found.failures))
        # oslo.config cannot read the option driver from the environment.
        self.assertEqual(('noop', 'unix'), found.drivers)

    def test_sock_path(self) -> None:
        """The option sock_path of oslo.messaging's group is read."""
        found = self.read(
            '[oslo_messaging_notifications]\nsock_path = /run/n.sock\n'
        )
        self.assertEqual(('/run/n.sock', ()), (found.sock_path, found.uris))

    def test_bad_values(self) -> None:
        """Each bad value is a failure; no message has a temporary path."""
        found = self.read(
            '[oslo_messaging_unix]\nsend_buffer_size = 4M\n'
            'socket_mode = rw\nsocket_uri = $state_path/x\n'
        )
        self.assertEqual(
            {'send_buffer_size', 'socket_mode', 'socket_uri'},
            set(found.failures),
        )
        for message in found.failures.values():
            self.assertNotIn('0.conf', message)

    def test_unreadable_files(self) -> None:
        """A file that is missing, blocks, is endless or malformed."""
        fifo = self.top / 'fifo'
        os.mkfifo(fifo)
        huge = self.top / 'huge'
        with huge.open('wb') as f:
            f.truncate(2**40)
        broken = self.top / 'broken.conf'
        broken.write_text('[oslo_messaging_unix\n')
        for path, message in (
            (self.top / 'none', 'No such file or directory'),
            (self.top, 'this is no regular file'),
            (fifo, 'this is no regular file'),
            (pathlib.Path('/dev/zero'), 'this is no regular file'),
            (huge, 'larger than'),
            (broken, 'broken.conf'),
        ):
            error = self.assertRaises(
                errors.UnavailableError, configuration.read, [str(path)]
            )
            self.assertIn(message, str(error))

    def test_any_bytes(self) -> None:
        """A comment may have bytes that are not text."""
        path = self.top / 'x.conf'
        path.write_bytes(b'# caf\xe9\n' + _GOOD.encode())
        self.assertEqual(
            ('noop', 'unix'), configuration.read([str(path)]).drivers
        )
