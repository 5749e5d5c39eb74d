# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""One look at the names in a rendezvous directory.

Rule: a member of the group may put any number of names into the directory.
So a look goes in steps, and a step reads a limited number of names. The look
keeps only the newest names of a user, and a limited number of all names.
"""

from collections.abc import Iterator
import os
import stat
from typing import Final
from typing import NamedTuple

from unixnotif import shares
from unixnotif.rendezvous import directories

SUFFIX: Final = '.sock'
#: Maximum number of names that one step reads, and of those that it examines:
#: some milliseconds of work.
STEP: Final = 4096
MOST_EXAMINED: Final = 2048
#: Maximum number of sockets of one user that a look finds, the newest ones. By
#: default, this is twice the places of a user. A user that is exempt from its
#: share may have all that a look finds.
MOST_OF_USER: Final = 512
#: Number of users for which a look can find MOST_OF_USER names each.
_USERS: Final = 16


class Name(NamedTuple):
    """The name of a socket that may be a ready subscriber's.

    :ivar text: file name
    :ivar group: name of the group whose members share one copy, or None
    :ivar uid: owner of the socket
    :ivar changed_ns: time of its last change (st_ctime_ns)
    """

    text: str
    group: str | None
    uid: int
    changed_ns: int


class Listing:
    """One look, from its first name to its last.

    A file system lists every name that is there from the start to the end of
    a look, whatever else changes meanwhile (readdir(3)).

    :param directory: a listable one; not owned
    :param known: names that were found before
    :param most_of_user: sockets of one user that the look finds at most
    :raises OSError: the directory cannot be listed now

    :ivar known: names that were found before
    :ivar seen: known names that the look has found again
    """

    def __init__(
        self,
        directory: directories.Directory,
        known: frozenset[str],
        most_of_user: int = MOST_OF_USER,
    ) -> None:
        self.known = known
        self.seen: set[str] = set()
        self._most_of_user = most_of_user
        self._most = _USERS * most_of_user
        self._exempt = shares.exempt()
        self._found: dict[int, list[Name]] = {}
        self._count = 0
        self._directory = directory
        self._entries: Iterator[os.DirEntry[str]] | None = directory.entries()

    def read(self) -> bool:
        """Take one step; return True if it was the last.

        :raises OSError: the directory cannot be read any more
        """
        examined = 0
        for count, entry in enumerate(self._entries or (), 1):
            name = entry.name
            if name in self.known:
                self.seen.add(name)
            elif name.endswith(SUFFIX) and not name.startswith('.'):
                self._examine(entry)
                examined += 1
            if count >= STEP or examined >= MOST_EXAMINED:
                return False
        self.close()
        return True

    def _examine(self, entry: 'os.DirEntry[str]') -> None:
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:
            return  # it is gone already
        if not stat.S_ISSOCK(status.st_mode):
            return
        group, at, _ = entry.name.partition('@')
        found = self._found.setdefault(status.st_uid, [])
        found.append(
            Name(
                entry.name,
                group if at else None,
                status.st_uid,
                status.st_ctime_ns,
            )
        )
        self._count += 1
        most = self._most_of(status.st_uid)
        if len(found) >= 2 * most:
            self._count -= len(found) - most
            found.sort(key=_newest_first)
            del found[most:]
        if self._count >= 2 * self._most:
            self._forget()

    def _most_of(self, uid: int) -> int:
        return self._most if uid in self._exempt else self._most_of_user

    def _forget(self) -> None:
        """Keep only those names that the look may return."""
        kept = self._in_turn()
        self._found = {}
        for name in kept:
            self._found.setdefault(name.uid, []).append(name)
        self._count = len(kept)

    def _in_turn(self) -> list[Name]:
        """Return the names to keep, in the order to try them.

        The work depends on the number of names, not on the number of users.
        """
        ranked = [
            (rank, uid, name)
            for uid, found in self._found.items()
            for rank, name in enumerate(
                sorted(found, key=_newest_first)[: self._most_of(uid)]
            )
        ]
        ranked.sort(key=_rank)
        return [name for _, _, name in ranked[: self._most]]

    def new_names(self) -> list[Name]:
        """Return the names that were not known, in the order to try them.

        The users take turns, so that no user waits for all names of another
        user. The newest name of a user comes first, since an old name may have
        no listener any more. If not every user can have a name in the result,
        users with low ids come first: the subordinate ids that one user may
        have by the thousand are high (subuid(5)).
        """
        names: dict[str, Name] = {}
        for name in self._in_turn():
            # A name that was removed and created again is listed twice. All
            # names may be listed twice if a forked child ends its copy of the
            # look: that rewinds our look, too (dup(2)).
            names.setdefault(name.text, name)
        return list(names.values())

    def close(self) -> None:
        """End the look; closing twice is allowed."""
        entries, self._entries = self._entries, None
        if entries is not None:
            self._directory.end_entries(entries)


def _rank(ranked: tuple[int, int, Name]) -> tuple[int, int]:
    rank, uid, _ = ranked
    return rank, uid


def _newest_first(name: Name) -> tuple[int, str]:
    return -name.changed_ns, name.text
