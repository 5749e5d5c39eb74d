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

"""The matcher for a whole notification."""

from typing import Any

from testtools import matchers

from unixnotif import notification
from unixnotif.matchers import differing


class MatchesNotification:
    """Matches a notification by its envelope and payload.

    :param event_type: glob, for example ``instance.create.*``, or a matcher
    :param publisher_id: glob, for example ``nova-compute:*``, or a matcher
    :param priority: for example ``error``
    :param topic: must be one of its topics
    :param payload: a matcher, for example :class:`HasPayload`, or the whole
        payload as JSON
    """

    def __init__(
        self,
        event_type: Any = None,
        publisher_id: Any = None,
        priority: str | None = None,
        topic: str | None = None,
        payload: Any = None,
    ) -> None:
        self._shown = {
            name: value
            for name, value in (
                ('event_type', event_type),
                ('publisher_id', publisher_id),
                ('priority', priority),
                ('topic', topic),
                ('payload', payload),
            )
            if value is not None
        }
        self._matchers = {
            name: value
            for name, value in self._shown.items()
            if hasattr(value, 'match') or name == 'payload'
        }
        self._filter = notification.Filter(
            **{
                name: value
                for name, value in self._shown.items()
                if name not in self._matchers
            }
        )

    def __str__(self) -> str:
        return differing.constructor('MatchesNotification', self._shown)

    def match(
        self, actual: notification.Notification
    ) -> matchers.Mismatch | None:
        """None when all of it matches."""
        found = [
            f'{name}: expected {self._shown[name]!r}, got {value!r}'
            for name, value in self._filter.differing(actual).items()
        ]
        for name, expected in self._matchers.items():
            value = getattr(actual, name)
            found += differing.differences(expected, value, name)
        return differing.mismatch(f'{actual.event_type} differs:', found)
