# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The log lines of a publisher.

Rule: every drop is counted, and part of exactly one warning. There are few
warnings, however many drops. Nothing is logged while a lock is held: a log
handler may yield, or emit notifications.
"""

import collections
from collections.abc import Iterable
from collections.abc import Mapping
import logging
from typing import Final

from unixnotif import address as addresses
from unixnotif import clock
from unixnotif import grammar
from unixnotif import packet
from unixnotif import polling
from unixnotif import shares
from unixnotif.publisher import refusals

LOG = logging.getLogger(__name__)

#: Seconds between two warnings about drops of one publisher, and between two
#: equal errors.
WARN_INTERVAL: Final = 60.0
# Maximum number of reasons to remember: a reason may name a process.
_MAX_COMPLAINTS: Final = 10
# Maximum number of users in one line.
_MAX_NAMED: Final = 5


class Journal:
    """The lines that one publisher has not written to its log yet.

    :param address: named in the log
    :param refused: sockets to name in a warning about drops

    :ivar lines: level and text of what :meth:`write` will write
    """

    def __init__(
        self, address: addresses.Address, refused: refusals.Refusals
    ) -> None:
        self._address = address
        self._lock = polling.NativeLock()
        self._dropped: collections.Counter[str] = collections.Counter()
        self._warn_at = 0.0
        self._complaints = clock.RateLimiter(WARN_INTERVAL, _MAX_COMPLAINTS)
        self._users: set[int] = set()
        self._refusals = refused
        # The name of a socket that refuses this process, by user id.
        self._denied: dict[int, str] = {}
        self._limits = clock.RateLimiter(WARN_INTERVAL)
        self.lines: list[tuple[int, str]] = []

    def add(self, dropped: Mapping[str, int], users: Iterable[int]) -> None:
        """Count drops by reason.

        :param users: ids of those whose subscribers missed a document
        """
        with self._lock:
            self._dropped.update(dropped)
            self._users.update(users)

    def ready(self) -> None:
        """Note that subscribers can be reached at the address."""
        self._complaints.clear()
        self._note(logging.INFO, f'Ready: publishing to {self._address}.')

    def complain(self, reason: str) -> None:
        """Note, rarely, the reason why subscribers cannot be found."""
        if not self._complaints.allows(reason):
            return
        self._note(
            logging.ERROR,
            f'Cannot publish to {self._address}: {reason}. Retrying at the '
            'next notification.',
        )

    def refuse(self, refused: Mapping[int, int], limit: int) -> None:
        """Note, rarely, how many subscribers have no place.

        :param refused: their number by user id
        :param limit: max_subscribers
        """
        if not self._limits.allows('places'):
            return
        total = sum(refused.values())
        noun, verb = (
            ('subscriber', 'receives')
            if total == 1
            else ('subscribers', 'receive')
        )
        self._note(
            logging.WARNING,
            f'{total} {noun} of {self._address} {verb} nothing. '
            f'The limit is {limit} in total (max_subscribers), and '
            f'{shares.Shares(limit).share} for each user except root and the '
            f'user of this process. Affected: {_named(refused)}. Raise '
            'max_subscribers, or stop subscribers.',
        )

    def deny(self, denied: Mapping[str, int]) -> None:
        """Note, rarely, whose sockets refuse this process.

        :param denied: user ids by file name, which anybody may have chosen
        """
        for name, uid in denied.items():
            self._denied[uid] = name
        # Keep the users that a line names, and one more.
        for uid in sorted(self._denied)[_MAX_NAMED + 1 :]:
            del self._denied[uid]
        if not self._limits.allows('denied'):
            return
        found, self._denied = self._denied, {}
        example = refusals.describe(self._address.path, found[min(found)])
        self._note(
            logging.WARNING,
            f'Some subscribers of {self._address} receive nothing: this '
            'process has no permission to write to their sockets '
            f'({_named(found)}; for example {example}). Run: unixnotif doctor '
            f'{self._address}',
        )

    def unread(self, users: Iterable[int], limits: packet.Memfds) -> None:
        """Note, rarely, whose readers leave too many large documents unread.

        :param users: their ids
        """
        if self._limits.allows('unread'):
            self._note(
                logging.WARNING,
                'Dropping large documents for subscribers of '
                f'{self._address} that have not read earlier ones '
                f'({_named(users)}). One user may leave '
                f'{limits.descriptors.share} large documents or '
                f'{limits.size.share >> 20} MiB unread, and one subscriber a '
                'quarter of that.',
            )

    def _note(self, level: int, text: str) -> None:
        with self._lock:
            self.lines.append((level, text))

    def write(self) -> None:
        """Log the lines that were noted, but not the drops."""
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
            users, self._users = self._users, set()
        others = [uid for uid in users if not shares.is_exempt(uid)]
        total = dropped.total()
        hints = ''
        if packet.Outcome.BUFFER_FULL in dropped:
            hints = ' buffer_full: a subscriber reads too slowly.'
        if refused := self._refusals.take(dropped):
            hints += f' {refused} Run: unixnotif doctor {self._address}'
        LOG.warning(
            '%d %s for subscribers of %s %s dropped (%s)%s.%s',
            total,
            'notification' if total == 1 else 'notifications',
            self._address,
            'was' if total == 1 else 'were',
            grammar.counts(dropped),
            f' for {_named(others)}' if others else '',
            hints,
        )


def _named(users: Iterable[int]) -> str:
    """Name at most some users for a log line."""
    found = sorted(users)
    more = [] if len(found) <= _MAX_NAMED else ['others']
    listed = ', '.join([*map(str, found[:_MAX_NAMED]), *more])
    return f'user {listed}' if len(found) == 1 else f'users {listed}'
