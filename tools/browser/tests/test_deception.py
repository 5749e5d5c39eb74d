# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A sender cannot hide a value, blur two values, or stop the page."""

import pathlib
import re
from typing import Any

from playwright import sync_api

from tools.browser.tests import base
from unixnotif.tests.unit.report import base as samples

_LONG = 'x' * (4 << 20)


class DeceptionTest(base.BrowserTest):
    def capture(
        self, name: str, *payloads: Any, **fields: Any
    ) -> pathlib.Path:
        """Return a page with a notification for each payload."""
        return self.make(
            self.record(
                name,
                (
                    samples.recorded(payload=payload, **fields)
                    for payload in payloads
                ),
            )
        )

    def unfold_all(self, page: sync_api.Page) -> None:
        """Open each part of the inspector."""
        closed = page.locator('#fields details:not([open]) > summary')
        while closed.count():
            self.unfold(closed.first)

    def test_envelope_of_other_types(self) -> None:
        """An envelope whose name, version and changes are no text."""
        values: list[Any] = [{'a': {}}, [[{}]], 2**64, True]
        payloads = [
            {'x.name': odd, 'x.version': odd, 'x.data': {}, 'x.changes': [odd]}
            for odd in values
        ]
        path = self.capture('types', *payloads)
        page = self.open(path)
        for number in range(len(payloads)):
            page.evaluate(f'location.hash = "show={number}&mark=0"')
            page.wait_for_function(f"location.hash.includes('={number}&')")
            self.settle(page)
            self.assertIn('changed', page.locator('#fields').inner_text())
        self.assertFalse(page.locator('#failure').is_visible())
        page.locator('#where').fill('payload=*18446744073709551616*')
        page.keyboard.press('Enter')
        self.assertEqual(1, self.count(page))

    def test_beside_an_envelope(self) -> None:
        """A key beside the keys of a versioned object does not hide."""
        whole = samples.versioned('ThingPayload', '1.0', host='one')
        path = self.capture('beside', whole, {**whole, 'secret': 'hidden'})
        page = self.open(path, {'show': 1, 'mark': 0})
        self.assertIn('secret', page.locator('#fields').inner_text())
        self.assertIn('hidden', page.locator('#comparison').inner_text())
        page.locator('#where').fill('payload.secret=hidden')
        page.keyboard.press('Enter')
        self.assertEqual(1, self.count(page))

    def test_differences_of_an_envelope(self) -> None:
        """The namespace and the changes are compared, too."""
        whole = samples.versioned('ThingPayload', '1.0')
        other = {
            **whole,
            'nova_object.namespace': 'evil',
            'nova_object.changes': ['host'],
        }
        path = self.capture('envelope', whole, other)
        page = self.open(path, {'show': 1, 'mark': 0})
        text = page.locator('#comparison').inner_text()
        self.assertIn('evil:ThingPayload 1.0', text)
        self.assertIn('(changes)', text)

    def test_types_differ(self) -> None:
        """The page distinguishes similar values of different types."""
        path = self.capture(
            'alike', {'a': 5, 'b': None}, {'a': '5', 'b': 'null'}
        )
        page = self.open(path, {'show': 1, 'mark': 0})
        rows = page.locator('#comparison tbody tr').all_inner_texts()
        self.assertEqual(
            [['payload.a', '5', '"5"'], ['payload.b', 'null', '"null"']],
            [row.split() for row in rows],
        )

    def test_long_texts(self) -> None:
        """The page shows the beginning of long keys, names and values."""
        path = self.capture(
            'long',
            {
                _LONG: 1,
                'value': _LONG,
                'object': samples.versioned(_LONG, '1.0', **{_LONG: _LONG}),
            },
            {f'{_LONG}2': 1},
            event_type=_LONG,
        )
        page = self.open(path, {'show': 0, 'mark': 1})
        self.unfold_all(page)
        shown = page.evaluate(
            "document.querySelector('#inspector').textContent.length"
        )
        self.assertLess(shown, 200_000)
        button = page.get_by_role('button', name=re.compile('Show all'))
        button.first.click()
        self.assertEqual(
            _LONG, page.evaluate('document.activeElement.textContent')
        )

    def test_unusual_spaces(self) -> None:
        """A space that is not the usual one is shown as a sequence."""
        path = self.capture('spaces', {'a\u00a0b': 'c\u2003d\u3000'})
        page = self.open(path, {'show': 0})
        text = page.locator('#fields').inner_text()
        for part in ('a\\u00a0b', 'c\\u2003d\\u3000'):
            self.assertIn(part, text)

    def test_direction(self) -> None:
        """Letters from right to left do not move what stands beside them."""
        name = '\u05d0\u05d1\u05d2'
        path = self.capture('direction', {name: {}}, {}, event_type=name)
        page = self.open(
            path, {'group': 'event_type', 'text': name, 'show': 0}
        )
        left_to_right = page.evaluate(
            """(name) => {
              const place = (node, at) => {
                const range = document.createRange();
                range.setStart(node, at);
                range.setEnd(node, at + 1);
                return range.getBoundingClientRect().left;
              };
              const found = [];
              for (const part of ['#sizer .header', '#chips button',
                '#fields summary']) {
                const outer = [...document.querySelectorAll(part)]
                  .find((each) => each.textContent.includes(name));
                const walker = document.createTreeWalker(outer, 4);
                const places = [];
                let after = false;
                for (let node; (node = walker.nextNode());) {
                  const at = node.data.indexOf(name);
                  if (at >= 0) {
                    places.push(place(node, at));
                    after = true;
                    if (node.data.length > at + name.length) {
                      places.push(place(node, node.data.length - 1));
                    }
                  } else if (after && node.data.trim()) {
                    places.push(place(node, node.data.search(/\\S/)));
                  }
                }
                found.push(places);
              }
              return found;
            }""",
            name,
        )
        for places in left_to_right:
            self.assertGreater(len(places), 1)
            self.assertEqual(sorted(places), places)
