# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The publisher's side: no ready subscriber overlooked, none alive removed."""

from collections.abc import Callable
from collections.abc import Iterator
import errno
import itertools
import os
import shutil
import tempfile
from typing import Any
from unittest import mock

import hypothesis
from hypothesis import stateful
from hypothesis import strategies

from unixnotif import clock
from unixnotif import kernel
from unixnotif import rendezvous
from unixnotif.rendezvous import listings
from unixnotif.tests import base
from unixnotif.tests.unit.rendezvous import helpers

OTHER = 65532
SECOND = 10**9
INTERVAL = rendezvous.CHECK_INTERVAL


_real_stamp = kernel.Watch.stamp


def changed_stamp(
    change: Callable[[int], int],
) -> Callable[[kernel.Watch], kernel.Stamp]:
    """Return a method like Watch.stamp, with another time.

    :param change: gets and returns nanoseconds
    """

    def stamp(watch: kernel.Watch) -> kernel.Stamp:
        ino, seconds, nanoseconds = _real_stamp(watch)
        return (ino, *divmod(change(seconds * SECOND + nanoseconds), SECOND))

    return stamp


def _always(stamp: int) -> Callable[[int], int]:
    return lambda _: stamp


class ScannerCase(helpers.DirectoryCase):
    """A directory with sockets."""

    def create(self, *names: str) -> None:
        """Create sockets at which nobody listens."""
        for name in names:
            helpers.create_socket(f'{self.path}/{name}')


class ScannerTest(ScannerCase):
    """The subscribers of a directory, and changes of them."""

    def setUp(self) -> None:
        super().setUp()
        # The path stays, so there is no need to look at it.
        self.patch(clock, 'monotonic', lambda: 0.0)
        self.scanner = rendezvous.Scanner(self.directory)
        self.follower = helpers.Follower(self.scanner)

    def scan(self) -> rendezvous.Scan:
        """Scan a directory that has changed, and commit the scan."""
        scan = self.follower.look()
        assert scan is not None
        return scan

    def names(self) -> list[str]:
        """Scan a directory that has changed; return all names."""
        self.scan()
        return sorted(self.follower.known)

    def tick(self) -> None:
        """Let the clock of the file systems go past the last change."""
        changed = os.stat(self.path).st_ctime_ns
        while clock.file_time_ns() <= changed:
            pass

    def settle(self) -> None:
        """Scan until nothing changes any more.

        A stamp may end in zeros by chance: then the scanner takes it for
        one of a coarse file system, for as long as a second.
        """
        base.wait_until(self.settled, 60)

    def settled(self) -> bool:
        self.follower.look()
        return not self.scanner.changed()

    def assert_nobody_is_overlooked(self, count: int = 200) -> None:
        for i in range(count):
            self.follower.follow()
            name = f'{i}.sock'
            self.create(name)
            self.follower.follow()
            self.assertIn(name, self.follower.known)

    def test_names(self) -> None:
        """A scan returns ready subscribers and their groups, and no others."""
        self.create(
            '.hidden.sock',
            '.audit@hidden.sock',
            'a.sock',
            'b.c.sock',
            'audit@1.sock',
            'audit@2.sock',
            'v1.2-x_y@3@4.sock',
            '@5.sock',
            'a.sock.tmp',
            'sock',
            'README',
            '.sock',
        )
        self.assertEqual(
            {
                ('@5.sock', ''),
                ('a.sock', None),
                ('audit@1.sock', 'audit'),
                ('audit@2.sock', 'audit'),
                ('b.c.sock', None),
                ('v1.2-x_y@3@4.sock', 'v1.2-x_y'),
            },
            {(each.text, each.group) for each in self.scan().names},
        )

    def test_names_that_are_not_utf8(self) -> None:
        """A name of any bytes does no harm."""
        self.create('\udcff.sock')
        self.assertEqual(['\udcff.sock'], self.names())
        self.assertRaises(
            OSError, rendezvous.connect, self.directory, '\udcff.sock'
        )

    def test_no_change(self) -> None:
        """Without a change there is nothing to scan."""
        self.assertTrue(self.scanner.changed())
        self.create('a.sock')
        self.settle()
        for _ in range(3):
            self.assertFalse(self.scanner.changed())
            self.assertIsNone(self.follower.look())

    def test_changes(self) -> None:
        """The scanner notices a new name, another name, and one less."""
        old, new = (os.path.join(self.path, n) for n in ('.a.sock', 'a.sock'))
        changes: list[tuple[Callable[[], None], list[str]]] = [
            (lambda: self.create('.a.sock'), []),
            (lambda: os.rename(old, new), ['a.sock']),
            (lambda: self.create('b.sock'), ['a.sock', 'b.sock']),
            (lambda: os.unlink(new), ['b.sock']),
        ]
        for change, names in changes:
            self.settle()
            change()
            self.assertTrue(self.scanner.changed())
            self.assertEqual(names, self.names())

    def test_scan_without_a_commit(self) -> None:
        """After an exception between scan and commit, all is scanned again."""
        self.settle()
        self.create('a.sock')
        self.tick()
        for _ in range(3):
            self.assertTrue(self.scanner.changed())
            scan = self.scanner.scan(frozenset)
            assert scan is not None
            self.assertEqual(['a.sock'], [each.text for each in scan.names])
        self.settle()
        self.assertFalse(self.scanner.changed())

    def test_known_names(self) -> None:
        """A scan returns new names, and known ones that are not there."""
        self.create('a.sock', 'b.sock')
        self.scan()
        self.create('c.sock')
        os.unlink(f'{self.path}/a.sock')
        scan = self.scan()
        self.assertEqual(['c.sock'], [each.text for each in scan.names])
        self.assertEqual({'a.sock'}, scan.gone)

    def test_look_closely(self) -> None:
        """A scanner can be asked for names that are not known any more."""
        self.create('a.sock', 'b.sock')
        self.settle()
        self.follower.known.remove('a.sock')
        self.assertFalse(self.scanner.changed())
        self.scanner.look_closely()
        self.assertTrue(self.scanner.changed())
        self.assertEqual(['a.sock'], [each.text for each in self.scan().names])
        self.settle()

    def test_failed_listing(self) -> None:
        """A directory that cannot be listed now is scanned later."""
        self.settle()
        self.create('a.sock')
        with mock.patch.object(
            self.directory, 'entries', autospec=True
        ) as entries:
            entries.side_effect = OSError(errno.EMFILE, 'Too many open files')
            self.assertRaises(OSError, self.follower.look)
        self.assertTrue(self.scanner.changed())
        self.assertEqual(['a.sock'], self.names())

    def test_clean_scans(self) -> None:
        """A scan is clean if the clock had passed the stamp before it."""
        for stamp, until in (
            (1_123_456_789, 1_123_456_790),
            (1_123_456_000, 1_123_457_000),
            (1_123_000_000, 1_124_000_000),
            (1_100_000_000, 1_200_000_000),
            (1_000_000_000, 2_000_000_000),
            (0, 1_000_000_000),
        ):
            found = changed_stamp(_always(stamp))
            self.patch(kernel.Watch, 'stamp', found)
            for now, clean in (
                (stamp - 1, False),
                (stamp, False),
                (until - 1, False),
                (until, True),
            ):
                self.patch(clock, 'file_time_ns', lambda now=now: now)
                self.scanner.look_closely()
                self.assertEqual([], self.names())
                self.assertEqual(not clean, self.scanner.changed())

    def test_clock_is_read_before_the_directory(self) -> None:
        """A tick within a scan does not make the scan clean."""
        steps = []
        entries = self.directory.entries

        def list_entries() -> Iterator[os.DirEntry[str]]:
            steps.append('entries')
            return entries()

        def file_time_ns() -> int:
            steps.append('clock')
            return 0

        def stamp(watch: kernel.Watch) -> kernel.Stamp:
            steps.append('stamp')
            return _real_stamp(watch)

        self.patch(self.directory, 'entries', list_entries)
        self.patch(clock, 'file_time_ns', file_time_ns)
        self.patch(kernel.Watch, 'stamp', stamp)
        self.scan()
        self.assertEqual(['clock', 'stamp', 'entries'], steps)

    def test_no_subscriber_is_missed(self) -> None:
        """A scan includes all who were there before the question."""
        self.assert_nobody_is_overlooked()

    def test_no_subscriber_is_missed_in_a_second(self) -> None:
        """A scan includes all of them if time stamps are whole seconds."""
        rounded = changed_stamp(lambda stamp: stamp - stamp % SECOND)
        self.patch(kernel.Watch, 'stamp', rounded)
        self.assert_nobody_is_overlooked()

    @base.as_root
    def test_no_subscriber_is_missed_on_ramfs(self) -> None:
        """A scan includes all of them if time stamps are clock ticks."""
        done = base.run_python(
            _ON_RAMFS, self.path, prefix=('unshare', '--mount')
        )
        if done.returncode == 77 or done.stdout.startswith('unshare:'):
            self.skipTest(f'ramfs cannot be mounted here: {done.stdout}')
        self.assertEqual('missed 0\n', done.stdout)

    def test_removed_directory(self) -> None:
        """A scan tells a removed directory from an empty one."""
        self.settle()
        self.create('a.sock')
        os.unlink(os.path.join(self.path, 'a.sock'))
        scan = self.scan()
        self.assertEqual(([], False), (scan.names, scan.removed))
        os.rmdir(self.path)
        for _ in range(2):
            self.scanner.look_closely()
            self.assertTrue(self.scanner.changed())
            scan = self.scan()
            self.assertEqual(([], True), (scan.names, scan.removed))
            os.makedirs(self.path, exist_ok=True)

    def test_closed(self) -> None:
        """A closed scanner has changed and is lost."""
        self.settle()
        for _ in range(2):
            self.scanner.close()
            self.assertEqual(-1, self.directory.fd)
            self.assertTrue(self.scanner.changed())
            self.assertTrue(self.scanner.is_lost())

    def test_closed_descriptor(self) -> None:
        """The scanner notices that somebody closed its descriptor."""
        self.settle()
        os.close(self.directory.fd)
        self.assertTrue(self.scanner.changed())
        self.assertTrue(self.scanner.is_lost())
        self.assertRaises(OSError, self.follower.look)

    def test_descriptor_of_another_directory(self) -> None:
        """The scanner notices another directory with an equal time stamp."""
        self.patch(kernel.Watch, 'stamp', changed_stamp(_always(1)))
        self.settle()
        with rendezvous.Directory(self.new_directory().path) as other:
            os.dup2(other.fd, self.directory.fd)
        self.assertTrue(self.scanner.changed())
        self.assertTrue(self.scanner.is_lost())


class StepsTest(ScannerCase):
    """Scans of a directory with more names than one step reads."""

    def setUp(self) -> None:
        super().setUp()
        self.patch(clock, 'monotonic', lambda: 0.0)
        self.patch(listings, 'STEP', 10)
        self.scanner = rendezvous.Scanner(self.directory)
        self.follower = helpers.Follower(self.scanner)
        self.create(*(f'{number}.sock' for number in range(95)))

    def steps(self, disturb: Callable[[], object] = lambda: None) -> int:
        """Scan to the end of a look; return the number of steps.

        :param disturb: is called before each step
        """
        for count in range(1, 100):
            disturb()
            self.assertTrue(self.scanner.changed())
            if self.follower.look() is not None:
                return count
        raise AssertionError('the look does not end')

    def test_steps(self) -> None:
        """The directory has changed until all names are read."""
        self.assertEqual(10, self.steps())
        self.assertEqual(95, len(self.follower.known))

    def test_changes_meanwhile(self) -> None:
        """A change does not begin the look again, but another follows."""
        numbers = iter(range(100))
        self.assertLess(
            self.steps(lambda: self.create(f'{next(numbers)}-.sock')), 15
        )
        self.assertLessEqual(95, len(self.follower.known))

        self.assertLess(self.steps(), 15)

        self.assertEqual(set(os.listdir(self.path)), self.follower.known)

    def test_look_closely_all_the_time(self) -> None:
        """A look comes to its end, whatever is asked for meanwhile."""
        for _ in range(3):
            self.assertEqual(10, self.steps(self.scanner.look_closely))
            self.assertEqual(95, len(self.follower.known))
            self.assertTrue(self.scanner.changed())

    def test_look_closely_meanwhile(self) -> None:
        """Names that are forgotten within a look are found by another."""
        self.steps()
        self.scanner.look_closely()
        self.follower.look()
        self.follower.known.clear()
        self.scanner.look_closely()

        self.steps()
        self.steps()

        self.assertEqual(95, len(self.follower.known))

    def test_exception_in_the_middle(self) -> None:
        """A look that fails leaves no descriptor, and another begins."""
        before = base.descriptors_before()
        read = listings.Listing.read
        for error in OSError, KeyboardInterrupt:
            for position in range(10):
                steps = itertools.count()

                def fail(
                    look: listings.Listing,
                    error: type[BaseException] = error,
                    position: int = position,
                    steps: Iterator[int] = steps,
                ) -> bool:
                    if next(steps) == position:
                        raise error
                    return read(look)

                with mock.patch.object(listings.Listing, 'read', fail):
                    self.assertRaises(error, self.steps)
                self.assertEqual(before, base.open_descriptors())
                self.assertTrue(self.scanner.changed())
        self.assertEqual(10, self.steps())
        self.assertEqual(95, len(self.follower.known))
        self.assertEqual(before, base.open_descriptors())

    def test_close_in_the_middle(self) -> None:
        """A closed scanner leaves no descriptor."""
        before = base.descriptors_before()
        self.assertIsNone(self.follower.look())

        self.scanner.close()

        # The look's own, the directory's and the spare one.
        self.assertEqual(before - 2, base.open_descriptors())


class IsLostTest(ScannerCase):
    """The path of a directory, and how often the scanner looks at it."""

    def setUp(self) -> None:
        super().setUp()
        self.clock = self.new_clock()
        self.clock.stop()
        self.scanner = rendezvous.Scanner(self.directory)
        self.looks = 0
        real = self.directory.is_lost

        def is_lost() -> bool:
            self.looks += 1
            return real()

        self.patch(self.directory, 'is_lost', is_lost)
        # A stamp that is long past, so that only the path matters.
        self.patch(kernel.Watch, 'stamp', changed_stamp(_always(1)))
        helpers.Follower(self.scanner).look()

    def test_path_that_names_another_directory(self) -> None:
        """The scanner looks at the path once every CHECK_INTERVAL."""
        os.rename(self.path, f'{self.path}.old')
        os.mkdir(self.path)
        self.assertFalse(self.scanner.changed())
        self.assertFalse(self.scanner.is_lost())
        self.clock.advance(INTERVAL)
        self.assertTrue(self.scanner.changed())
        self.assertEqual(0, self.looks)
        self.assertTrue(self.scanner.is_lost())
        self.assertEqual(1, self.looks)

    def test_path_that_stays(self) -> None:
        """However often a publisher asks, the scanner looks seldom."""
        for looks in range(5):
            for _ in range(10):
                self.assertFalse(self.scanner.is_lost())
                self.assertFalse(self.scanner.changed())
            self.assertEqual(looks, self.looks)
            self.clock.advance(INTERVAL)
            self.assertTrue(self.scanner.changed())

    def test_path_that_names_the_directory_again(self) -> None:
        """A directory that is back at its path is not lost."""
        os.rename(self.path, f'{self.path}.old')
        self.clock.advance(INTERVAL)
        self.assertTrue(self.scanner.is_lost())
        os.rename(f'{self.path}.old', self.path)
        self.clock.advance(INTERVAL)
        self.assertFalse(self.scanner.is_lost())

    def test_look_again(self) -> None:
        """A scanner can be asked to look at the path at once."""
        os.rename(self.path, f'{self.path}.old')
        self.assertFalse(self.scanner.is_lost())
        self.scanner.look_again()
        self.assertTrue(self.scanner.changed())
        self.assertTrue(self.scanner.is_lost())
        self.assertEqual(1, self.looks)
        os.rename(f'{self.path}.old', self.path)
        self.scanner.look_again()
        self.assertFalse(self.scanner.is_lost())
        self.assertFalse(self.scanner.changed())


class StampModel(stateful.RuleBasedStateMachine):
    """A publisher, and subscribers on a file system with coarse stamps.

    The model decides the time of each change. A publisher that has just
    looked knows all ready subscribers.
    """

    def __init__(self) -> None:
        super().__init__()
        self.path = tempfile.mkdtemp()
        self.scanner = rendezvous.Scanner(
            rendezvous.Directory(self.path, listable=True)
        )
        self.follower = helpers.Follower(self.scanner)
        self.ready: set[str] = set()
        self.count = 0
        self.now = 1_000 * SECOND
        self.stamp = 0
        self.coarse = self.resolution = 1
        stamp = changed_stamp(lambda _: self.stamp)
        self.patches: list[Any] = [
            mock.patch.object(kernel.Watch, 'stamp', stamp),
            mock.patch.object(clock, 'file_time_ns', self.file_time_ns),
            mock.patch.object(clock, 'monotonic', lambda: 0.0),
        ]
        for each in self.patches:
            each.start()

    def teardown(self) -> None:
        for each in self.patches:
            each.stop()
        self.scanner.close()
        shutil.rmtree(self.path)

    def file_time_ns(self) -> int:
        return self.now - self.now % self.coarse

    def change(self) -> None:
        now = self.file_time_ns()
        self.stamp = now - now % self.resolution

    @stateful.initialize(
        coarse=strategies.sampled_from([1, 1_000_000, 4_000_000, 10_000_000]),
        resolution=strategies.sampled_from([1, 100, 1000, 10**6, SECOND]),
        offset=strategies.integers(0, SECOND),
    )
    def choose(self, coarse: int, resolution: int, offset: int) -> None:
        """Choose a clock tick, a resolution of stamps, and a time."""
        self.coarse, self.resolution = coarse, resolution
        self.now += offset
        self.change()

    @stateful.rule(
        step=strategies.sampled_from(
            [0, 1, 99, 1000, 10**6, 4 * 10**6, 10**8, SECOND, 2 * SECOND]
        )
    )
    def advance(self, step: int) -> None:
        self.now += step

    @stateful.rule()
    def arrive(self) -> None:
        self.count += 1
        name = f'{self.count}.sock'
        helpers.create_socket(f'{self.path}/{name}')
        self.ready.add(name)
        self.change()

    @stateful.precondition(lambda self: self.ready)
    @stateful.rule()
    def leave(self) -> None:
        name = min(self.ready)
        os.unlink(f'{self.path}/{name}')
        self.ready.remove(name)
        self.change()

    @stateful.rule(fails=strategies.booleans())
    def publish(self, fails: bool = False) -> None:
        """Look for subscribers, as a publisher does before it sends."""
        if self.scanner.changed():
            scan = self.scanner.scan(lambda: self.follower.known)
            if fails:
                # An exception between scan and commit.
                return
            if scan is not None:
                self.follower.enter(scan)
        assert self.follower.known == self.ready

    @stateful.rule()
    def rest(self) -> None:
        """After a while without changes a publisher need not look again."""
        self.now += 2 * SECOND
        self.publish()
        assert not self.scanner.changed()


class StampTest(base.TestCase):
    def test_model(self) -> None:
        """No resolution of time stamps has a publisher overlook anybody."""
        stateful.run_state_machine_as_test(
            StampModel,
            settings=hypothesis.settings(
                base.fuzz, max_examples=80, stateful_step_count=25
            ),
        )


_ON_RAMFS = """
import os, subprocess, sys
from unixnotif import rendezvous
from unixnotif.tests.unit.rendezvous import helpers
path = sys.argv[1]
if subprocess.call(['mount', '-t', 'ramfs', 'none', path]):
    sys.exit(77)
scanner = rendezvous.Scanner(rendezvous.Directory(path, listable=True))
follower = helpers.Follower(scanner)
missed = 0
for i in range(3000):
    follower.follow()
    name = f'{i % 50}-{i}.sock'
    helpers.create_socket(f'{path}/{name}')
    follower.follow()
    missed += name not in follower.known
    if i >= 50:
        os.unlink(f'{path}/{i % 50}-{i - 50}.sock')
print('missed', missed)
"""
