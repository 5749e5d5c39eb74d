# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The turns of a group's members, for each kind of document."""

from unixnotif.publisher import rotations
from unixnotif.tests import base


class RotationTest(base.TestCase):
    def test_one_kind(self) -> None:
        """The turns of a kind follow one another."""
        turns = rotations.Rotation(7)

        for expected in 7, 8, 9:
            self.assertEqual(expected, turns.turn('a'))
            turns.take('a')

    def test_kinds_do_not_disturb_each_other(self) -> None:
        """Of two kinds that alternate, two members receive half of each."""
        turns = rotations.Rotation(0)
        received = []
        for _ in range(4):
            for kind in 'legacy', 'versioned':
                received.append((kind, turns.turn(kind) % 2))
                turns.take(kind)

        for kind in 'legacy', 'versioned':
            for member in 0, 1:
                self.assertEqual(2, received.count((kind, member)))

    def test_first_turns(self) -> None:
        """The first documents of several kinds go to several members."""
        turns = rotations.Rotation(5)
        found = []
        for kind in range(4):
            found.append(turns.turn(kind))
            turns.take(kind)

        self.assertEqual([5, 6, 7, 8], found)

    def test_bound(self) -> None:
        """The oldest kind is forgotten when there are too many."""
        turns = rotations.Rotation(0)
        for kind in range(rotations.MAX_KINDS):
            for _ in range(3):
                turns.take(kind)
        self.assertEqual(4, turns.turn(1))

        turns.take('new')

        self.assertEqual(4, turns.turn(1))
        # As a kind that was never seen.
        self.assertEqual(turns.turn('unknown'), turns.turn(0))
