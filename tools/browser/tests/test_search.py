# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The search: text of any kind, and fields by their path."""

import pathlib
from typing import Any
from typing import ClassVar

from tools.browser.tests import base
from unixnotif.tests.unit.report import base as samples

# Backtracking takes more than a lifetime for this glob and this text.
_GLOB = '*a' * 20 + '*b'
_SLOW = 'a' * 2000

PAYLOADS: tuple[Any, ...] = (
    {'says': 'He said "hello"'},
    {'path': 'C:\\new'},
    {'host': 'Zürich-1'},
    samples.versioned(
        'ServerPayload',
        '1.2',
        host='zurich-22',
        ip_addresses=[
            samples.versioned('IpPayload', '1.0', address='192.0.2.7'),
            samples.versioned('IpPayload', '1.0', address='192.0.2.8'),
        ],
    ),
    {'slow': _SLOW, 'smile': '\U0001f600!'},
    {'half': '\ud800', 'host': 'Zürich-2', 'order': 'a\u202eb'},
    {'vcpus': 2, 'large': 2**64 + 1, 'ratio': 0.5, 'on': True, 'none': None},
)


class SearchTest(base.BrowserTest):
    """A page with one notification for each payload."""

    path: ClassVar[pathlib.Path]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        capture = cls.record(
            'capture',
            (
                samples.recorded(
                    str(number),
                    payload,
                    number,
                    context={'request_id': f'req-{number}'},
                )
                for number, payload in enumerate(PAYLOADS)
            ),
        )
        cls.path = cls.make(capture)

    def check(self, field: str, expected: dict[str, list[int]]) -> None:
        """Assert which notifications a field of the form finds."""
        page = self.open(self.path)
        for text, numbers in expected.items():
            page.get_by_role('button', name='Clear all filters').click()
            self.settle(page)
            page.locator(f'#{field}').fill(text)
            page.keyboard.press('Enter')
            page.wait_for_function(f"location.hash.includes('{field}=')")
            self.settle(page)
            self.assertEqual(
                [str(number) for number in numbers],
                [row[2] for row in self.rows(page)],
                text,
            )

    def test_glob(self) -> None:
        """A glob matches a whole value, without slow backtracking."""
        self.check(
            'where',
            {
                'payload.host=z*': [3],
                'payload.host=*ri*': [2, 3, 5],
                'payload.host=*-??': [3],
                'payload.host=Z?rich-1': [2],
                'payload.host=*': [2, 3, 5],
                'payload.host=Zürich': [],
                'payload.host=?': [],
                'payload.smile=?!': [4],
                'payload.smile=??!': [],
                'payload.says=*"hello"': [0],
                f'payload.slow={_GLOB}': [],
                f'payload.slow={_GLOB[:-1]}*': [4],
            },
        )

    def test_text(self) -> None:
        """Any text is found, also if JSON or the page escapes it."""
        self.check(
            'text',
            {
                'HE SAID': [0],
                'said "hello"': [0],
                '"says":"He said': [0],
                'c:\\new': [1],
                'zürich': [2, 5],
                'ZÜRICH-2': [5],
                '\\ud800': [5],
                'a\\u202eb': [5],
                'a\u202eb': [5],
                '\U0001f600': [4],
                'req-1': [1],
                'IpPayload': [3],
                str(2**64 + 1): [6],
                '.*': [],
                '__proto__': [],
            },
        )

    def test_paths(self) -> None:
        """A path leads through versioned payloads, lists and the context."""
        self.check(
            'where',
            {
                'payload.ip_addresses[1].address=192.0.2.8': [3],
                'ip_addresses.1.address=192.0.2.8': [3],
                'ip_addresses[2].address=*': [],
                'payload=ServerPayload 1.*': [3],
                'ip_addresses[0]=IpPayload 1.0': [3],
                'context.request_id=req-2': [2],
                'event_type=4': [4],
                'topics=*versioned*': list(range(len(PAYLOADS))),
                'says=He said*': [0],
                'vcpus=2': [6],
                f'large={2**64 + 1}': [6],
                f'large={2**64}': [],
                'ratio=0.5': [6],
                'on=true': [6],
                'none=null': [6],
                'order=a\\u202eb': [5],
                '__proto__.constructor=*': [],
                'constructor.name=*': [],
                'says.length=*': [],
            },
        )

    def test_several(self) -> None:
        """A notification meets all filters of fields, and the text."""
        page = self.open(
            self.path, {'where': ['host=*2', 'host=Z*'], 'text': 'req-'}
        )
        self.assertEqual(['5'], [row[2] for row in self.rows(page)])
        page.get_by_role('button', name='host=Z*').click()
        self.settle(page)
        self.assertEqual(['3', '5'], [row[2] for row in self.rows(page)])

    def test_field_mistakes(self) -> None:
        """The form and a link reject the same; the form has an example."""
        page = self.open(self.path, {'where': ['host', f'host={"x" * 201}']})
        self.assertEqual(len(PAYLOADS), self.count(page))
        self.assertEqual('', page.locator('#chips').inner_text())
        where = page.locator('#where')
        for text, part in (
            ('host', 'for example payload.host=compute-*'),
            (f'payload.host={"x" * 201}', 'more than 200 characters'),
        ):
            where.fill(text)
            page.keyboard.press('Enter')
            message = where.evaluate('(where) => where.validationMessage')
            self.assertIn(part, message)
            self.assertIn('payload.host=compute-*', message)
            self.assertEqual(len(PAYLOADS), self.count(page))
        where.fill('payload.host=z*')
        page.keyboard.press('Enter')
        self.assertEqual(1, self.count(page))
