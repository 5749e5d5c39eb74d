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

"""Recordings: captured notifications in a file, for other tools to read.

Rule: one JSON object a line, appended whole, so that what a killed process
leaves is readable but for its last line. The format is described in
``doc/source/reference/recording.rst``.
"""

from collections.abc import Iterable
from collections.abc import Iterator
import dataclasses
import datetime
import os
from typing import Any
from typing import Final
from typing import Self

from unixnotif import document
from unixnotif import errors
from unixnotif import notification as notifications

#: First line of every file.
FORMAT: Final = 'unixnotif-recording/1'


@dataclasses.dataclass(frozen=True, slots=True)
class Recorded:
    """One notification, and when and for whom it was captured.

    :param notification: as it was on the wire, with its sender
    :param received: when it was read, in UTC
    :param test_id: id of the test that captured it, or None
    """

    notification: notifications.Notification
    received: datetime.datetime
    test_id: str | None = None

    @classmethod
    def now(
        cls, received: notifications.Notification, test_id: str | None = None
    ) -> Self:
        """A notification that has just been read."""
        return cls(received, datetime.datetime.now(datetime.UTC), test_id)

    def encode(self) -> bytes:
        """The line of a file, without its newline."""
        sender = self.notification.sender
        return document.encode(
            {
                'document': self.notification.document,
                'sender': sender and sender._asdict(),
                'received': self.received.isoformat(),
                'test_id': self.test_id,
            }
        )

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Read the JSON value of a line.

        :raises DocumentError: it is not such a line
        """
        try:
            sender = value['sender']
            received = datetime.datetime.fromisoformat(value['received'])
            if received.tzinfo is None:
                raise errors.DocumentError(
                    f'received has no offset from UTC: {value["received"]}'
                )
            return cls(
                notifications.Notification.from_document(
                    value['document'],
                    sender and notifications.Sender(**sender),
                ),
                received,
                value.get('test_id'),
            )
        except errors.DocumentError:
            raise
        except (KeyError, TypeError, AttributeError, ValueError) as e:
            raise errors.DocumentError(
                f'not a line of a recording: {e!r}'
            ) from None


class Writer:
    """Appends to a recording; makes the file when it is not there.

    :param path: of the file
    :raises UnavailableError: it cannot be written
    """

    def __init__(self, path: str) -> None:
        self.path = path
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        try:
            self._fd = os.open(path, flags, 0o644)
        except OSError as e:
            raise errors.UnavailableError(
                f'recording {path}: {e.strerror}'
            ) from e
        if not _finished_size(self._fd):
            self._append([document.encode({'format': FORMAT})])

    def write(self, these: Iterable[Recorded]) -> None:
        """Append notifications, in one system call.

        :raises UnavailableError: the disk is full, or the like
        """
        self._append([each.encode() for each in these])

    def write_lost(self, lost: notifications.Lost) -> None:
        """Append what was missed at this place."""
        self._append([lost.encode()])

    def _append(self, lines: list[bytes]) -> None:
        rest = memoryview(b''.join(line + b'\n' for line in lines))
        try:
            while rest:
                rest = rest[os.write(self._fd, rest) :]
        except OSError as e:
            raise errors.UnavailableError(
                f'recording {self.path}: {e.strerror}'
            ) from e

    def close(self) -> None:
        """Close the file; closing twice is allowed."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def _finished_size(fd: int) -> int:
    """The size in bytes, after what a killed process had begun is cut off."""
    size = os.fstat(fd).st_size
    if not size:
        # Also a device: it has no size, and perhaps no end to read to.
        return 0
    with open(fd, 'rb', closefd=False) as file:
        finished = sum(len(line) for line in file if line.endswith(b'\n'))
    if finished < size:
        os.ftruncate(fd, finished)
    return finished


def read(path: str) -> Iterator[Recorded | notifications.Lost]:
    """The notifications of a recording, in their order, and what was lost.

    :raises UnavailableError: it cannot be read
    :raises DocumentError: it is not a recording, or a line is broken; names
        the line. A last line without its newline was being written when
        the process ended, and is left out.
    """
    try:
        with open(path, 'rb') as file:
            yield from _read_lines(path, file)
    except OSError as e:
        raise errors.UnavailableError(f'recording {path}: {e.strerror}') from e


def _read_lines(
    path: str, lines: Iterable[bytes]
) -> Iterator[Recorded | notifications.Lost]:
    for number, line in enumerate(lines, 1):
        if not line.endswith(b'\n'):
            return
        try:
            if number == 1:
                _check_format(line)
            else:
                yield _read_line(line)
        except errors.DocumentError as e:
            raise errors.DocumentError(
                f'recording {path}, line {number}: {e}'
            ) from None


def _check_format(line: bytes) -> None:
    value: Any = document.decode(line)
    found = value.get('format') if isinstance(value, dict) else value
    if found != FORMAT:
        raise errors.DocumentError(
            f'its format is {found!r}, and not {FORMAT!r}'
        )


def _read_line(line: bytes) -> Recorded | notifications.Lost:
    value = document.decode(line)
    if isinstance(value, dict) and value.keys() == {'lost'}:
        lost = notifications.decode(line)
        if isinstance(lost, notifications.Lost):
            return lost
    return Recorded.from_json(value)
