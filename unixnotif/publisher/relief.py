# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Relief: the hook by which a consumer in the publishing process reads.

Rule: a consumer cannot read while its own process publishes. When its buffer
is full, the publisher calls the consumer's relief and tries once more.
"""

from collections.abc import Callable
from collections.abc import Iterator
import contextlib
from typing import Any

from unixnotif import address as addresses
from unixnotif import process

Relief = Callable[[], Any]


class Reliefs:
    """The reliefs of this process, by address."""

    def __init__(self) -> None:
        self._reliefs: list[tuple[addresses.Address, Relief]] = []
        process.track(self)

    @contextlib.contextmanager
    def relieving(
        self, address: addresses.Address, relief: Relief
    ) -> Iterator[None]:
        """Call ``relief`` when a subscriber's buffer is full.

        The publisher calls ``relief`` with its lock held: ``relief`` must
        read, not wait, and not publish. If an address has several reliefs,
        the publisher calls all of them.
        """
        entry = (address, relief)
        self._reliefs.append(entry)
        try:
            yield
        finally:
            # A forked child has dropped it.
            with contextlib.suppress(ValueError):
                self._reliefs.remove(entry)

    def relieve(self, address: addresses.Address) -> bool:
        """Run the reliefs of an address; return True if there was one."""
        reliefs = [
            relief for where, relief in self._reliefs if where == address
        ]
        for relief in reliefs:
            relief()
        return bool(reliefs)

    def after_fork(self) -> None:
        """Forget all reliefs: they read the parent's consumers."""
        self._reliefs.clear()

    def at_exit(self) -> None:
        """Do nothing: a consumer may still be read."""


_reliefs = Reliefs()
relieving = _reliefs.relieving
relieve = _reliefs.relieve
