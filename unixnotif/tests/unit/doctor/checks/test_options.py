# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The options of a service."""

import dataclasses

from unixnotif import address
from unixnotif.doctor import configuration
from unixnotif.doctor.checks import options
from unixnotif.tests import base
from unixnotif.tests.unit.doctor.checks import cases

_UNIX = 'oslo_messaging_unix'
_NOTIFICATIONS = 'oslo_messaging_notifications'


class OptionsTest(base.TestCase):
    def test_good(self) -> None:
        """One finding tells where the service publishes."""
        found = options.check(
            cases.options(
                (_NOTIFICATIONS, 'driver'),
                (_NOTIFICATIONS, 'future_option'),
                (_UNIX, 'socket_uri'),
                ('oslo_messaging_amqp', 'addressing_mode'),
                ('DEFAULT', 'transport_url'),
            )
        )
        self.assertEqual(['options'], [each.name for each in found])
        self.assertIn(str(cases.DIRECTORY), found[0].what)

    def test_names(self) -> None:
        """A misspelled or misplaced name is the cause, and the only one."""
        for entry, name, hint in (
            ((_UNIX, 'socket_url'), 'unknown-option', 'socket_uri'),
            ((_UNIX, 'Socket_uri'), 'unknown-option', 'socket_uri'),
            ((_UNIX, 'sock_path'), 'misplaced-option', _NOTIFICATIONS),
            ((_UNIX, 'zzz'), 'unknown-option', 'remove the line'),
            ((_NOTIFICATIONS, 'socket_uri'), 'misplaced-option', _UNIX),
            (('DEFAULT', 'socket_uri'), 'misplaced-option', _UNIX),
            (('oslo_messaging_unx', 'socket_uri'), 'unknown-section', _UNIX),
            (('oslo_mesaging_unix', 'socket_uri'), 'unknown-section', _UNIX),
        ):
            found = options.check(cases.options(entry, uris=()))
            problems = cases.names(found)
            if entry[1] == 'zzz':
                self.assertEqual(['unknown-option', 'no-address'], problems)
            else:
                self.assertEqual([name], problems, str(entry))
            self.assertIn(hint, cases.text(found))
            self.assertIn('/etc/x.conf, line 1', found[0].what)

    def test_a_misspelled_driver_option(self) -> None:
        """The missing driver is a consequence."""
        found = options.check(
            cases.options((_NOTIFICATIONS, 'drivers'), drivers=())
        )
        self.assertEqual(['unknown-option'], cases.names(found))

    def test_file_to_change(self) -> None:
        """Advice names the file with the option, or else the last file."""
        read = dataclasses.replace(
            cases.options(uris=(), drivers=('unx',)),
            files=('/etc/x.conf', '/etc/x.d/y.conf'),
            entries=(
                configuration.Entry(
                    '/etc/x.conf', 1, _NOTIFICATIONS, 'driver'
                ),
            ),
        )
        text = cases.text(options.check(read))
        self.assertIn(f'in section [{_NOTIFICATIONS}] of /etc/x.conf', text)
        text = cases.text(
            options.check(dataclasses.replace(read, drivers=('unix',)))
        )
        self.assertIn(f'to section [{_UNIX}] of /etc/x.d/y.conf', text)

    def test_many_names(self) -> None:
        """The number of findings about names is limited."""
        entries = [(_UNIX, f'zzz{n}') for n in range(1000)]
        found = options.check(cases.options(*entries))
        self.assertEqual(20, len(cases.names(found)))

    def test_drivers(self) -> None:
        """Without the driver unix, nothing is published."""
        for drivers, name in (
            ((), 'no-driver'),
            (('noop',), 'other-driver'),
            (('messagingv2', 'log'), 'other-driver'),
            (('Unix',), 'other-driver'),
        ):
            found = options.check(cases.options(drivers=drivers))
            self.assertEqual([name], cases.names(found))
        self.assertIn('did you mean unix?', cases.text(found))
        found = options.check(cases.options(drivers=('noop', 'unix')))
        self.assertEqual([], cases.names(found))
        found = options.check(cases.options(drivers=('routing',)))
        self.assertEqual(['routing-driver'], cases.names(found, 'note'))

    def test_addresses(self) -> None:
        """A missing or invalid address is a problem; sock_path counts."""
        for values, name in (
            ({'uris': ()}, 'no-address'),
            ({'uris': ('/run/nova',)}, 'bad-uri'),
            ({'uris': (), 'sock_path': 'run/x.sock'}, 'bad-uri'),
        ):
            found = options.check(cases.options(**values))
            self.assertEqual([name], cases.names(found))
        found = options.check(cases.options(uris=(), sock_path='/run/x.sock'))
        self.assertEqual([], cases.names(found))
        self.assertIn('unix:///run/x.sock', found[0].what)

    def test_failures(self) -> None:
        """A value that is not valid, and one that needs other options."""
        found = options.check(
            cases.options(failures={'send_buffer_size': 'not a number'})
        )
        self.assertEqual(['bad-value'], cases.names(found))
        found = options.check(
            cases.options(uris=(), failures={'socket_uri': 'no $state_path'})
        )
        self.assertEqual([], cases.names(found))
        self.assertEqual(['option-unknown-here'], cases.names(found, 'note'))

    def test_group(self) -> None:
        """A group that does not exist."""
        values = {'socket_group': 'no-such-group'}
        found = options.check(cases.options(values=values))
        self.assertEqual(['unknown-group'], cases.names(found))
        self.assertIn('groupadd --system no-such-group', cases.text(found))

    def test_address_of_subscribers(self) -> None:
        """The address must be one of the addresses of the service."""
        service = cases.options(uris=('unix:///run/b', str(cases.DIRECTORY)))
        for where, expected in (
            (cases.DIRECTORY, []),
            (cases.SOCKET, ['other-scheme']),
            (address.Address('/run/other'), ['other-address']),
        ):
            found = options.check_address(where, service)
            self.assertEqual(expected, cases.names(found))
        self.assertEqual(
            [], options.check_address(cases.DIRECTORY, cases.options(uris=()))
        )
