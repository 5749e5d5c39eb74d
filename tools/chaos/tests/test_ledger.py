# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Shared memory and its division."""

import os

from oslotest import base

from tools.chaos import ledger
from tools.chaos.ledger import StreamWord


class LedgerTest(base.BaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.shared = ledger.Ledger(slots=2, extent=10, seats=2)
        self.streams = ledger.Allocator(self.shared)

    def test_forked_process_writes(self) -> None:
        """A parent reads the record of its child."""
        pid = os.fork()
        if not pid:
            self.shared.stream(1)[StreamWord.DONE] = 5
            self.shared.seen(1)[9] = 1
            os._exit(0)
        os.waitpid(pid, 0)
        self.assertEqual(5, self.shared.stream(1)[StreamWord.DONE])
        self.assertEqual(1, self.shared.seen(1)[9])

    def test_parts_do_not_overlap(self) -> None:
        """Each slot, seat and array has memory of its own."""
        parts = [
            *(self.shared.stream(slot) for slot in range(2)),
            *(self.shared.seat(seat) for seat in range(2)),
            self.shared.delivered,
            self.shared.dropped,
            *(self.shared.seen(seat) for seat in range(2)),
        ]
        for number, part in enumerate(parts, 1):
            for at in range(len(part)):
                part[at] = number
        for number, part in enumerate(parts, 1):
            self.assertEqual({number}, set(part.tolist()))

    def test_reserve(self) -> None:
        """Extents follow each other; a full ledger refuses."""
        self.assertEqual([0, 1], [self.streams.reserve(4) for _ in range(2)])
        self.assertEqual(4, self.shared.stream(1)[StreamWord.BASE])
        self.assertRaises(MemoryError, self.streams.reserve, 1)
        self.streams.clear()
        self.assertRaises(MemoryError, self.streams.reserve, 11)

    def test_clear(self) -> None:
        """A new round begins with empty arrays, and keeps the seats."""
        self.streams.reserve(4)
        self.shared.stream(0)[StreamWord.DONE] = 3
        self.shared.seat(0)[0] = 7
        self.shared.seen(0)[0] = self.shared.dropped[3] = 1
        self.assertEqual(3, self.streams.published())
        self.streams.clear()
        self.assertEqual(0, self.streams.published())
        self.assertFalse(any(self.shared.seen(0)))
        self.assertFalse(any(self.shared.dropped))
        self.assertEqual(7, self.shared.seat(0)[0])
        self.shared.clear_seat(0)
        self.assertEqual(0, self.shared.seat(0)[0])
