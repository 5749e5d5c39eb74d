# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A recording of a hostile peer: its data never acts."""

import itertools
import json
import pathlib
from typing import ClassVar

from tools.browser.tests import base
from unixnotif import notification
from unixnotif import recording
from unixnotif.tests import hostile

# Each would set the title, ask for a file, or change the page.
ATTACKS = (
    '<script>document.title = "owned"</script>',
    '</script><script>document.title = "owned"</script>',
    '<!--<script>',
    '<img src=x onerror=\'document.title = "owned"\'>',
    '"><svg onload=\'document.title = "owned"\'>',
    '" onmouseover=\'document.title = "owned"\' x="',
    'javascript:document.title="owned"',
    '</style><style>* { display: none }</style>',
    '</title><base href="http://192.0.2.1/">',
    'url(http://192.0.2.1/x.png)',
    '<link rel=stylesheet href=http://192.0.2.1/x.css>',
    '<meta http-equiv=refresh content="0;url=http://192.0.2.1/">',
    '<iframe srcdoc="<script>parent.document.title = 1</script>">',
    '{{ 7 * 7 }}{% for x in y %}${7 * 7}',
    '__proto__',
    'constructor',
    hostile.CONTROL,
)
_FIELDS = ('event_type', 'publisher_id', 'priority', 'timestamp', 'exchange')


def lines() -> list[recording.Line]:
    """Return a recording with each attack in each place."""
    found: list[recording.Line] = []
    for attack in ATTACKS:
        payload = {
            attack: attack,
            'list': [attack, {attack: None}],
            'object': {
                f'{attack}.name': attack,
                f'{attack}.namespace': attack,
                f'{attack}.version': attack,
                f'{attack}.changes': [attack],
                f'{attack}.data': {attack: attack},
            },
        }
        document = {
            'message_id': attack,
            'payload': payload,
            'topics': [attack],
            'context': {attack: attack},
            **dict.fromkeys(_FIELDS, attack),
        }
        found.append(
            recording.Recorded.now(
                notification.Notification.from_document(document), attack
            )
        )
        found.append(recording.RecordedLost.now({'buffer_full': 1}, attack))
    for data in hostile.GOOD.values():
        read = notification.decode(data)
        assert isinstance(read, notification.Notification)
        found.append(recording.Recorded.now(read))
    return found


class HostileTest(base.BrowserTest):
    path: ClassVar[pathlib.Path]
    names: ClassVar[list[str]]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        capture = cls.record('capture', lines())
        cls.path = cls.make(
            *(capture, '--title', ATTACKS[0], '--catalogue', base.CATALOGUE)
        )

    def test_nothing_acts(self) -> None:
        """Every document is shown, and nothing of it becomes an element."""
        page = self.open(self.path)
        for part in page.locator('#facets details').all():
            part.evaluate('(part) => { part.open = true; }')
        total = self.count(page)
        self.assertEqual(len(ATTACKS) + len(hostile.GOOD), total)
        for number in range(total):
            page.evaluate(f'location.hash = "show={number}&mark=0"')
            page.wait_for_function(
                f"""() => document.documentElement.dataset.state === 'ready'
                  && location.hash.includes('show={number}&')"""
            )
            page.evaluate(
                """() => {
                  for (const part of document.querySelectorAll('details')) {
                    part.open = true;
                  }
                }"""
            )
        self.assertEqual(ATTACKS[0], page.title())
        elements = page.evaluate(
            """() => Object.fromEntries(['img', 'svg', 'iframe', 'base',
              'link', 'object', 'embed', 'math', 'template'].map(
                (tag) => [tag, document.getElementsByTagName(tag).length]))"""
        )
        self.assertEqual({0}, set(elements.values()), elements)
        self.assertEqual(2, page.locator('style').count())
        # The page's own links lead to its own parts.
        for link in page.locator('a').all():
            self.assertTrue((link.get_attribute('href') or '').startswith('#'))

    def test_every_filter(self) -> None:
        """Each hostile name can be filtered, grouped and compared."""
        page = self.open(self.path)
        fields = (
            'event_type',
            'publisher_id',
            'exchange',
            'topics',
            'test_id',
        )
        for field, number in itertools.product(fields, (0, 3, 8, 14, 16)):
            page.evaluate(
                """([field, number]) => {
                  const box = document.querySelector('#facets');
                  location.hash = new URLSearchParams({
                    [field]: JSON.parse(number), group: field });
                }""",
                [field, json.dumps(ATTACKS[number])],
            )
            self.settle(page)
        self.assertEqual(ATTACKS[0], page.title())

    def test_controls_are_visible(self) -> None:
        """Characters that reorder text or steer terminals are escaped."""
        page = self.open(self.path)
        text = page.locator('body').inner_text()
        for char in '\u202e\u2028\x1b\x07\x9b\x7f':
            self.assertNotIn(char, text)
        self.assertIn('\\u202e', text)
