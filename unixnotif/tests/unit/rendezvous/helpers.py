# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Names in a rendezvous directory: sockets, their users and their times."""

from collections.abc import Callable
import os
import pathlib
import stat
import types

from unixnotif import rendezvous
from unixnotif.rendezvous import listings
from unixnotif.tests import base

_Entry = os.DirEntry[str]


def create_socket(path: str) -> None:
    """Create a socket at which nobody listens, without a descriptor."""
    os.mknod(path, stat.S_IFSOCK | 0o600)


class Follower:
    """Knows the names that a scanner has found, as a publisher does."""

    def __init__(self, scanner: rendezvous.Scanner) -> None:
        self._scanner = scanner
        self.known: set[str] = set()

    def follow(self) -> None:
        """Look if the directory has changed."""
        if self._scanner.changed():
            self.look()

    def look(self) -> rendezvous.Scan | None:
        """Scan, and commit what was found."""
        scan = self._scanner.scan(lambda: self.known)
        if scan is not None:
            self.enter(scan)
        return scan

    def enter(self, scan: rendezvous.Scan) -> None:
        """Commit a scan."""
        self.known -= scan.gone
        self.known.update(each.text for each in scan.names)
        self._scanner.commit(scan)


class Disguise:
    """Users and times of names, which not every test may set.

    :ivar users: user ids by name; of other names, the real ones count
    :ivar ages: seconds by name that are added to the real age
    :ivar times: seconds by name in place of the real time
    """

    def __init__(self) -> None:
        self.users: dict[str, int] = {}
        self.ages: dict[str, float] = {}
        self.times: dict[str, int] = {}

    def examine(self) -> Callable[[listings.Listing, _Entry], None]:
        """Return a replacement for the method Listing._examine()."""
        real = listings.Listing._examine

        def examine(look: listings.Listing, entry: _Entry) -> None:
            name = entry.name

            def status(**options: bool) -> types.SimpleNamespace:
                found = entry.stat(**options)
                changed_ns = found.st_ctime_ns
                changed_ns -= int(self.ages.get(name, 0) * 10**9)
                if name in self.times:
                    changed_ns = self.times[name] * 10**9
                return types.SimpleNamespace(
                    st_mode=found.st_mode,
                    st_uid=self.users.get(name, found.st_uid),
                    st_ctime_ns=changed_ns,
                )

            fake = types.SimpleNamespace(name=name, stat=status)
            real(look, fake)  # type: ignore[arg-type]

        return examine


class DirectoryCase(base.TestCase):
    """A directory."""

    def setUp(self) -> None:
        super().setUp()
        self.where = self.new_directory()
        self.path = self.where.path
        self.directory = rendezvous.Directory(self.path, listable=True)
        self.addCleanup(self.directory.close)

    def touch(self, *names: str) -> None:
        for name in names:
            pathlib.Path(self.path, name).touch()
