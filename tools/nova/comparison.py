# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Compare the notifications of two runs, test by test.

Rule: every notification counts, with all of its content. The order does not
count, because services emit from several threads.
"""

from collections.abc import Iterator
import dataclasses
import itertools
import json
from typing import Any

from tools.nova import normalization
from tools.nova import seen

_ABSENT = '(absent)'
_LONGEST = 100


@dataclasses.dataclass(frozen=True)
class Difference:
    """A notification of a test that differs between two runs.

    :ivar path: place of the difference; empty if only one run has the
        notification
    :ivar one: value that nova's fixture received, as JSON
    :ivar other: value in the recording, as JSON
    """

    test: str
    kind: str
    event_type: str
    path: str
    one: str
    other: str

    def lines(self) -> list[str]:
        """Return the difference as lines of text."""
        what = f'{self.kind} {self.event_type}'
        return [
            f'{what}, {self.path}' if self.path else what,
            f"    nova's fixture: {_cut(self.one)}",
            f'    the recording:  {_cut(self.other)}',
        ]


def compare(one: seen.ByTest, other: seen.ByTest) -> list[Difference]:
    """Return all differences between two runs.

    :param one: notifications that nova's fixture received
    :param other: notifications in the recording
    """
    return [
        difference
        for test in sorted(one.keys() | other.keys())
        for difference in _compare(
            test, one.get(test, []), other.get(test, [])
        )
    ]


def _compare(
    test: str, one: list[seen.Seen], other: list[seen.Seen]
) -> Iterator[Difference]:
    keep = normalization.shared(one, other)
    found = list(_contents(test, one, other, keep))
    # If contents differ, differences of identifiers would only repeat that.
    yield from found or _identities(test, one, other, keep)


def _identities(
    test: str,
    one: list[seen.Seen],
    other: list[seen.Seen],
    keep: frozenset[str],
) -> Iterator[Difference]:
    """Yield identifiers that are equal in one run and differ in the other."""
    ones = normalization.places(one, keep)
    others = normalization.places(other, keep)
    for left, right in itertools.zip_longest(
        sorted((ones - others).elements()),
        sorted((others - ones).elements()),
        fillvalue=(),
    ):
        places = sorted({*left, *right})
        yield Difference(
            test, 'identifier', 'of', places[0], *map('; '.join, (left, right))
        )


def _contents(
    test: str,
    one: list[seen.Seen],
    other: list[seen.Seen],
    keep: frozenset[str],
) -> Iterator[Difference]:
    ones, others = _texts(one, keep), _texts(other, keep)
    for text in list(ones):
        if text in others:
            ones.remove(text)
            others.remove(text)
    rest = [json.loads(text) for text in others]
    for value in map(json.loads, ones):
        nearest = _nearest(value, rest)
        if nearest is None:
            yield _whole(test, value, is_one=True)
        else:
            rest.remove(nearest)
            yield from _parts(test, value, nearest)
    for value in rest:
        yield _whole(test, value, is_one=False)


def _texts(notifications: list[seen.Seen], keep: frozenset[str]) -> list[str]:
    # As text, in which 1, 1.0 and true differ.
    return [
        json.dumps(normalization.normalized(each, keep), sort_keys=True)
        for each in notifications
    ]


def _nearest(
    value: seen.Seen, candidates: list[seen.Seen]
) -> seen.Seen | None:
    """Return the most similar notification of the same kind and type."""
    alike = [each for each in candidates if _sort(each) == _sort(value)]
    return min(
        alike,
        key=lambda each: len(list(_differing(value, each))),
        default=None,
    )


def _sort(value: seen.Seen) -> tuple[str, str]:
    return value['kind'], value['event_type']


def _whole(test: str, value: seen.Seen, *, is_one: bool) -> Difference:
    text = json.dumps(value)
    texts = (text, _ABSENT) if is_one else (_ABSENT, text)
    return Difference(test, *_sort(value), '', *texts)


def _parts(
    test: str, one: seen.Seen, other: seen.Seen
) -> Iterator[Difference]:
    for path, left, right in _differing(one, other):
        yield Difference(test, *_sort(one), path, left, right)


def _differing(one: Any, other: Any) -> Iterator[tuple[str, str, str]]:
    lefts, rights = dict(_leaves(one)), dict(_leaves(other))
    for path in sorted(lefts.keys() | rights.keys()):
        left, right = lefts.get(path, _ABSENT), rights.get(path, _ABSENT)
        if left != right:
            yield path, left, right


def _leaves(value: Any, path: str = '') -> Iterator[tuple[str, str]]:
    """Yield path and JSON text of each scalar and each empty container."""
    items: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    if not items:
        yield path, json.dumps(value)
    for key, item in items:
        yield from _leaves(item, f'{path}/{key}' if path else str(key))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f'{text[:_LONGEST]} ...'
