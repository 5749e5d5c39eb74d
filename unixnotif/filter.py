# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Filters: the notifications that a consumer or a matcher selects.

Rule: pure functions on values. A filter is compiled once, when it is
constructed, and does not change afterwards.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
import dataclasses
import fnmatch
import json
import re
from typing import Any
from typing import Final
from typing import Protocol
from typing import TypedDict

from unixnotif import notification as notifications
from unixnotif import versioned


class Matcher(Protocol):
    """An object that judges a value, as the matchers of testtools do."""

    def match(self, actual: Any, /) -> Any:
        """Return None if the value matches."""


#: Priorities of a Notifier of oslo.messaging.
PRIORITIES: Final = (
    'audit', 'critical', 'debug', 'error', 'info', 'sample', 'warn',
)  # fmt: skip
#: One or more shell-style globs, or a matcher.
Globs = str | Iterable[str] | Matcher
_Check = Callable[[notifications.Notification], bool]


class Criteria(TypedDict, total=False):
    """Keyword arguments of :class:`Filter`, apart from ``event_type``.

    Every function and class that selects notifications takes them.
    """

    publisher_id: Globs | None
    priority: Globs | None
    topic: Globs | None
    payload: Any
    payload_type: str | Iterable[str] | None
    where: Mapping[str, Any] | None
    exclude: str | Iterable[str] | None
    pid: int | Iterable[int] | None


@dataclasses.dataclass(frozen=True)
class Filter:
    """Criteria that select notifications.

    A notification matches if it meets every criterion. A criterion of None
    accepts every notification. Globs are shell-style as in :mod:`fnmatch`,
    and case-sensitive; with several globs, at least one of them must match.
    The first four criteria may also be a matcher: an object whose method
    ``match`` returns None for a value that matches.

    :param event_type: one or more globs, for example ``instance.create.*``
    :param publisher_id: the same, for example ``nova-compute:*``; the globs
        see a missing publisher_id as an empty string
    :param priority: one or more names, for example ``info``; not
        case-sensitive, and ``warning`` is the same as ``warn``
    :param topic: one or more topics, of which the notification has at least
        one; a matcher judges all topics of the notification
    :param payload: a matcher for the payload
    :param payload_type: name and version of a versioned payload, for example
        ``InstancePayload``, ``Instance*Payload>=1.8,<2`` or ``>=1.8``; with
        several, the payload must meet at least one of them
    :param where: globs by path in the payload, for example
        ``{'host': 'compute-*', 'flavor.vcpus': 2}``. Numbers, booleans and
        null are compared as JSON; a missing field never matches.
    :param exclude: one or more globs; a notification does not match if its
        event_type matches at least one of them
    :param pid: ids of the emitting processes
    :raises ValueError: a path or a version is malformed, or oslo.messaging
        does not have a priority
    :raises TypeError: the payload is not a matcher, or a value is a compiled
        regular expression
    """

    event_type: Globs | None = None
    publisher_id: Globs | None = None
    priority: Globs | None = None
    topic: Globs | None = None
    payload: Matcher | None = None
    payload_type: str | Iterable[str] | None = None
    where: Mapping[str, Any] | None = None
    exclude: str | Iterable[str] | None = None
    pid: int | Iterable[int] | None = None

    _checks: tuple[tuple[str, _Check], ...] = dataclasses.field(
        init=False, repr=False, compare=False
    )
    # The checks without their names, for speed.
    _all: tuple[_Check, ...] = dataclasses.field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        checks = tuple(
            (name, _judged_by(name, value) or compile_(value))
            for name, compile_ in _COMPILERS.items()
            if (value := getattr(self, name)) is not None
        )
        object.__setattr__(self, '_checks', checks)
        object.__setattr__(self, '_all', tuple(check for _, check in checks))

    def matches(self, notification: notifications.Notification) -> bool:
        """Return True if the notification meets every criterion."""
        # Not all(): a generator costs more than the checks.
        for check in self._all:  # noqa: SIM110
            if not check(notification):
                return False
        return True

    def differing(
        self, notification: notifications.Notification
    ) -> dict[str, Any]:
        """Return the criteria that the notification does not meet.

        :returns: the values of the notification by the name of the
            criterion; ``topic`` has the notification's ``topics``
        """
        return {
            name: self._value(name, notification)
            for name, check in self._checks
            if not check(notification)
        }

    def _value(
        self, name: str, notification: notifications.Notification
    ) -> Any:
        if name == 'where':
            payload = notification.versioned or notification.payload
            return {
                path: versioned.find(payload, versioned.parse_path(path))
                for path in self.where or ()
            }
        if name == 'payload_type':
            payload = notification.versioned
            return payload and f'{payload.name} {payload.version_text}'
        if name == 'pid':
            return notification.sender and notification.sender.pid
        return getattr(notification, _ATTRIBUTES.get(name, name))

    @property
    def criteria(self) -> dict[str, Any]:
        """The criteria that are not None, by name."""
        return {name: getattr(self, name) for name, _ in self._checks}

    def __str__(self) -> str:
        wanted = [f'{name}={value!r}' for name, value in self.criteria.items()]
        return ', '.join(wanted) or 'any notification'


def normalize_priority(priority: str) -> str:
    """Return a priority in the form that oslo.messaging emits.

    The Notifier's method ``warn`` emits ``WARN``; ``warning`` is the name of
    the same level in the module ``logging``.
    """
    upper = priority.upper()
    return 'WARN' if upper == 'WARNING' else upper


def parse_priority(name: str) -> str:
    """Return the priority that a user names, as oslo.messaging emits it.

    :raises ValueError: oslo.messaging has no priority of this name
    """
    found = normalize_priority(name)
    if found.lower() not in PRIORITIES:
        raise ValueError(
            f'there is no priority {name!r}; use one of: '
            f'{", ".join(PRIORITIES)}'
        )
    return found


def is_matcher(expected: object) -> bool:
    """Return True for a matcher, False for a value.

    :raises TypeError: the object is a compiled regular expression, whose
        ``match`` returns the opposite of a matcher's
    """
    if isinstance(expected, re.Pattern):
        raise TypeError(
            f'{expected!r} is not a matcher; write '
            f'testtools.matchers.MatchesRegex({expected.pattern!r})'
        )
    return hasattr(expected, 'match')


def glob(patterns: str | Iterable[str]) -> Callable[[str], bool]:
    """Return a function that matches a text against one or more globs."""
    globs = tuple(_several(patterns))
    if not any(char in each for each in globs for char in '*?['):
        # Half the time of a regular expression.
        return frozenset(globs).__contains__
    match = re.compile('|'.join(map(fnmatch.translate, globs))).match
    return lambda text: match(text) is not None


# Criteria whose name is not that of the attribute of a notification.
_ATTRIBUTES = {'topic': 'topics', 'exclude': 'event_type'}


def _several(value: Any) -> Iterable[Any]:
    return [value] if isinstance(value, str | int) else value


def _judged_by(name: str, value: Any) -> _Check | None:
    """Return the check of a criterion that is a matcher, else None."""
    if not is_matcher(value):
        return None
    attribute = _ATTRIBUTES.get(name, name)
    return lambda n: value.match(getattr(n, attribute)) is None


def _event_type(globs: Any) -> _Check:
    matches = glob(globs)
    return lambda n: matches(n.event_type)


def _publisher_id(globs: Any) -> _Check:
    matches = glob(globs)
    return lambda n: matches(n.publisher_id or '')


def _priority(names: Any) -> _Check:
    wanted = frozenset(map(parse_priority, _several(names)))
    return lambda n: (
        n.priority in wanted or normalize_priority(n.priority) in wanted
    )


def _topic(topics: Any) -> _Check:
    wanted = frozenset(_several(topics))
    return lambda n: not wanted.isdisjoint(n.topics)


def _payload(value: object) -> _Check:
    raise TypeError(
        f'payload={value!r} is not a matcher such as '
        "unixnotif.matchers.HasPayload(uuid='...')"
    )


def _payload_type(conditions: Any) -> _Check:
    accepted = [_type_condition(text) for text in _several(conditions)]

    def check(notification: notifications.Notification) -> bool:
        payload = notification.versioned
        return payload is not None and any(
            is_name(payload.name)
            and (versions is None or payload.version_text in versions)
            for is_name, versions in accepted
        )

    return check


def _type_condition(
    text: str,
) -> tuple[Callable[[str], bool], versioned.VersionRange | None]:
    """Return the glob and the versions of ``InstancePayload>=1.8``."""
    found = re.search('[<>=!]', text)
    end = found.start() if found else len(text)
    name, versions = text[:end].strip(), text[end:]
    try:
        wanted = versioned.VersionRange(versions) if versions else None
    except ValueError:
        wanted = None
    if not (name or wanted) or (versions and not wanted):
        raise ValueError(
            f'{text!r} is not a payload such as "InstancePayload", '
            '"InstancePayload>=1.8" or "Instance*Payload>=1.0,<2"'
        )
    return glob(name or '*'), wanted


def _where(fields: Mapping[str, Any]) -> _Check:
    conditions = [
        (versioned.parse_path(path), glob(map(_text, _several(globs))))
        for path, globs in fields.items()
    ]

    def check(notification: notifications.Notification) -> bool:
        payload = notification.versioned or notification.payload
        for steps, matches in conditions:
            value = versioned.find(payload, steps, _MISSING)
            if value is _MISSING or not matches(_text(value)):
                return False
        return True

    return check


#: Stands for a field that is not there.
_MISSING = object()


def _text(value: object) -> str:
    """Return a field of a payload as globs see it."""
    if isinstance(value, str):
        return value
    if isinstance(value, versioned.VersionedPayload):
        return f'{value.name} {value.version_text}'
    return json.dumps(value, ensure_ascii=False)


def _exclude(globs: Any) -> _Check:
    matches = glob(globs)
    return lambda n: not matches(n.event_type)


def _pid(pids: Any) -> _Check:
    wanted = frozenset(_several(pids))
    return lambda n: n.sender is not None and n.sender.pid in wanted


_COMPILERS: dict[str, Callable[[Any], _Check]] = {
    'event_type': _event_type,
    'publisher_id': _publisher_id,
    'priority': _priority,
    'topic': _topic,
    'payload': _payload,
    'payload_type': _payload_type,
    'where': _where,
    'exclude': _exclude,
    'pid': _pid,
}
