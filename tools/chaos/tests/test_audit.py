# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The figures of one subscriber."""

import hypothesis
from hypothesis import strategies as st
from oslotest import base

from tools.chaos import audit
from tools.chaos.audit import Account
from tools.chaos.audit import Copy
from tools.chaos.audit import Figures
from tools.chaos.audit import Stream


def stream(dropped: bytes, **details: object) -> Stream:
    """Return a stream of one notification for each byte."""
    count = len(dropped)
    delivered = bytes(not drop for drop in dropped)
    done = details.pop('done', count)
    return Stream('e', count, done, delivered, dropped, **details)  # type: ignore[arg-type]


def figures(
    seen: bytes,
    dropped: bytes | None = None,
    lost: int = 0,
    **details: object,
) -> Figures:
    """Return the figures of a consumer with one stream."""
    copy = Copy(stream(dropped or bytes(len(seen))), seen)
    account = Account('c', (copy,), lost, **details)  # type: ignore[arg-type]
    return audit.balance(account)[0]


class ColumnsTest(base.BaseTestCase):
    """Each column counts its own fault, and nothing else."""

    def assert_only(self, expected: dict[str, int], found: Figures) -> None:
        """Assert that the other columns of faults are zero."""
        faults = {name: getattr(found, name) for name in audit.FAULTS}
        self.assertEqual(
            {**dict.fromkeys(audit.FAULTS, 0), **expected}, faults
        )
        self.assertEqual(sum(expected.values()), found.faults)

    def test_everything_received(self) -> None:
        """A consumer that received everything has no fault."""
        found = figures(b'\1\1\1')
        self.assert_only({}, found)
        self.assertEqual(Figures(emitted=3, received=3), found)

    def test_reported_losses(self) -> None:
        """Reported losses are no fault."""
        found = figures(b'\1\0\0\1', b'\0\1\1\0', lost=2)
        self.assert_only({}, found)
        self.assertEqual(Figures(emitted=4, received=2, lost=2), found)

    def test_unreported(self) -> None:
        """A loss that no emitter counted is unreported."""
        self.assert_only({'unreported': 2}, figures(b'\1\0\0\1'))

    def test_forgotten(self) -> None:
        """A counted drop without a lost record is forgotten."""
        found = figures(b'\1\0\0\1', b'\0\1\1\0', lost=1)
        self.assert_only({'forgotten': 1}, found)

    def test_unreported_and_forgotten(self) -> None:
        """The two columns divide the losses between them."""
        found = figures(b'\0\0\0\1', b'\0\1\1\0', lost=1)
        self.assert_only({'unreported': 1, 'forgotten': 1}, found)

    def test_over_reported(self) -> None:
        """A lost record for a received notification is over-reported."""
        found = figures(b'\1\0\1', b'\0\1\0', lost=3)
        self.assert_only({'over_reported': 2}, found)

    def test_over_reported_without_a_loss(self) -> None:
        """One lost record suffices."""
        self.assert_only({'over_reported': 1}, figures(b'\1\1', lost=1))

    def test_counts_of_the_consumer(self) -> None:
        """The consumer's own counts are passed on."""
        for name in ('out_of_order', 'duplicated', 'rejected', 'exceptions'):
            self.assert_only({name: 7}, figures(b'\1', None, 0, **{name: 7}))

    def test_killed_consumer(self) -> None:
        """Nothing is owed to a consumer that was killed."""
        found = figures(b'\1\0\0', killed=True, out_of_order=1)
        self.assert_only({'out_of_order': 1}, found)
        self.assertEqual((1, 1), (found.emitted, found.received))


class ReplacementTest(base.BaseTestCase):
    """Notifications that are owed to nobody."""

    def test_unowed_may_be_missed(self) -> None:
        """A miss while the address is replaced is no fault."""
        source = stream(bytes(4), unowed=((1, 3),))
        account = Account('c', (Copy(source, b'\1\0\0\1'),))
        found, pending = audit.balance(account)
        self.assertEqual(Figures(emitted=2, received=2), found)
        self.assertEqual(0, pending)

    def test_unowed_may_be_reported(self) -> None:
        """A lost record may include a drop while the address is replaced."""
        source = stream(b'\0\1\0\0', unowed=((1, 3),))
        account = Account('c', (Copy(source, b'\1\0\1\1'),), lost=1)
        found, _ = audit.balance(account)
        self.assertEqual(Figures(emitted=4, received=3, lost=1), found)

    def test_unowed_does_not_excuse_more(self) -> None:
        """A lost record beyond the counted drops is over-reported."""
        source = stream(b'\0\1\0\0', unowed=((1, 3),))
        account = Account('c', (Copy(source, b'\1\0\0\1'),), lost=2)
        found, _ = audit.balance(account)
        self.assertEqual(1, found.over_reported)

    def test_owed_excludes_overlapping_ranges(self) -> None:
        """Replacements may overlap, and end after the stream."""
        source = stream(bytes(10), unowed=((6, 20), (1, 3), (2, 4), (0, 0)))
        copy = Copy(source, bytes(10))
        self.assertEqual([(0, 1), (4, 6)], audit.owed(copy))

    def test_owed_depends_on_the_subscription(self) -> None:
        """A subscriber is owed nothing before its start and after its end."""
        source = stream(bytes(10), unowed=((4, 5),))
        copy = Copy(source, bytes(10), start=2, end=8)
        self.assertEqual([(2, 4), (5, 8)], audit.owed(copy))
        copy = Copy(source, bytes(10), start=0, end=0)
        self.assertEqual([], audit.owed(copy))


class KilledEmitterTest(base.BaseTestCase):
    """Drop counts that SIGKILL discards in principle."""

    def found(self, seen: bytes, dropped: bytes, lost: int) -> Figures:
        """Return the figures; the last call was interrupted."""
        source = stream(dropped, done=len(dropped) - 1, killed=True)
        account = Account('c', (Copy(source, seen),), lost=lost)
        return audit.balance(account)[0]

    def test_pending_drops_are_unknowable(self) -> None:
        """The drops after the last notification received are unknowable."""
        found = self.found(b'\1\0\1\0\0\0', b'\0\1\0\1\1\0', 1)
        self.assertEqual(
            Figures(emitted=5, received=2, lost=1, unknowable=2), found
        )

    def test_earlier_drops_are_not(self) -> None:
        """A drop before the last notification received must be reported."""
        found = self.found(b'\1\0\1\0\0\0', b'\0\1\0\1\1\0', 0)
        self.assertEqual((1, 2), (found.forgotten, found.unknowable))

    def test_silent_losses_are_not(self) -> None:
        """A loss that no emitter counted is a fault, even at the end."""
        found = self.found(b'\1\0\1\0\0\0', b'\0\1\0\1\0\0', 1)
        self.assertEqual((1, 1), (found.unreported, found.unknowable))

    def test_interrupted_call(self) -> None:
        """The interrupted call may be received, dropped, or neither."""
        for seen, lost in ((b'\1\1', 0), (b'\1\0', 1), (b'\1\0', 0)):
            self.assertEqual(0, self.found(seen, b'\0\0', lost).faults)
        self.assertEqual(1, self.found(b'\1\1', b'\0\0', 1).over_reported)

    def test_pending_reported_nevertheless(self) -> None:
        """The lost record may arrive without its notification."""
        found = self.found(b'\1\0\0', b'\0\1\0', 1)
        self.assertEqual(Figures(emitted=2, received=1, lost=1), found)

    def test_cut_subscriber(self) -> None:
        """A reader that leaves a socket cannot learn of the last drops."""
        copy = Copy(stream(b'\0\1\0\1'), b'\1\0\1\0')
        account = Account('c', (copy,), lost=1, cut=True)
        found, pending = audit.balance(account)
        self.assertEqual((1, 0, 1), (found.unknowable, found.faults, pending))


class GroupTest(base.BaseTestCase):
    def test_merge(self) -> None:
        """Members share one copy; a second copy is a duplicate."""
        merged = audit.merge([b'\1\0\1\0', b'\0\1\1\0', b'\0\0\1\0'])
        self.assertEqual((b'\1\1\1\0', 2), merged)

    def test_merge_of_nothing(self) -> None:
        """A stream may be empty."""
        self.assertEqual((b'', 0), audit.merge([b'', b'']))


_BYTES = st.lists(st.integers(0, 1), max_size=12).map(bytes)


class IdentityTest(base.BaseTestCase):
    """The columns of a row add up in all cases."""

    @hypothesis.settings(database=None, deadline=None, max_examples=500)
    @hypothesis.given(st.data())
    def test_columns_add_up(self, data: st.DataObject) -> None:
        """Each notification is in one column."""
        draw = data.draw
        dropped = draw(_BYTES)
        count = len(dropped)
        seen = draw(
            st.lists(st.integers(0, 1), min_size=count, max_size=count)
        )
        place = st.integers(0, count)
        source = stream(
            dropped,
            done=max(0, count - draw(st.integers(0, 1))),
            unowed=tuple(draw(st.lists(st.tuples(place, place), max_size=2))),
            killed=draw(st.booleans()),
        )
        copy = Copy(source, bytes(seen), draw(place), draw(st.none() | place))
        account = Account(
            'c', (copy,), draw(st.integers(0, 15)), cut=draw(st.booleans())
        )
        row, pending = audit.balance(account)
        self.assertEqual(
            row.emitted,
            row.received
            + row.lost
            + row.unknowable
            + row.unreported
            + row.forgotten
            - row.over_reported,
        )
        self.assertGreaterEqual(min(row.unknowable, pending), 0)
        for first, last in audit.owed(copy):
            self.assertLess(first, last)
