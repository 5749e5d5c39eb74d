# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``unixnotif report``: the page, its messages and its exit codes."""

import pathlib
import subprocess
import sys

import fixtures
from oslotest import base

from unixnotif import recording
from unixnotif.tests import base as testing
from unixnotif.tests.unit.recording import base as recordings
from unixnotif.tests.unit.report import base as recorded


class ReportTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.folder = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.capture = self.folder / 'capture.jsonl'
        self.page = self.folder / 'report.html'
        with recording.Writer(str(self.capture)) as writer:
            writer.write(
                recorded.recorded(f'thing.{n % 3}', seconds=n)
                for n in range(60)
            )

    def run_command(
        self, *arguments: object
    ) -> 'subprocess.CompletedProcess[str]':
        return subprocess.run(
            [
                sys.executable,
                '-m',
                'unixnotif',
                'report',
                *map(str, arguments),
            ],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def write(self, *arguments: object, code: int = 0, said: str = '') -> str:
        """Run the command; return the page."""
        done = self.run_command(*arguments, '-o', self.page)
        self.assertEqual((code, ''), (done.returncode, done.stdout))
        self.assertEqual(said, done.stderr.replace(f'{self.folder}/', ''))
        return self.page.read_text().replace('\u00a0', ' ')

    def test_page(self) -> None:
        """The title names the recording."""
        page = self.write('capture.jsonl')
        self.assertIn('<title>Notifications of capture.jsonl</title>', page)
        self.assertIn('60 notifications of\n3 event types', page)

    def test_title(self) -> None:
        page = self.write(self.capture, '--title', 'Build <1>')
        self.assertIn('<h1>Build &lt;1&gt;</h1>', page)

    def test_filters(self) -> None:
        """The filters are those of show."""
        page = self.write(
            *(self.capture, '--event-type', 'thing.1'),
            *('--from', '2026-01-02T03:04:25+00:00'),
        )
        self.assertIn('13 notifications of\n1 event type from', page)

    def test_sampled(self) -> None:
        """The command and the page say that there are more."""
        page = self.write(
            *(self.capture, '--max', 20),
            said='unixnotif: the page shows 17 notifications of 60; to show '
            'more, give a higher --max, or select with --from, --to and the '
            'filters\n',
        )
        self.assertIn('1 of 4,', page)

    def test_broken_recording(self) -> None:
        """The page shows the notifications before a broken line."""
        with self.capture.open('a') as file:
            file.write('{broken\n{}\n')
        done = self.run_command(self.capture, '-o', self.page)
        self.assertEqual(1, done.returncode)
        self.assertIn('capture.jsonl, line 62: ', done.stderr)
        self.assertIn('Not read completely', self.page.read_text())
        self.assertIn('60 notifications', self.page.read_text())

    def test_long_line(self) -> None:
        """The page shows the notifications around a line that is too long."""
        recordings.append_long_line(str(self.capture))
        with recording.Writer(str(self.capture)) as writer:
            writer.write([recorded.recorded('thing.9', seconds=70)])
        message = f'recording capture.jsonl, line 62: {recordings.too_long()}'
        page = self.write(
            'capture.jsonl', code=1, said=f'unixnotif: {message}\n'
        )
        self.assertIn('61 notifications of\n4 event types', page)
        self.assertIn(f'Not read completely: {message}', page)

    def test_unfinished_line(self) -> None:
        """The command reports it; the page is complete."""
        with self.capture.open('a') as file:
            file.write('{"document"')
        page = self.write(
            'capture.jsonl',
            said='unixnotif: recording capture.jsonl, line 62: ignored the '
            'last line, which has no newline: its writer was stopped, or is '
            'still writing\n',
        )
        self.assertIn('60 notifications', page)

    def test_missing_recording(self) -> None:
        page = self.write(
            'missing.jsonl',
            code=1,
            said='unixnotif: recording missing.jsonl: No such file or '
            'directory\n',
        )
        self.assertIn('No such file', page)

    def test_missing_extra(self) -> None:
        """The command checks its library before it reads a file."""
        code = (
            "import sys; sys.modules['jinja2'] = None\n"
            'from unixnotif import cli; sys.exit(cli.main())'
        )
        done = subprocess.run(
            [
                *(sys.executable, '-W', 'ignore', '-c', code),
                *('report', str(self.capture), '-o', str(self.page)),
                *('--catalogue', 'missing.json'),
            ],
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        self.assertEqual(
            (
                1,
                'unixnotif: jinja2 is not installed; the page needs the extra '
                '"report": pip install \'unixnotif[report]\'\n',
            ),
            (done.returncode, done.stderr),
        )

    def test_no_output(self) -> None:
        """The message names the option."""
        done = self.run_command(self.capture)
        self.assertEqual(2, done.returncode)
        self.assertIn('-o/--output', done.stderr)

    def test_bad_output(self) -> None:
        """The message names the file; no part of a page stays."""
        done = self.run_command(self.capture, '-o', 'missing/report.html')
        self.assertEqual(
            (
                1,
                'unixnotif: cannot write missing/report.html: No such file '
                'or directory\n',
            ),
            (done.returncode, done.stderr),
        )

    def test_output_is_a_recording(self) -> None:
        """A recording is never replaced by its page."""
        before = self.capture.read_bytes()
        done = self.run_command(self.capture, '-o', 'capture.jsonl')
        self.assertEqual(1, done.returncode)
        self.assertIn('capture.jsonl is a recording; name', done.stderr)
        self.assertEqual(before, self.capture.read_bytes())

    def test_output_is_an_input(self) -> None:
        """A page never replaces a catalogue or an allow-list."""
        sample = testing.ROOT / 'unixnotif/tests/devstack/samples/nova.json'
        path = self.page.with_name('given.json')
        path.write_bytes(sample.read_bytes())
        for options, kind in (
            (('--catalogue', path), 'the catalogue'),
            (('--catalogue', sample, '--allow', path), 'the allow-list'),
        ):
            done = self.run_command(self.capture, '-o', path, *options)
            self.assertEqual(1, done.returncode)
            self.assertIn(f'given.json is {kind}; name', done.stderr)
            self.assertEqual(sample.read_bytes(), path.read_bytes())

    def test_allow_list_without_a_catalogue(self) -> None:
        """The command line is wrong; the message names the option."""
        done = self.run_command(
            self.capture, '-o', self.page, '--allow', 'allow.json'
        )
        self.assertEqual(
            (
                2,
                'unixnotif: --allow needs --catalogue, for example: '
                '--catalogue nova.json --allow allow.json\n',
            ),
            (done.returncode, done.stderr),
        )
        self.assertFalse(self.page.exists())

    def test_full_disk(self) -> None:
        """A full disk is one message."""
        done = self.run_command(self.capture, '-o', '/dev/full')
        self.assertEqual(
            (
                1,
                'unixnotif: cannot write /dev/full: No space left on device\n',
            ),
            (done.returncode, done.stderr),
        )

    def test_failure(self) -> None:
        """A page that cannot be completed does not replace the former one."""
        self.page.write_text('former')
        done = subprocess.run(
            [
                # A page of more than 64 blocks of 512 bytes.
                *('sh', '-c', 'ulimit -f 64; exec "$@"', 'sh'),
                *(sys.executable, '-m', 'unixnotif', 'report', self.capture),
                *('-o', self.page),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(
            (1, f'unixnotif: cannot write {self.page}: File too large\n'),
            (done.returncode, done.stderr),
        )
        self.assertEqual('former', self.page.read_text())
        self.assertEqual({self.page, self.capture}, set(self.folder.iterdir()))

    def test_standard_output(self) -> None:
        """A page goes into a pipe or a file that the shell has opened."""
        command = [
            *(sys.executable, '-m', 'unixnotif', 'report'),
            str(self.capture),
        ]
        done = subprocess.run(
            [*command, '-o', '/dev/stdout'], capture_output=True, check=True
        )
        self.assertTrue(done.stdout.startswith(b'<!DOCTYPE html>'))
        with self.page.open('wb') as file:
            subprocess.run(
                [*command, '-o', '/dev/stdout'], stdout=file, check=True
            )
            self.assertTrue(self.page.samefile(f'/dev/fd/{file.fileno()}'))
        self.assertEqual(len(done.stdout), self.page.stat().st_size)

    def test_catalogue(self) -> None:
        """The page says whether the payloads keep the contract."""
        catalogue = testing.ROOT / 'unixnotif/tests/devstack/samples/nova.json'
        page = self.write(self.capture, '--catalogue', catalogue)
        self.assertIn('The payloads keep the contract', page)

    def test_bad_catalogue(self) -> None:
        """The message names the file."""
        done = self.run_command(
            self.capture, '-o', self.page, '--catalogue', 'missing.json'
        )
        self.assertEqual(1, done.returncode)
        self.assertIn('missing.json', done.stderr)
        self.assertFalse(self.page.exists())
