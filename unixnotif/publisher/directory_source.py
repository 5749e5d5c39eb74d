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

"""The source of a rendezvous directory.

Rule: see :mod:`unixnotif.publisher.source`.
"""

from collections.abc import Collection
import random

from unixnotif import rendezvous
from unixnotif.packet import Outcome
from unixnotif.publisher import departed
from unixnotif.publisher import source
from unixnotif.publisher import subscriber


class DirectorySource:
    """Subscribers are sockets in a rendezvous directory.

    What an update has found counts only when all of it is there: the last
    statements of a change commit it.

    :param path: of the directory, which is made if it is missing
    :param gid: group that may subscribe, or -1
    :param former: drops that subscribers of the former source do not know
        of, by key
    :raises UnavailableError: the directory cannot be used now
    """

    def __init__(
        self,
        path: str,
        gid: int,
        settings: source.Settings,
        former: dict[str, dict[str, int]],
    ) -> None:
        rendezvous.make(path, settings.mode, gid)
        self._scanner = rendezvous.Scanner(
            rendezvous.Directory(path, listable=True)
        )
        self.changed = self._scanner.changed
        self._settings = settings
        self._former = former
        self._unprepared: list[str] = []
        self.targets: source.Targets = {}
        self.refused = 0

    def is_open(self) -> bool:
        """See :class:`Source`."""
        return self._scanner.directory.is_open()

    def is_lost(self) -> bool:
        """See :class:`Source`."""
        return self._scanner.is_lost()

    def update(self, left: departed.Departed) -> bool:
        """See :class:`Source`."""
        scan = self._scanner.scan()
        if scan is not None:
            self._enter(scan, left)
            if scan.removed:
                self._scanner.look_again()
                return False
        return self._prepare()

    def _enter(self, scan: rendezvous.Scan, left: departed.Departed) -> None:
        found: dict[str, list[str]] = {}
        for name in scan.names:
            # A file name has no slash: the two kinds of key never clash.
            key = f'{name.group}/' if name.group else name.text
            found.setdefault(key, []).append(name.text)
        targets: source.Targets = {}
        new = []
        stale: list[subscriber.Member] = []
        for key, names in found.items():
            known = self.targets.get(key)
            if known is None:
                new.append(key)
            elif isinstance(known, subscriber.Group):
                targets[key] = self._regroup(known, names)
                stale += [
                    member
                    for name, member in known.members.items()
                    if name not in names
                ]
            else:
                targets[key] = known
        room = max(0, self._settings.max_subscribers - len(targets))
        for key in new[:room]:
            targets[key] = self._welcome(key, found[key])
        left.add(
            target
            for key, target in self.targets.items()
            if key not in targets
        )
        self._unprepared += new[:room]
        self.refused = len(new[room:])
        self.targets = targets
        self._scanner.commit(scan)
        for key in targets:
            self._former.pop(key, None)
        for member in stale:
            member.close()

    def _welcome(self, key: str, names: list[str]) -> subscriber.Target:
        lost = self._former.get(key)
        members: dict[str, subscriber.Member] = {
            name: self._new_member(name) for name in names
        }
        if not key.endswith('/'):
            return subscriber.Subscriber(members[key], lost)
        # At random, so that many short-lived emitters do not all begin with
        # the same member.
        turn = random.randrange(len(members))  # noqa: S311
        return subscriber.Group(members, turn, lost)

    def _new_member(self, name: str) -> subscriber.DirectoryMember:
        return subscriber.DirectoryMember(
            self._scanner.directory, name, self._settings.send_buffer_size
        )

    def _regroup(
        self, group: subscriber.Group, names: list[str]
    ) -> subscriber.Group:
        """Return the group with the members that there are now."""
        members: dict[str, subscriber.Member] = {
            name: group.members.get(name) or self._new_member(name)
            for name in names
        }
        return subscriber.Group(members, group.turn, group.lost)

    def _prepare(self) -> bool:
        """Connect to new subscribers before anything is sent to anybody.

        One that is gone has either ended, or it has left this directory
        because there is another one at the path: then the whole document
        goes to the subscribers in that one.
        """
        gone = []
        unprepared = []
        for key in self._unprepared:
            target = self.targets.get(key)
            outcome = target.prepare() if target else Outcome.READY
            if outcome is Outcome.GONE:
                gone.append(key)
            elif outcome is not Outcome.READY:
                unprepared.append(key)
        self.discard(gone)
        self._unprepared = unprepared
        if gone or unprepared:
            # The next call looks at the path, and comes here.
            self._scanner.look_again()
        return not gone

    def discard(self, keys: Collection[str]) -> None:
        """See :class:`Source`."""
        if keys:
            left = [self.targets[key] for key in keys]
            self.targets = {
                key: target
                for key, target in self.targets.items()
                if key not in keys
            }
            for target in left:
                target.close()
            # The path may have led elsewhere for a moment: scan again for a
            # socket that is still here.
            self._scanner.commit(None)

    def leave(self) -> None:
        """See :class:`Source`; the directory is everybody's."""

    def close(self) -> None:
        """See :class:`Source`."""
        self._scanner.close()

    abandon = close
