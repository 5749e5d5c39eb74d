# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""Tests of the command line of ``unixnotif relay``."""

from unixnotif import cli
from unixnotif.tests.unit.cli import base

_PASSWORD = 'not-for-others'


class UsageTest(base.TestCase):
    def run_relay(self, *args: str) -> str:
        """Run the command, whose exit code must be 2; return its errors."""
        self.err.seek(0)
        self.err.truncate()
        code = self.code(
            lambda: cli.main(['relay', 'unix+dir:///nowhere/x', *args])
        )
        self.assertEqual((2, ''), (code, self.text(self.out)))
        output = self.text(self.err)
        self.assertNotIn(_PASSWORD, output)
        return output

    def test_bus(self) -> None:
        """A mistake about the bus is one line."""
        for args, message in (
            (
                (),
                'one of --to and --config-file is required, for example --to '
                'rabbit://host1:5672/',
            ),
            (
                ('--to', f'rabbit://u:{_PASSWORD}@h:x/'),
                'option --to is not a transport URL, for example '
                'rabbit://USER:PASSWORD@host:5672/',
            ),
            (
                ('--to', 'unix+dir:///nowhere/x'),
                'cannot relay to unix+dir://: the relay forwards to another '
                'bus, for example rabbit://USER:PASSWORD@host:5672/',
            ),
            (
                ('--config-file', '/nowhere'),
                'option --config-file: there is no file /nowhere',
            ),
        ):
            self.assertEqual(f'unixnotif: {message}\n', self.run_relay(*args))

    def test_options(self) -> None:
        """A wrong value is reported with its option."""
        for option, value, message in (
            ('--lanes', '31', "'31' is too large; the maximum is 30"),
            ('--lanes', '0', "'0' is not a whole number above 0"),
            ('--stop-timeout', '-1', 'is not a number of seconds'),
            ('--lost-topic', '', 'is not the name of a topic'),
            ('--default-topic', 'a' * 201, 'is not the name of a topic'),
        ):
            output = self.run_relay(f'{option}={value}')
            self.assertIn(f'argument {option}: ', output)
            self.assertIn(message, output)
