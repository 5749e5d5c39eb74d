# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The budget of attempts that fail in one call."""

from unixnotif import shares
from unixnotif.publisher import budgets
from unixnotif.publisher import refusals
from unixnotif.tests import base

#: The user id that stands for this process, and ids of other users.
OWN = 1000
OTHERS = (2001, 2002, 2003, 2004, 2005)


class AttemptsTest(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.patch(shares, '_geteuid', lambda: OWN)
        self.patch(budgets, 'MOST_FAILURES', 8)
        self.attempts = budgets.Attempts(refusals.Refusals('/run/x'))

    def fail_all(self, uid: int) -> int:
        """Fail while there is room; return the number of failures."""
        count = 0
        while self.attempts.room(uid):
            self.attempts.fail(uid)
            count += 1
        return count

    def test_share(self) -> None:
        """One user may fail a quarter of the attempts."""
        self.assertEqual(
            [2, 2, 2, 2, 0], [self.fail_all(uid) for uid in OTHERS]
        )

    def test_exempt(self) -> None:
        """Root and the user of this process may fail all attempts."""
        for uid in OWN, 0:
            self.assertEqual(8, self.fail_all(uid))
            self.assertEqual(0, self.fail_all(OTHERS[0]))
            self.attempts.renew()

    def test_renew(self) -> None:
        """renew() restores the budget for the next call."""
        for _ in range(3):
            self.assertEqual(2, self.fail_all(OTHERS[0]))
            self.attempts.renew()

    def test_look_again(self) -> None:
        """After a failure the next call looks, which renews the budget."""
        looks: list[None] = []
        self.attempts.look_again = lambda: looks.append(None)
        self.attempts.renew()
        self.assertTrue(self.attempts.room(OTHERS[0]))
        self.assertEqual([], looks)

        self.attempts.fail(OTHERS[0])

        self.assertEqual([None], looks)

    def test_reconnects(self) -> None:
        """Broken connections have a budget of their own."""
        self.patch(budgets, 'MOST_RECONNECTS', 16)
        self.attempts = budgets.Attempts(refusals.Refusals('/run/x'))
        self.fail_all(OWN)
        looks: list[None] = []
        self.attempts.look_again = lambda: looks.append(None)
        for _ in range(3):
            found = [self.attempts.reconnect(OTHERS[0]) for _ in range(6)]
            self.assertEqual([True] * 4 + [False] * 2, found)
            self.assertTrue(self.attempts.reconnect(OTHERS[1]))
            self.assertEqual(5, len(looks))
            looks.clear()
            self.attempts.renew()

    def test_exempt_reconnects(self) -> None:
        """Root and this process's user replace any number of connections."""
        self.patch(budgets, 'MOST_RECONNECTS', 16)
        for uid in OWN, 0:
            for _ in range(20):
                self.assertTrue(self.attempts.reconnect(uid))
