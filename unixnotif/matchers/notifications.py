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

from collections.abc import Iterable
from typing import Any

from testtools import matchers

from unixnotif import filter as filters
from unixnotif import notification
from unixnotif.matchers import comparison
from unixnotif.matchers import protocol
from unixnotif.matchers import samples


class MatchesNotification(protocol.Matcher):
    """Matches a notification by its envelope and payload.

    :param event_type: glob, for example ``instance.create.*``, or several,
        or a matcher
    :param publisher_id: the same, for example ``nova-compute:*``
    :param priority: for example ``error``, in any case, or a matcher;
        ``warning`` is the same as ``warn``
    :param topic: must be one of its topics; or a matcher for all of them
    :param payload: a matcher, for example :class:`HasPayload`, or the whole
        payload as JSON
    :raises TypeError: event_type is a matcher for whole notifications
    """

    def __init__(
        self,
        event_type: str | Iterable[str] | Any = None,
        publisher_id: str | Iterable[str] | Any = None,
        priority: str | Any = None,
        topic: str | Any = None,
        payload: Any = None,
    ) -> None:
        if isinstance(event_type, _WHOLE):
            raise TypeError(
                f'event_type is a glob or a matcher for text, and not '
                f'{event_type}, which is for whole notifications: use that '
                'in assertThat'
            )
        self._shown: dict[str, Any] = {
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
        self._compared = {
            'topics' if name == 'topic' else name: value
            for name, value in self._shown.items()
            if name == 'payload' or comparison.is_matcher(value)
        }
        self._filter = filters.Filter(
            **{
                name: value
                for name, value in self._shown.items()
                if name != 'payload' and not comparison.is_matcher(value)
            }
        )

    def __str__(self) -> str:
        return comparison.constructor('MatchesNotification', self._shown)

    def match(
        self, actual: notification.Notification
    ) -> matchers.Mismatch | None:
        """None when all of it matches."""
        found = [
            f'{name}: expected {self._shown[name]!r}, got {value!r}'
            for name, value in self._filter.differing(actual).items()
        ]
        for name, expected in self._compared.items():
            value = getattr(actual, name)
            found += comparison.differences(expected, value, name)
        return comparison.mismatch(f'{actual.event_type} differs:', found)


# What one might take for an argument of wait_for().
_WHOLE = MatchesNotification, samples.MatchesSample
