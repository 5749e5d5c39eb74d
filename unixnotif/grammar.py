# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Words of messages that depend on a number.

Rule: a noun agrees with its number.
"""

from collections.abc import Mapping


def plural(number: int, noun: str, plural_noun: str = '') -> str:
    """Return a number with its noun: no socket, 1 socket, 2 sockets.

    :param plural_noun: by default the noun with an s
    """
    return quantity(number, noun, plural_noun) if number else f'no {noun}'


def quantity(number: int, noun: str, plural_noun: str = '') -> str:
    """Return a number in digits with its noun: 0 sockets, 1 socket, 2 sockets.

    :param plural_noun: by default the noun with an s
    """
    return f'{number} {noun if number == 1 else plural_noun or noun + "s"}'


def counts(numbers: Mapping[str, int]) -> str:
    """Return numbers by name: ``buffer_full: 2, denied: 1``."""
    return ', '.join(f'{name}: {n}' for name, n in numbers.items())


def seconds(number: float) -> str:
    """Return a time with its unit: 1 second, 0.5 seconds."""
    text = f'{number:g}'
    return f'{text} second' if text == '1' else f'{text} seconds'
