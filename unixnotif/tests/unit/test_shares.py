# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Shares: no user but the trusted ones can take everything."""

import os

import hypothesis
from hypothesis import strategies

from unixnotif import shares
from unixnotif.tests import base

#: The user of the process, as far as the shares know.
OWN = 1000
OTHERS = (2001, 2002, 2003, 2004, 2005)


class SharesTest(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.patch(shares, '_geteuid', lambda: OWN)
        self.shares = shares.Shares(40)

    def take(self, uid: int, number: int) -> int:
        """Take single places; return how many were free."""
        return sum(self.shares.take(uid) for _ in range(number))

    def test_share(self) -> None:
        """One user may take a quarter."""
        self.assertEqual(10, self.shares.share)
        self.assertEqual(10, self.shares.room(OTHERS[0]))

        self.assertEqual(10, self.take(OTHERS[0], 40))

        self.assertEqual(0, self.shares.room(OTHERS[0]))
        self.assertEqual(10, self.shares.room(OTHERS[1]))

    def test_smallest_share(self) -> None:
        """However few places there are, each user may have one."""
        for limit in 1, 2, 3, 4, 7:
            self.shares = shares.Shares(limit)
            self.assertEqual(1, self.shares.share)
            self.assertEqual(1, self.take(OTHERS[0], 2))

    def test_exempt(self) -> None:
        """Root and the user of this process may take everything."""
        for uid in 0, OWN:
            self.shares = shares.Shares(40)
            self.assertTrue(shares.is_exempt(uid))
            self.assertEqual(40, self.take(uid, 50))
            self.assertEqual(0, self.shares.room(uid))
        self.assertFalse(shares.is_exempt(OTHERS[0]))

    def test_user_of_this_process(self) -> None:
        """The effective user counts, at any time."""
        self.patch(shares, '_geteuid', os.geteuid)
        if not os.geteuid():
            self.assertTrue(self.in_child(self._become_other))
        self.assertTrue(shares.is_exempt(os.geteuid()))

    def _become_other(self) -> bool:
        before = shares.is_exempt(OTHERS[0])
        os.seteuid(OTHERS[0])
        return not before and shares.is_exempt(OTHERS[0])

    def test_total(self) -> None:
        """All users together may not take more than there is."""
        self.assertEqual(35, self.take(OWN, 35))

        self.assertEqual(5, self.shares.room(OTHERS[0]))
        self.assertEqual(5, self.take(OTHERS[0], 10))
        self.assertEqual(0, self.shares.room(OTHERS[1]))
        self.assertEqual(0, self.take(OTHERS[1], 1))

    def test_release(self) -> None:
        """A place that is given back is free for all."""
        self.take(OWN, 30)
        self.take(OTHERS[0], 10)
        self.assertEqual(0, self.shares.room(OTHERS[0]))

        self.shares.release(OTHERS[0], 4)

        self.assertEqual(4, self.shares.room(OTHERS[0]))
        self.assertEqual(4, self.shares.room(OTHERS[1]))
        self.shares.release(OWN, 30)
        self.shares.release(OTHERS[0], 6)
        for uid in OTHERS:
            self.assertEqual(10, self.shares.room(uid))

    def test_several_at_once(self) -> None:
        """Several places are taken together or not at all."""
        self.assertTrue(self.shares.take(OTHERS[0], 7))
        self.assertFalse(self.shares.take(OTHERS[0], 4))
        self.assertEqual(3, self.shares.room(OTHERS[0]))
        self.assertTrue(self.shares.take(OTHERS[0], 3))

    def test_hold(self) -> None:
        """hold() counts places over the share, and even over the limit."""
        self.shares.hold(OTHERS[0], 50)

        for uid in OTHERS[0], OTHERS[1], OWN:
            self.assertEqual(0, self.shares.room(uid))
            self.assertFalse(self.shares.take(uid))
        self.shares.release(OTHERS[0], 45)
        self.assertEqual(5, self.shares.room(OTHERS[0]))

    def test_no_user_is_remembered(self) -> None:
        """Users that hold nothing take no memory."""
        for uid in range(1000):
            self.shares.room(uid)
            self.shares.take(uid)
            self.shares.release(uid)

        self.assertEqual({}, self.shares._held)

    @base.fuzz
    @hypothesis.given(
        strategies.integers(1, 50),
        strategies.lists(
            strategies.tuples(
                strategies.sampled_from((*OTHERS, OWN, 0)),
                strategies.integers(1, 20),
                strategies.booleans(),
            )
        ),
    )
    def test_any_order(
        self, limit: int, steps: list[tuple[int, int, bool]]
    ) -> None:
        """Neither the limit nor a share is ever exceeded."""
        places = shares.Shares(limit)
        held = dict.fromkeys((*OTHERS, OWN, 0), 0)
        for uid, number, take in steps:
            if take:
                room = places.room(uid)
                taken = places.take(uid, number)
                self.assertEqual(number <= room, taken)
                held[uid] += number if taken else 0
            elif held[uid]:
                released = min(number, held[uid])
                places.release(uid, released)
                held[uid] -= released
            self.assertLessEqual(sum(held.values()), limit)
            for other in OTHERS:
                self.assertLessEqual(held[other], places.share)
                self.assertEqual(
                    min(
                        limit - sum(held.values()), places.share - held[other]
                    ),
                    places.room(other),
                )
