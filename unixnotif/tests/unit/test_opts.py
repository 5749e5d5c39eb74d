#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""The options of ``[oslo_messaging_unix]``."""

import os
import tempfile
from typing import Any

import fixtures
from oslo_config import cfg

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
        ((group, options),) = opts.list_opts()

        self.assertEqual('oslo_messaging_unix', group)
        self.assertEqual(
            [
                'socket_uri',
                'socket_mode',
                'socket_group',
                'send_buffer_size',
                'max_message_size',
                'max_subscribers',
                'include_context',
            ],
            [option.name for option in options],
        )

    def test_copies(self) -> None:
        """What list_opts() gives away may be changed without harm."""
        first, second = opts.list_opts(), opts.list_opts()
        for option, other in zip(first[0][1], second[0][1], strict=True):
            self.assertIsNot(option, other)
            self.assertEqual(vars(option), vars(other))
        cfg.set_defaults(first[0][1], socket_mode='0666')

        self.assertEqual('0660', self.values().socket_mode)

    def test_help(self) -> None:
        """Each option has a help text of whole sentences."""
        for option in opts.list_opts()[0][1]:
            self.assertRegex(option.help or '', r'^[A-Zu].*\.$', option.name)

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
        """A file sets each of them."""
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
        """Each driver registers them; that is allowed."""
        conf = cfg.ConfigOpts()
        conf([], default_config_files=[])
        opts.register(conf)

        self.assertEqual('0660', opts.register(conf).socket_mode)

    def test_environment(self) -> None:
        """They can be set by the environment, as containers do."""
        self.useFixture(
            fixtures.EnvironmentVariable(
                'OS_OSLO_MESSAGING_UNIX__SOCKET_URI', 'unix+dir:///a'
            )
        )

        self.assertEqual(['unix+dir:///a'], self.values().socket_uri)
