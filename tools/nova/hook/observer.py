# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""nova's own NotificationFixture, with notes of all notifications.

Rule: the fixture works as usual; only its lists also note each appended item.
This module imports nothing of unixnotif, so that the notes do not depend on
unixnotif, whose recording they are compared with.
"""

from collections.abc import Callable
import os
from typing import Any
import unittest

from oslo_messaging.notify import notifier
from oslo_serialization import jsonutils

# Tests replace open(), to protect the devices of the host.
_open = open
_VERSIONED = 'versioned_notifications'
# The fixtures in use: one, unless a test has several.
_active: list['_Notes'] = []


class _Notes:
    """Notifications of one test, in its fixture and in real Notifiers.

    :param test: the id of the test
    """

    def __init__(self, test: str) -> None:
        self._test = test
        self._lines: list[str] = []

    def keep(self, by: str, kind: str, values: dict[str, Any]) -> None:
        """Note a notification.

        :param by: its receiver: ``fixture``, or ``real`` for a real Notifier
        """
        if 'context' in values:
            # As every bus carries it.
            redacted = values['context'].redacted_copy()
            values = {**values, 'context': redacted.to_dict()}
        line = {'test': self._test, 'by': by, 'kind': kind, **values}
        # Text, because emitters and tests may change the values later.
        self._lines.append(jsonutils.dumps(line) + '\n')

    def write(self) -> None:
        """Append to the file of this worker."""
        directory = os.environ['UNIXNOTIF_NOVA_NOTES']
        path = os.path.join(directory, f'{os.getpid()}.jsonl')
        with _open(path, 'a', encoding='utf-8') as notes:
            notes.writelines(self._lines)


class _Noting(list[Any]):
    """A list that also notes each item when it is appended."""

    def __init__(self, note: Callable[[Any], None]) -> None:
        super().__init__()
        self._note = note

    def append(self, item: Any, /) -> None:
        super().append(item)
        self._note(item)


def _watch_real() -> None:
    """Note the calls of real Notifiers while a fixture is in use.

    nova's fixture cannot reach a Notifier that was prepared before it.
    """
    notify = notifier.Notifier._notify

    def noting(
        self: Any, ctxt: Any, event_type: str, payload: Any, *rest: Any
    ) -> None:
        for notes in list(_active):
            base = getattr(self, '_base', self)
            versioned = _VERSIONED in base._topics
            values = {
                'publisher_id': self.publisher_id,
                'priority': rest[0],
                'event_type': event_type,
                'payload': self._serializer.serialize_entity(ctxt, payload),
            }
            if not versioned:
                values['context'] = ctxt
            notes.keep('real', 'versioned' if versioned else 'legacy', values)
        notify(self, ctxt, event_type, payload, *rest)

    notifier.Notifier._notify = noting


def replacement(original: Any) -> Any:
    """Return nova's fixture with notes of its calls."""
    _watch_real()

    class NotificationFixture(original):  # type: ignore[misc]
        def __init__(self, test: unittest.TestCase) -> None:
            super().__init__(test)
            self._notes = _Notes(test.id())

        def setUp(self) -> None:
            super().setUp()
            self.fake_notifier.notifications = _Noting(self._legacy)
            self.fake_versioned_notifier.versioned_notifications = _Noting(
                self._versioned
            )
            _active.append(self._notes)
            self.addCleanup(self._notes.write)
            self.addCleanup(_active.remove, self._notes)

        def _legacy(self, message: Any) -> None:
            self._notes.keep('fixture', 'legacy', message._asdict())

        def _versioned(self, values: dict[str, Any]) -> None:
            self._notes.keep('fixture', 'versioned', values)

    return NotificationFixture
