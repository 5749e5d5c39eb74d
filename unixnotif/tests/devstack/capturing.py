# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A capture file, read as it is and followed while it grows.

Rule: the file is the only thing that the tests share with the capture: they
may be another user, whom the rendezvous directory is closed to.
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

#: Seconds that what was emitted may take to be in the file.
TIMEOUT = 60.0
_PAUSE = 0.2


class Capture(queries.Queries):
    """Contents of a capture, for the assertions of the fixtures.

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
        """None: they are in the logs of the services."""
        return []

    @property
    def notifications(self) -> queries.Notifications:
        """All of them, in the order of the file."""
        return self._notifications

    @property
    def lost_reasons(self) -> Mapping[str, int]:
        """Number of lost notifications in the capture, by reason."""
        return self._lost

    def expect(self, wanted: object) -> None:
        """Assert that there is such a notification.

        :param wanted: a matcher for a notification
        :raises AssertionError: there is none; tells what came near
        """
        self.assert_sequence([wanted])


def read(path: str) -> Capture:
    """All that is in a capture by now, with the files rotated away.

    :raises UnavailableError: it is not there, or may not be read
    :raises DocumentError: it is not a recording
    """
    while True:
        files = _files(path)
        lines = [line for name, _ in files for line in recording.read(name)]
        # What is renamed meanwhile would be read twice, or not at all.
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
    """Read a capture again as it grows, until it has what is expected.

    :param until: raises AssertionError as long as something is missing
    :param pause: called between two looks at the file
    :returns: the capture that had it all
    :raises AssertionError: it did not within timeout seconds; says what was
        missing
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
    """Return the identity and the size of a file."""
    try:
        status = os.stat(path)
    except OSError:
        return 0, 0
    return status.st_ino, status.st_size
