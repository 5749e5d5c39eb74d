# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Sockets that refuse a connection, as the log names them.

Rule: a peer chooses the number of its sockets and their names. The memory
and the text for them are bounded, and the text is safe for a terminal.
"""

from collections.abc import Container
import os
import stat
from typing import Final

from unixnotif import terminal

# A test suite may replace functions of os while it runs (nova's does).
_stat = os.stat

#: Sockets named in one warning.
MOST: Final = 3


class Refusals:
    """The sockets of one rendezvous directory that refused a connection.

    :param path: of the directory
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._reasons: dict[str, tuple[str, str]] = {}

    def add(self, name: str, outcome: str, reason: str) -> None:
        """Remember a socket; one more than a warning names is enough.

        :param name: file name of the socket
        :param outcome: the reason of the drop, for example ``denied``
        :param reason: text of the error
        """
        if len(self._reasons) <= MOST:
            self._reasons[name] = (outcome, reason)

    def take(self, outcomes: Container[str]) -> str:
        """Return a sentence about the sockets, and forget them.

        :param outcomes: the reasons of drops to explain
        :returns: an empty string if no socket is known
        """
        reasons, self._reasons = self._reasons, {}
        found = [
            f'{describe(self._path, name)}: {reason}'
            for name, (outcome, reason) in list(reasons.items())
            if outcome in outcomes
        ]
        if not found:
            return ''
        more = ['others'] if len(found) > MOST else []
        return f'Cannot connect to {"; ".join([*found[:MOST], *more])}.'


def describe(path: str, name: str) -> str:
    """Return the path of a socket, with its owner and mode.

    :param path: of the directory
    :param name: file name of the socket
    """
    socket = f'{path}/{name}'
    try:
        found = _stat(socket, follow_symlinks=False)
    except OSError:
        access = 'removed'
    else:
        access = (
            f'user {found.st_uid}, group {found.st_gid}, '
            f'mode {stat.S_IMODE(found.st_mode):04o}'
        )
    return f'socket {terminal.escape(socket)} ({access})'
