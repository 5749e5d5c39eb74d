# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The parser of a command: argparse with suggestions for misspelled names.

Rule: an error names the option or the choice that is wrong, and the nearest
right one.
"""

import argparse
from collections.abc import Sequence
import itertools
import re
import sys
from typing import Any
from typing import NoReturn

from unixnotif import terminal
from unixnotif.cli import suggestions

# Error messages of argparse.
_UNKNOWN_OPTION = re.compile(r'^unrecognized arguments:.*?\s(--?[^\s]+)')
_UNKNOWN_CHOICE = re.compile(r"invalid choice: '([^']*)' \(choose from (.*)\)")


class Parser(argparse.ArgumentParser):
    """A parser that suggests the right name for a misspelled one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Python 3.15 suggests a choice as well, with other words.
        self.suggest_on_error = False

    def parse_args(  # type: ignore[override]
        self,
        args: Sequence[str] | None = None,
        namespace: argparse.Namespace | None = None,
    ) -> argparse.Namespace:
        """Return the values of the arguments.

        An optional URI may stand before options and a required argument.
        """
        given = sys.argv[1:] if args is None else args
        if unknown := self._unknown_option(given):
            # argparse takes the value of an unknown option for an argument.
            self.error(f'unrecognized arguments: {unknown}')
        return self.parse_intermixed_args(given, namespace)

    def _unknown_option(self, args: Sequence[str]) -> str | None:
        """Return the first option that this parser does not have."""
        known = self._option_string_actions
        for each in itertools.takewhile(lambda arg: arg != '--', args):
            name = each.partition('=')[0]
            if name in {'-h', '--help'}:
                break
            # For argparse, a text with a space is a value, even if the text
            # begins with "--".
            if (
                name.startswith('--')
                and ' ' not in each
                and not any(option.startswith(name) for option in known)
            ):
                return name
        return None

    def error(self, message: str) -> NoReturn:
        """Print the usage and the message, and exit with code 2."""
        hint = ''
        if match := _UNKNOWN_OPTION.search(message):
            name = match[1].partition('=')[0]
            hint = suggestions.similar(name, self._option_string_actions)
        elif match := _UNKNOWN_CHOICE.search(message):
            known = re.findall(r'[\w.-]+', match[2])
            hint = suggestions.similar(match[1], known)
        super().error(terminal.escape(message) + hint)
