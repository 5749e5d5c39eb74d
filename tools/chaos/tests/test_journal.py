# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The record that a consumer writes to shared memory."""

from pathlib import Path

import fixtures
from oslotest import base

from tools.chaos import events
from tools.chaos import journal
from tools.chaos import ledger
from tools.chaos.ledger import SeatWord


class JournalTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        path = Path(self.useFixture(fixtures.TempDir()).path, 'log')
        self.log = events.EventLog(path)
        self.addCleanup(self.log.close)
        self.shared = ledger.Ledger(slots=2, extent=20, seats=2)
        allocator = ledger.Allocator(self.shared)
        self.slots = [allocator.reserve(10) for _ in range(2)]
        self.journal = journal.Journal(self.shared, 1, self.log)
        self.journal.begin(1)

    def record(self, seq: int, slot: int = 1, number: int = 1) -> None:
        """Receive one notification."""
        self.journal.record({'round': number, 'slot': slot, 'seq': seq})

    def words(self, *names: str) -> list[int]:
        """Return words of the seat."""
        return [self.shared.seat(1)[SeatWord[name]] for name in names]

    def test_in_order(self) -> None:
        """Gaps are no fault; streams are independent."""
        for seq in (0, 1, 5):
            self.record(seq)
        self.record(0, slot=0)
        self.assertEqual([0, 0], self.words('OUT_OF_ORDER', 'DUPLICATED'))
        seen = bytes(self.shared.seen(1))
        self.assertEqual(b'\1' + bytes(9) + b'\1\1\0\0\0\1', seen[:16])

    def test_out_of_order(self) -> None:
        """A notification after a later one is out of order."""
        for seq in (0, 3, 1, 2, 4):
            self.record(seq)
        self.assertEqual([2, 0], self.words('OUT_OF_ORDER', 'DUPLICATED'))
        self.assertEqual([2, 1], self.words('FAULT_SLOT', 'FAULT_SEQ'))

    def test_duplicated(self) -> None:
        """A notification that arrives twice is a duplicate."""
        for seq in (0, 1, 1, 0):
            self.record(seq)
        self.assertEqual([0, 2], self.words('OUT_OF_ORDER', 'DUPLICATED'))

    def test_earlier_round(self) -> None:
        """A notification of a settled round is out of order."""
        self.journal.begin(2)
        self.record(0)
        self.assertEqual([1], self.words('OUT_OF_ORDER'))
        self.assertFalse(any(self.shared.seen(1)))

    def test_counts(self) -> None:
        """The counts of the consumer and its exceptions are recorded."""
        self.journal.count(lost=3, rejected=2)
        self.assertEqual(1, self.journal.exception(ValueError()))
        self.assertEqual(
            [3, 2, 1], self.words('LOST', 'REJECTED', 'EXCEPTIONS')
        )

    def test_event_log(self) -> None:
        """The event log has the faults."""
        self.record(1)
        self.record(0)
        self.assertIn('"event": "out_of_order"', self.log.path.read_text())
