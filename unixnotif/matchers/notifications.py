# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The matcher for a whole notification."""

from typing import Any
from typing import Unpack

from testtools import matchers

from unixnotif import filter as filters
from unixnotif import notification
from unixnotif.matchers import comparison
from unixnotif.matchers import protocol
from unixnotif.matchers import samples


class MatchesNotification(protocol.Matcher):
    """Matches a notification by its envelope and payload.

    The arguments are those of :class:`~unixnotif.filter.Filter`. In addition,
    ``payload`` may be the whole payload, usually a dict.

    :raises TypeError: event_type is a matcher for whole notifications
    """

    def __init__(
        self,
        event_type: filters.Globs | None = None,
        **criteria: Unpack[filters.Criteria],
    ) -> None:
        if isinstance(event_type, _FOR_NOTIFICATIONS):
            raise TypeError(
                'event_type must be a glob or a text matcher, not '
                f'{event_type}, which matches whole notifications; '
                'pass that matcher to assertThat'
            )
        payload = criteria.get('payload')
        if payload is not None and not filters.is_matcher(payload):
            criteria['payload'] = _Equals(payload)
        self._filter = filters.Filter(event_type, **criteria)

    def __str__(self) -> str:
        return comparison.constructor(
            'MatchesNotification', self._filter.criteria
        )

    def match(
        self, actual: notification.Notification
    ) -> matchers.Mismatch | None:
        """Return None if the notification meets every criterion."""
        found: list[str] = []
        for name, value in self._filter.differing(actual).items():
            expected = self._filter.criteria[name]
            if isinstance(expected, _Equals):
                found += comparison.differences(expected.expected, value, name)
            elif filters.is_matcher(expected):
                shown = 'topics' if name == 'topic' else name
                found += comparison.differences(expected, value, shown)
            else:
                found.append(f'{name}: expected {expected!r}, got {value!r}')
        return comparison.mismatch(f'{actual.event_type} differs:', found)


class _Equals:
    """Matches a payload that is equal to a JSON value."""

    def __init__(self, expected: Any) -> None:
        self.expected = expected

    def __str__(self) -> str:
        return repr(self.expected)

    def match(self, actual: Any) -> matchers.Mismatch | None:
        """Return None for an equal payload."""
        found = comparison.differences(self.expected, actual, 'payload')
        return comparison.mismatch('the payload differs:', found)


# Classes that a test may pass to wait_for() as event_type by mistake.
_FOR_NOTIFICATIONS = MatchesNotification, samples.MatchesSample
