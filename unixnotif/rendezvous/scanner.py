# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The publisher's side of a rendezvous directory.

Rule: a ready subscriber is never overlooked, and never removed while it may
be alive.
"""

from collections.abc import Callable
from collections.abc import Iterable
import os
from typing import Final
from typing import NamedTuple

from unixnotif import clock
from unixnotif import kernel
from unixnotif.rendezvous import directories
from unixnotif.rendezvous import listings

# Bound early, as in the module of directories.
_fstat = os.fstat

_SECOND: Final = 10**9


class Scan(NamedTuple):
    """The result of a scan.

    :ivar gone: known names that are not there any more
    :ivar names: new names, in the order to try them
    :ivar stamp: time stamp of the directory's last change; None if a later
        change could have the same time stamp
    :ivar removed: the directory was removed; perhaps there is another one
    """

    gone: frozenset[str]
    names: list[listings.Name]
    stamp: kernel.Stamp | None
    removed: bool


class Scanner:
    """Finds the subscribers in a directory at a low cost.

    :param directory: listable; owned by the scanner
    :param most_of_user: see :class:`unixnotif.rendezvous.listings.Listing`
    """

    def __init__(
        self,
        directory: directories.Directory,
        most_of_user: int = listings.MOST_OF_USER,
    ) -> None:
        self.directory = directory
        self._most_of_user = most_of_user
        self._watch = kernel.Watch(directory.fd)
        self._stamp: kernel.Stamp | None = None
        # A look that is not complete, and the time stamp at its start.
        self._listing: listings.Listing | None = None
        self._begun = Scan(frozenset(), [], None, False)
        self._again = False
        self._look_at = clock.monotonic() + directories.CHECK_INTERVAL

    def changed(self) -> bool:
        """Return True if :meth:`is_lost` and :meth:`scan` must look again.

        Makes one system call, before every notification. Also return True if
        other code closed the descriptor, even if its number names another file
        now, and at every CHECK_INTERVAL.
        """
        try:
            stamp = self._watch.stamp()
        except OSError:
            return True
        return stamp != self._stamp or clock.monotonic() >= self._look_at

    def is_lost(self) -> bool:
        """Return True if the path names another directory by now.

        Looks at the path once every CHECK_INTERVAL; see :meth:`look_again`.
        Also return True if other code closed the descriptor.
        """
        if not self.directory.is_open():
            return True
        now = clock.monotonic()
        if now < self._look_at:
            return False
        lost = self.directory.is_lost()
        self._look_at = now + directories.CHECK_INTERVAL
        return lost

    def look_again(self) -> None:
        """Make :meth:`is_lost` look at the path at its next call."""
        self._look_at = 0.0

    def scan(self, known: Callable[[], Iterable[str]]) -> Scan | None:
        """Look for the ready subscribers, one step at a time.

        A file system may round time stamps, so that two changes have the same
        stamp. So a scan relies on a stamp only if the clock, read before the
        scan, was later than every time that the file system rounds to this
        stamp. Otherwise the next :meth:`changed` returns True once more.

        :param known: returns the names that were found before
        :returns: None if nothing has changed, or if there is more to read; in
            the second case :meth:`changed` continues to return True
        :raises OSError: the directory cannot be listed
        """
        if self._listing is None and not self._begin(known):
            return None
        try:
            if self._listing is None or not self._listing.read():
                return None
            names = self._listing.new_names()
            gone = self._listing.known - self._listing.seen
        except BaseException:
            self._end()
            raise
        self._end()
        return self._begun._replace(names=names, gone=gone)

    def _begin(self, known: Callable[[], Iterable[str]]) -> bool:
        now = clock.file_time_ns()
        stamp = self._watch.stamp()
        if stamp == self._stamp:
            return False
        _, seconds, nanoseconds = stamp
        changed_at = seconds * _SECOND + nanoseconds
        clean = now >= changed_at + _resolution(changed_at)
        removed = not _fstat(self.directory.fd).st_nlink
        self._begun = Scan(frozenset(), [], stamp if clean else None, removed)
        self._again = False
        self._listing = listings.Listing(
            self.directory, frozenset(known()), self._most_of_user
        )
        return True

    def _end(self) -> None:
        ended, self._listing = self._listing, None
        if ended is not None:
            ended.close()

    def commit(self, scan: Scan) -> None:
        """Rely on a scan until the directory changes."""
        self._stamp = None if self._again else scan.stamp

    def look_closely(self) -> None:
        """Make :meth:`scan` look at all names again, changed or not.

        A scan that is not complete continues: otherwise a user who causes new
        looks all the time could keep a scan from its end.
        """
        self._again = True
        self._stamp = None

    def close(self) -> None:
        """Close the directory."""
        self._end()
        self.directory.close()


def _resolution(stamp: int) -> int:
    """Return how coarse a time stamp may be, in nanoseconds.

    Some file systems (ext4 with small inodes) store whole seconds, some
    microseconds. If a stamp ends in zeros, assume the coarser resolution.
    """
    unit = _SECOND
    while stamp % unit:
        unit //= 10
    return unit
