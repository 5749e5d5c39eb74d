# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A consuming process.

Rule: it records each notification in shared memory at once, and answers the
conductor's messages between two notifications.
"""

from collections.abc import Callable
import os
import random
import sys
import time

from tools.chaos import cast
from tools.chaos import channels
from tools.chaos import events
from tools.chaos import journal
from tools.chaos import ledger
import unixnotif
from unixnotif import errors

#: Seconds in which the address must appear.
SUBSCRIBE_TIMEOUT = 20.0
#: Seconds to wait for a notification before the next check for messages.
WAIT = 0.05
#: Number of notifications between two checks for messages.
BATCH = 128
#: Number of exceptions after which a consumer ends.
MAX_EXCEPTIONS = 50

# Seconds in which the publishers must notice that a consumer leaves.
_DRAIN_TIMEOUT = 10.0
# Seconds of a stall, and the number of notifications between two stalls.
_STALL = (0.001, 0.05)
_STALL_AFTER = (20, 1500)


class Consumer:
    """A consuming process that the conductor controls by messages.

    * ``round``: start a round
    * ``sync``: receive all that was published, and record the counts
    * ``fork``: fork a child that leaves the context manager
    * ``leave``: leave with ``drain()``, and end

    :param kind: the kind of the consumer
    :param address: the address at which it subscribes
    :param seat: its seat in the ledger
    :param number: the number of the round
    """

    def __init__(
        self,
        kind: cast.ConsumerKind,
        address: unixnotif.Address,
        shared: ledger.Ledger,
        log: events.EventLog,
        seat: int,
        number: int,
    ) -> None:
        self._kind = kind
        self._address = address
        self._journal = journal.Journal(shared, seat, log)
        self._journal.begin(number)
        self._rng = random.Random(seat)
        self._stall_in = self._rng.randint(*_STALL_AFTER)

    def run(self, channel: channels.Channel) -> None:
        """Receive until the conductor ends this process."""
        self._channel = channel
        self._consumer = unixnotif.Consumer(self._address, self._kind.group)
        self._consumer.subscribe(SUBSCRIBE_TIMEOUT)
        with self._consumer:
            channel.send({'do': 'start'})
            while self._work():
                pass

    def _work(self) -> bool:
        """Receive a batch, and answer one message; return False to end."""
        if self._kind.style == 'polling':
            channels.readable([self._channel], WAIT, self._consumer.fileno())
            self._receive_batch(0)
        else:
            self._receive_batch(WAIT)
        try:
            message = self._channel.receive(0)
        except EOFError:
            return False
        return message is None or self._serve(message)

    def _receive_batch(self, timeout: float) -> None:
        for _ in range(BATCH):
            if not self._receive(timeout):
                break
            timeout = 0
            self._stall_in -= 1
            if self._kind.stalls and self._stall_in <= 0:
                self._stall_in = self._rng.randint(*_STALL_AFTER)
                time.sleep(self._rng.uniform(*_STALL))
        self._count()

    def _receive(self, timeout: float) -> bool:
        """Receive one notification; return False if there is none."""
        try:
            received = self._consumer.receive(timeout)
        except Exception as e:
            if self._journal.exception(e) >= MAX_EXCEPTIONS:
                raise
            return True
        if received is None:
            return False
        self._journal.record(received.payload)
        return True

    def _serve(self, message: channels.Message) -> bool:
        """Carry out one message; return False to end."""
        match message['do']:
            case 'round':
                self._journal.begin(message['number'])
            case 'sync':
                while self._receive(0):
                    pass
                self._count()
            case 'fork':
                self._fork()
            case 'leave':
                self._leave()
        self._channel.send(message)
        return bool(message['do'] != 'leave')

    def _count(self) -> None:
        consumer = self._consumer
        self._journal.count(consumer.lost, consumer.rejected.total())

    def _leave(self) -> None:
        try:
            for received in self._consumer.drain(_DRAIN_TIMEOUT):
                self._journal.record(received.payload)
        except Exception as e:
            self._journal.exception(e)
        self._count()

    def _fork(self) -> None:
        """Fork a child, which must not harm this consumer."""
        pid = os.fork()
        if not pid:
            self._channel.close()
            sys.exit(_check_child(self._consumer.receive))
        _, status = os.waitpid(pid, 0)
        if status:
            self._journal.exception(
                ChildProcessError(
                    f'a forked child ended with wait status {status}'
                )
            )


def _check_child(receive: Callable[[float], object]) -> str | None:
    """Return an error message if a forked child can receive."""
    try:
        received = receive(0)
    except errors.UnavailableError:
        return None
    return f'a forked child received {received!r:.200}'
