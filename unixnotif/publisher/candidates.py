# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The names in a rendezvous directory that are not connected.

Rule: names that have not refused are tried first, and a name that has
refused is tried again when a subscriber may listen at it.
"""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
import math
from typing import Final

from unixnotif import clock
from unixnotif import rendezvous
from unixnotif.packet import Outcome

# Age in seconds up to which a socket that refuses connections is tried at
# every call, and maximum seconds between two attempts for an older socket.
_NEW: Final = 1.0
_RETRY_INTERVAL: Final = 1.0


class Candidates:
    """The names, in the order to try them, and the time of the next attempt.

    :ivar names: an assignment replaces them
    """

    def __init__(self) -> None:
        self.names: list[rendezvous.Name] = []
        # Time of the next attempt for names that have refused.
        self._retry_at: dict[str, float] = {}

    def __bool__(self) -> bool:
        return bool(self.names)

    def __iter__(self) -> Iterator[rendezvous.Name]:
        return iter(self.names)

    def follow(
        self, known: AbstractSet[str], new_names: Iterable[rendezvous.Name]
    ) -> None:
        """Take over the names that a scan has found.

        :param known: file names of those that have a place
        """
        # Keep names that have a place and are not connected yet.
        found = {name.text: name for name in self.names if name.text in known}
        found.update((name.text, name) for name in new_names)
        retry_at = {
            text: time
            for text, time in self._retry_at.items()
            if text in found
        }
        # Names that have not refused come first.
        self.names = sorted(
            found.values(), key=lambda name: name.text in retry_at
        )
        self._retry_at = retry_at

    def waits(self, name: rendezvous.Name, now: float) -> bool:
        """Return True if the next attempt for a name is later than now."""
        return self._retry_at.get(name.text, now) > now

    def is_due(self, name: rendezvous.Name, now: float) -> bool:
        """Return True if a socket that refused is to be tried at once."""
        return self._retry_at.get(name.text, math.inf) <= now

    def suspend(self, name: rendezvous.Name) -> None:
        """Skip a name until there is a place for it."""
        self._retry_at.pop(name.text, None)

    def postpone(
        self, name: rendezvous.Name, now: float, outcome: Outcome
    ) -> None:
        """Decide when to try a socket again that cannot be used now.

        A subscriber with a full backlog is alive. The process of a socket
        that refuses may be about to listen: try a new socket at every call,
        an old one seldom.
        """
        age = (clock.file_time_ns() - name.changed_ns) / 10**9
        at_once = outcome is Outcome.BACKLOG_FULL or age < _NEW
        self._retry_at[name.text] = (
            now if at_once else now + min(_RETRY_INTERVAL, age / 10)
        )
