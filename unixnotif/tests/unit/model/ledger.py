# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The ledger of the model: all emissions and their recipients.

Rule: the ledger counts; it neither publishes nor subscribes.
"""

import itertools

from unixnotif import address
from unixnotif import notification
from unixnotif.tests.unit.model import accounts
from unixnotif.tests.unit.model import emitters


class Ledger:
    """The emissions and consumers of an example.

    :ivar readers: the consumers that are subscribed
    :ivar settled: False while a process or consumer has not yet noticed that
        the directory was replaced
    """

    def __init__(self) -> None:
        self.readers: list[accounts.Reader] = []
        self.settled = True
        self._serials = itertools.count()
        self._emissions: dict[int, accounts.Emission] = {}

    def readers_at(self, where: address.Address) -> list[accounts.Reader]:
        """Return the consumers at an address."""
        return [reader for reader in self.readers if reader.where == where]

    def accounts_at(self, where: address.Address) -> list[accounts.Account]:
        """Return the accounts of the consumers at an address."""
        found = (reader.account for reader in self.readers_at(where))
        return list(dict.fromkeys(found))

    def new_serials(self, count: int) -> list[int]:
        """Return the serial numbers of the next emissions."""
        return list(itertools.islice(self._serials, count))

    def enter(
        self,
        where: address.Address,
        serials: list[int],
        batch: emitters.Batch,
        is_owner: bool = True,
    ) -> None:
        """Enter emissions in the accounts, and check the publisher's counts.

        :raises ConservationError: the publisher counted other subscribers
        """
        here = self.accounts_at(where) if is_owner else []
        settled = self.settled or not where.is_directory
        owed = [each for each in here if settled and each.attached]
        for serial, delivery in zip(serials, batch.deliveries, strict=True):
            dropped = sum(delivery.dropped.values())
            emission = accounts.Emission(serial, batch.pid, where, dropped)
            self._emissions[serial] = emission
            for each in here:
                each.add(emission, each in owed)
            # An owner may count a drop for a reader that has left: the owner
            # notices that only when it sends.
            counted = (
                delivery.delivered
                if is_owner and not where.is_directory
                else delivery.subscribers
            )
            if (
                delivery.subscribers != delivery.delivered + dropped
                or delivery.subscribers < len(owed)
                or counted > len(here)
            ):
                raise accounts.ConservationError(
                    f'{emission} was owed to {len(owed)} to {len(here)} '
                    f'subscribers, but: {delivery}'
                )

    def receive(self, reader: accounts.Reader) -> bool:
        """Receive a notification; return False if there is none."""
        return reader.receive(self._emissions)

    def read(self, reader: accounts.Reader, most: int | None = None) -> None:
        """Receive some notifications, or all."""
        for _ in itertools.count() if most is None else range(most):
            if not self.receive(reader):
                if len(reader.account.readers) == 1:
                    reader.account.check_delivered()
                break
        reader.check()

    def accept(
        self,
        reader: accounts.Reader,
        received: notification.Notification,
    ) -> None:
        """Enter a notification that a consumer received by draining."""
        reader.accept(received, self._emissions)
