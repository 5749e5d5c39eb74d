# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Readers with a keyboard or a screen reader; contrast of the colors.

Rule: axe-core knows the guidelines (WCAG 2.2, levels A and AA).
"""

import pathlib
from typing import ClassVar

from axe_playwright_python import sync_playwright as axe
from playwright import sync_api

from tools.browser.tests import base
from unixnotif import recording
from unixnotif.tests.unit.report import base as samples

_TAGS = [
    'wcag2a',
    'wcag2aa',
    'wcag21a',
    'wcag21aa',
    'wcag22aa',
    'best-practice',
]


class AccessTest(base.BrowserTest):
    path: ClassVar[pathlib.Path]
    server: ClassVar[pathlib.Path]
    many: ClassVar[pathlib.Path]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.path = cls.make(
            base.NOVA_RUN, '--title', 'nova', '--catalogue', base.CATALOGUE
        )
        cls.server = cls.make(base.NOVA, '--catalogue', base.CATALOGUE)
        payload = {
            'first': 'x' * 3000,
            **{f'key{n}': n for n in range(300)},
        }
        capture = cls.record(
            'many',
            [
                *(
                    samples.recorded(payload=payload, seconds=number)
                    for number in range(3)
                ),
                recording.RecordedLost.now({'buffer_full': 1}),
            ],
        )
        cls.many = cls.make(capture)

    def test_guidelines(self) -> None:
        """axe-core finds nothing, in both color schemes and both widths."""
        cases: list[tuple[dict[str, object], sync_api.ViewportSize, bool]] = [
            ({'show': 15, 'mark': 3}, base.WIDE, False),
            ({'group': 'event_type', 'text': 'nova'}, base.NARROW, True),
            ({'priority': 'INFO', 'show': 1, 'mark': 3}, base.WIDE, True),
        ]
        for state, viewport, dark in cases:
            page = self.open(self.server, state, viewport, dark)
            page.evaluate(
                """() => {
                  for (const part of document.querySelectorAll(
                    'details:not(#fields details details)')) {
                    part.open = true;
                  }
                }"""
            )
            found = axe.Axe().run(
                page,
                options={
                    'runOnly': {'type': 'tag', 'values': _TAGS},
                    # To describe all other results takes half of the time.
                    'resultTypes': ['violations'],
                },
            )
            self.assertEqual(
                [],
                [
                    (each['id'], node['target'], node['failureSummary'])
                    for each in found.response['violations']
                    for node in each['nodes']
                    # The keys of the grid scroll it.
                    if node['target'] != ['#viewport']
                ],
                f'width {viewport["width"]}, dark: {dark}',
            )

    def focused(self, page: sync_api.Page) -> str:
        """Return the id or the text of the part that has the focus."""
        self.settle(page)
        found: str = page.evaluate(
            """document.activeElement.id
              || document.activeElement.textContent.slice(0, 40)"""
        )
        return found

    def test_focus_stays(self) -> None:
        """A button that goes away gives its focus to what is beside it."""
        page = self.open(self.many, {'text': 'key', 'where': 'key1=1'})
        for chip, following in (('Text: key', 'key1=1'), ('key1=1', 'grid')):
            page.locator('#chips button', has_text=chip).press('Enter')
            self.settle(page)
            page.wait_for_function(
                "(chip) => !document.querySelector('#chips')"
                '.textContent.includes(chip)',
                arg=chip,
            )
            self.assertIn(following, self.focused(page))
        page.keyboard.press('Enter')
        self.settle(page)
        for pressed, following in (('mark', 'unmark'), ('unmark', 'mark')):
            page.locator(f'#{pressed}').press('Enter')
            self.assertEqual(following, self.focused(page))
        page.get_by_role('button', name='Show 101 more fields').press('Enter')
        self.assertIn('key199', self.focused(page))
        page.get_by_role('button', name='Show all 3').press('Enter')
        self.assertIn('xxx', self.focused(page))
        page.locator('#zoom-in').press('Enter')
        page.locator('#whole').press('Enter')
        self.assertEqual('zoom-in', self.focused(page))

    def test_active_row(self) -> None:
        """The grid names its active row only while that row exists."""
        page = self.open(self.path)
        grid = page.locator('#grid')
        self.assertEqual('row-0', grid.get_attribute('aria-activedescendant'))
        page.locator('#viewport').evaluate(
            '(viewport) => { viewport.scrollTop = 20000; }'
        )
        page.wait_for_selector('#row-720')
        self.assertIsNone(grid.get_attribute('aria-activedescendant'))
        grid.focus()
        page.keyboard.press('ArrowDown')
        page.wait_for_selector('#row-1')
        self.assertEqual('row-1', grid.get_attribute('aria-activedescendant'))

    def test_groups(self) -> None:
        """Groups are levels of a tree; their keys fold and unfold."""
        page = self.open(self.server, {'group': 'event_type'})
        tree = page.get_by_role('treegrid')
        header = tree.locator('#row-0')
        self.assertEqual('1', header.get_attribute('aria-level'))
        self.assertEqual(
            '2', tree.locator('#row-1').get_attribute('aria-level')
        )
        tree.focus()
        for key, expanded in (
            ('ArrowLeft', 'false'),
            ('ArrowRight', 'true'),
            ('Enter', 'false'),
        ):
            page.keyboard.press(key)
            self.settle(page)
            self.assertEqual(expanded, header.get_attribute('aria-expanded'))

    def test_names(self) -> None:
        """Buttons have names without signs, and tell their state."""
        page = self.open(
            self.server,
            {'event_type': 'instance.create.end', 'sort': 'priority'},
        )
        for name, attribute, value in (
            ('instance.create.end', 'aria-pressed', 'true'),
            ('instance.create.start', 'aria-pressed', 'false'),
        ):
            button = page.locator('#legend button', has_text=name)
            self.assertEqual(value, button.get_attribute(attribute))
        snapshot = page.locator('#chips').aria_snapshot()
        self.assertIn('Event type: instance.create.end', snapshot)
        for sign in '✕▲▼▸▾':
            self.assertNotIn(sign, snapshot)
            self.assertNotIn(sign, page.locator('#columns').aria_snapshot())
