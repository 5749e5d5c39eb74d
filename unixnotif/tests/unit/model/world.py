# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The world of the model: two addresses, three processes, some consumers.

Rule: every operation updates the accounts according to the promises of the
design. No operation waits for time to pass.
"""

from collections.abc import Iterable
import contextlib
import os
import pathlib
import shutil
import tempfile
from typing import Final
from unittest import mock

from unixnotif import address
from unixnotif import clock
from unixnotif import consumer
from unixnotif import errors
from unixnotif import publisher
from unixnotif.tests.unit.model import accounts
from unixnotif.tests.unit.model import emitters
from unixnotif.tests.unit.model import ledger
from unixnotif.tests.unit.model import processes

#: Seconds within which both ends notice that an address was replaced.
NOTICE_INTERVAL: Final = 0.2
_HELPERS: Final = 2
_GROUP: Final = 'group'


class World(ledger.Ledger):
    """Publishers in three processes and consumers at two addresses."""

    def __init__(
        self,
        publisher_class: type[publisher.Publisher],
        consumer_class: type[consumer.Consumer],
    ) -> None:
        super().__init__()
        self._cleanups = contextlib.ExitStack()
        self._consumer_class = consumer_class
        self.clock = emitters.Clock()
        emitter = emitters.Emitter(publisher_class, self.clock)
        self.top = pathlib.Path(tempfile.mkdtemp())
        self._cleanups.callback(shutil.rmtree, self.top)
        self.directory = address.Address(str(self.top / 'directory'))
        self.socket = address.Address(
            str(self.top / 'parent' / 'owner.sock'), is_directory=False
        )
        for path in (self.directory.path, os.path.dirname(self.socket.path)):
            os.mkdir(path)
        self._cleanups.enter_context(
            mock.patch.object(clock, 'monotonic', self.clock)
        )
        self.processes: list[processes.Process] = [processes.Local(emitter)]
        self._cleanups.callback(self.processes[0].end)
        for _ in range(_HELPERS):
            helper = processes.Helper(emitter)
            self._cleanups.callback(helper.end)
            self.processes.append(helper)
        self._descriptors = [
            process.ask(emitters.Emitter.descriptors)
            for process in self.processes
        ]
        # Number of drops that each open publisher has reported.
        self.publishers: dict[tuple[int, address.Address], int] = {}

    @property
    def owner(self) -> int | None:
        """The process that owns the socket."""
        return next(iter(self.publishers_at(self.socket)), None)

    def publishers_at(self, where: address.Address) -> list[int]:
        """Return the processes that have a publisher at an address."""
        return [
            process for process, there in self.publishers if there == where
        ]

    def advance(self, numbers: Iterable[int] | None = None) -> None:
        """Let the notice interval pass in some processes, or in all."""
        for number in (
            range(len(self.processes)) if numbers is None else numbers
        ):
            self.processes[number].ask(
                emitters.Emitter.advance, NOTICE_INTERVAL
            )

    # Publishers

    def open(
        self, process: int, where: address.Address, buffer_size: int
    ) -> None:
        """Open a publisher, unless the process has one for the address."""
        if (process, where) not in self.publishers:
            self.processes[process].ask(
                emitters.Emitter.open, where, buffer_size
            )
            self.publishers[process, where] = 0

    def emit(
        self, process: int, where: address.Address, count: int, size: int
    ) -> None:
        """Publish documents from a process that has a publisher."""
        serials = self.new_serials(count)
        batch = self.processes[process].ask(
            emitters.Emitter.publish, where, serials, size
        )
        for delivery in batch.deliveries:
            dropped = sum(delivery.dropped.values())
            self.publishers[process, where] += dropped
        self.enter(where, serials, batch)

    def fork_emitter(
        self,
        process: int,
        where: address.Address,
        count: int,
        size: int,
        *,
        raw: bool,
        unwind: bool,
    ) -> None:
        """Publish documents from a forked child of a process.

        At the socket nobody receives them: the parent owns it.
        """
        serials = self.new_serials(count)
        batch = self.processes[process].ask(
            emitters.Emitter.fork,
            where,
            serials,
            size,
            raw=raw,
            unwind=unwind,
        )
        self.enter(where, serials, batch, is_owner=where != self.socket)

    def contend(self, process: int) -> None:
        """Publish at the socket from a process that does not own it."""
        serials = self.new_serials(1)
        batch = self.processes[process].ask(
            emitters.Emitter.contend, self.socket, serials[0]
        )
        self.enter(self.socket, serials, batch, is_owner=False)

    def close(self, process: int, where: address.Address) -> None:
        """Close a publisher."""
        reported = self.publishers.pop((process, where))
        counted = self.processes[process].ask(emitters.Emitter.close, where)
        if counted != reported:
            raise accounts.ConservationError(
                f'publish() reported {reported} drops, dropped has {counted}'
            )
        if where == self.socket:
            for reader in self.readers_at(where):
                reader.attached = False

    # Consumers

    def subscribe(self, where: address.Address, grouped: bool = False) -> None:
        """Subscribe a consumer; at a socket without an owner that fails."""
        is_member = grouped and where.is_directory
        subscriber = self._consumer_class(where, _GROUP if is_member else None)
        if where == self.socket and self.owner is None:
            with contextlib.suppress(errors.MissingError):
                subscriber.subscribe()
                raise AssertionError('subscribed without an owner')
            return
        with accounts.no_exceptions('subscribe'):
            subscriber.subscribe()
        self._cleanups.callback(_close_quietly, subscriber)
        members = [r for r in self.readers if r.consumer.group]
        account = (
            members[0].account if is_member and members else accounts.Account()
        )
        self.readers.append(accounts.Reader(subscriber, account))

    def attach(self, reader: accounts.Reader) -> None:
        """Let a consumer notice that its address was replaced.

        :raises UnnoticedError: the consumer is not subscribed afterwards
        """
        if reader.where == self.socket and not reader.attached:
            # The end of the former connection is behind its documents.
            self.read(reader)
            if self.owner is None:
                return
            self.advance([0])
        self.receive(reader)
        if not reader.consumer.subscribed:
            raise accounts.UnnoticedError(
                f'not subscribed again: {reader.consumer}'
            )
        reader.attached = True

    # The end

    def check_descriptors(self) -> None:
        """Check that no process has more open descriptors than before.

        :raises LeakError: a process has more
        """
        for process, before in zip(
            self.processes, self._descriptors, strict=True
        ):
            now = process.ask(emitters.Emitter.descriptors)
            if now > before:
                process.ask(emitters.Emitter.collect)
                now = process.ask(emitters.Emitter.descriptors)
            if now > before:
                raise accounts.LeakError(f'{before} descriptors became {now}')

    def close_all(self) -> None:
        """End all processes and remove all files."""
        self._cleanups.close()


def _close_quietly(subscriber: consumer.Consumer) -> None:
    """Close a consumer after a failure, which must stay the reported one."""
    with contextlib.suppress(Exception):
        subscriber.close()
