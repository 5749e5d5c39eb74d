# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Notifications in a format of the user's own.

Rule: a template is checked before the first notification; a field that a
notification does not have is shown as ``-``. Values are escaped.
"""

from collections.abc import Callable
import datetime
import string
from typing import Any
from typing import IO

from unixnotif import notification as notifications
from unixnotif import terminal
from unixnotif import versioned
from unixnotif.cli import fields
from unixnotif.cli import output

_Value = Callable[[notifications.Notification], Any]

_VALUES: dict[str, _Value] = {
    'context': lambda n: n.context,
    'event_type': lambda n: n.event_type,
    'exchange': lambda n: n.exchange,
    'gid': lambda n: n.sender and n.sender.gid,
    'message_id': lambda n: n.message_id,
    'name': lambda n: n.versioned and n.versioned.name,
    'payload': lambda n: n.payload,
    'pid': lambda n: n.sender and n.sender.pid,
    'priority': lambda n: n.priority,
    'publisher_id': lambda n: n.publisher_id,
    'timestamp': lambda n: n.timestamp,
    'topics': lambda n: ','.join(n.topics),
    'uid': lambda n: n.sender and n.sender.uid,
    'version': lambda n: n.versioned and n.versioned.version_text,
}
_TIME = 'time'
_BRANCHES = ('payload.', 'context.')


class Template:
    """A template with placeholders such as ``{event_type}``.

    :param text: with format specifications of Python if wanted, for example
        ``{priority:<8} {payload.uuid}``; ``{{`` is a brace, ``\\n`` a newline
        and ``\\t`` a tab
    :raises ValueError: the template is malformed, or names an unknown field
    """

    def __init__(self, text: str) -> None:
        text = text.replace(r'\n', '\n').replace(r'\t', '\t')
        self._parts: list[tuple[str, str | None, str]] = []
        self._values: dict[str, _Value] = {}
        for literal, name, spec, conversion in string.Formatter().parse(text):
            if name is not None:
                if conversion or '{' in (spec or ''):
                    raise ValueError(f'{{{name}}} has an unknown conversion')
                format('', spec or '')
                if name != _TIME:
                    self._values[name] = _value(name)
            self._parts.append((literal, name, spec or ''))

    def fill(
        self,
        notification: notifications.Notification,
        received: datetime.datetime,
    ) -> str:
        """Return the text for a notification."""
        filled = []
        for literal, name, spec in self._parts:
            filled.append(literal)
            if name == _TIME:
                shown = received.isoformat(' ', 'milliseconds')
                filled.append(format(shown, spec))
            elif name is not None:
                value = self._values[name](notification)
                shown = '-' if value is None else fields.text(value)
                filled.append(format(terminal.escape(shown), spec))
        return ''.join(filled)


def _value(name: str) -> _Value:
    """Return a function that returns the value of a placeholder.

    :raises ValueError: there is no such placeholder
    """
    if name in _VALUES:
        return _VALUES[name]
    if name.startswith(_BRANCHES):
        branch, _, path = name.partition('.')
        steps = versioned.parse_path(path)
        if branch == 'context':
            return lambda n: versioned.find(n.context, steps)
        return lambda n: versioned.find(n.versioned or n.payload, steps)
    fields_of = [f'{branch}FIELD' for branch in _BRANCHES]
    known = ', '.join(sorted([*_VALUES, _TIME, *fields_of]))
    raise ValueError(f'{{{name}}} is not one of {known}')


class TemplateView(output.View):
    """Shows notifications in a user's format, each on a line of its own."""

    def __init__(
        self,
        stream: IO[str],
        clock: Callable[[datetime.datetime], datetime.datetime],
        template: Template,
    ) -> None:
        self._stream = stream
        self._local = clock
        self._template = template

    def show(
        self,
        notification: notifications.Notification,
        received: datetime.datetime,
    ) -> None:
        """See the base class."""
        line = self._template.fill(notification, self._local(received))
        output.write_line(self._stream, line)
