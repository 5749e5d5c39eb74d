# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The accounts of the model: owed, received and lost notifications.

Rule: the model decides which emissions a subscriber is owed; the accounts
compare that with the notifications that consumers receive.
"""

from collections.abc import Iterator
from collections.abc import Mapping
import contextlib
import dataclasses

from unixnotif import address
from unixnotif import consumer
from unixnotif import notification


class ConservationError(AssertionError):
    """Received + reported notifications differ from those emitted."""


class OrderError(AssertionError):
    """A consumer received the notifications of a process out of order."""


class RaisedError(AssertionError):
    """A call that must not raise raised an exception."""


class LeakError(AssertionError):
    """A process has more open descriptors than before."""


class UnnoticedError(AssertionError):
    """A process did not notice within 0.2 s that its address changed."""


@contextlib.contextmanager
def no_exceptions(action: str) -> Iterator[None]:
    """Turn any exception into a violation.

    :param action: the name of the call, for the message
    :raises RaisedError: the block raised an exception
    """
    try:
        yield
    except AssertionError:
        raise
    except Exception as e:
        raise RaisedError(f'{action} raised {e!r}') from e


@dataclasses.dataclass(frozen=True)
class Emission:
    """One published document.

    :param serial: position among all documents of an example
    :param pid: the process that published it
    :param where: the address
    :param dropped: number of subscribers for which the publisher dropped it
    """

    serial: int
    pid: int
    where: address.Address
    dropped: int


class Account:
    """The notifications of one copy: of a consumer, or of a group.

    The consumer must receive an owed emission or learn that it is lost. An
    optional emission may arrive or not: the publisher emitted it before all
    processes had noticed that the address was replaced.
    """

    def __init__(self) -> None:
        self.readers: list[Reader] = []
        self._lost_by_former_readers = 0
        self._owed: dict[int, Emission] = {}
        self._optional: dict[int, Emission] = {}
        self._received: set[int] = set()

    @property
    def attached(self) -> bool:
        """True if at least one consumer is subscribed to the address."""
        return any(reader.attached for reader in self.readers)

    def add(self, emission: Emission, owed: bool) -> None:
        """Add an emission."""
        pending = self._owed if owed else self._optional
        pending[emission.serial] = emission

    def remove(self, emission: Emission) -> None:
        """Move an emission to the received ones.

        :raises ConservationError: the emission is not pending
        """
        serial = emission.serial
        if serial in self._received:
            raise ConservationError(f'received twice: {emission}')
        if serial not in self._owed and serial not in self._optional:
            raise ConservationError(f'received, but not owed: {emission}')
        self._owed.pop(serial, None)
        self._optional.pop(serial, None)
        self._received.add(serial)

    def leave(self, reader: 'Reader') -> None:
        """Remove a consumer that has unsubscribed."""
        self.readers.remove(reader)
        self._lost_by_former_readers += reader.consumer.lost

    @property
    def lost(self) -> int:
        """Number of notifications reported as lost."""
        return self._lost_by_former_readers + sum(
            reader.consumer.lost for reader in self.readers
        )

    def check_delivered(self) -> None:
        """Check that all readers together received every delivered document.

        Call this method when no reader has anything left to read.

        :raises ConservationError: a document neither arrived nor was dropped
        """
        missing = [e for e in self._owed.values() if not e.dropped]
        if missing:
            raise ConservationError(
                f'delivered, but not received: {missing}; {self}'
            )

    def check_lost(self) -> None:
        """Check that no more notifications are reported lost than dropped.

        :raises ConservationError: the publishers reported too many
        """
        if self.lost > _dropped(self._owed) + _dropped(self._optional):
            raise ConservationError(f'too many reported as lost: {self}')

    def check(self) -> None:
        """Check that received + reported = emitted.

        Call this method when the readers have received all lost records.

        :raises ConservationError: the two numbers differ
        """
        self.check_delivered()
        self.check_lost()
        if self.lost < len(self._owed):
            raise ConservationError(f'too few reported as lost: {self}')

    def __repr__(self) -> str:
        return (
            f'<Account received={len(self._received)} lost={self.lost} '
            f'owed={sorted(self._owed)} optional={sorted(self._optional)}>'
        )


def _dropped(emissions: Mapping[int, Emission]) -> int:
    """Return the number of emissions with at least one drop."""
    return sum(bool(emission.dropped) for emission in emissions.values())


class Reader:
    """A consumer in the model.

    :ivar attached: True if the consumer is subscribed to the socket or
        directory that the path names now
    """

    def __init__(
        self, subscribed: consumer.Consumer, account: Account
    ) -> None:
        self.consumer = subscribed
        self.account = account
        self.attached = True
        self._last: dict[int, int] = {}
        account.readers.append(self)

    @property
    def where(self) -> address.Address:
        """The address."""
        return self.consumer.address

    @property
    def former_sockets(self) -> int:
        """Number of sockets that the consumer has left and not ended."""
        attached = self.consumer._attached
        return 0 if attached is None else len(attached._intakes) - 1

    def receive(self, emissions: Mapping[int, Emission]) -> bool:
        """Receive one notification; return False if there is none.

        :param emissions: all emissions by serial number
        """
        with no_exceptions('receive'):
            received = self.consumer.receive(0)
        if received is None:
            return False
        self.accept(received, emissions)
        return True

    def accept(
        self,
        received: notification.Notification,
        emissions: Mapping[int, Emission],
    ) -> None:
        """Check a received notification and enter it in the account."""
        emission = emissions[received.payload['serial']]
        assert received.sender is not None
        if received.sender.pid != emission.pid:
            raise OrderError(
                f'{received.sender} sent the document of {emission}'
            )
        self.account.remove(emission)
        last = self._last.get(emission.pid, -1)
        if emission.serial < last:
            raise OrderError(f'received after serial {last}: {emission}')
        self._last[emission.pid] = emission.serial

    def check(self) -> None:
        """Check the conditions that hold at any time."""
        self.account.check_lost()
        if self.consumer.rejected:
            raise ConservationError(f'rejected: {self.consumer.rejected}')
