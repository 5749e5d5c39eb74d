# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""Accounts: the number of notifications received, forwarded and refused.

Rule: received = forwarded + refused + not forwarded. A notification counts
once, also if a lane ends after the accounts were closed.
"""

import collections
import threading
from typing import Final
from typing import NamedTuple

# Refusals that wait to be reported; further ones are only counted.
_MAX_REFUSALS: Final = 10


class Totals(NamedTuple):
    """The numbers at one moment."""

    received: int
    forwarded: int
    refused: int

    @property
    def not_forwarded(self) -> int:
        """Number of notifications without an outcome."""
        return self.received - self.forwarded - self.refused


class Accounts:
    """Counts notifications; any thread may call it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._received = 0
        self._forwarded = 0
        self._refused = 0
        self._closed = False
        self._refusals: collections.deque[str] = collections.deque(
            maxlen=_MAX_REFUSALS
        )
        self._unreported = 0

    def receive(self, number: int = 1) -> None:
        """Count notifications that the relay received."""
        with self._lock:
            self._received += number

    def forward(self) -> None:
        """Count a notification that is on the bus."""
        with self._lock:
            if not self._closed:
                self._forwarded += 1

    def refuse(self, description: str, counts: bool) -> None:
        """Count a notification that the bus refused.

        :param description: the notification and the reason, for a report
        :param counts: False for a notification that was not received
        """
        with self._lock:
            if self._closed:
                return
            self._refused += counts
            self._unreported += 1
            if len(self._refusals) < _MAX_REFUSALS:
                self._refusals.append(description)

    def take_refusals(self) -> tuple[list[str], int]:
        """Return the refusals since the last call.

        :returns: descriptions of the first refusals, and the number of others
        """
        with self._lock:
            taken = list(self._refusals)
            others = self._unreported - len(taken)
            self._refusals.clear()
            self._unreported = 0
        return taken, others

    def totals(self) -> Totals:
        """Return the numbers at this moment."""
        with self._lock:
            return Totals(self._received, self._forwarded, self._refused)

    def close(self) -> Totals:
        """Ignore every later outcome; return the final numbers."""
        with self._lock:
            self._closed = True
        return self.totals()
