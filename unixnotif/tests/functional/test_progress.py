# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Progress bars, and the reports of stopped commands."""

import datetime
import os
import pty
import signal
import termios

from unixnotif import recording
from unixnotif.tests import base as support
from unixnotif.tests.functional import base
from unixnotif.tests.functional import test_cli

START = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)


class ProgressTest(test_cli.TestCase):
    def setUp(self) -> None:
        super().setUp()
        (self.top / 'rendezvous').mkdir()
        self.lines = [
            recording.Recorded(
                support.new_notification(n),
                START + datetime.timedelta(hours=n),
            )
            for n in range(3)
        ]

    def test_replay(self) -> None:
        """replay shows its progress on a terminal; Ctrl-C prints a summary."""
        file = str(self.top / 'capture.jsonl')
        with recording.Writer(file) as writer:
            writer.write(self.lines)
        reader, stderr = pty.openpty()
        self.addCleanup(os.close, reader)
        termios.tcsetwinsize(stderr, (24, 80))
        command = self.useFixture(
            test_cli.Command(
                'bash', '-c', 'exec "$@" 2>&0', 'bash', *test_cli.COMMAND,
                'replay', file, self.rendezvous,
                command=(), stdin=stderr,
                env={**os.environ, 'COLUMNS': '80'},
            )
        )  # fmt: skip
        os.close(stderr)
        shown = b''

        def is_shown() -> bool:
            nonlocal shown
            shown += os.read(reader, 65536)
            return b'1 of 3' in shown

        self.wait_until(is_shown)
        self.assertIn(b'replaying', shown)
        command.process.send_signal(signal.SIGINT)
        rest = test_cli.Lines(reader).rest()
        self.assertRegex(
            rest, r'unixnotif: replayed 0 of 3 notifications in \d+\.\d s'
        )
        self.assertIn('; 1 notification was discarded: ', rest)
        self.assertEqual(1, command.process.wait(base.DEADLINE))

    def test_contract_record(self) -> None:
        """A stopped record counts the lines read, and writes nothing."""
        output = self.top / 'catalogue.json'
        code, out, said = self._stop(
            'contract', 'record', '-o', str(output), '--recording'
        )
        self.assertEqual((3, ''), (code, out))
        self.assertRegex(
            said, r'^unixnotif: stopped after \d lines?; nothing is written\n'
        )
        self.assertFalse(output.exists())

    def test_summary(self) -> None:
        """A stopped summary fails, and prints no table."""
        code, out, said = self._stop('summary')
        self.assertEqual((1, ''), (code, out))
        self.assertRegex(
            said,
            r'^unixnotif: stopped after \d lines?; nothing is summarized\n',
        )

    def _stop(self, *argv: str) -> tuple[int, str, str]:
        """Stop a command while it reads; return its exit code and output.

        :param argv: without the recording at the end
        """
        pipe = self.top / 'pipe.jsonl'
        os.mkfifo(pipe)
        command = self.useFixture(test_cli.Command(*argv, str(pipe)))
        # open() of the pipe waits for the reader.
        with open(pipe, 'wb') as file:
            file.write(b'{"format": "unixnotif-recording/1"}\n')
            for line in self.lines:
                file.write(line.encode() + b'\n')
            file.flush()
            command.process.send_signal(signal.SIGINT)
            return command.end()
