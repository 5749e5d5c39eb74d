# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The publishers of one process of the model, and its clock.

Rule: the methods of an emitter are the commands that a process executes;
arguments and results can be pickled.
"""

from collections.abc import Iterator
from collections.abc import Sequence
import contextlib
import gc
import math
import os
import sys
import time
from typing import Final
from typing import NamedTuple

from unixnotif import address
from unixnotif import errors
from unixnotif import publisher
from unixnotif.tests import base
from unixnotif.tests.unit.model import children

# Each look at the clock takes a moment, so that every deadline expires.
_TICK: Final = 2.0**-20
# Far more looks at the clock than an example needs.
_MAX_LOOKS: Final = 200_000


class Clock:
    """The monotonic clock of one process; a fork copies it."""

    def __init__(self) -> None:
        self._now = 1024.0
        self._running_since: float | None = None
        self._looks = 0

    def __call__(self) -> float:
        self._looks += 1
        if self._looks > _MAX_LOOKS:
            raise AssertionError('an endless loop reads the clock')
        self._now += _TICK
        if self._running_since is None:
            return self._now
        return self._now + time.monotonic() - self._running_since

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Let real time pass inside the block, so that deadlines expire."""
        self._running_since = time.monotonic()
        try:
            yield
        finally:
            self._now += time.monotonic() - self._running_since
            self._running_since = None

    def advance(self, seconds: float) -> None:
        """Let at least the given number of seconds pass."""
        # Exact in binary: the clock's value must not decide by rounding
        # whether an interval has passed.
        self._now += math.ceil(seconds * 1024) / 1024


class Batch(NamedTuple):
    """The emissions of one process: its pid and the outcomes in order."""

    pid: int
    deliveries: list[publisher.Delivery]


class Emitter:
    """The publishers of one process, at most one per address."""

    def __init__(
        self, publisher_class: type[publisher.Publisher], clock: Clock
    ) -> None:
        self._publisher_class = publisher_class
        self._publishers: dict[address.Address, publisher.Publisher] = {}
        self._clock = clock

    def open(self, where: address.Address, buffer_size: int) -> None:
        """Open a publisher with a send buffer of the given size."""
        opened = self._publisher_class(where, send_buffer_size=buffer_size)
        self._publishers[where] = opened
        opened.open()

    def publish(
        self, where: address.Address, serials: Sequence[int], size: int
    ) -> Batch:
        """Publish a document per serial number.

        :param size: bytes of padding in each document
        """
        return Batch(
            os.getpid(),
            [
                # Both forms of a document: encoded, and a callable.
                self._publishers[where].publish(
                    _document(n, size)
                    if n % 2
                    else lambda n=n: _document(n, size)  # type: ignore[misc]
                )
                for n in serials
            ],
        )

    def fork(
        self,
        where: address.Address,
        serials: Sequence[int],
        size: int,
        *,
        raw: bool,
        unwind: bool,
    ) -> Batch:
        """Publish in a forked child, which closes the publisher and exits.

        :param raw: fork without Python's fork hooks
        :param unwind: SystemExit closes the publisher
        """

        def publish() -> Batch:
            with contextlib.suppress(SystemExit), self._closing(where):
                batch = self.publish(where, serials, size)
                if unwind:
                    sys.exit()
            return batch

        return children.run_in_child(publish, raw)

    def _closing(
        self, where: address.Address
    ) -> contextlib.closing[publisher.Publisher]:
        return contextlib.closing(self._publishers[where])

    def contend(self, where: address.Address, serial: int) -> Batch:
        """Publish at a socket that another process owns.

        :raises AssertionError: the socket is free
        """
        contender = self._publisher_class(where)
        with contextlib.closing(contender):
            try:
                contender.open()
            except errors.InUseError:
                return Batch(
                    os.getpid(), [contender.publish(_document(serial, 0))]
                )
        raise AssertionError(f'{where} had no owner')

    def refresh(self, where: address.Address) -> None:
        """Let the publisher look for subscribers, if there is a publisher."""
        if where in self._publishers:
            self._publishers[where].refresh()

    def close(self, where: address.Address) -> int:
        """Close a publisher and return the number of drops it counted."""
        closing = self._publishers.pop(where)
        closing.close()
        return closing.dropped.total()

    def close_all(self) -> None:
        """Close the publishers that are still open."""
        for where in list(self._publishers):
            self.close(where)

    def advance(self, seconds: float) -> None:
        """Advance the clock of this process."""
        self._clock.advance(seconds)

    def descriptors(self) -> int:
        """Return the number of open descriptors."""
        return base.open_descriptors()

    def collect(self) -> None:
        """Collect garbage, which may hold descriptors open."""
        gc.collect()


def _document(serial: int, size: int) -> bytes:
    return base.document({'serial': serial, 'padding': 'x' * size})
