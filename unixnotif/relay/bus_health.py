# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""Health: the state of the bus, as the lanes see it.

Rule: the bus is down if an attempt failed without an answer, or if no lane
got an answer for a while. The bus is up when it confirms a message. A bus that
was down is also up when it refuses a message.
"""

import threading
from typing import Final
from typing import NamedTuple

from unixnotif import clock

#: Seconds without an answer after which the bus is down.
SILENCE: Final = 3.0


class State(NamedTuple):
    """The state of the bus at one moment.

    :param up: None until the bus confirms a message or is down
    :param reason: why the bus is down, or an empty string
    :param since_success: seconds since the last success, or since the start
    """

    up: bool | None
    reason: str
    since_success: float


class Health:
    """Collects the outcome of each attempt; any thread may call it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._up: bool | None = None
        self._reason = ''
        self._last_success = self._last_answer = clock.monotonic()
        # When each lane began its present attempt.
        self._attempts: dict[int, float] = {}

    def begin(self, lane: int) -> None:
        """Record the start of an attempt to publish."""
        with self._lock:
            self._attempts[lane] = clock.monotonic()

    def succeed(self, lane: int) -> None:
        """Record that the bus accepted the message of a lane."""
        with self._lock:
            self._attempts.pop(lane, None)
            self._last_success = self._last_answer = clock.monotonic()
            self._up = True
            self._reason = ''

    def refuse(self, lane: int) -> None:
        """Record that the bus answered, but refused the message."""
        with self._lock:
            self._attempts.pop(lane, None)
            self._last_answer = clock.monotonic()
            if self._up is False:
                self._up = True
                self._reason = ''

    def fail(self, lane: int, reason: str) -> None:
        """Record that the bus did not answer."""
        with self._lock:
            self._attempts.pop(lane, None)
            self._up = False
            self._reason = reason

    def state(self) -> State:
        """Return the state at this moment."""
        now = clock.monotonic()
        with self._lock:
            if self._attempts and self._up is not False:
                oldest = min(self._attempts.values())
                silent = now - max(oldest, self._last_answer)
                if silent >= SILENCE:
                    self._up = False
                    self._reason = f'no answer for {silent:.0f} s'
            return State(self._up, self._reason, now - self._last_success)
