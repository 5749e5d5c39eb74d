# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The record of one consumer: notifications received, and their order.

Rule: the record is in shared memory. The conductor reads the record at the
end of the round, or after SIGKILL.
"""

from typing import Any

from tools.chaos import events
from tools.chaos import ledger
from tools.chaos.ledger import SeatWord
from tools.chaos.ledger import StreamWord


class Journal:
    """The record of the notifications that a consumer receives.

    The payload of a notification has three keys: ``round``, ``slot`` and
    ``seq``, the sequence number in the stream.

    :param shared: the ledger
    :param seat: seat of this consumer
    :param log: receives the first faults
    """

    def __init__(
        self, shared: ledger.Ledger, seat: int, log: events.EventLog
    ) -> None:
        self._shared = shared
        self._words = shared.seat(seat)
        self._seen = shared.seen(seat)
        self._log = log
        self.begin(0)

    def begin(self, number: int) -> None:
        """Start a round."""
        self._words[SeatWord.FAULT_SLOT] = 0
        self._round = number
        self._bases: dict[int, int] = {}
        self._last: dict[int, int] = {}

    def record(self, payload: Any) -> None:
        """Record one received notification."""
        slot = payload['slot']
        seq = payload['seq']
        if payload['round'] != self._round:
            self._fault(SeatWord.OUT_OF_ORDER, slot, seq, payload['round'])
            return
        base = self._bases.get(slot)
        if base is None:
            words = self._shared.stream(slot)
            base = self._bases[slot] = words[StreamWord.BASE]
        at = base + seq
        if self._seen[at]:
            self._fault(SeatWord.DUPLICATED, slot, seq)
        elif seq < self._last.get(slot, -1):
            self._fault(SeatWord.OUT_OF_ORDER, slot, seq)
        else:
            self._last[slot] = seq
        self._seen[at] = 1

    def _fault(
        self, word: SeatWord, slot: int, seq: int, number: int | None = None
    ) -> None:
        self._words[word] += 1
        if not self._words[SeatWord.FAULT_SLOT]:
            self._words[SeatWord.FAULT_SLOT] = slot + 1
            self._words[SeatWord.FAULT_SEQ] = seq
        self._log.write(
            word.name.lower(),
            round=self._round if number is None else number,
            slot=slot,
            seq=seq,
            last=self._last.get(slot, -1),
        )

    def count(self, lost: int, rejected: int) -> None:
        """Record the counts that the consumer reports."""
        self._words[SeatWord.LOST] = lost
        self._words[SeatWord.REJECTED] = rejected

    def exception(self, error: BaseException) -> int:
        """Record an exception; return the number of exceptions so far."""
        self._words[SeatWord.EXCEPTIONS] += 1
        self._log.exception(error)
        return int(self._words[SeatWord.EXCEPTIONS])
