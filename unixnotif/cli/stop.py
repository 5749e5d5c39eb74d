# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The request to stop a command that must finish its work.

Rule: a signal interrupts no system call; the command looks at the request.
"""

import signal
from typing import Any


class Stop:
    """A request to stop; calling it returns True after a signal.

    :param signals: numbers of these signals
    """

    def __init__(self, *signals: int) -> None:
        self._requested = False
        for number in signals:
            self.listen(number)

    def listen(self, number: int) -> None:
        """Let a signal request the stop."""
        signal.signal(number, self._request)

    def _request(self, *_: Any) -> None:
        self._requested = True

    def __call__(self) -> bool:
        return self._requested
