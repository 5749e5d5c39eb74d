# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``unixnotif top`` on a real terminal, among real emitters."""

import contextlib
import json
import os
import pty
import shutil
import signal
import sys
import termios
from typing import Any

from unixnotif import publisher
from unixnotif import recording
from unixnotif.tests import base as support
from unixnotif.tests.functional import test_cli
from unixnotif.tests.unit.recording import base as recorded


class TopTest(test_cli.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.directory = self.top / 'rendezvous'
        self.directory.mkdir()
        self.reader, self.writer = pty.openpty()
        self.addCleanup(os.close, self.reader)
        self.addCleanup(os.close, self.writer)
        termios.tcsetwinsize(self.writer, (24, 80))
        self.before = termios.tcgetattr(self.writer)
        self.shown = b''

    def on_screen(self, *argv: str) -> tuple[test_cli.Command, Any]:
        """Start top on a terminal; return it and a publisher for it."""
        return self.show(self.rendezvous, *argv), self.publishing()

    def show(
        self,
        source: str,
        *argv: str,
        command: tuple[str, ...] = test_cli.COMMAND,
    ) -> test_cli.Command:
        """Start the command on a terminal."""
        started: test_cli.Command = self.useFixture(
            test_cli.Command(
                'top',
                source,
                '--interval=0.1',
                *argv,
                command=command,
                stdin=self.writer,
                stdout=self.writer,
                env={**os.environ, 'NO_COLOR': '1'},
            )
        )
        return started

    def publishing(self) -> publisher.Publisher:
        """Return a publisher with a subscriber."""
        out = publisher.Publisher(self.rendezvous)
        self.addCleanup(out.close)
        self.wait_until(lambda: out.refresh() > 0)
        return out

    def await_text(self, text: str) -> None:
        """Read the screen until it shows a text."""

        def found() -> bool:
            self.shown += os.read(self.reader, 65536)
            return text.encode() in self.shown

        self.wait_until(found)
        self.shown = b''

    def press(self, keys: str) -> None:
        os.write(self.reader, keys.encode())

    def check_end(
        self, command: test_cli.Command, code: int = 0, said: str = ''
    ) -> None:
        """Check that the command ends, and restores the terminal."""

        def has_ended() -> bool:
            # A terminal holds back a process whose output nobody reads, and
            # delivers the last output when the process has ended already.
            os.set_blocking(self.reader, False)
            with contextlib.suppress(BlockingIOError):
                self.shown += os.read(self.reader, 65536)
            is_restored = b'\x1b[?1049l' in self.shown
            return is_restored and command.process.poll() is not None

        self.wait_until(has_ended)
        self.assertEqual(code, command.process.returncode)
        self.assertEqual(said, command.err.rest())
        self.assertEqual(self.before, termios.tcgetattr(self.writer))

    def test_keys(self) -> None:
        """top counts notifications; keys choose the view; q ends top."""
        command, out = self.on_screen()
        for event_type in ('a.b', 'a.b', 'c.d'):
            out.publish(support.document(event_type=event_type))
        self.await_text('3 notifications, ')
        self.press('2')
        self.await_text('publishers, sorted by rate')
        self.press('4n')
        self.await_text('processes, sorted by name')
        self.await_text(str(os.getpid()))
        self.press('q')
        self.check_end(command)

    def test_signals(self) -> None:
        """Ctrl-C and SIGTERM end it as well."""
        for number in (signal.SIGINT, signal.SIGTERM):
            command, _ = self.on_screen()
            self.await_text('0 notifications')
            command.process.send_signal(number)
            self.check_end(command)
            os.set_blocking(self.reader, True)
            self.shown = b''

    def test_signal_at_the_start(self) -> None:
        """A signal that comes with the first picture ends it as well."""
        code = (
            'import os, signal, sys\n'
            'from rich import live\n'
            'from unixnotif import cli\n'
            'refresh = live.Live.refresh\n'
            'def interrupt(self):\n'
            '    live.Live.refresh = refresh\n'
            '    os.kill(os.getpid(), signal.SIGTERM)\n'
            '    refresh(self)\n'
            'live.Live.refresh = interrupt\n'
            'sys.exit(cli.main(sys.argv[1:]))\n'
        )
        command = self.show(
            self.rendezvous, command=(sys.executable, '-c', code)
        )
        self.check_end(command)

    def test_gone(self) -> None:
        """The screen says that the address is gone; the counts stay."""
        command, out = self.on_screen()
        out.publish(support.document())
        self.await_text('1 notification, ')
        shutil.rmtree(self.directory)
        self.await_text('waiting: the address is gone')
        self.press('q')
        self.check_end(command)

    def test_file(self) -> None:
        """A recording is followed, also when it is rotated."""
        path = str(self.top / 'capture.jsonl')
        line = recorded.recorded('a.b')
        with recording.RotatingWriter(
            path, max_size=2 * len(line.encode()), max_files=2
        ) as writer:
            writer.write([line])
            command = self.show(path)
            self.await_text('1 notification, ')
            writer.write([line] * 2)
            self.await_text('3 notifications, ')
            self.assertEqual(3, len(recording.files(path)))
            os.rename(path, f'{path}.moved')
            self.await_text('waiting: the file is gone')
        self.press('q')
        self.check_end(command)

    def test_long_lines(self) -> None:
        """A line that is too long is skipped, also in a file that grows."""
        path = str(self.top / 'capture.jsonl')
        line = recorded.recorded('a.b')
        with recording.Writer(path) as writer:
            writer.write([line])
        said = f'unixnotif: recording {path}, line 3: {recorded.too_long()}\n'
        command = self.show(path)
        self.await_text('1 notification, ')
        recorded.append_long_line(path)
        self.await_text('skipped 1 line, too long')
        with recording.Writer(path) as writer:
            writer.write([line])
        self.await_text('2 notifications, ')
        self.press('q')
        self.check_end(command, 1, said)
        code, out, err = self.run_command('top', path)
        self.assertEqual((1, said), (code, err))
        self.assertIn('2 notifications, ', out)

    def test_once(self) -> None:
        """In a pipe it prints the counts at the end, also after Ctrl-C."""
        for options in ((), ('--json',)):
            command = self.useFixture(
                test_cli.Command(
                    'top', self.rendezvous, '--duration=3600', *options
                )
            )
            out = self.publishing()
            for n in range(5):
                out.publish(support.document(n))
            out.close()
            command.process.send_signal(signal.SIGINT)
            code, text, said = command.end()
            self.assertEqual((0, ''), (code, said))
            if options:
                value = json.loads(text)
                self.assertEqual(5, value['notifications'])
                [process] = value['processes']
                self.assertEqual(str(os.getpid()), process['pid'])
                self.assertNotEqual('', process['command'])
            else:
                self.assertIn('\n5 notifications, ', text)
                self.assertIn('\nprocesses\n', text)
