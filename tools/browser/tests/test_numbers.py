# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Integers beyond 2**53, which JavaScript rounds, are shown exactly."""

import json
import pathlib
from typing import ClassVar

from tools.browser.tests import base
from unixnotif.tests.unit.report import base as samples

# Each differs from the next in its last digit, which a float loses.
NUMBERS = (2**53 + 1, 2**64 + 1, -(2**63) - 1, int('9' * 400))


class NumbersTest(base.BrowserTest):
    """A page with two notifications, whose integers differ by one."""

    path: ClassVar[pathlib.Path]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        capture = cls.record(
            'capture',
            (
                samples.recorded(
                    payload={
                        'list': [number + more for number in NUMBERS],
                        'float': 1e300,
                        'text': str(2**64),
                    }
                )
                for more in (0, 1)
            ),
        )
        cls.path = cls.make(capture)

    def test_inspector(self) -> None:
        """The inspector has all digits; its filter finds the integer."""
        page = self.open(self.path, {'show': 0})
        inspector = page.locator('#inspector')
        self.unfold(inspector.get_by_text('4 items'))
        leaf = inspector.locator('.leaf', has_text=str(NUMBERS[1]))
        self.assertEqual(
            str(NUMBERS[1]), leaf.locator('.value').inner_text().strip()
        )
        self.assertEqual(
            str(NUMBERS[3]),
            inspector.locator('.value', has_text='999').inner_text(),
        )
        leaf.get_by_role('button').click()
        self.assertEqual(1, self.count(page))
        self.assertEqual(
            [f'payload.list.1={NUMBERS[1]}'], self.state(page)['where']
        )

    def test_json(self) -> None:
        """The JSON is that of the document: integers are no text."""
        page = self.open(self.path, {'show': 1})
        inspector = page.locator('#inspector')
        self.unfold(inspector.get_by_text('JSON', exact=True))
        shown = page.locator('#inspector pre').inner_text()
        self.assertEqual(
            {
                'list': [number + 1 for number in NUMBERS],
                'float': 1e300,
                'text': str(2**64),
            },
            json.loads(shown)['payload'],
        )

    def test_comparison(self) -> None:
        """A difference in the last digit is a difference."""
        page = self.open(self.path, {'show': 1, 'mark': 0})
        rows = page.locator('#comparison tbody tr').all_inner_texts()
        self.assertEqual(
            [
                [f'payload.list.{place}', str(number), str(number + 1)]
                for place, number in enumerate(NUMBERS)
            ],
            [row.split() for row in rows],
        )

    def test_older_browser(self) -> None:
        """A browser that rounds integers says so."""
        for script, is_shown in (('', False), ('delete JSON.rawJSON', True)):
            page = self.open(self.path, {'show': 0}, script=script)
            note = page.get_by_text('This browser rounds integers')
            self.assertEqual(is_shown, note.is_visible())
        self.unfold(page.locator('#inspector').get_by_text('4 items'))
        self.unfold(page.get_by_text('JSON', exact=True))
        self.assertIn(
            '18446744073709552000', page.locator('#fields').inner_text()
        )
