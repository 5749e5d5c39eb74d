# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Text that is safe for terminals and logs."""

import json
import sys

import hypothesis
from hypothesis import strategies

from unixnotif import terminal
from unixnotif.tests import base
from unixnotif.tests import hostile


class EscapeTest(base.TestCase):
    def test_printable_text(self) -> None:
        """escape() returns printable text itself."""
        for text in ('', 'a b', 'é€🐧', '"\\\'[]'):
            self.assertIs(text, terminal.escape(text))

    def test_converted_once(self) -> None:
        """A repeated character is converted only once."""
        escaped = terminal._escaped
        calls = []

        def count(char: str) -> str:
            calls.append(char)
            return escaped(char)

        self.patch(terminal, '_escaped', count)
        self.patch(terminal, '_escapes', terminal._Escapes())
        text = 'a\x85\u202e' * 10_000
        self.assertEqual(r'a\u0085\u202e' * 10_000, terminal.escape(text))
        self.assertEqual(['a', '\x85', '\u202e'], calls)

    def test_limited_cache(self) -> None:
        """The cache keeps a limited number of characters."""
        escapes = terminal._Escapes()
        self.patch(terminal, '_escapes', escapes)
        text = ''.join(map(chr, range(0xE000, 0xF8FF)))
        terminal.escape(text)
        self.assertLessEqual(len(escapes), terminal._MAX_ESCAPES)
        self.assertEqual(text, json.loads(f'"{terminal.escape(text)}"'))

    def test_escape_sequences(self) -> None:
        """Characters become escape sequences of JSON."""
        for text, escaped in (
            ('\x1b[31m', r'\u001b[31m'),
            ('\x00\x7f\x9b', r'\u0000\u007f\u009b'),
            ('a\u202eb\u2028c\ufeff', r'a\u202eb\u2028c\ufeff'),
            ('\ud800', r'\ud800'),
            ('\U000e0041', r'\udb40\udc41'),
            ('é\xa0', r'é\u00a0'),
            ('a\n\r\tb', r'a\n\r\tb'),
        ):
            self.assertEqual(escaped, terminal.escape(text))

    def test_every_character(self) -> None:
        """Every escape sequence prints, and JSON decodes to the character."""
        # All characters of 16 bits, and a sample of the others.
        for number in (*range(1 << 16), *range(1 << 16, sys.maxunicode, 97)):
            char = chr(number)
            if not char.isprintable():
                escaped = terminal.escape(char)
                self.assertTrue(escaped.isprintable() and escaped.isascii())
                self.assertEqual(char, json.loads(f'"{escaped}"'))

    def test_lines(self) -> None:
        """escape_lines() keeps newlines and escapes everything else."""
        self.assertEqual(
            'a\\u001b\n\nb\\r\n', terminal.escape_lines('a\x1b\n\nb\r\n')
        )
        self.assertEqual(1, terminal.escape_lines(hostile.CONTROL).count('\n'))

    @base.fuzz
    @hypothesis.given(strategies.text() | strategies.just(hostile.CONTROL))
    def test_json_stays_the_same(self, text: str) -> None:
        """Escaped JSON decodes to the same value."""
        for ascii_only in (True, False):
            data = json.dumps({text: text}, ensure_ascii=ascii_only, indent=2)
            escaped = terminal.escape_lines(data)
            self.assertTrue(escaped.replace('\n', '').isprintable())
            self.assertEqual({text: text}, json.loads(escaped))
