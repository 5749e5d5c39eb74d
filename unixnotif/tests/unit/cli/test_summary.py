# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""``unixnotif summary``."""

import json
import os
import pathlib
import subprocess
import sys
from typing import Any

import fixtures

from unixnotif import cli
from unixnotif import recording
from unixnotif.tests.unit.cli import base
from unixnotif.tests.unit.cli import test_show
from unixnotif.tests.unit.recording import base as recordings


class SummaryTest(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.directory = self.useFixture(fixtures.TempDir()).path
        self.file = os.path.join(self.directory, 'capture.jsonl')
        with recording.Writer(f'{self.file}.1') as writer:
            writer.write([test_show.at(1), test_show.lost(2, 3)])
        with recording.Writer(self.file) as writer:
            writer.write(
                [
                    test_show.at(5, event_type='a.b', publisher_id='me:h'),
                    test_show.at(7),
                ]
            )

    def summarize(self, *argv: str) -> int:
        command = ['summary', self.file, '--utc', *argv]
        return self.code(lambda: cli.main(command))

    def value(self, *argv: str) -> Any:
        """Return the JSON that is printed."""
        self.out.seek(0)
        self.out.truncate()
        self.assertEqual(0, self.summarize('--json', *argv))
        return json.loads(self.text(self.out))

    def test_json(self) -> None:
        """All files of the recording are counted."""
        value = self.value()
        self.assertEqual(3, value['notifications'])
        self.assertEqual({'x': 3}, value['lost'])
        self.assertEqual([], value['problems'])
        self.assertEqual(0.5, value['rate'])
        self.assertEqual('2026-01-02T03:04:06+00:00', value['first'])
        self.assertEqual('2026-01-02T03:04:12+00:00', value['last'])
        self.assertEqual([1, 0, 0, 0, 1, 0, 1], value['timeline']['counts'])
        first, second = value['events']
        self.assertEqual(
            ('me', 'a.b', '', '', 1),
            tuple(first[key] for key in list(first)[:5]),
        )
        self.assertEqual('nova-compute', second['publisher'])
        self.assertEqual({}, value['not_shown'])

    def test_filters(self) -> None:
        """Filters and the period are those of show."""
        self.assertEqual(1, self.value('--event-type=a.*')['notifications'])
        value = self.value('--from=2026-01-02T03:04:10')
        self.assertEqual((2, {}), (value['notifications'], value['lost']))

    def test_damage(self) -> None:
        """A long line is a problem; an unfinished last line is not."""
        recordings.shorten_lines(self)
        with open(self.file, 'ab') as file:
            file.write(b'{"document"')
        self.assertEqual([], self.value()['problems'])
        output = self.text(self.err)
        self.assertIn('line 4: ignored the last line', output)
        recordings.append_long_line(f'{self.file}.1')
        self.assertEqual(1, self.summarize('--json'))
        message = f'recording {self.file}.1, line 4: {recordings.too_long()}'
        self.assertIn(f'unixnotif: {message}\n', self.text(self.err))
        self.assertIn(message, self.text(self.out))

    def test_failure(self) -> None:
        """A file that cannot be completed keeps its former content."""
        path = pathlib.Path(self.directory, 'summary.txt')
        path.write_text('former')
        done = subprocess.run(
            [
                *('sh', '-c', 'ulimit -f 0; exec "$@"', 'sh'),
                *(sys.executable, '-m', 'unixnotif', 'summary', self.file),
                *('-o', path),
            ],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        self.assertEqual(
            (1, f'unixnotif: cannot write {path}: File too large\n'),
            (done.returncode, done.stderr),
        )
        self.assertEqual('former', path.read_text())

    def test_tables(self) -> None:
        """Tables are complete in a pipe."""
        self.assertEqual(0, self.summarize('--by', 'event', '--by=process'))
        lines = self.text(self.out).splitlines()
        self.assertEqual(
            f'{self.file}, 2026-01-02 03:04:06 to 2026-01-02 03:04:12 UTC',
            lines[0],
        )
        self.assertIn('3 notifications, 0.5/s, ', lines[1])
        self.assertIn('3 lost (x: 3)', lines[1])
        text = '\n'.join(lines)
        self.assertRegex(text, r'\nme +a\.b +1 +33 ')
        self.assertIn('\nprocesses\n', text)
        self.assertNotIn('\nevent types\n', text)

    def test_markdown(self) -> None:
        """Markdown has a title and a table for each dimension."""
        self.assertEqual(0, self.summarize('--markdown', '--by=publisher'))
        text = self.text(self.out)
        self.assertIn('\n## Publishers\n\n| publisher id | count | % |', text)
        self.assertIn('\n| me:h | 1 | 33 | ', text)

    def test_output(self) -> None:
        """The suffix of a file names the format."""
        paths = [f'{self.directory}/s.{suffix}' for suffix in
                 ('txt', 'json', 'md')]  # fmt: skip
        argv = [word for path in paths for word in ('-o', path)]
        self.assertEqual(0, self.summarize(*argv))
        self.assertEqual('', self.text(self.out))
        first, second, third = (open(path).read() for path in paths)  # noqa: SIM115
        self.assertIn('\nevent types\n', first)
        self.assertEqual(3, json.loads(second)['notifications'])
        self.assertIn('# Event types\n', third)
        self.assertEqual(1, self.summarize('-o', '/no/such/file'))
        self.assertIn(
            'unixnotif: cannot write /no/such/file: No such file',
            self.text(self.err),
        )

    def test_advice(self) -> None:
        """A known reason of a loss has a line of advice on stderr."""
        with open(self.file, 'a') as f:
            f.write('{"lost":{"count":1,"reasons":{"buffer_full":1}}}\n')
        self.assertEqual(1, self.summarize('--fail-on-lost'))
        self.assertIn(
            '\nunixnotif: buffer_full: the subscriber read too slowly; ',
            self.text(self.err),
        )

    def test_problems(self) -> None:
        """A problem is on stderr and in the summary; the command fails."""
        with open(self.file, 'a') as f:
            f.write('garbage\n')
        argv = ('--expect=me', '--expect=nova-api', '--fail-on-lost')
        self.assertEqual(1, self.summarize('--json', *argv))
        value = json.loads(self.text(self.out))
        self.assertEqual(3, value['notifications'])
        broken, lost, missing = value['problems']
        self.assertIn(f'recording {self.file}, line 4: ', broken)
        self.assertEqual('3 notifications were lost (x: 3)', lost)
        self.assertEqual(
            'nova-api emitted nothing; these services emitted notifications: '
            'me, nova-compute',
            missing,
        )
        self.assertEqual(
            [f'unixnotif: {each}' for each in value['problems']],
            self.text(self.err).splitlines(),
        )
        self.assertEqual(1, self.summarize())
        self.assertIn('\nproblem: recording ', self.text(self.out))
