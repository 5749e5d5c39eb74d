# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The demonstration works, and would notice if it did not.

Rule: a test runs the demonstration as a user does. The sources contain the
demonstration; a package does not.
"""

import os
import pathlib
import re
import subprocess
import sys
from typing import Any

import fixtures
from oslotest import base

import unixnotif
from unixnotif import notification

ROOT = pathlib.Path(__file__).parents[3]


class DemoTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        if not (ROOT / 'demo').is_dir():
            self.skipTest('only the sources contain the demonstration')
        self.scratch = self.useFixture(fixtures.TempDir()).path

    def run_demo(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, '-m', 'demo', *arguments],
            cwd=ROOT,
            env={**os.environ, 'COLUMNS': '120', 'TMPDIR': self.scratch},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def test_relay(self) -> None:
        """A listener of RabbitMQ gets every process's notifications."""
        done = self.run_demo('relay', '--workers=2', '--notifications=4')

        if 'rabbitmq-server' in done.stdout:
            self.skipTest(done.stdout)
        self.assertEqual(0, done.returncode, done.stdout)
        self.assertIn(
            'unixnotif: forwarded 13, lost 0, refused 0, not forwarded 0',
            done.stdout,
        )
        self.assertIn(
            'OK: every notification arrived through RabbitMQ', done.stdout
        )

    def test_everything_is_delivered(self) -> None:
        """Every process's notifications reach all three subscribers."""
        done = self.run_demo('--workers=2', '--notifications=4')

        self.assertEqual(0, done.returncode, done.stdout)
        # Two workers and a thread emit 4 each, and the command emits 1.
        for line in (
            'Emitted +13 by 4 processes',
            'Delivered +fixture 13, tail 13, listener 13',
            'Lost +fixture 0, tail 0, listener 0',
            'Fixture = tail +yes',
            r'Time +[\d.]+ s',
            'OK: .*',
        ):
            self.assertRegex(done.stdout, rf'(?m)^{line} *$')
        self.assertNotIn('FAILED', done.stdout)

    def test_each_notification_is_a_row(self) -> None:
        """The table has time, process, event type, names and versions."""
        done = self.run_demo('--workers=2', '--notifications=4')

        rows = re.findall(
            r'(?m)^\d\d:\d\d:\d\d\.\d{3} +(\d+) +(\S+) +(.*?) *$',
            done.stdout,
        )
        server = [('service.update', 'ServicePayload 1.0')] * 4
        worker = [
            ('instance.create', 'InstancePayload 2.0, FlavorPayload 1.1'),
            ('instance.delete', 'InstancePayload 2.0, FlavorPayload 1.1'),
        ] * 2
        command = [('flavor.create', 'FlavorPayload 1.1')]
        by_process: dict[str, list[tuple[str, str]]] = {}
        for pid, *row in rows:
            by_process.setdefault(pid, []).append(tuple(row))
        self.assertEqual(
            sorted([server, worker, worker, command]),
            sorted(by_process.values()),
        )

    def test_broken_configuration_fails(self) -> None:
        """Missing notifications fail the demonstration, with the log."""
        done = self.run_demo('--notifications=2', '--socket-uri=rabbit://')

        self.assertEqual(1, done.returncode, done.stdout)
        self.assertIn(
            'FAILED: demo-compute:1 emitted 2, the fixture has 0', done.stdout
        )
        self.assertIn('FAILED: demo-manage emitted 1, tail has 0', done.stdout)
        self.assertIn('option socket_uri', done.stdout)
        self.assertNotIn('OK:', done.stdout)

    def test_other_address_fails(self) -> None:
        """A valid address without a listener fails, too."""
        done = self.run_demo(
            '--notifications=2', f'--socket-uri=unix+dir://{self.scratch}/x'
        )

        self.assertEqual(1, done.returncode, done.stdout)
        self.assertRegex(done.stdout, 'Delivered +fixture 0, tail 0')

    def test_only_the_page_stays(self) -> None:
        """The other files are removed; the path of the page is printed."""
        done = self.run_demo('--workers=1', '--notifications=1')

        (page,) = map(str, pathlib.Path(self.scratch).iterdir())
        self.assertRegex(done.stdout, f'(?m)^Report page: {re.escape(page)}$')
        text = pathlib.Path(page).read_text()
        self.assertIn('3 notifications of', text)
        self.assertIn('No notification was lost', text)

    def test_wrong_command_line(self) -> None:
        """The demonstration refuses --workers=0, and names the option."""
        done = self.run_demo('--workers=0')

        self.assertEqual(2, done.returncode)
        self.assertIn('--workers', done.stdout)
        self.assertNotIn('Traceback', done.stdout)


class VerdictTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        if not (ROOT / 'demo').is_dir():
            self.skipTest('only the sources contain the demonstration')
        self.useFixture(fixtures.PythonPathEntry(str(ROOT)))
        from demo import verdict

        self.verdict = verdict

    def problems(self, **differing: Any) -> str:
        """Return the problems of two notifications of process 7."""
        sent = [_notification('one'), _notification('two')]
        reports = [self.verdict.Report('publisher', 7, 2)]
        said = {
            'asked': 2,
            'runs': [self.verdict.Run('serve', 0, reports, '')],
            'fixture': sent,
            'tail': sent,
            'listener': self.verdict.Counts(publisher=2),
            'lost': 0,
            **differing,
        }
        return '; '.join(self.verdict.Outcome(**said).problems())

    def test_agreement(self) -> None:
        """There is no problem if all sides agree."""
        self.assertEqual('', self.problems())

    def test_each_disagreement_is_a_problem(self) -> None:
        """A difference is reported for each side that can differ."""
        one, two = _notification('one'), _notification('two')
        run = self.verdict.Run
        report = self.verdict.Report
        table: dict[str, dict[str, Any]] = {
            '2 of 3 notifications were emitted': {'asked': 3},
            '"serve" ended with exit code 1': {
                'runs': [run('serve', 1, [report('publisher', 7, 2)], '')]
            },
            '"serve" did not report its notifications': {
                'runs': [run('serve', 0, [], '')]
            },
            'publisher emitted 3, tail has 2': {
                'runs': [run('serve', 0, [report('publisher', 7, 3)], '')]
            },
            'publisher emitted 2, the fixture has 1': {'fixture': [two]},
            'publisher emitted 2, tail has 3': {'tail': [one, two, two]},
            'publisher emitted 2, the listener has 1': {
                'listener': self.verdict.Counts(publisher=1)
            },
            'have different notifications': {'tail': [two, one]},
            'that the fixture lost: 1': {'lost': 1},
            'process 7 emitted as publisher': {
                'runs': [run('serve', 0, [report('publisher', 8, 2)], '')]
            },
            'stranger emitted 0, the fixture has 1': {
                'fixture': [one, two, _notification('x', 'stranger')]
            },
        }
        for expected, differing in table.items():
            self.assertIn(expected, self.problems(**differing))


def _notification(
    message_id: str, publisher_id: str = 'publisher'
) -> unixnotif.Notification:
    return unixnotif.Notification(
        message_id=message_id,
        publisher_id=publisher_id,
        event_type='thing.create',
        priority='INFO',
        timestamp='2026-01-01 00:00:00.000000',
        payload={},
        sender=notification.Sender(7, 0, 0),
    )
