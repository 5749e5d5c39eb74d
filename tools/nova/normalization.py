# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Replace the values that differ in each run by fixed texts.

Rule: only texts of a known form are replaced, and only those that one of the
two runs has alone. An identifier that both runs have is not random, and is
compared. Equal texts get equal replacements.
"""

import collections
from collections.abc import Iterable
from collections.abc import Iterator
import json
import re
from typing import Any

# Two time stamps may be equal in one run, and differ in the other.
_CLOCK = 'time'
# Forms by the name that replaces a text. The first form that matches counts.
_FORMS = {
    'uuid': r'[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}',
    'reservation': r'\br-[0-9a-z]{8}\b',
    'fingerprint': r'\b[0-9a-f]{2}(?::[0-9a-f]{2}){15}\b',
    'key': r'\bAAAA[0-9A-Za-z+/]{60,}={0,2}',
    _CLOCK: r'\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?',
}
_ACCIDENT = re.compile(
    '|'.join(f'(?P<{name}>{form})' for name, form in _FORMS.items())
)
# Lists in random order: two were sets, and the devices come from a query
# without an order, for which SQLite selects an index.
_UNORDERED = frozenset({'_changed_fields', 'metrics', 'block_devices'})
# An object with these fields is the record of a service.
_SERVICE = frozenset({'report_count', 'last_seen_up'})
_NULL = type(None)
# By field, the types of values that depend on a race: a service updates these
# fields by a timer.
_COUNTED = {
    'report_count': (int,),
    'last_seen_up': (_NULL, str),
    'updated_at': (_NULL, str),
}
# The same at the end of a service, which emits the values that it has read
# last. Others may have changed the values since.
_READ = {
    'disabled': (bool,),
    'disabled_reason': (_NULL, str),
    'forced_down': (bool,),
}
_BEFORE, _LAST = 'service.create', 'service.delete'


def accidents(value: Any) -> Iterator[str]:
    """Yield each part of a JSON value that may differ in each run."""
    for _, found in _found(value, ''):
        yield found[0]


def _found(value: Any, path: str) -> Iterator[tuple[str, re.Match[str]]]:
    """Yield each part that may differ in each run, with its path."""
    if isinstance(value, dict):
        for key, item in value.items():
            below = f'{path}/{_ACCIDENT.sub("*", key)}'
            yield from _found(key, below)
            # Items without an order have no positions.
            unordered = key in _UNORDERED and isinstance(item, list)
            for one in item if unordered else [item]:
                yield from _found(one, below)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _found(item, f'{path}/{number}')
    elif isinstance(value, str):
        for found in _ACCIDENT.finditer(value):
            yield path, found


def shared(one: Iterable[Any], other: Iterable[Any]) -> frozenset[str]:
    """Return values that look random, but are equal in two runs."""
    return frozenset(accidents(list(one))) & frozenset(accidents(list(other)))


def places(
    notifications: Iterable[dict[str, Any]], keep: frozenset[str]
) -> collections.Counter[tuple[str, ...]]:
    """Return the places of each random value in the notifications of a test.

    If two values are equal in one run, and differ in the other run, the places
    of the two runs differ.
    """
    where: dict[str, set[str]] = collections.defaultdict(set)
    for value in notifications:
        for path, found in _found(value, ''):
            if found[0] not in keep and found.lastgroup != _CLOCK:
                place = f'{value["kind"]} {value["event_type"]} {path[1:]}'
                where[found[0]].add(place)
    return collections.Counter(tuple(sorted(one)) for one in where.values())


class Normalizer:
    """Replaces the random values of one notification by numbers.

    :param keep: values that look random but are not
    :param event_type: shows which fields depend on the timer of a service
    """

    def __init__(self, keep: frozenset[str], event_type: str) -> None:
        self._keep = keep
        self._of_service: dict[str, tuple[type, ...]] = {}
        if event_type != _BEFORE:
            self._of_service.update(_COUNTED)
        if event_type == _LAST:
            self._of_service.update(_READ)
        self._names: dict[str, str] = {}

    def value(self, value: Any) -> Any:
        """Return a JSON value; values that are not random stay unchanged."""
        if isinstance(value, dict):
            timers = self._of_service if value.keys() >= _SERVICE else {}
            # In an order that does not depend on random values.
            keys = sorted(value, key=lambda key: _ACCIDENT.sub('', key))
            return {
                self._text(key): f'<{key}>'
                if type(value[key]) in timers.get(key, ())
                else self._item(key, value[key])
                for key in keys
            }
        if isinstance(value, list):
            return [self.value(item) for item in value]
        return self._text(value) if isinstance(value, str) else value

    def _item(self, key: str, item: Any) -> Any:
        if key in _UNORDERED and isinstance(item, list):
            # Sort before the random values get their numbers.
            item = sorted(item, key=self._rank)
        return self.value(item)

    def _rank(self, value: Any) -> str:
        text = json.dumps(value, sort_keys=True)
        return _ACCIDENT.sub(
            lambda found: found[0] if found[0] in self._keep else '', text
        )

    def _text(self, text: str) -> str:
        return _ACCIDENT.sub(self._name, text)

    def _name(self, found: re.Match[str]) -> str:
        text, form = found[0], str(found.lastgroup)
        if text in self._keep:
            return text
        if form == _CLOCK:
            return f'<{form}>'
        number = len(self._names) + 1
        return self._names.setdefault(text, f'<{form} {number}>')


def normalized(value: dict[str, Any], keep: frozenset[str]) -> Any:
    """Return a notification without its random values.

    :param keep: values that look random but are not
    """
    return Normalizer(keep, value['event_type']).value(value)
