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

"""What a publisher tells its log.

Rule: every drop is counted, and each is part of one warning; there are few
warnings, however many drops. Nothing is logged while a lock is held: a log
handler may yield, or emit notifications.
"""

import collections
from collections.abc import Mapping
import logging
from typing import Final

from unixnotif import address as addresses
from unixnotif import clock
from unixnotif import polling

LOG = logging.getLogger(__name__)

#: Seconds between two warnings about drops of one publisher, and between two
#: errors that say the same.
WARN_INTERVAL: Final = 60.0
# A reason may name a process: remember a few.
_MAX_COMPLAINTS: Final = 10


class Journal:
    """What one publisher has not written to its log yet.

    :param address: named in the log

    :ivar lines: level and text of what :meth:`write` will write
    """

    def __init__(self, address: addresses.Address) -> None:
        self._address = address
        self._lock = polling.NativeLock()
        self._dropped: collections.Counter[str] = collections.Counter()
        self._warn_at = 0.0
        # When each reason may be noted again.
        self._complaints: dict[str, float] = {}
        self._refused = 0
        self.lines: list[tuple[int, str]] = []

    def add(self, dropped: Mapping[str, int]) -> None:
        """Count drops by reason."""
        with self._lock:
            self._dropped.update(dropped)

    def ready(self) -> None:
        """Note that subscribers can be reached at the address."""
        self._complaints.clear()
        self._note(logging.INFO, f'Ready: publishing to {self._address}.')

    def complain(self, reason: str) -> None:
        """Note why subscribers cannot be found; the same one seldom."""
        now = clock.monotonic()
        if now < self._complaints.get(reason, now):
            return
        if len(self._complaints) >= _MAX_COMPLAINTS:
            self._complaints.clear()
        self._complaints[reason] = now + WARN_INTERVAL
        self._note(
            logging.ERROR,
            f'Cannot publish to {self._address}: {reason}. Retrying at the '
            'next notification.',
        )

    def refused(self, count: int, limit: int) -> None:
        """Note how many subscribers are over the limit, if it has grown."""
        more = count - self._refused
        self._refused = count
        if more > 0:
            noun = 'subscriber' if more == 1 else 'subscribers'
            verb = 'receives' if more == 1 else 'receive'
            self._note(
                logging.WARNING,
                f'{more} more {noun} of {self._address} than '
                f'max_subscribers = {limit} {verb} nothing.',
            )

    def _note(self, level: int, text: str) -> None:
        with self._lock:
            self.lines.append((level, text))

    def write(self) -> None:
        """Write what was noted to the log, but not the drops."""
        with self._lock:
            lines, self.lines = self.lines, []
        for level, text in lines:
            LOG.log(level, '%s', text)

    def write_drops(self, due_only: bool = False) -> None:
        """Write one warning about the drops since the last one.

        :param due_only: only if the last one is not too recent
        """
        with self._lock:
            now = clock.monotonic()
            if not self._dropped or (due_only and now < self._warn_at):
                return
            # Before the call: a log handler may emit a notification.
            self._warn_at = now + WARN_INTERVAL
            dropped, self._dropped = self._dropped, collections.Counter()
        total = dropped.total()
        LOG.warning(
            '%d %s for subscribers of %s %s dropped (%s).',
            total,
            'notification' if total == 1 else 'notifications',
            self._address,
            'was' if total == 1 else 'were',
            ', '.join(f'{why}: {n}' for why, n in dropped.items()),
        )
