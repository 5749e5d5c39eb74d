# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The page: HTML in which data of peers is text."""

import builtins
from html import parser
import json
import re
from typing import Any
from unittest import mock

from unixnotif import errors
from unixnotif import recording
from unixnotif import report
from unixnotif.report.totals import MAX_NAMES
from unixnotif.tests import base as testing
from unixnotif.tests import hostile
from unixnotif.tests.unit.report import base

_ATTACK = '</script><script>alert(1)</script>"\'&<!--'


class _Tags(parser.HTMLParser):
    """Collects the elements of a page, and the text of its scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self._inside = ''

    def handle_starttag(
        self, tag: str, attrs: list[tuple[str, str | None]]
    ) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = dict(attrs).get('id') or tag

    def handle_data(self, data: str) -> None:
        self.texts[self._inside] = self.texts.get(self._inside, '') + data


class PageTest(testing.TestCase):
    def render(
        self, *lines: recording.Line, most: int = 100, **fields: Any
    ) -> str:
        """Return the page of some lines."""
        sample = report.Sample(most)
        self.addCleanup(sample.close)
        totals, losses = report.Totals(), report.Losses()
        for line in lines:
            if isinstance(line, recording.RecordedLost):
                losses.add(line, totals.last)
            else:
                totals.add(sample.add(line))
        model = report.Model(
            **{
                'title': 'title',
                'sources': ['one.jsonl'],
                'totals': totals,
                'sample': sample,
                'losses': losses,
                **fields,
            }
        )
        return ''.join(report.render(model))

    def words(self, page: str) -> str:
        """Return the text of a page, with single spaces."""
        page = re.sub('</?bdi>', '', page)
        text = re.sub(
            r'<(script|style).*?</\1>|<[^>]*>', ' ', page, flags=re.S
        )
        return ' '.join(text.replace('\u00a0', ' ').split())

    def test_summary(self) -> None:
        """The first words are the numbers, and the losses."""
        words = self.words(
            self.render(
                base.recorded(),
                base.recorded('thing.delete', priority='ERROR', seconds=61),
                recording.RecordedLost(2, {'buffer_full': 2}),
            )
        )
        for text in (
            '2 notifications of 2 event types from 1 publisher in 1 test, '
            '2026-01-02 03:04:05 to 2026-01-02 03:05:06 UTC.',
            '2 notifications were lost (buffer_full: 2).',
            '1 notification with priority ERROR or CRITICAL.',
        ):
            self.assertIn(text, words)

    def test_empty(self) -> None:
        """A recording without a notification has a page, too."""
        words = self.words(self.render(catalogue='c.json'))
        self.assertIn('This page has no notification.', words)
        self.assertIn('No notification was lost.', words)
        self.assertIn('No notification was compared with c.json.', words)
        self.assertNotIn('keep the contract', words)

    def test_broken_recording(self) -> None:
        """The page says that a recording is broken."""
        words = self.words(self.render(unread=['recording x, line 2: bad']))
        self.assertIn('Not read completely: recording x, line 2: bad', words)

    def test_many_names(self) -> None:
        """The number of names beyond the bound is a minimum."""
        totals = report.Totals()
        totals.count = MAX_NAMES + 1
        for number in range(totals.count):
            totals.names['event_type'].add(str(number))
        words = self.words(self.render(base.recorded(), totals=totals))
        self.assertIn('of at least 10 000 event types from', words)

    def test_sampled(self) -> None:
        """The page says that it has a sample, and of how many."""
        lines = [base.recorded() for _ in range(1000)]
        words = self.words(self.render(*lines, most=100))
        self.assertIn('1 000 notifications of', words)
        self.assertIn('have 63 of 1 000 notifications (1 of 16,', words)

    def test_no_reference(self) -> None:
        """The page names no other file or site."""
        tags = _Tags()
        tags.feed(self.render(base.recorded()))
        for tag, attributes in tags.tags:
            self.assertNotIn('src', attributes, tag)
            self.assertNotIn('style', attributes, tag)
            self.assertFalse(
                [a for a in attributes if a.startswith('on')], tag
            )
            href = attributes.get('href') or '#'
            self.assertTrue(href.startswith('#'), href)

    def test_hostile_text(self) -> None:
        """Text of a peer adds no element, and no character that hides."""
        plain, attacked = _Tags(), _Tags()
        plain.feed(self.render(*self.lines('text'), title='text'))
        page = self.render(*self.lines(_ATTACK), title=_ATTACK)
        attacked.feed(page)
        self.assertEqual(
            [tag for tag, _ in plain.tags], [tag for tag, _ in attacked.tags]
        )
        data = json.loads(attacked.texts['data'])
        self.assertEqual(_ATTACK, data['losses'][0]['test_id'])
        self.assertNotIn('<', attacked.texts['data'])
        page = self.render(*self.lines(hostile.CONTROL), title=hostile.CONTROL)
        for char in '\u202e\u2028\x1b\x00\x9b':
            self.assertNotIn(char, page.partition('<script')[0])

    def lines(self, text: str) -> list[recording.Line]:
        """Return lines with a text in each place."""
        return [
            base.recorded(
                text,
                {text: text},
                test_id=text,
                publisher_id=text,
                priority=text,
                topics=(text,),
                exchange=text,
            ),
            recording.RecordedLost(1, {'gone': 1}, base.START, text),
        ]

    def test_without_jinja2(self) -> None:
        """The message names the extra."""
        real = builtins.__import__

        def refuse(name: str, *rest: Any) -> Any:
            if name == 'jinja2':
                raise ModuleNotFoundError(name=name)
            return real(name, *rest)

        with mock.patch.object(
            builtins, '__import__', autospec=True, side_effect=refuse
        ):
            e = self.assertRaises(errors.UnixNotifError, self.render)
        self.assertIn("pip install 'unixnotif[report]'", str(e))
