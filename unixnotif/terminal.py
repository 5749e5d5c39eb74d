# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Text from other processes, made safe for terminals and logs.

Rule: every character that ``str.isprintable`` refuses becomes an escape
sequence of JSON, so that JSON stays the same JSON. ``str.isprintable`` refuses
control characters (C0, DEL and C1), characters that reorder or hide text, line
separators, unusual spaces and lone surrogates.
"""

_SHORT = {'\n': r'\n', '\r': r'\r', '\t': r'\t'}


def escape(text: str) -> str:
    """Return the text on one line, with all refused characters escaped."""
    return text if text.isprintable() else text.translate(_escapes)


def escape_lines(text: str) -> str:
    """Return the text with each line escaped and its newlines kept."""
    return '\n'.join(map(escape, text.split('\n')))


def _escaped(char: str) -> str:
    if char.isprintable():
        return char
    if char in _SHORT:
        return _SHORT[char]
    # JSON has two escape sequences for a character beyond 16 bits.
    code = char.encode('utf-16-be', 'surrogatepass').hex()
    return ''.join(rf'\u{code[i : i + 4]}' for i in range(0, len(code), 4))


class _Escapes(dict[int, str]):
    """The text of each character, by its code.

    str.translate() calls Python once for each different character, however
    often a peer repeats it.
    """

    def __missing__(self, code: int) -> str:
        if len(self) >= _MAX_ESCAPES:
            self.clear()
        self[code] = text = _escaped(chr(code))
        return text


_MAX_ESCAPES = 4096
_escapes = _Escapes()
