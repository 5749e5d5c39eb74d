# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""Checks of journals, and scripts in place of the commands of systemd."""

import json
import os
import pathlib

import fixtures
from oslotest import base as oslotest

from unixnotif.tests.devstack import backends

# Messages of nova 34.0.0 and uWSGI 2.0.
_WARNING = (
    'Eventlet based concurrency mode is deprecated and will be removed in a '
    'future release, not earlier than 2027.2.'
)
_READY = (
    "WSGI app 0 (mountpoint='') ready in 3 seconds on interpreter 0x55d0c0 "
    'pid: {} (default app)'
)


def _journal(*entries: tuple[int, object]) -> str:
    return ''.join(
        json.dumps({'_PID': str(pid), 'MESSAGE': message}) + '\n'
        for pid, message in entries
    )


_API = (8, 'spawned uWSGI worker 1'), (8, _READY.format(8))
_OTHER = ((9, 'spawned uWSGI worker 2'), (9, _READY.format(9)))


class MismatchesTest(oslotest.BaseTestCase):
    """Each test checks journals of one unit."""

    def check(self, journal: str, **expected: list[str]) -> None:
        """Compare the mismatches of both backends."""
        found = {
            backend: backends.mismatches('n-api', journal, backend)
            for backend in backends.BACKENDS
        }
        self.assertEqual(expected, found)

    def test_service(self) -> None:
        """A service of one process, whose workers are forks."""
        self.check(
            _journal((7, _WARNING), (7, 'Starting 2 workers')),
            eventlet=[],
            threading=['n-api: process 7 does not run threading'],
        )
        self.check(
            _journal((7, 'Starting 2 workers'), (7, [27, 91]), (7, None)),
            eventlet=['n-api: no process runs eventlet'],
            threading=[],
        )

    def test_workers_of_uwsgi(self) -> None:
        """Each worker loads nova, and logs its own backend."""
        self.check(
            _journal((8, _WARNING), *_API, (9, _WARNING), *_OTHER),
            eventlet=[],
            threading=[
                'n-api: process 8 does not run threading',
                'n-api: process 9 does not run threading',
            ],
        )
        self.check(
            _journal(*_API, (9, _WARNING), *_OTHER),
            eventlet=['n-api: process 8 does not run eventlet'],
            threading=['n-api: process 9 does not run threading'],
        )
        # The workers of uWSGI do not read the option concurrency_backend: with
        # the option alone, nova's default backend runs.
        self.check(
            _journal(*_API, *_OTHER),
            eventlet=[
                'n-api: process 8 does not run eventlet',
                'n-api: process 9 does not run eventlet',
            ],
            threading=[],
        )

    def test_empty_journal(self) -> None:
        """A unit that has logged nothing proves nothing."""
        empty = ['n-api: the journal has no entry of this unit']
        self.check('', eventlet=empty, threading=empty)


class CommandsTest(oslotest.BaseTestCase):
    """The commands of systemd, as scripts that stand in."""

    def setUp(self) -> None:
        super().setUp()
        self.bin = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.useFixture(
            fixtures.EnvironmentVariable(
                'PATH', f'{self.bin}{os.pathsep}{os.environ["PATH"]}'
            )
        )
        # Without root, the commands run through sudo.
        self.write('sudo', 'shift; exec "$@"')

    def write(self, name: str, script: str) -> None:
        """Create a command."""
        path = self.bin / name
        path.write_text(f'#!/bin/sh\n{script}\n')
        path.chmod(0o755)

    def test_units(self) -> None:
        """The names are in the first column; proxies emit nothing."""
        self.write(
            'systemctl',
            'echo "devstack@n-novnc-cell1.service loaded active running x"\n'
            'echo "devstack@n-sch.service loaded active running Devstack"\n'
            'echo "devstack@n-api.service loaded active running Devstack"',
        )
        self.assertEqual(
            ['devstack@n-api.service', 'devstack@n-sch.service'],
            backends.units(),
        )

    def test_no_units(self) -> None:
        """A host without nova fails the test."""
        self.write('systemctl', ':')
        error = self.assertRaises(AssertionError, backends.units)
        self.assertIn('no unit devstack@n-*', str(error))

    def test_journal(self) -> None:
        """The log begins with the last start of the unit."""
        self.write('systemctl', 'echo 0123abcd')
        self.write('journalctl', 'echo "$@"')
        self.assertIn(
            '_SYSTEMD_INVOCATION_ID=0123abcd',
            backends.journal('devstack@n-api.service'),
        )

    def test_refused(self) -> None:
        """A user who may not read the journal learns what to do."""
        self.write('systemctl', 'echo "Access denied" >&2; exit 1')
        error = self.assertRaises(AssertionError, backends.units)
        self.assertIn('Access denied', str(error))
        self.assertIn('sudo without a password', str(error))
