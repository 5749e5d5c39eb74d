# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The route: one source at a time, and the subscribers that left."""

import grp
import os
import shutil

from unixnotif import address
from unixnotif import errors
from unixnotif import packet
from unixnotif import rendezvous
from unixnotif.packet import Outcome
from unixnotif.publisher import departed
from unixnotif.publisher import refusals
from unixnotif.publisher import route
from unixnotif.publisher import sources
from unixnotif.tests import base
from unixnotif.tests.unit.publisher import cases


class RouteCase(cases.PublisherCase):
    def setUp(self) -> None:
        super().setUp()
        self.clock = self.new_clock()
        self.clock.stop()

    def new_route(
        self, where: address.Address, group: str | None = None
    ) -> route.Route:
        settings = sources.Settings(0o660, group, 65536, 10)
        made = route.Route(where, settings, refusals.Refusals(where.path))
        self.addCleanup(made.close)
        return made

    def offer(self, made: route.Route, payload: object) -> list[str]:
        """Offer a document to all; return the outcomes."""
        outgoing = packet.Outgoing(base.document(payload))
        return [
            target.offer(outgoing).value
            for target in made.source.targets.values()
        ]

    def replace(self, where: address.Address) -> None:
        """Put another directory at the path; keep the former elsewhere."""
        os.rename(where.path, where.path + '.old')
        self.addCleanup(shutil.rmtree, where.path + '.old')
        os.mkdir(where.path)
        self.clock.advance(rendezvous.CHECK_INTERVAL)


class LookTest(RouteCase):
    def count_lookups(self, duration: float = 0.0) -> list[str]:
        """Return a list to which each look-up of a group adds its name.

        :param duration: seconds of one
        """
        names: list[str] = []
        self.groups = {'audit': os.getegid()}

        def getgrnam(name: str) -> grp.struct_group:
            names.append(name)
            self.clock.advance(duration)
            if name not in self.groups:
                raise KeyError(f'name not found: {name!r}')
            return grp.struct_group((name, 'x', self.groups[name], []))

        self.patch(grp, 'getgrnam', getgrnam)
        return names

    def test_opens(self) -> None:
        """The first look opens a source; the next ones keep it."""
        for where in self.new_addresses():
            made = self.new_route(where)
            self.assertFalse(made.is_open)
            made.look()
            self.assertTrue(made.is_open)
            opened = made.source
            self.clock.advance(rendezvous.CHECK_INTERVAL)
            self.new_consumer(where)

            made.look()

            self.assertIs(opened, made.source)
            self.assertEqual(['delivered'], self.offer(made, 1))

    def test_cannot_be_opened(self) -> None:
        """A look that fails raises, and the next one tries again."""
        parent = self.new_directory().path + '/later'
        made = self.new_route(address.Address(f'{parent}/x'))
        for _ in range(2):
            self.assertRaises(errors.UnavailableError, made.look)
            self.assertFalse(made.is_open)
            self.assertTrue(made.source.changed())

        os.mkdir(parent)
        made.look()

        self.assertTrue(made.is_open)

    def test_no_such_group(self) -> None:
        """A group that does not exist is an error, and nothing is created."""
        where = address.Address(self.new_directory().path + '/x')
        made = self.new_route(where, group='no-such-group')

        self.assertRaises(errors.UnavailableError, made.look)

        self.assertFalse(os.path.exists(where.path))

    def test_group_is_looked_up_once(self) -> None:
        """A group is looked up once, even if the source is replaced."""
        names = self.count_lookups()
        for make in self.new_directory, self.new_socket:
            names.clear()
            where = make()
            made = self.new_route(where, group='audit')
            for _ in range(3):
                made.look()
                self.assertTrue(made.is_open)
                if where.is_directory:
                    shutil.rmtree(where.path)
                else:
                    os.unlink(where.path)
                self.clock.advance(60)

            self.assertEqual(['audit'], names)

    def test_failed_look_up(self) -> None:
        """A group that was not found is looked up again after ten seconds."""
        names = self.count_lookups()
        made = self.new_route(self.new_directory(), group='no-such-group')
        for count in 1, 2:
            for _ in range(3):
                e = self.assertRaises(errors.UnavailableError, made.look)
                self.assertIn('no-such-group', str(e))
                self.assertTrue(made.source.changed())
            self.assertEqual(count, len(names))
            self.clock.advance(9.5)
            self.assertRaises(errors.UnavailableError, made.look)
            self.assertEqual(count, len(names))
            self.clock.advance(0.5)

    def test_slow_failed_look_up(self) -> None:
        """The ten seconds begin when the look-up has failed."""
        names = self.count_lookups(duration=30.0)
        made = self.new_route(self.new_directory(), group='no-such-group')
        for _ in range(2):
            self.assertRaises(errors.UnavailableError, made.look)

        self.assertEqual(1, len(names))

    def test_group_is_found_later(self) -> None:
        """A group that exists by now is found, and the route opens."""
        self.count_lookups()
        made = self.new_route(self.new_directory(), group='later')
        self.assertRaises(errors.UnavailableError, made.look)
        self.groups['later'] = os.getegid()
        self.clock.advance(10)

        made.look()

        self.assertTrue(made.is_open)

    def test_in_use(self) -> None:
        """A socket with a living owner is tried again after a second."""
        where = self.new_socket()
        owner = self.new_publisher(where)
        made = self.new_route(where)
        self.assertRaises(errors.InUseError, made.look)
        owner.close()
        self.assertFalse(made.source.changed())
        made.look()
        self.assertFalse(made.is_open)

        self.clock.advance(route._RETRY_INTERVAL)

        self.assertTrue(made.source.changed())
        made.look()
        self.assertTrue(made.is_open)

    def test_retry(self) -> None:
        """A retry does not wait for the second."""
        where = self.new_socket()
        owner = self.new_publisher(where)
        made = self.new_route(where)
        self.assertRaises(errors.InUseError, made.look)
        owner.close()

        made.retry()
        made.look()

        self.assertTrue(made.is_open)

    def test_retry_of_an_open_route(self) -> None:
        """A retry changes neither an open nor a closed route."""
        made = self.new_route(self.new_directory())
        made.look()
        opened = made.source
        made.retry()
        self.assertIs(opened, made.source)

        made.close()
        made.retry()

        self.assertTrue(made.closed)


class ReplaceTest(RouteCase):
    def test_other_directory(self) -> None:
        """The subscribers of another directory replace the former ones."""
        where = self.new_directory()
        made = self.new_route(where)
        former = self.new_consumer(where)
        made.look()
        self.offer(made, 1)
        self.replace(where)
        current = self.new_consumer(where)

        made.look()

        self.assertEqual(['delivered'], self.offer(made, 2))
        self.assertEqual([2], base.payloads(current))
        self.assertEqual({}, made.departed.targets)
        received = former.receive(0)
        assert received
        self.assertEqual(1, received.payload)

    def test_drop_counts_of_the_former(self) -> None:
        """A former subscriber is reported to as soon as it has room."""
        where = self.new_directory()
        made = self.new_route(where)
        former = self.new_consumer(where)
        made.look()
        (target,) = made.source.targets.values()
        while self.offer(made, 0) == ['delivered']:
            pass
        target.drop(Outcome.BUFFER_FULL)
        self.replace(where)
        made.look()
        self.assertEqual([target], list(made.departed.targets))
        made.look()
        self.assertEqual({'buffer_full': 1}, target.lost)

        # The consumer follows the address, and reads both connections.
        base.payloads(former)
        made.look()
        base.payloads(former)

        self.assertEqual({'buffer_full': 1}, former.lost_reasons)
        self.assertEqual({}, made.departed.targets)

    def test_drop_counts_of_a_group(self) -> None:
        """A group in the other directory receives its counts, once."""
        where = self.new_directory()
        made = self.new_route(where)
        former = self.new_consumer(where, 'audit')
        made.look()
        (target,) = made.source.targets.values()
        while self.offer(made, 0) == ['delivered']:
            pass
        target.drop(Outcome.BUFFER_FULL)
        self.replace(where)
        current = self.new_consumer(where, 'audit')
        made.look()
        self.offer(made, 1)

        base.payloads(former)
        made.look()
        base.payloads(former)

        self.assertEqual([1], base.payloads(current))
        self.assertEqual({'buffer_full': 1}, current.lost_reasons)
        self.assertEqual({}, former.lost_reasons)

    def test_no_other_directory(self) -> None:
        """Without another directory, the former subscribers get documents."""
        parent = self.new_directory().path
        where = address.Address(f'{parent}/x')
        made = self.new_route(where)
        made.look()
        receiver = self.new_consumer(where)
        made.look()
        os.rename(parent, parent + '.old')
        self.clock.advance(rendezvous.CHECK_INTERVAL)
        self.assertRaises(errors.UnavailableError, made.look)
        self.assertTrue(made.is_open)

        made.look()

        self.assertEqual(['delivered'], self.offer(made, 1))
        os.rename(parent + '.old', parent)
        self.assertEqual([1], base.payloads(receiver))

    def test_replaced_all_the_time(self) -> None:
        """One look follows the address a bounded number of times."""
        looks: list[int] = []

        class Restless(sources.Unopened):
            def update(self, left: departed.Departed) -> bool:
                looks.append(len(looks))
                return False

        made = self.new_route(self.new_directory())
        self.patch(made, '_open_source', lambda owed: Restless())

        made.look()

        self.assertEqual(list(range(route._MAX_LOOKS)), looks)

    def test_other_owner(self) -> None:
        """Readers reconnect when another process owns the socket."""
        where = self.new_socket()
        made = self.new_route(where)
        made.look()
        receiver = self.new_consumer(where)
        made.look()
        self.offer(made, 1)
        parent = os.path.dirname(where.path)
        for name in os.listdir(parent):
            os.unlink(f'{parent}/{name}')
        owner = self.new_publisher(where)
        self.clock.advance(rendezvous.CHECK_INTERVAL)

        self.assertRaises(errors.InUseError, made.look)

        self.assertFalse(made.is_open)
        self.assertEqual({}, made.departed.targets)
        self.assertEqual([1], base.payloads(receiver))
        owner.publish(base.document(2))
        self.assertEqual([2], base.payloads(receiver))

    def test_nothing_leaks(self) -> None:
        """Neither a replaced nor an unusable source leaves a descriptor."""
        where = self.new_directory()
        made = self.new_route(where)
        made.look()
        before = base.descriptors_before()
        self.replace(where)
        made.look()
        self.assertEqual(before, base.open_descriptors())
        shutil.rmtree(where.path)
        os.symlink('/no/where', where.path)
        self.clock.advance(rendezvous.CHECK_INTERVAL)
        for _ in range(2):
            self.assertRaises(errors.UnavailableError, made.look)
            self.assertEqual(before, base.open_descriptors())

        os.unlink(where.path)
        made.close()

        self.assertLess(base.open_descriptors(), before)


class CloseTest(RouteCase):
    def test_closed(self) -> None:
        """A closed route has no subscribers and is never opened again."""
        for where in self.new_addresses():
            before = base.descriptors_before()
            made = self.new_route(where)
            made.look()
            self.assertFalse(made.closed)

            made.close()
            made.close()

            self.assertTrue(made.closed)
            self.assertFalse(made.is_open)
            made.look()
            self.assertTrue(made.closed)
            self.assertEqual({}, made.source.targets)
            self.assertEqual(before, base.open_descriptors())

    def test_reports(self) -> None:
        """Closing reports to current and departed subscribers."""
        where = self.new_directory()
        made = self.new_route(where)
        receivers = [self.new_consumer(where)]
        made.look()
        (first,) = made.source.targets.values()
        # A full buffer keeps it departed.
        while self.offer(made, 0) == ['delivered']:
            pass
        first.drop(Outcome.BUFFER_FULL)
        self.replace(where)
        made.look()
        receivers.append(self.new_consumer(where))
        made.look()
        (second,) = made.source.targets.values()
        second.drop(Outcome.DENIED)
        base.payloads(receivers[0])

        made.close()

        for each in receivers:
            base.payloads(each)
        self.assertEqual(
            [{'buffer_full': 1}, {'denied': 1}],
            [each.lost_reasons for each in receivers],
        )

    def test_settle_at_last(self) -> None:
        """Settling reports to all, and keeps the current subscribers."""
        for where in self.new_addresses():
            made = self.new_route(where)
            made.look()
            receiver = self.new_consumer(where)
            made.look()
            (target,) = made.source.targets.values()
            target.drop(Outcome.DENIED)

            made.settle_finally()

            self.assertEqual(['delivered'], self.offer(made, 1))
            self.assertEqual([1], base.payloads(receiver))
            self.assertEqual({'denied': 1}, receiver.lost_reasons)

    def test_leave(self) -> None:
        """Leaving takes the address away, and keeps the readers."""
        where = self.new_socket()
        made = self.new_route(where)
        made.look()
        receiver = self.new_consumer(where)
        made.look()

        made.leave()

        self.assertFalse(os.path.exists(where.path))
        self.assertEqual(['delivered'], self.offer(made, 1))
        self.assertEqual([1], base.payloads(receiver))

    def test_abandon(self) -> None:
        """Abandoning closes all descriptors, and reports nothing."""
        for where in self.new_addresses():
            made = self.new_route(where)
            made.look()
            receiver = self.new_consumer(where)
            made.look()
            (target,) = made.source.targets.values()
            target.drop(Outcome.DENIED)

            made.abandon()

            self.assertTrue(os.path.exists(where.path))
            base.payloads(receiver)
            self.assertEqual(0, receiver.lost)

    def test_abandon_departed(self) -> None:
        """Abandoning closes the departed subscribers as well."""
        where = self.new_directory()
        made = self.new_route(where)
        receiver = self.new_consumer(where)
        made.look()
        before = base.open_sockets()
        self.offer(made, 0)
        (target,) = made.source.targets.values()
        while self.offer(made, 0) == ['delivered']:
            pass
        target.drop(Outcome.BUFFER_FULL)
        self.replace(where)
        made.look()
        self.assertEqual([target], list(made.departed.targets))

        made.abandon()

        self.assertLess(len(base.open_sockets()), len(before))
        base.payloads(receiver)
        self.assertEqual(0, receiver.lost)
