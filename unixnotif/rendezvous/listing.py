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

"""One look at the names in a rendezvous directory.

Rule: a member of the group may put any number of names into the directory.
So a look goes in steps, each of which reads a limited number of names, and
of one user only the newest are kept.
"""

from collections.abc import Iterator
import itertools
import os
import stat
from typing import Final
from typing import NamedTuple

from unixnotif.rendezvous import directory as directories

SUFFIX: Final = '.sock'
#: Names that one step reads, and of them those that it examines: some
#: milliseconds of work.
STEP: Final = 4096
MOST_EXAMINED: Final = 2048
#: Sockets of one user that a look finds at most, the newest.
MOST_OF_USER: Final = 8192


class Name(NamedTuple):
    """The name of a socket that may be a ready subscriber's.

    :ivar text: file name
    :ivar group: name of the group whose members share one copy, or None
    :ivar uid: whom the socket belongs to
    :ivar changed_ns: time of its last change, as of the file system
    """

    text: str
    group: str | None
    uid: int
    changed_ns: int


class Listing:
    """One look, from its first name to its last.

    A file system lists every name that is there from the begin to the end of
    a look, whatever else changes meanwhile (readdir(3)).

    :param directory: a listable one; not owned
    :param known: names that were found before
    :raises OSError: it cannot be listed now

    :ivar known: the same
    :ivar seen: known names that the look has found again
    """

    def __init__(
        self, directory: directories.Directory, known: frozenset[str]
    ) -> None:
        self.known = known
        self.seen: set[str] = set()
        self._found: dict[int, list[Name]] = {}
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
        if len(found) >= 2 * MOST_OF_USER:
            found.sort(key=_newest_first)
            del found[MOST_OF_USER:]

    def new_names(self) -> list[Name]:
        """Return the names that were not known, in the order to try them.

        The users take turns, so that none waits for all names of another;
        of one user the newest comes first, since an old name may be one that
        nobody listens at any more.
        """
        queues = [
            sorted(found, key=_newest_first)[:MOST_OF_USER]
            for _, found in sorted(self._found.items())
        ]
        names: dict[str, Name] = {}
        for turn in itertools.zip_longest(*queues):
            for name in turn:
                if name is not None:
                    # A name that was removed and created again is listed
                    # twice, and so are all if a forked child ends its copy
                    # of the look, which rewinds ours (dup(2)).
                    names.setdefault(name.text, name)
        return list(names.values())

    def close(self) -> None:
        """End the look; closing twice is allowed."""
        entries, self._entries = self._entries, None
        if entries is not None:
            self._directory.end_entries(entries)


def _newest_first(name: Name) -> tuple[int, str]:
    return -name.changed_ns, name.text
