# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Accounts of captures: exact numbers, and reports of faults."""

from typing import Any

from oslotest import base

from tools.cloud import accounts
from tools.cloud import captures


def capture(*ids: str, lost: int = 0, pid: int = 1) -> captures.Capture:
    """Return a capture of notifications with these ids."""
    return captures.Capture(
        tuple(captures.Received(each, 'thing.create', pid) for each in ids),
        lost,
    )


class CompareTest(base.BaseTestCase):
    def assert_faults(
        self, faults: list[str], *captured: captures.Capture, **options: Any
    ) -> accounts.Account:
        """Assert that an account has these faults; return it."""
        account = accounts.compare(*captured, **options)
        self.assertEqual(faults, list(account.faults))
        return account

    def test_exact(self) -> None:
        """Everything that was emitted was received, in any order."""
        account = self.assert_faults([], capture('b', 'a'), capture('a', 'b'))
        self.assertEqual((2, 2, 0, 0), _numbers(account))

    def test_missing(self) -> None:
        """A notification that is missing, and not reported, is named."""
        self.assert_faults(
            [
                'the capture lacks 1 notification, not reported as lost: '
                'thing.create (1)'
            ],
            capture('a'),
            capture('a', 'b'),
        )

    def test_lost(self) -> None:
        """A loss is a fault unless it is allowed and its number is right."""
        captured, witness = capture('a', lost=1), capture('a', 'b')
        self.assert_faults(
            ['the capture reports 1 notification as lost'], captured, witness
        )
        account = self.assert_faults([], captured, witness, may_lose=True)
        self.assertEqual((2, 1, 1, 0), _numbers(account))
        self.assert_faults(
            ['the capture reports 1 notification too many as lost'],
            capture('a', lost=2),
            witness,
            may_lose=True,
        )

    def test_absence(self) -> None:
        """An absence explains one gap in the notifications of each process."""
        witness = capture('a', 'b', 'c', 'd')
        account = self.assert_faults(
            [], capture('a', 'd'), witness, absences=1
        )
        self.assertEqual((4, 2, 0, 2), _numbers(account))
        self.assert_faults(
            [
                'the capture lacks notifications of process 1 in 2 places, '
                'but the subscriber was away 1 time'
            ],
            capture('a', 'c'),
            witness,
            absences=1,
        )

    def test_duplicate(self) -> None:
        """A notification that arrives twice is a fault."""
        self.assert_faults(
            [
                'the capture has 2 notifications more than once: '
                'thing.create (2)'
            ],
            capture('a', 'a'),
            capture('a'),
        )

    def test_witness(self) -> None:
        """A witness that is not complete proves nothing."""
        self.assert_faults(
            [
                'the witness lacks 1 notification: thing.create (1)',
                'the witness lost 1 notification',
            ],
            capture('a', 'b'),
            capture('a', lost=1),
        )
        self.assert_faults(['nothing was emitted'], capture(), capture())

    def test_events(self) -> None:
        """An event type with a wrong number of notifications is named."""
        self.assertEqual(
            ('thing.delete: 0 instead of 2',),
            accounts.count_events(
                capture('a', 'b'), ['thing.create', 'thing.delete'], 2
            ),
        )


def _numbers(account: accounts.Account) -> tuple[int, int, int, int]:
    return account.emitted, account.received, account.lost, account.absent
