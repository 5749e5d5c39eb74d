# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""Secrets: the passwords that no output may contain.

Rule: every text of another library passes through :meth:`Secrets.hide`.
"""

from collections.abc import Iterable
import logging
import urllib.parse

_HIDDEN = '***'


class Secrets:
    """Replaces passwords in texts.

    :param passwords: as a program uses them, not percent-encoded
    """

    def __init__(self, passwords: Iterable[str | None] = ()) -> None:
        forms: set[str] = set()
        for password in passwords:
            if password:
                forms |= {
                    password,
                    urllib.parse.quote(password),
                    urllib.parse.quote(password, safe=''),
                    urllib.parse.quote_plus(password),
                    repr(password)[1:-1],
                }
        # The longest first: one password may be part of another.
        self._forms = sorted(forms, key=len, reverse=True)

    def __bool__(self) -> bool:
        return bool(self._forms)

    def hide(self, text: str) -> str:
        """Return the text without passwords."""
        for form in self._forms:
            text = text.replace(form, _HIDDEN)
        return text


class HidingFormatter(logging.Formatter):
    """Formats log records with another formatter, without passwords."""

    def __init__(
        self, secrets: Secrets, formatter: logging.Formatter | None
    ) -> None:
        super().__init__()
        self._secrets = secrets
        self._formatter = formatter or logging.Formatter()

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of the other formatter, without passwords."""
        return self._secrets.hide(self._formatter.format(record))
