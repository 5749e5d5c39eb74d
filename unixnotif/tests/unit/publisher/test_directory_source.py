# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The source of a rendezvous directory: its subscribers, as they change."""

import _socket
import os
import shutil
from typing import Any
from typing import NoReturn

import fixtures

from unixnotif import address
from unixnotif import errors
from unixnotif import packet
from unixnotif import publisher as publishers
from unixnotif import rendezvous
from unixnotif.packet import Outcome
from unixnotif.publisher import directory_source
from unixnotif.publisher import members
from unixnotif.publisher import subscriber
from unixnotif.tests import base
from unixnotif.tests.unit.publisher import cases


class UpdateTest(cases.DirectorySourceCase):
    def test_changed(self) -> None:
        """An update is due when a subscriber came or left."""
        opened = self.open()
        self.assertTrue(opened.changed())
        self.assertTrue(opened.update(self.left))
        receiver = self.new_consumer(self.where)
        self.assertTrue(opened.changed())
        opened.update(self.left)
        # Until the time stamp of the directory is old enough.
        self.clock.advance(1.5)
        opened.is_lost()
        opened.update(self.left)
        self.assertFalse(opened.changed())

        receiver.close()

        self.assertTrue(opened.changed())

    def test_targets_follow_the_directory(self) -> None:
        """The targets follow the directory; known ones stay as they are."""
        opened = self.open()
        first = self.new_consumer(self.where)
        opened.update(self.left)
        (name,) = opened.targets
        known = opened.targets[name]
        self.assertEqual([name], os.listdir(self.where.path))

        second = self.new_consumer(self.where)
        opened.update(self.left)
        self.assertEqual(set(os.listdir(self.where.path)), set(opened.targets))
        self.assertIs(known, opened.targets[name])
        second.close()
        opened.update(self.left)
        self.assertEqual([name], list(opened.targets))
        first.close()
        opened.update(self.left)
        self.assertEqual({}, opened.targets)
        self.assertEqual(2, len(self.left.targets))
        self.assertIn(known, self.left.targets)

    def test_subscriber_that_left(self) -> None:
        """A subscriber that left is handed over with its connection."""
        opened = self.open()
        receiver = self.new_consumer(self.where)
        opened.update(self.left)
        self.offer(opened, 1)
        (target,) = opened.targets.values()
        target.drop(Outcome.DENIED)
        os.unlink(f'{self.where.path}/{os.listdir(self.where.path)[0]}')

        opened.update(self.left)

        self.assertEqual({}, opened.targets)
        self.left.settle()
        self.assertEqual([1], base.payloads(receiver))
        self.assertEqual({'denied': 1}, receiver.lost_reasons)

    def test_new_dict(self) -> None:
        """An update replaces the dict: another thread may iterate over it."""
        opened = self.open()
        before = opened.targets
        self.new_consumer(self.where)

        opened.update(self.left)

        self.assertEqual({}, before)
        self.assertEqual(1, len(opened.targets))

    def test_connected_at_once(self) -> None:
        """An update connects to a new subscriber and sends nothing."""
        listener = self.bind(self.where, 'x.sock', _socket.SOCK_SEQPACKET)
        opened = self.open()

        self.assertTrue(opened.update(self.left))

        peer = packet.accept(listener)
        self.addCleanup(peer.close)
        self.assertRaises(BlockingIOError, peer.recv, 1)

    def test_changed_until_connected(self) -> None:
        """changed() is True in other threads until all are connected."""
        opened = self.open()
        # So that a scan counts as clean.
        self.clock.advance(1.5)
        opened.update(self.left)
        self.new_consumer(self.where)
        self.clock.advance(1.5)
        found = []
        prepare = members.DirectoryMember.prepare

        def ask_and_prepare(each: members.DirectoryMember) -> Outcome:
            found.append(opened.changed())
            return prepare(each)

        self.patch(members.DirectoryMember, 'prepare', ask_and_prepare)
        opened.is_lost()
        opened.update(self.left)

        self.assertEqual([True], found)
        self.assertEqual(1, len(opened.targets))

    def test_gone_before_it_was_reached(self) -> None:
        """A new subscriber that is gone again is no target."""
        opened = self.open()
        prepare = members.DirectoryMember.prepare

        def leave_and_prepare(member: members.DirectoryMember) -> Outcome:
            receiver.close()
            return prepare(member)

        receiver = self.new_consumer(self.where)
        self.patch(members.DirectoryMember, 'prepare', leave_and_prepare)

        self.assertFalse(opened.update(self.left))
        self.assertEqual({}, opened.targets)
        self.assertTrue(opened.update(self.left))

    def test_moved_before_it_was_reached(self) -> None:
        """A new subscriber that is gone makes the source look at its path."""
        self.clock.stop()
        opened = self.open()
        opened.is_lost()
        receiver = self.new_consumer(self.where)
        scan = rendezvous.Scanner.scan

        def scan_and_replace(
            scanner: rendezvous.Scanner, known: Any
        ) -> rendezvous.Scan | None:
            found = scan(scanner, known)
            if not os.path.exists(self.where.path + '.old'):
                os.rename(self.where.path, self.where.path + '.old')
                os.mkdir(self.where.path)
                receiver.close()
            return found

        self.patch(rendezvous.Scanner, 'scan', scan_and_replace)
        self.assertFalse(opened.is_lost())

        self.assertFalse(opened.update(self.left))

        self.assertTrue(opened.is_lost())
        shutil.rmtree(self.where.path + '.old')

    def test_path_leads_elsewhere_for_a_moment(self) -> None:
        """A subscriber is reached while the path leads elsewhere."""
        parent = self.new_directory().path
        where = address.Address(f'{parent}/x')
        opened = self.open(where=where)
        receiver = self.new_consumer(where)
        # So that a scan counts as clean.
        self.clock.advance(1.5)
        os.rename(parent, parent + '.old')

        self.assertTrue(opened.update(self.left))

        os.rename(parent + '.old', parent)
        self.assertEqual(['delivered'], self.offer(opened, 1))
        self.assertEqual([1], base.payloads(receiver))

    def test_not_reached_yet(self) -> None:
        """A subscriber that cannot be reached now is prepared again."""
        listener = self.bind(self.where, 'x.sock', _socket.SOCK_SEQPACKET, 0)
        with rendezvous.Directory(self.where.path) as directory:
            waiting, _ = rendezvous.connect(directory, 'x.sock')
        self.addCleanup(waiting.close)
        opened = self.open()
        for _ in range(2):
            self.assertTrue(opened.update(self.left))
            self.assertTrue(opened.changed())
        self.assertEqual(['x.sock'], list(opened.targets))
        for _ in range(2):
            packet.accept(listener).close()
            opened.update(self.left)

        self.assertEqual(['delivered'], self.offer(opened, 1))

    def test_ignored(self) -> None:
        """A leading dot or another ending makes no subscriber."""
        for name in '.x.sock', 'x.sock.tmp', 'README', '.sock':
            self.bind(self.where, name, _socket.SOCK_SEQPACKET)
        opened = self.open()

        opened.update(self.left)

        self.assertEqual({}, opened.targets)

    def test_removed(self) -> None:
        """A removed directory has no subscribers, and is lost."""
        opened = self.open()
        self.new_consumer(self.where)
        opened.update(self.left)
        shutil.rmtree(self.where.path)
        os.mkdir(self.where.path)

        self.assertTrue(opened.changed())
        self.assertFalse(opened.update(self.left))

        self.assertEqual({}, opened.targets)
        self.assertEqual(1, len(self.left.targets))
        self.assertTrue(opened.is_lost())

    def test_cannot_be_listed(self) -> None:
        """An update that fails changes nothing, and is due again."""
        opened = self.open()
        self.new_consumer(self.where)
        opened.update(self.left)
        targets = dict(opened.targets)
        self.new_consumer(self.where)

        def fail(directory: rendezvous.Directory) -> NoReturn:
            raise OSError('not now')

        with fixtures.MonkeyPatch(
            'unixnotif.rendezvous.Directory.entries', fail
        ):
            self.assertRaises(OSError, opened.update, self.left)

        self.assertEqual(targets, opened.targets)
        self.assertTrue(opened.changed())
        opened.update(self.left)
        self.assertEqual(2, len(opened.targets))

    def test_discard(self) -> None:
        """A discarded subscriber is closed, and no target."""
        opened = self.open()
        first, second = (self.new_consumer(self.where) for _ in range(2))
        opened.update(self.left)
        before = opened.targets
        keys = list(before)

        opened.discard(keys[:1])

        self.assertEqual(keys[1:], list(opened.targets))
        self.assertEqual(keys, list(before))
        self.offer(opened, 1)
        self.assertEqual(
            [[], [1]], sorted(base.payloads(each) for each in (first, second))
        )


class GroupTest(cases.DirectorySourceCase):
    def group(
        self, opened: directory_source.DirectorySource, name: str
    ) -> subscriber.Group:
        found = opened.targets[f'{name}/']
        assert isinstance(found, subscriber.Group)
        return found

    def test_one_subscriber(self) -> None:
        """The members of a group are one subscriber."""
        opened = self.open()
        members = [self.new_consumer(self.where, 'audit') for _ in range(3)]
        self.new_consumer(self.where, 'bills')

        opened.update(self.left)

        self.assertEqual({'audit/', 'bills/'}, set(opened.targets))
        self.assertEqual(3, len(self.group(opened, 'audit').members))
        members[1].close()
        opened.update(self.left)
        self.assertEqual(2, len(self.group(opened, 'audit').members))

    def test_members_change(self) -> None:
        """A group keeps its turn, its counts and its other members."""
        opened = self.open()
        self.new_consumer(self.where, 'audit')
        leaving = self.new_consumer(self.where, 'audit')
        opened.update(self.left)
        before = self.group(opened, 'audit')
        self.offer(opened, 1)
        before.drop(Outcome.DENIED)
        kept = set(before.members)
        leaving.close()
        self.new_consumer(self.where, 'audit')

        opened.update(self.left)

        after = self.group(opened, 'audit')
        self.assertIsNot(before, after)
        self.assertIs(before.rotation, after.rotation)
        self.assertEqual({'denied': 1}, after.lost)
        (name,) = kept & set(after.members)
        self.assertIs(before.members[name], after.members[name])
        self.assertEqual(2, len(after.members))
        # The member that left may have a memfd: Departed decides.
        self.assertEqual(1, len(self.left.targets))
        self.left.settle()
        self.assertEqual({}, self.left.targets)

    def test_stale_members_are_closed(self) -> None:
        """The connection to a member that left is closed."""
        opened = self.open()
        listener = self.bind(
            self.where, 'audit@x.sock', _socket.SOCK_SEQPACKET
        )
        self.new_consumer(self.where, 'audit')
        opened.update(self.left)
        self.offer(opened, 1)
        self.offer(opened, 2)
        peer = packet.accept(listener)
        self.addCleanup(peer.close)
        self.assertNotEqual(b'', peer.recv(65536))
        os.unlink(f'{self.where.path}/audit@x.sock')

        opened.update(self.left)
        self.left.settle()

        self.assertEqual(b'', peer.recv(65536))

    def test_all_members_left(self) -> None:
        """A group without members has left."""
        opened = self.open()
        member = self.new_consumer(self.where, 'audit')
        opened.update(self.left)
        member.close()

        opened.update(self.left)

        self.assertEqual({}, opened.targets)
        self.assertEqual(1, len(self.left.targets))

    def test_group_and_subscriber_of_one_name(self) -> None:
        """A group and a subscriber may have the same name."""
        opened = self.open()
        self.bind(self.where, 'x.sock', _socket.SOCK_SEQPACKET)
        self.bind(self.where, 'x.sock@y.sock', _socket.SOCK_SEQPACKET)

        opened.update(self.left)

        self.assertEqual({'x.sock', 'x.sock/'}, set(opened.targets))

    def test_first_turn(self) -> None:
        """Short-lived emitters do not all begin with the same member."""
        members = [self.new_consumer(self.where, 'audit') for _ in range(2)]

        for n in range(50):
            with publishers.Publisher(self.where) as publisher:
                publisher.publish(base.document(n))

        shares = [len(base.payloads(each)) for each in members]
        self.assertEqual(50, sum(shares))
        self.assertGreater(min(shares), 0)


class FormerCountsTest(cases.DirectorySourceCase):
    def test_subscriber(self) -> None:
        """A subscriber that is still there receives its drop counts."""
        receiver = self.new_consumer(self.where)
        (name,) = os.listdir(self.where.path)
        former = {name: {'denied': 2}, 'other.sock': {'denied': 1}}
        opened = self.open(former=former)

        opened.update(self.left)
        self.offer(opened, 1)

        self.assertEqual([1], base.payloads(receiver))
        self.assertEqual({'denied': 2}, receiver.lost_reasons)

    def test_group(self) -> None:
        """A group that is found by its former name gets its drop counts."""
        member = self.new_consumer(self.where, 'audit')
        opened = self.open(former={'audit/': {'denied': 2}})

        opened.update(self.left)
        self.offer(opened, 1)

        self.assertEqual([1], base.payloads(member))
        self.assertEqual({'denied': 2}, member.lost_reasons)

    def test_shared(self) -> None:
        """Former and new subscriber share the counts: only one reports."""
        self.new_consumer(self.where, 'audit')
        counts = {'denied': 2}
        opened = self.open(former={'audit/': counts})

        opened.update(self.left)
        (target,) = opened.targets.values()
        self.assertIs(counts, target.lost)
        self.offer(opened, 1)

        self.assertEqual({}, counts)

    def test_subscriber_found_later(self) -> None:
        """Drop counts are kept until their subscriber is found."""
        opened = self.open(former={'audit/': {'denied': 2}})
        opened.update(self.left)
        member = self.new_consumer(self.where, 'audit')

        opened.update(self.left)
        self.offer(opened, 1)

        base.payloads(member)
        self.assertEqual({'denied': 2}, member.lost_reasons)


class LifeTest(cases.DirectorySourceCase):
    def test_created(self) -> None:
        """A missing directory is created, with a mode that fits."""
        where = address.Address(self.where.path + '/new')

        self.open(where=where)

        self.assertEqual(0o43770, os.stat(where.path).st_mode)

    @base.as_root
    def test_mode_and_group(self) -> None:
        """A directory that is created has the group and a mode that fits."""
        where = address.Address(self.where.path + '/new')

        self.open(where=where, mode=0o666, gid=4_000_000)

        found = os.stat(where.path)
        self.assertEqual(0o43777, found.st_mode)
        self.assertEqual(4_000_000, found.st_gid)

    def test_not_a_directory(self) -> None:
        """A file with the name is an error, and leaks no descriptor."""
        where = address.Address(self.where.path + '/file')
        with open(where.path, 'w'):
            pass
        before = base.descriptors_before()

        e = self.assertRaises(
            errors.UnavailableError, lambda: self.open(where=where)
        )

        self.assertIn('Not a directory', str(e))
        self.assertEqual(before, base.open_descriptors())

    def test_is_open(self) -> None:
        """A source is open until its descriptor names another file."""
        opened = self.open()
        self.assertTrue(opened.is_open())
        self.assertFalse(opened.is_lost())

        opened.close()

        self.assertFalse(opened.is_open())
        self.assertTrue(opened.is_lost())
        self.assertTrue(opened.changed())

    def test_is_lost(self) -> None:
        """Another directory at the path is noticed at the next interval."""
        self.clock.stop()
        opened = self.open()
        self.assertFalse(opened.is_lost())
        os.rename(self.where.path, self.where.path + '.old')
        os.mkdir(self.where.path)
        self.assertFalse(opened.is_lost())

        self.clock.advance(rendezvous.CHECK_INTERVAL)

        self.assertTrue(opened.changed())
        self.assertTrue(opened.is_lost())
        os.rmdir(self.where.path + '.old')

    def test_close(self) -> None:
        """Closing leaves the directory, and the subscribers to the caller."""
        receiver = self.new_consumer(self.where)
        before = base.descriptors_before()
        opened = self.open()
        opened.update(self.left)
        (target,) = opened.targets.values()

        for verb in opened.leave, opened.abandon, opened.close, opened.close:
            verb()

        self.assertEqual(1, len(os.listdir(self.where.path)))
        self.assertIs(
            Outcome.DELIVERED, target.offer(packet.Outgoing(base.document()))
        )
        self.assertEqual([0], base.payloads(receiver))
        target.close()
        receiver.receive(0)
        self.assertEqual(before, base.open_descriptors())
