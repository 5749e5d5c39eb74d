# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0


"""Tests of accounts."""

from unixnotif import relay
from unixnotif.tests import base


class AccountsTest(base.TestCase):
    def test_late_outcomes(self) -> None:
        """After the end, nothing counts any more."""
        accounts = relay.Accounts()
        for _ in range(3):
            accounts.receive()
        accounts.forward()
        accounts.refuse('a', True)
        totals = accounts.close()
        self.assertEqual((3, 1, 1), totals)
        self.assertEqual(1, totals.not_forwarded)
        accounts.forward()
        accounts.refuse('b', True)
        self.assertEqual(totals, accounts.totals())

    def test_many_refusals(self) -> None:
        """Only some refusals are described; the others are counted."""
        accounts = relay.Accounts()
        for n in range(15):
            accounts.receive()
            accounts.refuse(str(n), True)
        accounts.refuse('own', False)
        self.assertEqual(
            (list(map(str, range(10))), 6), accounts.take_refusals()
        )
        self.assertEqual(([], 0), accounts.take_refusals())
        self.assertEqual((15, 0, 15), accounts.totals())
