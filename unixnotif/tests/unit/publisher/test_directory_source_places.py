# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The places of a rendezvous directory: who has one, and who waits."""

import _socket
import errno
import os
import pathlib
from unittest import mock

from unixnotif import packet
from unixnotif import rendezvous
from unixnotif import shares
from unixnotif.packet import Outcome
from unixnotif.publisher import budgets
from unixnotif.publisher import directory_source
from unixnotif.publisher import members
from unixnotif.publisher import refusals
from unixnotif.publisher import subscriber
from unixnotif.rendezvous import listings
from unixnotif.tests import base
from unixnotif.tests.unit.publisher import cases
from unixnotif.tests.unit.rendezvous import helpers

#: The user of this process, and users without any rights.
UID = os.geteuid()
OTHERS = (60001, 60002)

PACKETS = _socket.SOCK_SEQPACKET


class PlacesCase(cases.DirectorySourceCase):
    def setUp(self) -> None:
        super().setUp()
        self.disguise = helpers.Disguise()
        self.patch(listings.Listing, '_examine', self.disguise.examine())
        #: The names of the sockets that were tried.
        self.tried: list[str] = []
        #: The names of the sockets that this process may not write to.
        self.deny: set[str] = set()
        prepare = members.DirectoryMember.prepare
        connect = rendezvous.connect

        def connect_unless_denied(
            directory: rendezvous.Directory,
            name: str,
            kinds: list[int] | None = None,
        ) -> object:
            if name in self.deny:
                raise PermissionError(errno.EACCES, name)
            return connect(directory, name, kinds)

        def prepare_and_note(member: members.DirectoryMember) -> Outcome:
            self.tried.append(member._name)
            return prepare(member)

        self.patch(members.DirectoryMember, 'prepare', prepare_and_note)
        self.patch(rendezvous, 'connect', connect_unless_denied)

    def listen(self, name: str, uid: int = UID) -> _socket.socket:
        """Create a living subscriber of a user."""
        self.disguise.users[name] = uid
        return self.bind(self.where, name, PACKETS)

    def refuse(self, name: str, uid: int = UID, age: float = 0) -> None:
        """Create a socket at which nobody listens."""
        helpers.create_socket(f'{self.where.path}/{name}')
        self.disguise.users[name] = uid
        self.disguise.ages[name] = age

    def tries(self, opened: directory_source.DirectorySource) -> list[str]:
        """Update; return the names of the sockets that were tried."""
        self.attempts.renew()
        self.tried.clear()
        opened.update(self.left)
        return list(self.tried)

    def look(self, opened: directory_source.DirectorySource) -> None:
        """Update when a scan counts as clean."""
        opened.is_lost()
        self.attempts.renew()
        opened.update(self.left)


class NoPlaceTest(PlacesCase):
    """Names that take no place."""

    def assert_room(self) -> None:
        """Assert that two more subscribers find a place."""
        opened = self.open(max_subscribers=3)
        for name in 'y.sock', 'z.sock':
            self.listen(name)

        opened.update(self.left)

        self.assertEqual({'y.sock', 'z.sock'}, set(opened.targets))
        self.assertEqual({}, opened.refused)

    def test_dead_sockets(self) -> None:
        """A socket whose listener has closed takes no place."""
        for number in range(5):
            self.listen(f'{number}.sock').close()
        self.assert_room()

    def test_dead_sockets_of_another_user(self) -> None:
        """Dead sockets do not use the share of their user either."""
        for number in range(5):
            self.listen(f'{number}.sock', OTHERS[0]).close()
        self.listen('x.sock', OTHERS[0])
        opened = self.open(max_subscribers=8)

        opened.update(self.left)

        self.assertEqual(['x.sock'], list(opened.targets))
        self.assertEqual({}, opened.refused)

    def test_sockets_that_refuse(self) -> None:
        """A socket at which nobody listens yet takes no place."""
        for number in range(5):
            sock = packet.new_socket(PACKETS)
            self.addCleanup(sock.close)
            sock.bind(f'{self.where.path}/{number}.sock')
        self.assert_room()

    def test_sockets_of_others_that_deny(self) -> None:
        """A denying socket of another user takes no place, and is noted."""
        self.deny = {f'{number}.sock' for number in range(5)}
        for name in self.deny:
            self.listen(name, OTHERS[0])
        self.listen('x.sock', OTHERS[0])
        opened = self.open(max_subscribers=8)

        opened.update(self.left)

        self.assertEqual(['x.sock'], list(opened.targets))
        self.assertEqual({}, opened.refused)
        self.assertEqual(dict.fromkeys(self.deny, OTHERS[0]), opened.denied)

    def test_no_longer_denied(self) -> None:
        """A socket that no longer denies this process is reached."""
        self.clock.stop()
        self.deny = {'x.sock'}
        self.listen('x.sock', OTHERS[0])
        self.disguise.ages['x.sock'] = 1000
        opened = self.open()
        opened.update(self.left)
        self.assertEqual({}, opened.targets)
        self.deny = set()
        self.clock.advance(1)

        self.look(opened)

        self.assertEqual(['x.sock'], list(opened.targets))
        self.assertEqual({}, opened.denied)

    def test_members_that_refuse(self) -> None:
        """A group takes no place as long as none of its members listens."""
        for number in range(5):
            self.refuse(f'audit@{number}.sock')
        self.assert_room()

    def test_other_files(self) -> None:
        """A file that is not a socket takes no place."""
        path = self.where.path
        for number in range(5):
            pathlib.Path(f'{path}/{number}-file.sock').touch()
            os.mkdir(f'{path}/{number}-directory.sock')
            os.mkfifo(f'{path}/{number}-fifo.sock')
            os.symlink('y.sock', f'{path}/{number}-link.sock')
        self.assert_room()

    def test_hidden_sockets(self) -> None:
        """Hidden names are not ready yet, and take no place."""
        for number in range(5):
            self.listen(f'.{number}.sock')
        self.assert_room()


class LimitTest(PlacesCase):
    """Names that take a place."""

    def test_denied_by_a_trusted_user(self) -> None:
        """A socket of this user that denies access counts as a drop."""
        self.deny = {'x.sock'}
        self.listen('x.sock')
        opened = self.open()

        opened.update(self.left)

        self.assertEqual(['x.sock'], list(opened.targets))
        self.assertEqual({}, opened.denied)
        self.assertEqual(['denied'], self.offer(opened, 1))

    def test_refused(self) -> None:
        """New subscribers over the limit are counted; known ones stay."""
        opened = self.open(max_subscribers=1)
        first = self.new_consumer(self.where)
        opened.update(self.left)
        self.assertEqual({}, opened.refused)
        known = list(opened.targets)
        for _ in range(3):
            self.new_consumer(self.where)

        opened.update(self.left)
        self.assertEqual({UID: 3}, opened.refused)
        self.assertEqual(known, list(opened.targets))
        first.close()
        opened.update(self.left)
        self.assertEqual({UID: 2}, opened.refused)
        self.assertEqual(1, len(opened.targets))

    def test_members(self) -> None:
        """Each member of a group takes a place: it has a connection."""
        opened = self.open(max_subscribers=3)
        for number in range(5):
            self.listen(f'audit@{number}.sock')

        opened.update(self.left)

        self.assertEqual({UID: 2}, opened.refused)
        (group,) = opened.targets.values()
        assert isinstance(group, subscriber.Group)
        self.assertEqual(3, len(group.members))

    def test_full_backlog(self) -> None:
        """A subscriber that lives has a place before it is reached."""
        listener = self.bind(self.where, 'x.sock', PACKETS, 0)
        with rendezvous.Directory(self.where.path) as directory:
            waiting, _ = rendezvous.connect(directory, 'x.sock')
        self.addCleanup(waiting.close)
        opened = self.open(max_subscribers=1)
        opened.update(self.left)
        self.listen('y.sock')

        opened.update(self.left)

        self.assertEqual(['x.sock'], list(opened.targets))
        self.assertEqual({UID: 1}, opened.refused)
        listener.close()

    def test_share(self) -> None:
        """One user has a quarter of the places."""
        opened = self.open(max_subscribers=8)
        for number in range(6):
            self.listen(f'{number}.sock', OTHERS[0])
        self.listen('x.sock', OTHERS[1])

        opened.update(self.left)

        self.assertEqual({OTHERS[0]: 4}, opened.refused)
        self.assertEqual(3, len(opened.targets))
        self.assertIn('x.sock', opened.targets)

    def test_share_of_members(self) -> None:
        """The members of groups use the share of their users."""
        opened = self.open(max_subscribers=8)
        for number, uid in enumerate((*[OTHERS[0]] * 4, OTHERS[1])):
            self.listen(f'audit@{number}.sock', uid)

        opened.update(self.left)

        self.assertEqual({OTHERS[0]: 2}, opened.refused)
        self.assertEqual(
            [OTHERS[0], OTHERS[0], OTHERS[1]],
            sorted(
                member.uid
                for target in opened.targets.values()
                for member in target.all_members
            ),
        )

    def test_exempt(self) -> None:
        """Root and the user of this process may have all places."""
        for uid in {0, UID}:
            opened = self.open(max_subscribers=8)
            for number in range(9):
                self.listen(f'{number}.sock', uid)
            opened.update(self.left)

            self.assertEqual({uid: 1}, opened.refused)
            self.assertEqual(8, len(opened.targets))
            for name in os.listdir(self.where.path):
                os.unlink(f'{self.where.path}/{name}')

    @base.as_root
    def test_real_users(self) -> None:
        """A socket uses the share of the user that it belongs to."""
        os.chmod(self.where.path, 0o1777)
        opened = self.open(max_subscribers=8)

        def child() -> dict[str, object]:
            # No path from the root is open to the other users.
            os.chdir(self.where.path)
            listeners = []
            for uid in OTHERS:
                with base.as_user(uid):
                    for number in range(3):
                        listener = packet.new_socket(PACKETS)
                        listener.bind(f'{uid}-{number}.sock')
                        listener.listen(1)
                        listeners.append(listener)
            opened.update(self.left)
            return {
                'refused': sorted(opened.refused.items()),
                'targets': len(opened.targets),
            }

        self.assertEqual(
            {'refused': [[OTHERS[0], 1], [OTHERS[1], 1]], 'targets': 4},
            self.in_child(child),
        )


class WaitingTest(PlacesCase):
    """Subscribers that wait for a place."""

    def setUp(self) -> None:
        super().setUp()
        self.opened = self.open(max_subscribers=8)
        for number in range(4):
            name = f'{number}.sock'
            self.listen(name, OTHERS[0])
            # The later ones are older.
            self.disguise.ages[name] = number
        self.opened.update(self.left)
        self.assertEqual({'0.sock', '1.sock'}, set(self.opened.targets))

    def test_subscriber_leaves(self) -> None:
        """A place that a subscriber leaves goes to the next."""
        os.unlink(f'{self.where.path}/1.sock')

        self.opened.update(self.left)

        self.assertEqual({'0.sock', '2.sock'}, set(self.opened.targets))
        self.assertEqual({OTHERS[0]: 1}, self.opened.refused)

    def test_subscriber_ends(self) -> None:
        """An ended subscriber frees its place, which its socket may retake."""
        self.clock.advance(1.5)
        self.look(self.opened)
        self.assertFalse(self.opened.changed())

        self.opened.discard(['0.sock'])

        self.assertTrue(self.opened.changed())
        self.opened.update(self.left)
        # It still listens, and is the newest.
        self.assertEqual({'0.sock', '1.sock'}, set(self.opened.targets))

    def test_other_user_leaves(self) -> None:
        """The place of another user changes nothing for this one."""
        listener = self.listen('x.sock', OTHERS[1])
        self.opened.update(self.left)
        self.assertEqual(3, len(self.opened.targets))
        listener.close()
        os.unlink(f'{self.where.path}/x.sock')

        self.opened.update(self.left)

        self.assertEqual({'0.sock', '1.sock'}, set(self.opened.targets))
        self.assertEqual({OTHERS[0]: 2}, self.opened.refused)

    def test_nothing_is_tried(self) -> None:
        """Without a free place no socket is tried, and no update is due."""
        self.clock.advance(1.5)
        self.assertEqual([], self.tries(self.opened))
        self.look(self.opened)

        self.assertFalse(self.opened.changed())

    def test_no_retry_without_a_place(self) -> None:
        """A socket that has refused is not due while it has no place."""
        self.refuse('4.sock', OTHERS[1])
        for number in range(5, 7):
            self.refuse(f'{number}.sock', OTHERS[1])
        self.opened.update(self.left)
        self.assertTrue(self.opened.changed())
        for number in range(7, 9):
            self.listen(f'{number}.sock', OTHERS[1])
        self.clock.advance(1.5)
        self.look(self.opened)
        self.look(self.opened)

        self.assertFalse(self.opened.changed())
        self.assertEqual([], self.tries(self.opened))

    def test_member_ends(self) -> None:
        """The place of a member that ended goes to the next subscriber."""
        opened = self.open(max_subscribers=2)
        for number in range(4):
            os.unlink(f'{self.where.path}/{number}.sock')
        listener = self.listen('audit@x.sock')
        self.listen('audit@y.sock')
        opened.update(self.left)
        self.listen('z.sock')
        opened.update(self.left)
        self.assertEqual({UID: 1}, opened.refused)
        listener.close()
        for _ in range(2):
            self.offer(opened, 1)

        opened.update(self.left)

        self.assertEqual({'audit/', 'z.sock'}, set(opened.targets))


class GroupTest(PlacesCase):
    def test_member_that_listens_again(self) -> None:
        """A member that was given up comes back when it can be reached."""
        opened = self.open()
        for name in 'audit@x.sock', 'audit@y.sock':
            self.listen(name)
        opened.update(self.left)
        self.clock.advance(1.5)
        self.look(opened)
        self.assertFalse(opened.changed())
        (group,) = opened.targets.values()
        assert isinstance(group, subscriber.Group)
        write = members.DirectoryMember.write

        def write_unless_absent(
            member: members.DirectoryMember, outgoing: packet.Outgoing
        ) -> Outcome:
            if member._name == 'audit@x.sock':
                return Outcome.ABSENT
            return write(member, outgoing)

        with mock.patch.object(
            members.DirectoryMember, 'write', write_unless_absent
        ):
            for _ in range(2):
                self.assertEqual(['delivered'], self.offer(opened, 1))
        self.assertEqual(['audit@y.sock'], list(group.members))
        self.clock.advance(rendezvous.CHECK_INTERVAL)
        self.assertTrue(opened.changed())

        self.look(opened)

        self.assertEqual({'audit@x.sock', 'audit@y.sock'}, set(group.members))
        self.look(opened)
        self.assertFalse(opened.changed())


class AttemptsTest(PlacesCase):
    """Attempts to connect that fail are few."""

    def limit(self, number: int) -> None:
        """Limit the failures of one call; a user has a quarter of them."""
        self.patch(budgets, 'MOST_FAILURES', number)
        self.attempts = budgets.Attempts(refusals.Refusals('/run/x'))

    def test_bounded(self) -> None:
        """One update fails a limited number of times; others come first."""
        self.limit(3)
        for number in range(10):
            self.refuse(f'{number}.sock')
        opened = self.open()
        tried: list[str] = []
        for count in 3, 3, 3, 1:
            found = self.tries(opened)
            # Those that have not been tried come first.
            tried += found[:count]
            self.assertEqual(3, len(found))
            self.assertTrue(opened.changed())

        self.assertEqual(10, len(set(tried)))
        self.assertEqual({}, opened.targets)

    def test_bounded_while_names_change(self) -> None:
        """The number is also limited if each update finds a change."""
        self.limit(12)
        for number in range(10):
            self.refuse(f'{number}.sock', OTHERS[0])
        opened = self.open()
        tried = set()
        for number in range(4):
            pathlib.Path(f'{self.where.path}/{number}').touch()
            tried.update(self.tries(opened))

        self.assertEqual(10, len(tried))

    def test_other_users_come_first(self) -> None:
        """A user with many failing sockets does not delay another user."""
        self.limit(12)
        opened = self.open()
        for look in range(5):
            # They are the newest at every look.
            for number in range(10):
                self.refuse(f'{look}-{number}.sock', OTHERS[0])
            self.listen(f'{look}.sock', OTHERS[1] + look)

            self.tries(opened)

            self.assertIn(f'{look}.sock', opened.targets)

    def test_many_dead(self) -> None:
        """A new subscriber is reached at once, however many are dead."""
        for number in range(1500):
            self.refuse(f'{number}.sock', OTHERS[0], age=1)
        self.listen('x.sock', OTHERS[0])
        opened = self.open()

        tried = self.tries(opened)

        self.assertEqual(['x.sock'], list(opened.targets))
        self.assertEqual('x.sock', tried[0])
        self.assertEqual(1 + budgets.MOST_FAILURES // 4, len(tried))

    def test_names_that_are_kept(self) -> None:
        """Of one user, 512 names are kept, or twice its places if more."""
        for number in range(700):
            self.refuse(f'{number}.sock', OTHERS[0])
        for limit, kept in (10, 512), (1024, 512), (1400, 700), (4000, 700):
            opened = self.open(max_subscribers=limit)
            opened.update(self.left)
            self.assertEqual(kept, len(opened._candidates.names))

    def test_share(self) -> None:
        """One user may cause a quarter of the failures, others the rest."""
        self.limit(12)
        for number in range(20):
            self.refuse(f'{number}.sock', OTHERS[0])
            self.refuse(f'other-{number}.sock', OTHERS[1])
            self.refuse(f'own-{number}.sock', UID)
        opened = self.open()

        tried = self.tries(opened)

        self.assertEqual(12, len(tried))
        self.assertEqual(3, len([x for x in tried if x[0].isdigit()]))
        self.assertEqual(3, len([x for x in tried if x[:5] == 'other']))

    def test_one_budget(self) -> None:
        """Updates and deliveries of a call share the attempts."""
        self.limit(12)
        opened = self.open(max_subscribers=40)
        peers = []
        for number in range(5):
            self.listen(f'{number}.sock', OTHERS[0])
            peers.append(self.listen(f'other-{number}.sock', OTHERS[1]))
        opened.update(self.left)
        for target in opened.targets.values():
            for member in target.all_members:
                member.close()
        for number in range(2):
            self.refuse(f'x-{number}.sock', OTHERS[0])
        self.tries(opened)

        outcomes = self.offer(opened, 1)

        # One of this user, and three of the other, which has its own share.
        self.assertEqual(4, outcomes.count('delivered'))
        self.assertEqual(6, outcomes.count('unreachable'))
        # The next call looks, and then has a new budget.
        self.assertTrue(opened.changed())

    def test_user_without_a_place(self) -> None:
        """An update checks a used-up share once, not for each name."""
        room = shares.Shares.room
        asked: list[int] = []

        def count(table: shares.Shares, uid: int) -> int:
            asked.append(uid)
            return room(table, uid)

        opened = self.open(max_subscribers=4)
        self.listen('x.sock', OTHERS[0])
        opened.update(self.left)
        for number in range(500):
            self.refuse(f'{number}.sock', OTHERS[0])
        self.patch(shares.Shares, 'room', count)

        opened.update(self.left)

        self.assertEqual({OTHERS[0]: 500}, opened.refused)
        self.assertEqual([OTHERS[0]], asked)

    def test_new_socket_that_refuses(self) -> None:
        """A new socket that refuses is tried at every call."""
        self.clock.stop()
        self.refuse('x.sock', age=0.5)
        opened = self.open()
        for _ in range(5):
            self.assertTrue(opened.changed())
            self.assertEqual(['x.sock'], self.tries(opened))

    def test_old_socket_that_refuses(self) -> None:
        """An old socket that refuses is tried once a second."""
        self.clock.stop()
        self.refuse('x.sock', age=1000)
        opened = self.open()
        self.assertEqual(['x.sock'], self.tries(opened))
        self.clock.advance(0.9)
        for _ in range(5):
            self.assertEqual([], self.tries(opened))
        self.clock.advance(0.1)

        self.assertEqual(['x.sock'], self.tries(opened))
        self.assertEqual([], self.tries(opened))

    def test_older_is_tried_less_often(self) -> None:
        """A socket that is not very old is tried more often."""
        self.clock.stop()
        self.refuse('x.sock', age=4)
        opened = self.open()
        self.tries(opened)
        self.clock.advance(0.3)
        self.assertEqual([], self.tries(opened))
        self.clock.advance(0.2)

        self.assertEqual(['x.sock'], self.tries(opened))

    def test_untried_names_are_due(self) -> None:
        """The next call tries the names for which the budget had no room."""
        self.limit(12)
        for number in range(7):
            self.refuse(f'{number}.sock', OTHERS[0], age=5)
        opened = self.open()
        self.clock.advance(1.5)
        for count in 3, 3, 1:
            self.assertTrue(opened.changed())
            opened.is_lost()
            self.assertEqual(count, len(self.tries(opened)))

        self.look(opened)
        self.assertFalse(opened.changed())

    def test_old_dead_socket_needs_no_update(self) -> None:
        """An old dead socket makes no update due at the next call."""
        self.refuse('x.sock', OTHERS[0], age=5)
        opened = self.open()
        self.clock.advance(1.5)
        self.look(opened)
        self.look(opened)

        self.assertFalse(opened.changed())

    def test_listens_later(self) -> None:
        """A socket that has refused is reached when it listens."""
        sock = packet.new_socket(PACKETS)
        self.addCleanup(sock.close)
        sock.bind(f'{self.where.path}/x.sock')
        opened = self.open()
        opened.update(self.left)
        self.assertEqual({}, opened.targets)

        sock.listen(1)
        opened.update(self.left)

        self.assertEqual(['x.sock'], list(opened.targets))
        self.assertEqual(['delivered'], self.offer(opened, 1))

    def test_connected_once(self) -> None:
        """A subscriber is connected to once, also if it is found twice."""
        listener = self.listen('x.sock')
        opened = self.open()
        scan = rendezvous.Scanner.scan

        def scan_twice(
            scanner: rendezvous.Scanner, known: object
        ) -> rendezvous.Scan | None:
            # As if the look had begun before the subscriber was known.
            return scan(scanner, frozenset)

        self.patch(rendezvous.Scanner, 'scan', scan_twice)
        for _ in range(3):
            opened.update(self.left)
            opened._scanner.look_closely()

        self.assertEqual(['x.sock'], list(opened.targets))
        packet.accept(listener).close()
        self.assertRaises(BlockingIOError, packet.accept, listener)
