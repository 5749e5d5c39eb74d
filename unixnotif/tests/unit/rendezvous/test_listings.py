# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""One look at a directory: in steps, with a limit of names per user."""

from collections.abc import Iterator
import contextlib
import functools
import itertools
import os
import shutil
import tempfile
from unittest import mock

import fixtures
import hypothesis
from hypothesis import stateful
from hypothesis import strategies

from unixnotif import rendezvous
from unixnotif.rendezvous import listings
from unixnotif.tests import base
from unixnotif.tests.unit import foreign
from unixnotif.tests.unit.rendezvous import helpers
from unixnotif.tests.unit.rendezvous import test_scanner

USERS = (60001, 60002, 60003)


def texts(look: listings.Listing) -> list[str]:
    return [each.text for each in look.new_names()]


class ListingCase(test_scanner.ScannerCase):
    """A directory, and looks of a few names at a time."""

    def setUp(self) -> None:
        super().setUp()
        self.patch(listings, 'STEP', 3)
        self.most_of_user = listings.MOST_OF_USER

    def new_look(self, *known: str) -> listings.Listing:
        made = listings.Listing(
            self.directory, frozenset(known), self.most_of_user
        )
        self.addCleanup(made.close)
        return made

    def read(self, look: listings.Listing) -> int:
        """Read to the end; return the number of steps."""
        return next(n for n in itertools.count(1) if look.read())


class StepsTest(ListingCase):
    """The steps of a look, and its end."""

    def test_steps(self) -> None:
        """A step reads a limited number of entries, of any kind."""
        self.assertEqual(1, self.read(self.new_look()))
        for number in range(10):
            self.create(f'{number}.sock')
        self.touch(*(f'{number}' for number in range(10)))
        look = self.new_look()

        self.assertEqual(7, self.read(look))

        self.assertEqual(
            {f'{number}.sock' for number in range(10)}, set(texts(look))
        )

    def test_number_of_entries(self) -> None:
        """However many names there are, a step reads no more of them."""
        for number in range(20):
            self.create(f'{number}.sock')
        look = self.new_look()
        counts: list[int] = []
        entries = look._entries

        def count() -> 'Iterator[os.DirEntry[str]]':
            assert entries is not None
            for entry in entries:
                counts[-1] += 1
                yield entry

        look._entries = count()
        for _ in range(7):
            counts.append(0)
            look.read()
        look._entries = entries

        self.assertEqual([3, 3, 3, 3, 3, 3, 2], counts)

    def test_examined(self) -> None:
        """A step reads the status of fewer names, but of each one."""
        self.patch(listings, 'STEP', 100)
        self.patch(listings, 'MOST_EXAMINED', 4)
        for number in range(10):
            self.create(f'{number}.sock', f'.{number}.sock', f'{number}')
        look = self.new_look('3.sock', '5.sock')
        counts = []
        with count_examined() as examined:
            finished = False
            while not finished:
                finished = look.read()
                counts.append(len(examined))

        self.assertEqual([4, 8, 8], counts)
        self.assertEqual(8, len(set(examined)))
        self.assertEqual(8, len(texts(look)))
        self.assertEqual({'3.sock', '5.sock'}, look.seen)

    def test_known_names(self) -> None:
        """Known names that are there are seen, and no status is read."""
        self.create('a.sock', 'b.sock', 'c.sock')
        look = self.new_look('a.sock', 'b.sock', 'x.sock')
        with count_examined() as examined:
            self.read(look)

        self.assertEqual({'a.sock', 'b.sock'}, look.seen)
        self.assertEqual(['c.sock'], texts(look))
        self.assertEqual(['c.sock'], examined)

    def test_no_status_of_other_names(self) -> None:
        """A name that a subscriber cannot have needs no system call."""
        self.create('.a.sock', 'a', 'a.sock.tmp', '.sock')
        with count_examined() as examined:
            self.read(self.new_look())

        self.assertEqual([], examined)

    def test_other_files(self) -> None:
        """Only a socket may be a subscriber's."""
        self.touch('file.sock')
        os.mkdir(f'{self.path}/directory.sock')
        os.mkfifo(f'{self.path}/fifo.sock')
        os.symlink('real.sock', f'{self.path}/link.sock')
        os.symlink('nowhere', f'{self.path}/dangling.sock')
        self.create('real.sock')
        look = self.new_look()
        self.read(look)

        self.assertEqual(['real.sock'], texts(look))

    def test_removed_meanwhile(self) -> None:
        """A name that is gone when its status is read is no name."""
        self.create('a.sock', 'b.sock')
        examine = listings.Listing._examine

        def remove_and_examine(
            look: listings.Listing, entry: 'os.DirEntry[str]'
        ) -> None:
            if entry.name == 'a.sock':
                os.unlink(f'{self.path}/a.sock')
            examine(look, entry)

        self.patch(listings.Listing, '_examine', remove_and_examine)
        look = self.new_look()
        self.read(look)

        self.assertEqual(['b.sock'], texts(look))

    def test_values(self) -> None:
        """A name has its group, its user and its time."""
        self.create('a.sock', 'x@b.sock', '@c.sock')
        look = self.new_look()
        self.read(look)

        found = {each.text: each for each in look.new_names()}
        self.assertEqual(
            {'a.sock': None, 'x@b.sock': 'x', '@c.sock': ''},
            {text: each.group for text, each in found.items()},
        )
        for text, each in found.items():
            status = os.stat(f'{self.path}/{text}')
            self.assertEqual(
                (status.st_uid, status.st_ctime_ns),
                (each.uid, each.changed_ns),
            )


class EndTest(ListingCase):
    """Looks that end early, and descriptors."""

    def setUp(self) -> None:
        super().setUp()
        self.create(*(f'{number}.sock' for number in range(10)))

    def test_end(self) -> None:
        """A look closes its descriptor at its end."""
        before = base.descriptors_before()
        look = self.new_look()
        self.assertEqual(before + 1, base.open_descriptors())

        self.read(look)

        self.assertEqual(before, base.open_descriptors())
        look.close()
        self.assertTrue(look.read())

    def test_closed_in_the_middle(self) -> None:
        """A look that is given up leaves no descriptor; the next is whole."""
        before = base.descriptors_before()
        for steps in range(4):
            look = self.new_look()
            for _ in range(steps):
                self.assertFalse(look.read())

            look.close()
            look.close()

            self.assertEqual(before, base.open_descriptors())
        look = self.new_look()
        self.read(look)
        self.assertEqual(10, len(texts(look)))

    def test_no_descriptor_left(self) -> None:
        """A look has a descriptor, however few the process has."""

        def child() -> list[int]:
            found = []
            with base.no_more_descriptors():
                for _ in range(3):
                    look = self.new_look()
                    self.read(look)
                    found.append(len(texts(look)))
            return found

        before = base.descriptors_before()
        self.assertEqual([10, 10, 10], self.in_child(child))
        self.assertEqual(before, base.open_descriptors())

    def test_look_of_a_forked_child(self) -> None:
        """A child that ends its copy of a look does not disturb its parent."""
        look = self.new_look()
        look.read()

        self.in_child(look.close)

        self.read(look)
        names = texts(look)
        self.assertEqual(10, len(names))
        self.assertEqual(10, len(set(names)))

    def test_descriptors_closed_in_the_middle(self) -> None:
        """A look whose descriptors a service closed harms no other file."""
        path = self.useFixture(fixtures.TempDir()).path
        # More names than one system call reads.
        self.create(*(f'{number}-.sock' for number in range(3000)))

        def child(kind: str) -> str:
            service = foreign.Service(path)
            before = foreign.open_descriptors()
            scanner = rendezvous.Scanner(
                rendezvous.Directory(self.path, listable=True)
            )
            self.assertIsNone(scanner.scan(frozenset))
            numbers = foreign.open_descriptors() - before
            self.assertEqual(3, len(numbers))
            service.take_over(numbers, kind)
            # What a publisher asks before it reads any further.
            self.assertTrue(scanner.changed())
            self.assertTrue(scanner.is_lost())
            scanner.close()
            del scanner
            return service.damage()

        for kind in foreign.KINDS:
            self.assertEqual('', self.in_child(functools.partial(child, kind)))


class OrderTest(ListingCase):
    """Which names are kept, and the order in which they are tried."""

    def setUp(self) -> None:
        super().setUp()
        self.most_of_user = 4
        self.disguise = helpers.Disguise()
        self.patch(listings.Listing, '_examine', self.disguise.examine())

    def add(self, uid: int, time: int, name: str = '') -> str:
        """Create a socket of a user with a time in seconds."""
        name = name or f'{uid}-{time}.sock'
        self.create(name)
        self.disguise.users[name] = uid
        self.disguise.times[name] = time
        return name

    def names(self) -> list[str]:
        look = self.new_look()
        self.read(look)
        return texts(look)

    def test_newest_first(self) -> None:
        """The newest names of a user come first."""
        names = [self.add(USERS[0], time) for time in (3, 1, 4, 2)]

        self.assertEqual(
            [names[i] for i in (2, 0, 3, 1)],
            self.names(),
        )

    def test_newest_of_many(self) -> None:
        """Of one user, a limited number of names is kept: the newest."""
        times = [*range(0, 50, 2), *range(49, 0, -2)]
        for time in times:
            self.add(USERS[0], time)
        look = self.new_look()
        while not look.read():
            self.assertLess(len(look._found[USERS[0]]), 8)

        self.assertEqual(
            [f'{USERS[0]}-{time}.sock' for time in (49, 48, 47, 46)],
            texts(look),
        )

    def test_trusted_users(self) -> None:
        """Of root and of this user, as many as of all users are kept."""
        for uid in {0, os.geteuid()}:
            for time in range(70):
                self.add(uid, time, f'{uid}-{time}.sock')

            self.assertEqual(
                [f'{uid}-{time}.sock' for time in range(69, 5, -1)],
                self.names(),
            )
            for time in range(70):
                os.unlink(f'{self.path}/{uid}-{time}.sock')

    def test_many_users(self) -> None:
        """Of all users together, a limited number of names is kept.

        The users take turns, those with low ids first.
        """
        for uid in range(100_000, 100_200):
            self.add(uid, uid, f'{uid}.sock')
        for time in range(10):
            self.add(USERS[0], time)
        look = self.new_look()
        while not look.read():
            self.assertLess(sum(map(len, look._found.values())), 128)

        self.assertEqual(
            [
                f'{USERS[0]}-9.sock',
                *(f'{uid}.sock' for uid in range(100_000, 100_063)),
            ],
            texts(look),
        )

    def test_work_for_many_users(self) -> None:
        """The work grows with the number of names, not names times users."""
        self.most_of_user = 300
        for uid in range(100_000, 100_300):
            self.add(uid, 1, f'{uid}.sock')
        for time in range(300):
            self.add(USERS[0], time)
        ranks: list[int] = []
        rank = listings._rank

        def count(ranked: tuple[int, int, listings.Name]) -> tuple[int, int]:
            ranks.append(ranked[0])
            return rank(ranked)

        self.patch(listings, '_rank', count)

        self.assertEqual(600, len(self.names()))
        self.assertEqual(600, len(ranks))

    def test_same_time(self) -> None:
        """Names with one time have the order of their texts."""
        names = [self.add(USERS[0], 1, f'{n}.sock') for n in (2, 3, 1, 5, 4)]

        self.assertEqual(sorted(names)[:4], self.names())

    def test_turns(self) -> None:
        """The users take turns, however new the names of one are."""
        for time in 100, 101, 102, 103, 104, 105:
            self.add(USERS[1], time)
        self.add(USERS[0], 1)
        self.add(USERS[2], 2)
        self.add(USERS[2], 3)

        self.assertEqual(
            [
                f'{USERS[0]}-1.sock',
                f'{USERS[1]}-105.sock',
                f'{USERS[2]}-3.sock',
                f'{USERS[1]}-104.sock',
                f'{USERS[2]}-2.sock',
                f'{USERS[1]}-103.sock',
                f'{USERS[1]}-102.sock',
            ],
            self.names(),
        )

    def test_recreated_meanwhile(self) -> None:
        """A name that is listed twice is one name, with the later time."""
        entries, end = self.directory.entries, self.directory.end_entries
        self.add(USERS[0], 1, 'a.sock')
        self.add(USERS[0], 2, 'b.sock')

        def list_twice() -> 'Iterator[os.DirEntry[str]]':
            for _ in range(2):
                found = entries()
                yield from found
                end(found)
                self.disguise.times['a.sock'] = 3

        self.patch(self.directory, 'entries', list_twice)
        self.patch(self.directory, 'end_entries', lambda _: None)
        look = self.new_look()
        self.read(look)

        self.assertEqual(
            [('a.sock', 3), ('b.sock', 2)],
            [
                (each.text, each.changed_ns // 10**9)
                for each in look.new_names()
            ],
        )


class LookModel(stateful.RuleBasedStateMachine):
    """A scanner that reads a few names at a time, while they change.

    Somebody may also have the scanner look closely at any time.
    """

    def __init__(self) -> None:
        super().__init__()
        self.path = tempfile.mkdtemp()
        self.scanner = rendezvous.Scanner(
            rendezvous.Directory(self.path, listable=True)
        )
        self.follower = helpers.Follower(self.scanner)
        self.present: set[str] = set()
        # Names that were there, or not there, since the look began.
        self.always: set[str] | None = None
        self.never: set[str] = set()
        self.steps = 0

    def teardown(self) -> None:
        self.scanner.close()
        shutil.rmtree(self.path)

    @stateful.rule(numbers=strategies.sets(strategies.integers(0, 30)))
    def add(self, numbers: set[int]) -> None:
        for name in {f'{number}.sock' for number in numbers} - self.present:
            helpers.create_socket(f'{self.path}/{name}')
            self.present.add(name)
            self.never.discard(name)

    @stateful.rule(numbers=strategies.sets(strategies.integers(0, 30)))
    def remove(self, numbers: set[int]) -> None:
        for name in {f'{number}.sock' for number in numbers} & self.present:
            os.unlink(f'{self.path}/{name}')
            self.present.remove(name)
            if self.always is not None:
                self.always.discard(name)

    @stateful.rule()
    def look_closely(self) -> None:
        self.scanner.look_closely()

    @stateful.rule(step=strategies.integers(1, 7))
    def look(self, step: int) -> None:
        if self.always is None:
            self.always = set(self.present)
            self.never = {f'{n}.sock' for n in range(31)} - self.present
            self.steps = 0
        was_changed = self.scanner.changed()
        with mock.patch.object(listings, 'STEP', step):
            scan = self.follower.look()
        if scan is not None:
            texts = [each.text for each in scan.names]
            assert len(set(texts)) == len(texts)
            assert self.always <= self.follower.known
            assert not self.never & self.follower.known
            assert not self.always & scan.gone
            self.always = None
        elif not was_changed:
            # Nothing to look at.
            assert self.follower.known == self.present
            self.always = None
        else:
            self.steps += 1
            # Each name may be listed once more when it was created again.
            assert self.steps < 300
            assert self.scanner.changed()


class LookTest(base.TestCase):
    def test_model(self) -> None:
        """However names change meanwhile, a look finds those that stay."""
        stateful.run_state_machine_as_test(
            LookModel,
            settings=hypothesis.settings(
                base.fuzz, max_examples=60, stateful_step_count=60
            ),
        )


@contextlib.contextmanager
def count_examined() -> Iterator[list[str]]:
    """Give the names of which a look reads the status."""
    examined: list[str] = []
    examine = listings.Listing._examine

    def spy(look: listings.Listing, entry: 'os.DirEntry[str]') -> None:
        examined.append(entry.name)
        examine(look, entry)

    with mock.patch.object(listings.Listing, '_examine', spy):
        yield examined
