# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The lines of a recording: a notification each, or what was lost.

Rule: pure functions on values and bytes.
"""

import dataclasses
import datetime
from typing import Any
from typing import Final
from typing import Self

from unixnotif import clock
from unixnotif import document
from unixnotif import errors
from unixnotif import notification as notifications
from unixnotif import packet

#: First line of every file.
FORMAT: Final = 'unixnotif-recording/1'
#: The first line as bytes, with its newline.
FIRST_LINE: Final = document.encode({'format': FORMAT}) + b'\n'

#: Maximum size of a line in bytes, with its newline. A document of the
#: maximum size can be larger in a recording: JSON escapes make text with a
#: lone surrogate three times as long, and "1e9" becomes "1000000000.0".
MAX_LINE: Final = 4 * packet.MAX_MESSAGE_SIZE
# Characters of a value in a message.
_MOST_SHOWN: Final = 100

# A line is one level around a document.
_MAX_DEPTH = document.MAX_DEPTH + 1


@dataclasses.dataclass(frozen=True, slots=True)
class Recorded:
    """One notification with its time and its test.

    :param notification: the notification, with its sender
    :param received: time at which the notification was read, in UTC
    :param test_id: id of the test that captured the notification, or None
    """

    notification: notifications.Notification
    received: datetime.datetime
    test_id: str | None = None

    @classmethod
    def now(
        cls, received: notifications.Notification, test_id: str | None = None
    ) -> Self:
        """Return a line for a notification that was read now."""
        return cls(received, clock.now(), test_id)

    def encode(self) -> bytes:
        """Return the line of a file, without its newline."""
        sender = self.notification.sender
        return document.encode(
            {
                'document': self.notification.document,
                'sender': sender and sender._asdict(),
                'received': self.received.isoformat(),
                'test_id': self.test_id,
            },
            max_depth=_MAX_DEPTH,
        )

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Read the JSON value of a line.

        :raises DocumentError: the value is not a line of this kind
        """
        try:
            sender = value['sender']
            return cls(
                notifications.Notification.from_document(
                    value['document'],
                    sender and notifications.Sender(**sender),
                ),
                _time(value['received']),
                _test_id(value),
            )
        except errors.DocumentError:
            raise
        except (KeyError, TypeError, AttributeError, ValueError) as e:
            raise _not_a_line(e) from None


@dataclasses.dataclass(frozen=True, slots=True)
class RecordedLost(notifications.Lost):
    """A number of lost notifications with its time and its test.

    :param count: see :class:`~unixnotif.notification.Lost`
    :param reasons: number of notifications by reason
    :param received: time at which the loss was reported, in UTC; None if
        unknown
    :param test_id: id of the test that lost the notifications, or None
    """

    received: datetime.datetime | None = None
    test_id: str | None = None

    @classmethod
    def now(cls, reasons: dict[str, int], test_id: str | None = None) -> Self:
        """Return a line for a loss that was reported now."""
        received = clock.now()
        return cls(sum(reasons.values()), dict(reasons), received, test_id)

    def encode(self) -> bytes:
        """Return the line of a file, without its newline."""
        line: dict[str, Any] = {
            'lost': {'count': self.count, 'reasons': self.reasons}
        }
        if self.received is not None:
            line['received'] = self.received.isoformat()
            line['test_id'] = self.test_id
        return document.encode(line)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Read the JSON value of a line that has the key ``lost``.

        :raises DocumentError: the value is not a line of this kind
        """
        try:
            lost, received = value['lost'], value.get('received')
            return cls(
                lost.get('count', -1),
                lost.get('reasons', {}),
                None if received is None else _time(received),
                _test_id(value),
            )
        except errors.DocumentError:
            raise
        except (TypeError, AttributeError, ValueError) as e:
            raise _not_a_line(e) from None


def _not_a_line(e: Exception) -> errors.DocumentError:
    return errors.DocumentError(f'not a line of a recording: {_brief(e)}')


def _brief(value: object) -> str:
    """Return a value for a message, shortened if it is long."""
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else f'{text[:_MOST_SHOWN]}...'


#: A line of a recording.
Line = Recorded | RecordedLost


def decode(line: bytes) -> Line:
    """Read a line after the first.

    :raises DocumentError: the line is neither a notification nor a loss
    """
    value = document.decode(line, _MAX_DEPTH)
    if isinstance(value, dict) and 'lost' in value:
        return RecordedLost.from_json(value)
    return Recorded.from_json(value)


def check_format(line: bytes) -> None:
    """Refuse the first line of another format.

    :raises DocumentError: the line names no format, or another one
    """
    value: Any = document.decode(line)
    if not isinstance(value, dict) or 'format' not in value:
        raise errors.DocumentError(
            f'the line has no key "format" with the value {FORMAT!r}'
        )
    found = value['format']
    if found != FORMAT:
        raise errors.DocumentError(
            f'the key "format" has the value {_brief(found)}, and not '
            f'{FORMAT!r}'
        )


def _time(text: str) -> datetime.datetime:
    """Return a time with its offset from UTC.

    :raises DocumentError: the time has no offset, or is not between the years
        1 and 9999 in UTC
    :raises ValueError: the text is not a time
    """
    found = datetime.datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise errors.DocumentError(
            f'the time in "received" has no offset from UTC: {text:.100}'
        )
    try:
        found.astimezone(datetime.UTC)
    except OverflowError:
        raise errors.DocumentError(
            'the time in "received" is not between the years 1 and 9999 in '
            f'UTC: {text:.100}'
        ) from None
    return found


def _test_id(value: dict[str, Any]) -> str | None:
    """Return the id of the test of a line.

    :raises DocumentError: the value is not a text
    """
    found = value.get('test_id')
    if found is None or isinstance(found, str):
        return found
    raise errors.DocumentError(
        f'test_id is not a string, but {type(found).__name__}'
    )
