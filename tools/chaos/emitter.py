# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""An emitting process.

Rule: it records each call of ``publish`` in shared memory before and after
the call, so that SIGKILL leaves at most one call of each thread uncertain.
"""

import contextlib
import os
import random
import sys
import threading
import time
from typing import Any

from tools.chaos import cast
from tools.chaos import channels
from tools.chaos import events
from tools.chaos import ledger
from tools.chaos import streams
import unixnotif

#: Ways to end. ``close`` closes the publisher and calls ``os._exit``;
#: ``unwind`` leaves the context manager by SystemExit; ``exit`` leaves the
#: publisher to the functions that the interpreter calls at exit.
ENDINGS = ('close', 'unwind', 'exit')

# Seconds in which all consumers must connect to a new owner.
_CONNECT_TIMEOUT = 10.0
# Seconds between two notifications while the owner waits for them.
_CONNECT_PAUSE = 0.002
#: Maximum number of these notifications.
CONNECT_ROOM = int(_CONNECT_TIMEOUT / _CONNECT_PAUSE)
# Number of new publishers that an emitter opens in a round.
_REOPENS = 4


class Emitter:
    """An emitting process that the conductor controls by messages.

    * ``emit``: publish the notifications of a round
    * ``publish``: publish one more notification
    * ``end``: end in the way that ``how`` names

    :param kind: the kind of the emitter
    :param address: the address at which it publishes
    """

    def __init__(
        self,
        kind: cast.EmitterKind,
        address: unixnotif.Address,
        shared: ledger.Ledger,
        log: events.EventLog,
    ) -> None:
        self._kind = kind
        self._address = address
        self._shared = shared
        self._log = log
        self._workers: dict[int, str] = {}
        self._streams: list[streams.Stream] = []

    def run(self, channel: channels.Channel) -> None:
        """Serve until the conductor ends this process."""
        self._channel = channel
        with contextlib.ExitStack() as self._stack:
            self._open()
            self._stack.callback(self._close)
            channel.send({'do': 'start'})
            with contextlib.suppress(EOFError):
                while message := channel.receive():
                    if message['do'] == 'end':
                        self._end(message['how'])
                        return
                    self._serve(message)
                    channel.send(message)

    def _open(self) -> None:
        options: dict[str, Any] = {}
        if self._kind.send_buffer_size is not None:
            options['send_buffer_size'] = self._kind.send_buffer_size
        self._publisher = unixnotif.Publisher(self._address, **options)
        self._publisher.open()

    def _close(self) -> None:
        self._publisher.close()

    def _serve(self, message: channels.Message) -> None:
        """Carry out one message; add the result to it."""
        if message['do'] == 'emit':
            self._emit(message)
        else:
            delivery = self._streams[0].publish(self._publisher)
            message['dropped'] = sum(delivery.dropped.values())

    def _emit(self, message: channels.Message) -> None:
        """Publish the notifications of a round.

        Keys of the message: ``slots``, one for each thread; ``workers``,
        the slots of forked workers; ``count`` and ``extra``, the number of
        notifications of each thread and worker; ``subscribers``, the number
        of consumers to wait for.
        """
        rng = random.Random(message['seed'])
        self._streams = [
            self._stream(message, slot) for slot in message['slots']
        ]
        self._await_subscribers(message['subscribers'])
        threads = [
            threading.Thread(
                target=stream.emit,
                args=(
                    self._publisher,
                    message['count'],
                    random.Random(rng.random()),
                ),
            )
            for stream in self._streams[1:]
        ]
        for thread in threads:
            thread.start()
        self._emit_parts(message, rng)
        for thread in threads:
            thread.join()
        self._reap()

    def _stream(self, message: channels.Message, slot: int) -> streams.Stream:
        return streams.Stream(self._shared, self._log, message['round'], slot)

    def _await_subscribers(self, expected: int) -> None:
        """Publish notifications until all consumers have connected.

        These notifications are owed to nobody.

        :raises TimeoutError: some consumers do not connect
        """
        if not expected:
            return
        stream = self._streams[0]
        stream.clear_debt()
        deadline = time.monotonic() + _CONNECT_TIMEOUT / 2
        while (
            found := stream.publish(self._publisher).subscribers
        ) < expected:
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f'{found} of {expected} consumers are connected'
                )
            time.sleep(_CONNECT_PAUSE)
        stream.start_debt()

    def _emit_parts(
        self, message: channels.Message, rng: random.Random
    ) -> None:
        """Publish in parts; fork or reopen between two parts."""
        workers = message['workers']
        reopens = _REOPENS if self._kind.reopens else 0
        parts = 1 + max(len(workers), reopens)
        for part in range(parts):
            count = message['count'] // parts
            if part == 0:
                count += message['count'] % parts
            self._streams[0].emit(self._publisher, count, rng)
            if part < len(workers):
                self._fork(message, workers[part], rng)
            if part < reopens:
                self._publisher.close()
                self._open()

    def _fork(
        self, message: channels.Message, slot: int, rng: random.Random
    ) -> None:
        """Fork a worker that publishes with the inherited publisher."""
        how = rng.choice(ENDINGS)
        seed = rng.random()
        pid = os.fork()
        if pid:
            self._workers[pid] = how
            if not self._address.is_directory:
                # To find the owner, the worker connects to this process.
                # That connection must not count as a subscriber.
                self._reap()
            return
        self._channel.close()
        self._log.become(f'{self._kind.place} {self._kind.name} worker')
        stream = self._stream(message, slot)
        stream.emit(self._publisher, message['extra'], random.Random(seed))
        self._end(how)
        sys.exit(0)

    def _end(self, how: str) -> None:
        """Prepare the end of this process; see ``ENDINGS``."""
        if how == 'close':
            self._publisher.close()
            os._exit(0)
        if how == 'exit':
            self._stack.pop_all()

    def _reap(self) -> None:
        """Wait for the workers.

        :raises ChildProcessError: a worker has failed
        """
        while self._workers:
            pid, status = os.wait()
            how = self._workers.pop(pid)
            if status:
                raise ChildProcessError(
                    f'worker {pid} ({how}) ended with wait status {status}'
                )


class BriefEmitter:
    """An emitter that publishes a few notifications and ends.

    An emitter with a small send buffer ends with pending drop counts.

    :param order: ``round``, ``slot``, ``count``, ``seed``, ``how`` and
        ``send_buffer_size``
    """

    def __init__(
        self,
        address: unixnotif.Address,
        shared: ledger.Ledger,
        log: events.EventLog,
        order: channels.Message,
    ) -> None:
        self._address = address
        self._shared = shared
        self._log = log
        self._order = order

    def run(self, channel: channels.Channel) -> None:
        """Publish, and end."""
        order = self._order
        # An attribute, so that it is still open at the end of "exit".
        self._publisher = unixnotif.Publisher(
            self._address, send_buffer_size=order['send_buffer_size']
        )
        if order['how'] == 'exit':
            self._emit()
            return
        with self._publisher:
            self._emit()
            if order['how'] == 'unwind':
                sys.exit(0)

    def _emit(self) -> None:
        order = self._order
        stream = streams.Stream(
            self._shared, self._log, order['round'], order['slot']
        )
        rng = random.Random(order['seed'])
        stream.emit(self._publisher, order['count'], rng)
