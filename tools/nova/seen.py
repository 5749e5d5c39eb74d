# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The notifications of a run, by test: in nova's fixture, and in a recording.

Rule: both are read into the same form, which holds what both of them have.
"""

from collections.abc import Iterator
import json
from pathlib import Path
from typing import Any

from tools import errors
from unixnotif import errors as unixnotif_errors
from unixnotif import grammar
from unixnotif import notification
from unixnotif import recording

#: A notification as a JSON object: its kind, "versioned" or "legacy", and
#: publisher_id, priority, event_type and payload; a legacy one has a context.
Seen = dict[str, Any]
#: By the id of the test.
ByTest = dict[str, list[Seen]]

_KEYS = ('publisher_id', 'priority', 'event_type', 'payload')
_VERSIONED = 'versioned_notifications'


def observed(directory: Path, by: str) -> ByTest:
    """Return the notes of a run with nova's own fixture.

    :param by: ``fixture`` selects the notifications that the fixture received;
        ``real`` those that a real Notifier received instead
    """
    found: ByTest = {}
    for path in sorted(directory.glob('*.jsonl')):
        with path.open(encoding='utf-8') as lines:
            for line in lines:
                value = json.loads(line)
                if value.pop('by') == by:
                    found.setdefault(value.pop('test'), []).append(value)
    return found


def shown(directory: Path) -> dict[str, int]:
    """Return the number of notifications that each test was shown."""
    found: dict[str, int] = {}
    for path in sorted(directory.glob('*.jsonl')):
        for line in path.read_text(encoding='utf-8').splitlines():
            value = json.loads(line)
            found[value['test']] = value['shown']
    return found


def together(one: ByTest, other: ByTest) -> ByTest:
    """Return the notifications of both, by test."""
    return {
        test: one.get(test, []) + other.get(test, [])
        for test in one.keys() | other.keys()
    }


def count(notifications: ByTest) -> int:
    """Return the number of notifications of all tests."""
    return sum(map(len, notifications.values()))


def recorded(directory: Path) -> ByTest:
    """Return the notifications in a recording of unixnotif.

    :raises ToolError: a file is broken, or says that something was lost
    """
    found: ByTest = {}
    for path in recordings(directory):
        for test, value in _read(path):
            found.setdefault(test, []).append(value)
    return found


def recordings(directory: Path) -> list[Path]:
    """Return the recordings of a run."""
    return sorted(directory.glob('*.jsonl'))


def _read(path: Path) -> Iterator[tuple[str, Seen]]:
    try:
        for each in recording.read(str(path)):
            if isinstance(each, notification.Lost):
                count = grammar.plural(each.count, 'notification')
                raise errors.ToolError(f'{path}: lost {count}')
            document = each.notification.document
            versioned = _VERSIONED in each.notification.topics
            value = {key: document.get(key) for key in _KEYS}
            if versioned:
                value['kind'] = 'versioned'
            else:
                value.update(kind='legacy', context=document.get('context'))
            yield str(each.test_id), value
    except unixnotif_errors.UnixNotifError as error:
        raise errors.ToolError(str(error)) from error
