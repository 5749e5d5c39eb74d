# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The screens of the documentation, drawn by real runs on terminals.

Rule: each is the output of the command, rendered by rich. After a change that
is intended, run this module with UNIXNOTIF_UPDATE_SCREENS=1 to write them.
"""

import html
import io
import os
import pathlib
import pty
import re
import subprocess
import termios

from rich import console as consoles
from rich import text

from unixnotif import recording
from unixnotif.tests.examples import base

_SCREENS = base.EXAMPLES / 'screens'
_RECORDING = base.EXAMPLES / 'nova.jsonl'
_WIDTHS = (80, 120)
_HEIGHT = 20


class ScreensTest(base.ExampleTest):
    """Each command at each width, with and without colors."""

    def setUp(self) -> None:
        super().setUp()
        path = self.work / 'capture.jsonl'
        path.write_bytes(_RECORDING.read_bytes())

    def start(self, command: str, width: int, colors: bool) -> int:
        """Start a command on a terminal; return the terminal."""
        reader, writer = pty.openpty()
        self.addCleanup(os.close, reader)
        termios.tcsetwinsize(writer, (_HEIGHT, width))
        env = {
            **self.env,
            'COLUMNS': str(width),
            'LINES': str(_HEIGHT),
            'PYTHONIOENCODING': 'utf-8',
            'TERM': 'xterm-256color',
            'TZ': 'UTC',
        }
        env.pop('NO_COLOR', None)
        if not colors:
            env['NO_COLOR'] = '1'
        process = subprocess.Popen(
            ['timeout', '--foreground', str(base.DEADLINE), *command.split()],
            cwd=self.work,
            env=env,
            stdin=writer,
            stdout=writer,
            stderr=subprocess.DEVNULL,
        )
        os.close(writer)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        return reader

    def read_until(self, terminal: int, end: bytes | None) -> bytes:
        """Return what is shown up to a text, or to the end."""
        shown = b''
        while end is None or end not in shown:
            try:
                data = os.read(terminal, 65536)
            except OSError:
                # The last user of the terminal is gone (EIO).
                break
            if not data:
                break
            shown += data
        return shown

    def check(self, name: str, width: int, colors: bool, shown: bytes) -> None:
        """Compare what was shown with the file of the documentation."""
        console = consoles.Console(
            record=True,
            width=width,
            file=io.StringIO(),
            force_terminal=True,
            color_system='standard',
            legacy_windows=False,
        )
        lines = shown.decode().replace('\r', '').rstrip('\n ').split('\n')
        for line in lines:
            console.print(text.Text.from_ansi(line.rstrip()), soft_wrap=True)
        stem = f'{name}-{width}'
        if colors:
            drawn = console.export_svg(
                title=f'unixnotif {name}', unique_id=stem
            )
            self.compare(_SCREENS / f'{stem}.svg', drawn)
        else:
            self.assertNotRegex(shown, rb'\x1b\[[0-9;]*3[0-7]m')
            drawn = console.export_text()
            for line in drawn.splitlines():
                self.assertLessEqual(len(line), width)
            drawn = '\n'.join(line.rstrip() for line in drawn.splitlines())
            self.compare(_SCREENS / f'{stem}.txt', f'{drawn}\n')

    def compare(self, path: pathlib.Path, drawn: str) -> None:
        if os.environ.get('UNIXNOTIF_UPDATE_SCREENS'):
            path.write_text(drawn)
        expected = path.read_text()
        if path.suffix == '.svg':
            # Another release of rich may draw the frame in another way.
            self.assertEqual(_words(expected), _words(drawn))
            self.assertGreater(len(set(re.findall('fill: #.{6}', drawn))), 3)
        else:
            self.assertEqual(expected, drawn)

    def each(self) -> list[tuple[int, bool]]:
        return [
            (width, colors) for width in _WIDTHS for colors in (False, True)
        ]

    def test_tail(self) -> None:
        """Lines of notifications that a publisher emits."""
        sent = [
            line.notification
            for line in recording.read(str(_RECORDING))
            if isinstance(line, recording.Recorded)
        ]
        for width, colors in self.each():
            terminal = self.start(
                f'unixnotif tail {self.uri} --count {len(sent)}',
                width,
                colors,
            )
            out = self.await_subscribers(1)
            for each in sent:
                out.publish(each.encode())
            shown = self.read_until(terminal, None)
            # The time is that of this run.
            shown = re.sub(rb'\d\d:\d\d:\d\d\.\d{3}', b'10:00:00.000', shown)
            shown = re.sub(rb'-- \d{4}-\d\d-\d\d', b'-- 2026-11-21', shown)
            self.check('tail', width, colors, shown)
            out.close()

    def test_show(self) -> None:
        """Lines of a recording."""
        for width, colors in self.each():
            terminal = self.start(
                'unixnotif show capture.jsonl', width, colors
            )
            shown = self.read_until(terminal, None)
            self.check('show', width, colors, shown)

    def test_summary(self) -> None:
        """Tables of a recording."""
        for width, colors in self.each():
            terminal = self.start(
                'unixnotif summary capture.jsonl --by event --by process',
                width,
                colors,
            )
            shown = self.read_until(terminal, None)
            self.check('summary', width, colors, shown)

    def test_top(self) -> None:
        """The screen of top; a recording makes it the same in each run."""
        for width, colors in self.each():
            terminal = self.start('unixnotif top capture.jsonl', width, colors)
            self.read_until(terminal, b'l last')
            os.write(terminal, b'cq')
            shown = self.read_until(terminal, None)
            # Each picture begins in the upper left corner.
            picture = shown.split(b'\x1b[H')[-1].split(b'\x1b[?25h')[0]
            self.assertIn(b'sorted by count', picture)
            self.check('top', width, colors, picture)


def _words(svg: str) -> list[str]:
    """Return the words of a picture."""
    found = re.findall(r'<text[^>]*>([^<]*)</text>', svg)
    return html.unescape(' '.join(found)).replace('\xa0', ' ').split()
