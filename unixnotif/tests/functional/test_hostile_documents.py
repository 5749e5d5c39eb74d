# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A peer sends hostile documents to ``unixnotif record`` and ``tail``.

Rule: the tests look at the output and the files of real processes. A good
document follows the hostile ones.
"""

import _socket
import json
import os
import pty
import re
import signal

from unixnotif import lost_record
from unixnotif import notification
from unixnotif import recording
from unixnotif.tests import base as support
from unixnotif.tests import hostile
from unixnotif.tests.functional import base
from unixnotif.tests.functional import test_cli

AFTER = support.document('after')
COLOR = re.compile('\x1b\\[[0-9;]*m')


class HostileDocumentsTest(test_cli.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.directory = self.top / 'rendezvous'

    def attack(self) -> None:
        """Send every hostile document, then a good one, to the subscriber."""

        def is_subscribed() -> bool:
            names = os.listdir(self.directory)
            # During a subscription, a second, hidden name exists for a moment.
            return len(names) == 1 and not names[0].startswith('.')

        self.wait_until(is_subscribed)
        [name] = os.listdir(self.directory)
        sock = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
        self.addCleanup(sock.close)
        sock.settimeout(base.DEADLINE)
        sock.connect(f'{self.directory}/{name}')
        for documents in (hostile.BAD, hostile.LOST, hostile.GOOD):
            for data in documents.values():
                sock.send(data)
        sock.send(AFTER)

    def assert_harmless(self, text: str) -> None:
        rest = text.replace('\n', '').replace('\r', '')
        self.assertEqual(set(), {c for c in rest if not c.isprintable()})

    def assert_printed(self, said: str) -> None:
        """Check that each message about a peer is one printable line."""
        self.assert_harmless(said)
        lines = said.splitlines()
        self.assertEqual(
            [], [x for x in lines if not x.startswith('unixnotif: ')]
        )
        self.assertIn('unixnotif: Rejected data at ', said)
        self.assertRegex(said, r'\nunixnotif: (this subscriber )?lost ')
        self.assertNotIn('Traceback', said)

    def test_record(self) -> None:
        """The file holds every accepted document unchanged."""
        self.directory.mkdir()
        file = str(self.top / 'capture.jsonl')
        command = self.useFixture(
            test_cli.Command('record', self.rendezvous, file)
        )
        self.assertEqual('unixnotif: subscribed', command.err.next())
        self.attack()

        def is_recorded() -> bool:
            with open(file, 'rb') as f:
                return b'"after"' in f.read()

        self.wait_until(is_recorded)
        command.process.send_signal(signal.SIGTERM)
        code, _, said = command.end()
        self.assertEqual(0, code, said)
        self.assert_printed(said)
        lines = list(recording.read(file))
        recorded = [
            each.notification
            for each in lines
            if isinstance(each, recording.Recorded)
        ]
        sent = [*hostile.GOOD.values(), AFTER]
        self.assertEqual(list(map(notification.decode, sent)), recorded)
        lost = sum(
            each.count
            for each in lines
            if isinstance(each, recording.RecordedLost)
        )
        self.assertEqual(2 * lost_record.MAX_LOST + 199, lost)

    def test_tail(self) -> None:
        """In a pipe each accepted document is a line of JSON."""
        count = len(hostile.GOOD) + 1
        command = self.tail('--count', str(count))
        self.directory.mkdir()
        self.attack()
        code, out, said = command.end()
        self.assertEqual(0, code, said)
        self.assert_printed(said)
        self.assert_harmless(out)
        lines = out.splitlines()
        self.assertEqual(count, len(lines))
        self.assertEqual('after', json.loads(lines[-1])['payload'])

    def test_tail_on_a_terminal(self) -> None:
        """Only the colors of the command itself reach the terminal."""
        for argv in ((), ('--long',), ('--json',)):
            reader, writer = pty.openpty()
            self.addCleanup(os.close, reader)
            command = self.tail(
                '--count',
                str(len(hostile.GOOD) + 1),
                *argv,
                stdout=writer,
                env={**os.environ, 'TERM': 'xterm-256color'},
            )
            os.close(writer)
            self.directory.mkdir()
            self.attack()
            # A terminal holds little: read before the end of the command.
            shown = COLOR.sub('', test_cli.Lines(reader).rest())
            code, _, said = command.end()
            self.assertEqual(0, code, said)
            self.assert_printed(said)
            self.assert_harmless(shown)
            if argv:
                self.assertIn('"after"', shown)
            self.directory.rmdir()
