# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The sums over all subscribers of an address."""

from oslotest import base

from tools.chaos import settlement
from tools.chaos.audit import Account
from tools.chaos.audit import Copy
from tools.chaos.audit import Figures
from tools.chaos.audit import Stream


class SettlementTest(base.BaseTestCase):
    """One stream of three notifications; the second is owed to nobody."""

    def settle(
        self,
        delivered: bytes,
        dropped: bytes,
        *accounts: tuple[bytes, int],
        **details: bool,
    ) -> settlement.Settlement:
        """Settle the accounts of consumers with some notifications."""
        source = Stream(
            'e',
            3,
            3,
            delivered,
            dropped,
            unowed=((1, 2),),
            killed=details.pop('killed_emitter', False),
        )
        return settlement.settle(
            [source],
            [
                Account(f'c{number}', (Copy(source, seen),), lost, **details)  # type: ignore[arg-type]
                for number, (seen, lost) in enumerate(accounts)
            ],
        )

    def test_sums_agree(self) -> None:
        """A consumer may miss a notification that is owed to nobody."""
        found = self.settle(
            b'\2\1\2', b'\0\0\0', (b'\1\1\1', 0), (b'\1\0\1', 0)
        )
        self.assertEqual(Figures(emitted=3), found.emitters)
        self.assertEqual((Figures(3, 3), Figures(2, 2)), found.subscribers)
        self.assertEqual((), found.offences)

    def test_delivered_but_missing(self) -> None:
        """A copy that was delivered must be received, owed or not."""
        found = self.settle(
            b'\2\2\2', b'\0\0\0', (b'\1\1\1', 0), (b'\1\0\1', 0)
        )
        self.assertEqual(1, found.emitters.unreported)
        self.assertEqual(
            ['emitters: unreported 1'], list(map(str, found.offences))
        )

    def test_drop_forgotten(self) -> None:
        """A counted drop must be reported, owed or not."""
        found = self.settle(
            b'\2\1\2', b'\0\1\0', (b'\1\1\1', 0), (b'\1\0\1', 0)
        )
        self.assertEqual(1, found.emitters.forgotten)

    def test_drop_reported_twice(self) -> None:
        """Two consumers cannot both miss the only copy that was dropped."""
        found = self.settle(
            b'\2\0\2', b'\0\1\0', (b'\1\0\1', 1), (b'\1\0\1', 1)
        )
        self.assertEqual(1, found.emitters.over_reported)
        self.assertEqual([0, 0], [row.faults for row in found.subscribers])

    def test_received_but_not_delivered(self) -> None:
        """A copy that arrives although it was not delivered is a fault."""
        found = self.settle(b'\1\0\1', b'\0\0\0', (b'\1\1\1', 0))
        self.assertEqual(1, found.emitters.over_reported)

    def test_no_fault_counts_twice(self) -> None:
        """The row of the emitters omits the faults of the other rows."""
        found = self.settle(
            b'\2\2\2', b'\0\0\0', (b'\1\1\1', 0), (b'\1\1\0', 0)
        )
        self.assertEqual(0, found.emitters.faults)
        self.assertEqual([0, 1], [row.faults for row in found.subscribers])
        self.assertEqual(
            ['c1: unreported 1 (e: 2)'], list(map(str, found.offences))
        )

    def test_killed_consumer(self) -> None:
        """The sums prove no fault of emitters if a consumer was killed."""
        found = self.settle(b'\2\2\2', b'\0\0\0', (b'\1\0\0', 0), killed=True)
        self.assertEqual(0, found.emitters.faults)

    def test_killed_emitter(self) -> None:
        """A drop that is owed to nobody may die with its emitter."""
        found = self.settle(
            b'\2\1\2',
            b'\0\1\0',
            (b'\1\1\1', 0),
            (b'\1\0\1', 0),
            killed_emitter=True,
        )
        self.assertEqual(0, found.emitters.faults)

    def test_exceptions_of_emitters(self) -> None:
        """The row of the emitters has their exceptions."""
        source = Stream('e', 1, 1, b'\0', b'\0', exceptions=1)
        found = settlement.settle([source], [])
        self.assertEqual(Figures(emitted=1, exceptions=1), found.emitters)

    def test_example_of_an_offence(self) -> None:
        """An offence names the first notification out of order."""
        account = Account('c', (), out_of_order=2, example='e: 5')
        found = settlement.settle([], [account])
        self.assertEqual(
            ['c: out of order 2 (e: 5)'], list(map(str, found.offences))
        )
