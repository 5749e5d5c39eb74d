#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""Filters: the notifications that a consumer or a matcher selects.

Rule: pure functions on values. A filter is compiled once, when it is
constructed, and does not change afterwards.
"""

from collections.abc import Callable
from collections.abc import Iterable
import dataclasses
import fnmatch
import re
from typing import Any

from unixnotif import notification as notifications


@dataclasses.dataclass(frozen=True)
class Filter:
    """Criteria that select notifications.

    A notification matches if it meets every criterion. A criterion of None
    accepts every notification.

    :param event_type: shell-style glob as in :mod:`fnmatch`, case-sensitive;
        with several globs, at least one of them must match
    :param publisher_id: the same for the publisher_id; the glob sees a
        missing publisher_id as an empty string
    :param priority: for example ``info``; not case-sensitive, and ``warning``
        is the same as ``warn``
    :param topic: one of the topics of the notification
    """

    event_type: str | Iterable[str] | None = None
    publisher_id: str | Iterable[str] | None = None
    priority: str | None = None
    topic: str | None = None

    _checks: dict[str, Callable[[notifications.Notification], bool]] = (
        dataclasses.field(init=False, repr=False, compare=False)
    )

    def __post_init__(self) -> None:
        checks: dict[str, Callable[[notifications.Notification], bool]] = {}
        if self.event_type is not None:
            event_types = _glob(self.event_type)
            checks['event_type'] = lambda n: event_types(n.event_type)
        if self.publisher_id is not None:
            publisher_ids = _glob(self.publisher_id)
            checks['publisher_id'] = lambda n: publisher_ids(
                n.publisher_id or ''
            )
        if self.priority is not None:
            priority = normalize_priority(self.priority)
            checks['priority'] = lambda n: (
                normalize_priority(n.priority) == priority
            )
        if self.topic is not None:
            checks['topic'] = lambda n: self.topic in n.topics
        object.__setattr__(self, '_checks', checks)

    def matches(self, notification: notifications.Notification) -> bool:
        """Return True if the notification meets every criterion."""
        return not self._checks or all(
            check(notification) for check in self._checks.values()
        )

    def differing(
        self, notification: notifications.Notification
    ) -> dict[str, Any]:
        """Return the criteria that the notification does not meet.

        :returns: the values of the notification by the name of the
            criterion; ``topic`` has the notification's ``topics``
        """
        names = {'topic': 'topics'}
        return {
            name: getattr(notification, names.get(name, name))
            for name, check in self._checks.items()
            if not check(notification)
        }

    def __str__(self) -> str:
        wanted = [
            f'{field.name}={getattr(self, field.name)!r}'
            for field in dataclasses.fields(self)
            if field.init and getattr(self, field.name) is not None
        ]
        return ', '.join(wanted) or 'any notification'


def normalize_priority(priority: str) -> str:
    """Return a priority in the form that oslo.messaging emits.

    The Notifier's method ``warn`` emits ``WARN``; ``warning`` is the name of
    the same level in the module ``logging``.
    """
    upper = priority.upper()
    return 'WARN' if upper == 'WARNING' else upper


def _glob(patterns: str | Iterable[str]) -> Callable[[str], bool]:
    """Return a function that matches a text against one or more globs."""
    if isinstance(patterns, str):
        patterns = [patterns]
    match = re.compile('|'.join(map(fnmatch.translate, patterns))).match
    return lambda text: match(text) is not None
