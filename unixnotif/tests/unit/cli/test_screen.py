# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The screen of ``top``, and the tables in it."""

import datetime

from rich import console as consoles

from unixnotif.cli import output
from unixnotif.cli import reports
from unixnotif.cli import screen
from unixnotif.cli import statistics
from unixnotif.cli import tables
from unixnotif.tests import base
from unixnotif.tests import hostile

START = datetime.datetime(2026, 11, 21, 10, tzinfo=datetime.UTC).timestamp()


def utc(when: datetime.datetime) -> datetime.datetime:
    """Return a time in UTC."""
    return when.astimezone(datetime.UTC)


class ScreenTest(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.counted = statistics.Statistics(
            statistics.Timeline(1, 60, True), most=30
        )
        self.screen = screen.Screen('unix:///x', utc)

    def add(self, event_type: str, count: int = 1, second: int = 0) -> None:
        sent = base.new_notification(event_type=event_type)
        for _ in range(count):
            self.counted.add(sent, START + second)

    def lines(self, width: int = 80, height: int = 24) -> list[str]:
        console = consoles.Console(
            width=width, height=height, color_system=None
        )
        drawn = self.screen.draw(
            self.counted,
            self.counted.average,
            '',
            consoles.ConsoleDimensions(width, height),
        )
        with console.capture() as capture:
            console.print(drawn)
        return capture.get().splitlines()

    def test_layout(self) -> None:
        """Sums, counts over time, the table and the keys."""
        self.add('instance.delete.end', 1)
        self.add('instance.create.end', 3, second=2)
        self.counted.add_lost({'buffer_full': 2})
        found = [line.rstrip() for line in self.lines()]
        size = len(base.new_notification().encode())
        self.assertEqual(
            [
                'unixnotif top unix:///x',
                f'4 notifications, 2.0/s, {tables.size(size * 4)}, largest '
                f'{size} B, 2 lost (buffer_full: 2)',
                '▄▁█ notifications per 1 s, max. 3',
                '',
                'event types, sorted by rate',
            ],
            found[:5],
        )
        self.assertRegex(
            found[5], '^event type +count +% +rate/s +size +mean +last$'
        )
        self.assertRegex(found[6], r'^instance\.create\.end +3 +75 +1\.5 ')
        self.assertRegex(found[7], r'^instance\.delete\.end +1 +25 +0\.5 ')
        self.assertTrue(found[6].endswith('  10:00:02'), found[6])
        self.assertEqual(10, len(found))

    def test_sizes(self) -> None:
        """The screen fits any terminal."""
        for n in range(100):
            self.add(f'{"x" * 90}.{n}')
        for width, height in ((80, 24), (120, 50), (20, 5), (300, 100)):
            for self.screen.view in screen.VIEWS:
                found = self.lines(width, height)
                self.assertLessEqual(len(found), max(height, 10))
                self.assertLessEqual(max(map(len, found)), width)
        self.screen.view = 'event_type'
        found = self.lines()
        self.assertIn('event types, sorted by rate: 15 of 30', found[4])
        self.assertRegex(found[-3], r'^\(70 other rows\) +70 +70 ')

    def test_columns(self) -> None:
        """A narrow screen omits columns in a fixed order; count stays."""
        self.add('x' * 22)
        for width, expected in (
            (80, 'count % rate/s size mean last'),
            (60, 'count % rate/s size mean'),
            (50, 'count % rate/s size'),
            (40, 'count rate/s'),
            (25, 'count'),
        ):
            found = self.lines(width)
            self.assertEqual(
                ['event', 'type', *expected.split()], found[5].split()
            )
            self.assertTrue(found[6].startswith('x' * min(22, width - 8)))

    def test_keys(self) -> None:
        """Keys choose view and order; others have no effect."""
        self.add('b.b', 1, second=9)
        self.add('a.a', 3, second=5)
        for keys, view, sort in (
            ('', 'event_type', 'rate'),
            ('\t', 'publisher', 'rate'),
            ('\t\t\t', 'event_type', 'rate'),
            ('4n', 'process', 'name'),
            ('1x\x1b[A', 'event_type', 'name'),
            ('c', 'event_type', 'count'),
            ('s', 'event_type', 'size'),
            ('l', 'event_type', 'last'),
        ):
            self.screen.press(keys)
            self.assertEqual(
                (view, sort), (self.screen.view, self.screen.sort), keys
            )
            self.lines()
        self.assertTrue(self.lines()[6].startswith('b.b'))
        self.screen.press('c')
        self.assertTrue(self.lines()[6].startswith('a.a'))
        self.screen.press(' ')
        self.assertTrue(self.screen.is_paused)
        self.assertIn('paused', self.lines()[0])
        self.assertFalse(self.screen.is_over)
        self.screen.press(' q')
        self.assertFalse(self.screen.is_paused)
        self.assertTrue(self.screen.is_over)

    def test_hostile_text(self) -> None:
        """No name steers the terminal, or is taken for markup."""
        self.add(hostile.CONTROL)
        self.add('[red]x[/red]')
        text = ''.join(self.lines(200))
        self.assertTrue(text.isprintable(), repr(text))
        self.assertIn('[red]x[/red]', text)
        plain = output.plain(
            reports.overview(
                self.counted,
                hostile.CONTROL,
                self.counted.average,
                utc,
                dimensions=list(statistics.DIMENSIONS),
                sort='name',
                problems=[hostile.CONTROL],
            )
        )
        self.assertTrue(plain.replace('\n', '').isprintable())
        marked = reports.markdown(
            self.counted,
            'a|b',
            self.counted.average,
            utc,
            dimensions=['event_type'],
            sort='name',
            problems=['<script>'],
        )
        self.assertTrue(marked.replace('\n', '').isprintable())
        self.assertIn(r'| \[red\]x\[/red\] |', marked)
        self.assertIn(r'* \<script\>', marked)

    def test_without_unicode(self) -> None:
        """Counts over time need no Unicode."""
        self.add('a')
        self.assertEqual(
            '# notifications per 1 s, max. 1',
            reports.spark(self.counted, 80, False).plain,
        )
