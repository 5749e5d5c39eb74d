# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The route from a publisher to its subscribers, wherever they are now.

Rule: there is one source at a time, and one assignment replaces it. The
subscribers of the former source stay until they have received their lost
records.
"""

from typing import Final

from unixnotif import address as addresses
from unixnotif import clock
from unixnotif import errors
from unixnotif import packet
from unixnotif import rendezvous
from unixnotif.publisher import budgets
from unixnotif.publisher import departed
from unixnotif.publisher import directory_source
from unixnotif.publisher import listening_source
from unixnotif.publisher import refusals
from unixnotif.publisher import sources

# Seconds between two attempts to own a unix:// address. A directory is
# tried every time: a subscriber may be in it already.
_RETRY_INTERVAL: Final = 1.0
# Seconds between two attempts to find the group.
_LOOK_UP_INTERVAL: Final = 10.0
# Maximum number of directories to open in one call, if a directory is replaced
# again and again.
_MAX_LOOKS: Final = 3


class Route:
    """The source of one address, and the subscribers that left it.

    Only one thread at a time may use it.

    :param address: where subscribers are found
    :param settings: of their sockets
    :param refused: keeps the sockets that refused a connection

    :ivar source: never None: see Unopened and CLOSED
    :ivar departed: subscribers that left before they received a lost record
    :ivar memfds: limits on unread documents
    """

    def __init__(
        self,
        address: addresses.Address,
        settings: sources.Settings,
        refused: refusals.Refusals,
    ) -> None:
        self._address = address
        self._settings = settings
        self.source: sources.Source = sources.Unopened()
        self.departed = departed.Departed()
        self.memfds = packet.Memfds()
        self._attempts = budgets.Attempts(refused)
        self._gid: int | None = None
        # Why there is no group, and when to look again.
        self._unknown = ''
        self._look_up_at = 0.0

    @property
    def closed(self) -> bool:
        """True if :meth:`close` was called."""
        return self.source is sources.CLOSED

    @property
    def is_open(self) -> bool:
        """True if there is a source."""
        return not isinstance(self.source, sources.Unopened)

    def retry(self) -> None:
        """Make :meth:`look` try to open a source at once."""
        if not self.is_open and not self.closed:
            self.source = sources.Unopened()

    def look(self) -> None:
        """Bring the source and its subscribers up to date.

        Where the address leads now is decided before anything is sent: a
        document goes to the subscribers of one source.

        :raises UnavailableError: the address cannot be used now
        :raises OSError: the system refuses the look
        """
        self._attempts.renew()
        try:
            for _ in range(_MAX_LOOKS):
                if self.source.is_lost():
                    self._replace()
                if self.source.update(self.departed):
                    break
        except errors.InUseError:
            self._drop()
            raise
        finally:
            self.departed.settle()
            self.memfds.settle()

    def _replace(self) -> None:
        """Open a new source; if that fails, keep a usable former one."""
        former = self.source
        # Forget closed descriptors now: opening may use their numbers.
        intact = not self._forget_closed() and self.is_open
        owed = {
            key: target.lost
            for key, target in former.targets.items()
            if target.lost
        }
        try:
            new = self._open_source(owed)
        except (errors.UnavailableError, OSError):
            if not intact:
                self._drop()
            raise
        self.departed.add(former.targets.values())
        self.source = new
        former.close()

    def _forget_closed(self) -> bool:
        """Forget the descriptors if other code closed all of them.

        Other files may have the numbers: nothing may be written to those.

        :returns: True if the descriptors were closed
        """
        if self.source.is_open():
            return False
        self.source.close()
        for target in self.source.targets.values():
            target.close()
        self.departed.abandon()
        self.memfds.close()
        return True

    def _open_source(self, owed: dict[str, dict[str, int]]) -> sources.Source:
        gid = self._group_id()
        if self._address.is_directory:
            return directory_source.DirectorySource(
                self._address.path,
                gid,
                self._settings,
                owed,
                self.memfds,
                self._attempts,
            )
        return listening_source.ListeningSource(
            self._address.path, gid, self._settings, self.memfds
        )

    def _group_id(self) -> int:
        """Look the group up once: a directory service may take seconds.

        :raises UnavailableError: the group was not found
        """
        if self._gid is None:
            if clock.monotonic() < self._look_up_at:
                raise errors.UnavailableError(self._unknown)
            try:
                self._gid = rendezvous.group_id(self._settings.group)
            except errors.UnavailableError as e:
                self._unknown = str(e)
                # Count from now: the lookup may have taken long.
                self._look_up_at = clock.monotonic() + _LOOK_UP_INTERVAL
                raise
        return self._gid

    def _drop(self) -> None:
        former = self.source
        retry_at = 0.0
        if not self._address.is_directory:
            retry_at = clock.monotonic() + _RETRY_INTERVAL
        self.departed.add(former.targets.values())
        self.source = sources.Unopened(retry_at)
        former.close()

    def settle_finally(self) -> None:
        """Send the pending lost records for the last time."""
        self._forget_closed()
        for target in self.source.targets.values():
            target.settle_finally()
        self.departed.close()

    def leave(self) -> None:
        """Remove the address, and keep the connections."""
        self.source.leave()

    def close(self) -> None:
        """Send the pending lost records, and close all connections."""
        self._forget_closed()
        former, self.source = self.source, sources.CLOSED
        self.departed.add(former.targets.values())
        self.departed.close()
        self.memfds.close()
        former.close()

    def abandon(self) -> None:
        """Only close descriptors, as a forked child must."""
        self.departed.add(self.source.targets.values())
        self.departed.abandon()
        self.memfds.close()
        self.source.abandon()
