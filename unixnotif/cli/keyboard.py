# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Keys that a person presses while a command runs.

Rule: the command restores the terminal, however the command ends.
"""

import os
import select
import termios
import tty
from typing import Any
from typing import Final
from typing import IO
from typing import Self

# Maximum number of bytes of keys in one read.
_MOST: Final = 64


class Keyboard:
    """A terminal that gives keys without Enter.

    :param stream: standard input; if it is not a terminal, there are no keys
    """

    def __init__(self, stream: IO[str] | None) -> None:
        is_terminal = stream is not None and stream.isatty()
        self._fd = stream.fileno() if stream and is_terminal else -1
        self._before: list[Any] = []

    def __enter__(self) -> Self:
        if self._fd >= 0:
            self._before = termios.tcgetattr(self._fd)
            # Ctrl-C is still a signal.
            tty.setcbreak(self._fd, termios.TCSANOW)
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self._before:
            termios.tcsetattr(self._fd, termios.TCSANOW, self._before)
            self._before = []

    def wait(self, fd: int, timeout: float) -> str:
        """Wait for a key, or until another descriptor can be read.

        :param fd: the other descriptor, or -1
        :param timeout: seconds
        :returns: the keys; empty if there are none
        """
        poll = select.poll()
        for each in (fd, self._fd):
            if each >= 0:
                poll.register(each, select.POLLIN)
        ready = dict(poll.poll(max(0.0, timeout) * 1000))
        if self._fd not in ready:
            return ''
        keys = os.read(self._fd, _MOST)
        if not keys:
            # The terminal is gone.
            self._fd = -1
        return keys.decode('ascii', 'replace')
