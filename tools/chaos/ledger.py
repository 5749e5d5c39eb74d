# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Shared memory for the records of all processes.

Rule: a record survives SIGKILL. Each word and each byte has one writing
process, so no lock is necessary.

A *stream* is the sequence of notifications of one thread of one emitting
process in one round. It has a *slot* with a few words, and an *extent*: a
range of bytes in the arrays, one byte for each sequence number. A *seat* has
the words and the array of one consumer.
"""

import enum
import mmap

_WORD = 8
_MAX_BYTE = 255


class StreamWord(enum.IntEnum):
    """Words of a slot."""

    #: First byte of the extent in every array.
    BASE = 0
    #: Number of bytes of the extent.
    SIZE = 1
    #: Number of calls of ``publish`` that have begun.
    BEGUN = 2
    #: Number of calls of ``publish`` that have returned.
    DONE = 3
    #: Number of leading notifications that are owed to no consumer.
    UNOWED = 4
    #: Number of calls of ``publish`` that have raised an exception.
    EXCEPTIONS = 5


class SeatWord(enum.IntEnum):
    """Words of a seat; the first five are counts."""

    LOST = 0
    REJECTED = 1
    OUT_OF_ORDER = 2
    DUPLICATED = 3
    EXCEPTIONS = 4
    #: Slot plus 1, and sequence number, of the first notification of the
    #: round that was out of order or duplicated.
    FAULT_SLOT = 5
    FAULT_SEQ = 6


COUNTS = tuple(SeatWord)[:5]


class Ledger:
    """Shared memory, which forked processes inherit.

    :param slots: maximum number of streams of one round
    :param extent: maximum number of notifications of one round
    :param seats: maximum number of consumers of one round
    """

    def __init__(self, slots: int, extent: int, seats: int) -> None:
        self.slots = slots
        self.extent = extent
        self.seats = seats
        words = slots * len(StreamWord) + seats * len(SeatWord)
        arrays = (2 + seats) * extent
        self._memory = mmap.mmap(-1, words * _WORD + arrays)
        view = memoryview(self._memory)
        self._words = view[: words * _WORD].cast('Q')
        self._bytes = view[words * _WORD :]

    def stream(self, slot: int) -> memoryview:
        """Return the words of a slot; see :class:`StreamWord`."""
        start = slot * len(StreamWord)
        return self._words[start : start + len(StreamWord)]

    def seat(self, seat: int) -> memoryview:
        """Return the words of a consumer; see :class:`SeatWord`."""
        start = self.slots * len(StreamWord) + seat * len(SeatWord)
        return self._words[start : start + len(SeatWord)]

    @property
    def delivered(self) -> memoryview:
        """Copies that publishers delivered, by notification."""
        return self._bytes[: self.extent]

    @property
    def dropped(self) -> memoryview:
        """Copies that publishers dropped, by notification."""
        return self._bytes[self.extent : 2 * self.extent]

    def seen(self, seat: int) -> memoryview:
        """Return the array of a consumer: 1 for each notification received."""
        start = (2 + seat) * self.extent
        return self._bytes[start : start + self.extent]

    def clear_round(self) -> None:
        """Clear the streams and the arrays; no process may use them now."""
        words = self.slots * len(StreamWord)
        self._words[:words] = memoryview(bytes(words * _WORD)).cast('Q')
        for start in range(0, len(self._bytes), self.extent):
            self._bytes[start : start + self.extent] = bytes(self.extent)

    def clear_seat(self, seat: int) -> None:
        """Clear the words and the array of a seat."""
        self.seat(seat)[:] = memoryview(bytes(len(SeatWord) * _WORD)).cast('Q')
        self.seen(seat)[:] = bytes(self.extent)


class Allocator:
    """Reserves slots and extents for the streams of a round.

    :param shared: the ledger
    """

    def __init__(self, shared: Ledger) -> None:
        self._shared = shared
        self._slots = 0
        self._end = 0

    def clear(self) -> None:
        """Start a round; no process may use the ledger now."""
        self._slots = self._end = 0
        self._shared.clear_round()

    def reserve(self, size: int) -> int:
        """Return a new slot with an extent of ``size`` bytes.

        :raises MemoryError: the ledger is too small for the round
        """
        slot = self._slots
        if slot >= self._shared.slots:
            raise MemoryError('the ledger has too few slots for the round')
        if self._end + size > self._shared.extent:
            raise MemoryError('the ledger is too small for the round')
        words = self._shared.stream(slot)
        words[StreamWord.BASE] = self._end
        words[StreamWord.SIZE] = size
        self._slots += 1
        self._end += size
        return slot

    def published(self) -> int:
        """Return the number of notifications published in this round."""
        return sum(
            self._shared.stream(slot)[StreamWord.DONE]
            for slot in range(self._slots)
        )


def clamp(count: int) -> int:
    """Return a count, or the maximum that one byte can store."""
    return min(count, _MAX_BYTE)
