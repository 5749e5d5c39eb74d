# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The source of a rendezvous directory.

Rule: see :mod:`unixnotif.publisher.sources`. Only subscribers that can be
reached have places; no user has more than its share.
"""

from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
import itertools
import secrets

from unixnotif import clock
from unixnotif import packet
from unixnotif import rendezvous
from unixnotif import shares
from unixnotif.packet import Outcome
from unixnotif.publisher import budgets
from unixnotif.publisher import candidates
from unixnotif.publisher import departed
from unixnotif.publisher import members
from unixnotif.publisher import rotations
from unixnotif.publisher import sources
from unixnotif.publisher import subscriber


class DirectorySource:
    """Subscribers are sockets in a rendezvous directory.

    The result of an update counts only when it is complete: the last
    statements of a change commit it.

    :param path: of the directory, which is created if it is missing
    :param gid: group that may subscribe, or -1
    :param former: drops that subscribers of the former source do not know
        of, by key
    :param memfds: the publisher's limits
    :param attempts: the publisher's budget of attempts that fail
    :raises UnavailableError: the directory cannot be used now
    """

    def __init__(
        self,
        path: str,
        gid: int,
        settings: sources.Settings,
        former: dict[str, dict[str, int]],
        memfds: packet.Memfds,
        attempts: budgets.Attempts,
    ) -> None:
        rendezvous.make(path, settings.mode, gid)
        share = shares.Shares(settings.max_subscribers).share
        self._scanner = rendezvous.Scanner(
            rendezvous.Directory(path, listable=True),
            max(rendezvous.MOST_OF_USER, 2 * share),
        )
        self.changed = self._scanner.changed
        self._settings = settings
        self._former = former
        self._memfds = memfds
        self._attempts = attempts
        attempts.look_again = self._scanner.look_again
        self._candidates = candidates.Candidates()
        self.targets: sources.Targets = {}
        self.refused: sources.Refused = {}
        self.denied: sources.Denied = {}

    def is_open(self) -> bool:
        """See :class:`Source`."""
        return self._scanner.directory.is_open()

    def is_lost(self) -> bool:
        """See :class:`Source`."""
        return self._scanner.is_lost()

    def _members(self) -> Iterator[tuple[str, members.Member]]:
        """Yield the members of all subscribers, with their file names."""
        for key, target in self.targets.items():
            if isinstance(target, subscriber.Group):
                yield from target.members.items()
            else:
                yield key, target.member

    def _known(self) -> Iterator[str]:
        return (name for name, _ in self._members())

    def update(self, left: departed.Departed) -> bool:
        """See :class:`Source`."""
        for target in self.targets.values():
            if isinstance(target, subscriber.Group) and target.shrunk:
                target.shrunk = False
                self._scanner.look_closely()
        scan = self._scanner.scan(self._known)
        if scan is not None:
            self._follow(scan, left)
            if scan.removed:
                self._scanner.look_again()
                return False
        try:
            reached = not self._candidates or self._connect(left)
        except BaseException:
            self._scanner.look_again()
            raise
        if scan is not None:
            # After the targets are complete: another thread reads them
            # without the lock, if the scanner reports no change.
            self._scanner.commit(scan)
        return reached

    def _follow(self, scan: rendezvous.Scan, left: departed.Departed) -> None:
        """Remove subscribers that are no longer in the directory."""
        targets: sources.Targets = {}
        gone: list[subscriber.Target] = []
        for key, target in self.targets.items():
            if not isinstance(target, subscriber.Group):
                if key in scan.gone:
                    gone.append(target)
                else:
                    targets[key] = target
                continue
            remaining = {
                name: member
                for name, member in target.members.items()
                if name not in scan.gone
            }
            if not remaining:
                gone.append(target)
            elif len(remaining) == len(target.members):
                targets[key] = target
            else:
                targets[key] = subscriber.Group(
                    remaining, target.rotation, target.lost
                )
                gone += [
                    subscriber.Subscriber(member)
                    for name, member in target.members.items()
                    if name in scan.gone
                ]
        left.add(gone)
        self.targets = targets
        self._candidates.follow(frozenset(self._known()), scan.names)
        self.refused = {}

    def _connect(self, left: departed.Departed) -> bool:
        """Connect to new subscribers before anything is sent to anybody.

        If a subscriber is gone, its process has ended, or there is another
        directory at the path and the subscriber has moved there. In that case
        the whole document goes to the subscribers in the other directory.

        :returns: False if a subscriber was gone
        """
        now = clock.monotonic()
        known = dict(self._members())
        places = sources.count_places(
            self.targets,
            self._settings.max_subscribers,
            itertools.chain(self._memfds.users_of_unread(), left.users()),
        )
        refused: sources.Refused = {}
        denied: sources.Denied = {}
        targets = dict(self.targets)
        untried = []
        waiting = []
        gone = []
        for name in self._candidates:
            member = known.get(name.text)
            # Check the share first: a user over its share costs no attempt.
            if member is None and (
                name.uid in refused or not places.room(name.uid)
            ):
                refused[name.uid] = refused.get(name.uid, 0) + 1
                self._candidates.suspend(name)
                waiting.append(name)
                continue
            if self._candidates.waits(name, now):
                waiting.append(name)
                continue
            if not self._attempts.room(name.uid):
                untried.append(name)
                continue
            if member is None:
                member = self._new_member(name)
            outcome = member.prepare()
            if outcome is Outcome.GONE:
                gone.append(name)
                continue
            if outcome is not Outcome.READY:
                waiting.append(name)
                self._candidates.postpone(name, now, outcome)
            if name.text in known or outcome is Outcome.ABSENT:
                continue
            if outcome is Outcome.DENIED and not shares.is_exempt(name.uid):
                # Anybody can create sockets that refuse this process: these
                # sockets need no place.
                denied[name.text] = name.uid
                continue
            places.take(name.uid)
            self._enter(targets, name, member)
        self.targets = targets
        self._candidates.names = untried + waiting
        self.refused = refused
        self.denied = denied
        for key in targets:
            self._former.pop(key, None)
        self._forget(name for name in gone if name.text in known)
        if gone:
            # The path may have led elsewhere for a moment: look for a socket
            # that is still here.
            self._scanner.look_closely()
        if (
            gone
            or untried
            or any(self._candidates.is_due(name, now) for name in waiting)
        ):
            # Make the next call look at the path, and try to connect again.
            self._scanner.look_again()
        return not gone

    def _new_member(self, name: rendezvous.Name) -> members.DirectoryMember:
        return members.DirectoryMember(
            self._scanner.directory,
            name.text,
            name.uid,
            self._settings.send_buffer_size,
            self._memfds,
            self._attempts,
        )

    def _enter(
        self,
        targets: sources.Targets,
        name: rendezvous.Name,
        member: members.Member,
    ) -> None:
        if name.group is None:
            lost = self._former.get(name.text)
            targets[name.text] = subscriber.Subscriber(member, lost)
            return
        # A file name has no slash: the two kinds of key never clash.
        key = f'{name.group}/'
        group = targets.get(key)
        if isinstance(group, subscriber.Group):
            group.members[name.text] = member
        else:
            # At random, so that many short-lived emitters do not all begin
            # with the same member.
            first = rotations.Rotation(secrets.randbits(16))
            targets[key] = subscriber.Group(
                {name.text: member}, first, self._former.get(key)
            )

    def _forget(self, names: Iterable[rendezvous.Name]) -> None:
        """Forget members that have ended."""
        for name in names:
            group = self.targets.get(f'{name.group}/')
            if name.group is None:
                self.discard([name.text])
            elif isinstance(group, subscriber.Group):
                group.members.pop(name.text).close()
                if not group.members:
                    self.discard([f'{name.group}/'])

    def discard(self, keys: Collection[str]) -> None:
        """See :class:`Source`."""
        left = [self.targets[key] for key in keys]
        self.targets = {
            key: target
            for key, target in self.targets.items()
            if key not in keys
        }
        for target in left:
            target.close()
        # Its socket may still be here, and listen again.
        self._scanner.look_closely()

    def leave(self) -> None:
        """See :class:`Source`; the directory stays for other publishers."""

    def close(self) -> None:
        """See :class:`Source`."""
        self._scanner.close()

    abandon = close
