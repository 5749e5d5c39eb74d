# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A descriptor that other threads make readable.

Rule: waking never blocks, and several calls wake once. A forked child has a
wakeup of its own.
"""

import _socket
import contextlib
from typing import Final

from unixnotif import packet
from unixnotif import process

# Maximum number of calls of wake() that one clear() removes. After more, the
# descriptor stays readable.
_MOST: Final = 4096


class Wakeup:
    """Wakes a thread that waits for descriptors.

    Safe to use from any number of threads and greenlets.
    """

    def __init__(self) -> None:
        self._reader, self._writer = packet.new_pair(_socket.SOCK_STREAM)
        process.track(self)

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        return self._reader.fileno()

    def wake(self) -> None:
        """Make the descriptor readable."""
        process.check()
        if self._writer.is_open():
            # A full buffer is readable, and a closed pair has no waiter.
            with contextlib.suppress(OSError):
                self._writer.send(b'!', _socket.MSG_NOSIGNAL)

    def clear(self) -> None:
        """Make the descriptor unreadable again.

        Replace the descriptors if another part of the process closed them.
        """
        if self._reader.fileno() >= 0 and not self._reader.is_open():
            self._replace()
        with contextlib.suppress(OSError):
            self._reader.recv(_MOST)

    def _replace(self) -> None:
        former = self._reader, self._writer
        self._reader, self._writer = packet.new_pair(_socket.SOCK_STREAM)
        for each in former:
            each.close()

    def close(self) -> None:
        """Close the descriptors; closing twice is allowed."""
        self._writer.close()
        self._reader.close()

    def after_fork(self) -> None:
        """Leave the descriptors to the parent process."""
        if self._reader.is_open():
            self._replace()

    def at_exit(self) -> None:
        """Do nothing: the kernel closes the descriptors."""
