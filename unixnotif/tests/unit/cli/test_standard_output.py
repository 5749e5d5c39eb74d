# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Standard output that is closed, full, or a closed pipe."""

import os
import subprocess
import sys
from typing import IO

import fixtures

from unixnotif import cli
from unixnotif import recording
from unixnotif.cli import standard_output
from unixnotif.tests.unit.cli import base
from unixnotif.tests.unit.recording import base as recordings

# cliff, argparse and commands print in different ways.
PRINTING = (
    (),
    ('--help',),
    ('help',),
    ('--version',),
    ('contract', '--help'),
    ('show', '--help'),
    ('help', 'show'),
    ('completion', 'bash'),
)


class StandardOutputTest(base.TestCase):
    def redirect(self, stream: IO[str] | None) -> None:
        if stream is not None:
            self.addCleanup(stream.close)
        self.useFixture(fixtures.MonkeyPatch('sys.stdout', stream))

    def redirect_to_closed_pipe(self) -> None:
        """Redirect the output into a pipe without a reader."""
        reader, writer = os.pipe()
        os.close(reader)
        self.redirect(os.fdopen(writer, 'w'))

    def ended(self, *argv: str) -> tuple[int, str]:
        """Run the command; return its exit code and its messages."""
        self.err = self.replace('stderr')
        code = self.code(lambda: cli.main(argv))
        return code, self.text(self.err)

    def test_full_disk(self) -> None:
        """The message names standard output and the reason."""
        for argv in PRINTING:
            self.redirect(os.fdopen(os.open('/dev/full', os.O_WRONLY), 'w'))
            self.assertEqual(
                (1, 'unixnotif: standard output: No space left on device\n'),
                self.ended(*argv),
                ' '.join(argv),
            )

    def test_closed(self) -> None:
        """The message names standard output."""
        self.redirect(None)
        for argv in PRINTING:
            self.assertEqual(
                (1, 'unixnotif: standard output is closed\n'),
                self.ended(*argv),
                ' '.join(argv),
            )

    def test_closed_pipe(self) -> None:
        """A closed pipe is no failure."""
        for argv in PRINTING:
            self.redirect_to_closed_pipe()
            self.assertEqual((0, ''), self.ended(*argv), ' '.join(argv))
        # A usage error stays one.
        self.assertEqual((2, ''), self.ended('contract'))

    def test_views(self) -> None:
        """Each view of show ends with 0 at a closed pipe."""
        path = os.path.join(self.useFixture(fixtures.TempDir()).path, 'x')
        with recording.Writer(path) as writer:
            writer.write([recordings.recorded('a')])
        for option in ('--json', '--long', '--line', '--format={priority}'):
            self.redirect_to_closed_pipe()
            self.assertEqual((0, ''), self.ended('show', path, option))

    def test_later_output(self) -> None:
        """After a failure, the stream discards the rest."""
        self.redirect(os.fdopen(os.open('/dev/full', os.O_WRONLY), 'w'))
        with standard_output.checked():
            self.assertRaises(
                standard_output.OutputError, standard_output.put, 'x'
            )
            # Python flushes its buffers again at exit.
            standard_output.put('y')

    def test_interrupted_write(self) -> None:
        """A signal after a write does not print the text twice."""
        program = (
            'import os, signal, sys\n'
            'from unixnotif.cli import standard_output\n'
            'class Stop(Exception): pass\n'
            'def stop(*args): raise Stop\n'
            'signal.signal(signal.SIGUSR1, stop)\n'
            'def trace(frame, event, arg):\n'
            '    if event == "return" and written():\n'
            '        sys.settrace(None)\n'
            '        signal.raise_signal(signal.SIGUSR1)\n'
            '    return trace\n'
            'def written(): return os.fstat(1).st_size > 0\n'
            'try:\n'
            '    with standard_output.checked():\n'
            '        sys.settrace(trace)\n'
            '        standard_output.put("once")\n'
            'except Stop:\n'
            '    print(" stopped")\n'
        )
        path = os.path.join(self.useFixture(fixtures.TempDir()).path, 'out')
        with open(path, 'w') as file:
            subprocess.run(
                [sys.executable, '-c', program], stdout=file, check=True
            )
        with open(path) as file:
            self.assertEqual('once stopped\n', file.read())
