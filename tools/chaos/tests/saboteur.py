# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Run a campaign with a fault: ``python -m tools.chaos.tests.saboteur FAULT``.

Rule: the fault is in the records of the consumers or in one call of the
library; the accounting must find it.
"""

from collections.abc import Callable
import itertools
import sys
from typing import Any

from tools.chaos import __main__
from tools.chaos import journal
import unixnotif

# Each record whose number is a multiple of this is wrong.
_EVERY = 50

_calls = itertools.count(1)
_record = journal.Journal.record
_count = journal.Journal.count
_receive = unixnotif.Consumer.receive
_held: list[Any] = []


def _due() -> bool:
    return not next(_calls) % _EVERY


def unreported() -> None:
    """Forget a notification."""

    def record(self: journal.Journal, payload: Any) -> None:
        if not _due():
            _record(self, payload)

    journal.Journal.record = record  # type: ignore[method-assign]


def duplicated() -> None:
    """Receive a notification twice."""

    def record(self: journal.Journal, payload: Any) -> None:
        _record(self, payload)
        if _due():
            _record(self, payload)

    journal.Journal.record = record  # type: ignore[method-assign]


def out_of_order() -> None:
    """Exchange two notifications of one stream."""

    def record(self: journal.Journal, payload: Any) -> None:
        if not _held and payload['seq'] == 10:
            _held.append(payload)
            return
        _record(self, payload)
        if _held:
            _record(self, _held.pop())

    journal.Journal.record = record  # type: ignore[method-assign]


def over_reported() -> None:
    """Report too many losses."""

    def count(self: journal.Journal, lost: int, rejected: int) -> None:
        _count(self, lost + 1, rejected)

    journal.Journal.count = count  # type: ignore[method-assign]


def forgotten() -> None:
    """Ignore the lost records."""

    def count(self: journal.Journal, lost: int, rejected: int) -> None:
        _count(self, 0, rejected)

    journal.Journal.count = count  # type: ignore[method-assign]


def rejected() -> None:
    """Reject a document."""

    def count(self: journal.Journal, lost: int, rejected: int) -> None:
        _count(self, lost, rejected + 1)

    journal.Journal.count = count  # type: ignore[method-assign]


def exceptions() -> None:
    """Raise an exception in the library."""
    calls = itertools.count(1)

    def receive(self: unixnotif.Consumer, timeout: float | None = None) -> Any:
        if next(calls) == _EVERY:
            raise RuntimeError('sabotage')
        return _receive(self, timeout)

    unixnotif.Consumer.receive = receive  # type: ignore[method-assign]


FAULTS: dict[str, Callable[[], None]] = {
    each.__name__: each
    for each in (
        unreported,
        duplicated,
        out_of_order,
        over_reported,
        forgotten,
        rejected,
        exceptions,
    )
}


if __name__ == '__main__':
    FAULTS[sys.argv[1]]()
    sys.exit(__main__.main(sys.argv[2:]))
