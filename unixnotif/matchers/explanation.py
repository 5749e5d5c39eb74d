# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Explanations of comparisons that failed in a plain ``assert``.

Rule: pure functions. The first line repeats the comparison, as pytest
requires. The right side is the expected value, as in
``assert got == expected``.
"""

from collections.abc import Iterator
import itertools
from typing import Any

from testtools import matchers

from unixnotif import notification
from unixnotif.matchers import comparison


def explain(op: str, left: Any, right: Any) -> list[str] | None:
    """Return the lines for a failed comparison, or None to use pytest's.

    :param op: as it stands in the source, for example ``==``
    """
    if op == 'is' and right is None and isinstance(left, matchers.Mismatch):
        return ['it matches', *left.describe().splitlines()]
    if op == '==' and _are_notifications([left, right]):
        title = f'{_summary(left)} == {_summary(right)}'
        return [title, *_differences(left, right)]
    if op == '==' and _are_notifications(left, right):
        return ['the notifications are the same', *_pairs(left, right)]
    if op == 'in' and _are_notifications([left], right):
        return [f'{_summary(left)} in', *map(_summary, right)]
    return None


def _are_notifications(*several: object) -> bool:
    """Return True for lists of notifications that are not all empty."""
    return any(several) and all(
        isinstance(each, list | tuple)
        and all(isinstance(item, notification.Notification) for item in each)
        for each in several
    )


def _summary(each: Any) -> str:
    if each is None:
        return 'nothing'
    return f'{each.event_type} {each.priority} from {each.publisher_id}'


def _differences(left: Any, right: Any) -> Iterator[str]:
    expected, actual = right.document, left.document
    for key in expected:
        yield from comparison.differences(expected[key], actual[key], key)


def _pairs(left: Any, right: Any) -> Iterator[str]:
    """Yield the differences, by position."""
    pairs = itertools.zip_longest(left, right)
    for index, (actual, expected) in enumerate(pairs):
        if actual is None or expected is None:
            yield (
                f'[{index}]: expected {_summary(expected)}, '
                f'got {_summary(actual)}'
            )
        elif actual != expected:
            yield f'[{index}]: {_summary(actual)} differs'
            for line in _differences(actual, expected):
                yield f'  {line}'
