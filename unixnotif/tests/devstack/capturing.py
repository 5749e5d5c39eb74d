# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A capture file, which the tests read and follow while it grows.

Rule: the tests share only this file with the recorder. They may run as a user
without access to the rendezvous directory.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
import os
import time

from unixnotif import errors
from unixnotif import notification
from unixnotif import recording
from unixnotif.fixtures import queries

#: Seconds until an emitted notification must be in the file.
TIMEOUT = 60.0
_PAUSE = 0.2


class Capture(queries.Queries):
    """The notifications of a capture, with the assertions of fixtures.

    :param lines: of a recording
    """

    def __init__(
        self, lines: Iterable[recording.Recorded | notification.Lost]
    ) -> None:
        self._notifications: queries.Notifications = []
        self._lost: dict[str, int] = {}
        for line in lines:
            if isinstance(line, notification.Lost):
                for reason, count in line.reasons.items():
                    self._lost[reason] = self._lost.get(reason, 0) + count
            else:
                self._notifications.append(line.notification)

    @property
    def driver_errors(self) -> list[str]:
        """An empty list: the errors are in the logs of the services."""
        return []

    @property
    def notifications(self) -> queries.Notifications:
        """All notifications, in the order of the file."""
        return self._notifications

    @property
    def lost_reasons(self) -> Mapping[str, int]:
        """Numbers of lost notifications, by reason."""
        return self._lost

    def expect(self, wanted: object) -> None:
        """Assert that a notification matches.

        :param wanted: a matcher for a notification
        :raises AssertionError: none matches; describes the most similar
        """
        self.assert_sequence([wanted])


def read(path: str) -> Capture:
    """Read a capture and its rotated files.

    :raises UnavailableError: the file does not exist or is not readable
    :raises DocumentError: the file is not a recording
    """
    while True:
        files = _files(path)
        lines = [line for name, _ in files for line in recording.read(name)]
        # A file renamed in the meantime would be read twice, or not at all.
        if [inode for _, inode in files] == [i for _, i in _files(path)]:
            return Capture(lines)


def _files(path: str) -> list[tuple[str, int]]:
    names = recording.files(path) or [path]
    try:
        return [(name, os.stat(name).st_ino) for name in names]
    except OSError as e:
        raise errors.UnavailableError(f'capture {path}: {e.strerror}') from e


def follow(
    path: str,
    until: Callable[[Capture], None],
    timeout: float = TIMEOUT,
    pause: Callable[[float], None] = time.sleep,
) -> Capture:
    """Read a growing capture until it has all expected notifications.

    :param until: raises AssertionError while a notification is missing
    :param pause: called between two reads of the file
    :returns: the complete capture
    :raises AssertionError: a notification is missing after timeout seconds
    :raises UnavailableError: see :func:`read`
    :raises DocumentError: see :func:`read`
    """
    deadline = time.monotonic() + timeout
    while True:
        size = _size(path)
        try:
            captured = read(path)
            until(captured)
        except (AssertionError, errors.UnavailableError) as e:
            while _size(path) == size:
                if time.monotonic() >= deadline:
                    e.add_note(f'after {timeout:g} seconds of {path}')
                    raise
                pause(_PAUSE)
        else:
            return captured


def _size(path: str) -> tuple[int, int]:
    """Return values that change when the file grows or is replaced."""
    try:
        status = os.stat(path)
    except OSError:
        return 0, 0
    return status.st_ino, status.st_size
