# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""One stream of notifications, recorded in shared memory.

Rule: the hot loop of an emitting process; it builds documents from templates
and keeps nothing.
"""

from collections.abc import Callable
import random
import time

from tools.chaos import events
from tools.chaos import ledger
from tools.chaos.ledger import StreamWord
import unixnotif

_MARK = '@seq@'
# Sizes of the padding in bytes, and their weights. The last size exceeds the
# largest packet, so that the notification travels in a memfd.
_SIZES = (0, 700, 6000, 150_000)
_WEIGHTS = (60, 30, 9.7, 0.3)
_BURST = (20, 400)
# A long burst of large notifications would take too much time.
_MAX_LARGE = 5
# Seconds between two bursts.
_PAUSES = (0.0, 0.0, 0.001, 0.01)
# Seconds to wait after a call that found no subscriber, so that a campaign
# does not spend its notifications while a directory is replaced.
_NOBODY_PAUSE = 0.002
# Seconds to wait after a drop, for the same reason.
_DROP_PAUSE = 0.0005


class Stream:
    """The notifications of one thread of this process in one round.

    :param number: the number of the round
    :param slot: the slot in the ledger
    """

    def __init__(
        self,
        shared: ledger.Ledger,
        log: events.EventLog,
        number: int,
        slot: int,
    ) -> None:
        self._words = shared.stream(slot)
        self._log = log
        base = self._words[StreamWord.BASE]
        end = base + self._words[StreamWord.SIZE]
        self._delivered = shared.delivered[base:end]
        self._dropped = shared.dropped[base:end]
        self._templates = [_template(number, slot, size) for size in _SIZES]
        self._seq = 0

    def emit(
        self, publisher: unixnotif.Publisher, count: int, rng: random.Random
    ) -> None:
        """Publish a number of notifications in bursts."""
        while count > 0:
            [size] = rng.choices(range(len(_SIZES)), _WEIGHTS)
            burst = min(count, rng.randint(*_BURST))
            if size == len(_SIZES) - 1:
                burst = min(burst, _MAX_LARGE)
            lazy = rng.random() < 0.5
            for _ in range(burst):
                delivery = self.publish(publisher, size, lazy)
                if not delivery.subscribers:
                    time.sleep(_NOBODY_PAUSE)
                elif delivery.dropped:
                    time.sleep(_DROP_PAUSE)
            count -= burst
            time.sleep(rng.choice(_PAUSES))

    def publish(
        self,
        publisher: unixnotif.Publisher,
        size: int = 0,
        lazy: bool = False,
    ) -> unixnotif.Delivery:
        """Publish one notification.

        :param size: index of the template
        :param lazy: pass a function instead of the document
        """
        head, tail = self._templates[size]
        seq = self._seq
        self._seq = seq + 1
        document = b'%b%d%b' % (head, seq, tail)
        self._words[StreamWord.BEGUN] = seq + 1
        try:
            delivery = publisher.publish(
                _returning(document) if lazy else document
            )
        except Exception as e:
            self._words[StreamWord.EXCEPTIONS] += 1
            self._log.exception(e)
            delivery = unixnotif.Delivery(0, 0, {})
        self._delivered[seq] = ledger.clamp(delivery.delivered)
        if delivery.dropped:
            dropped = sum(delivery.dropped.values())
            self._dropped[seq] = ledger.clamp(dropped)
        self._words[StreamWord.DONE] = seq + 1
        return delivery

    def clear_debt(self) -> None:
        """Declare that the notifications from now on are owed to nobody."""
        self._words[StreamWord.UNOWED] = self._words[StreamWord.SIZE]

    def start_debt(self) -> None:
        """Declare that only the notifications so far are owed to nobody."""
        self._words[StreamWord.UNOWED] = self._seq


def _returning(document: bytes) -> Callable[[], bytes]:
    return lambda: document


def _template(number: int, slot: int, size: int) -> tuple[bytes, bytes]:
    """Return a document in two parts; the sequence number goes between."""
    notification = unixnotif.Notification(
        message_id=f'{number}-{slot}',
        publisher_id='chaos',
        event_type='chaos.tick',
        priority='INFO',
        timestamp='2026-01-01 00:00:00.000000',
        payload={
            'round': number,
            'slot': slot,
            'seq': _MARK,
            'padding': 'x' * size,
        },
    )
    head, _, tail = notification.encode().partition(f'"{_MARK}"'.encode())
    return head, tail
