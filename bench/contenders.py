# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""A contender: a Notifier with its driver, its serializer and its reader.

Rule: this module defines how a job uses a contender; :mod:`bench.stages`
creates the contenders.
"""

from collections.abc import Callable
from collections.abc import Iterator
import contextlib
import dataclasses
import os
from typing import Any

from bench import readers
from unixnotif import document

_SERIALIZERS: dict[str, Any] = {'stdlib': None}
if vars(document)['orjson'] is not None:
    _SERIALIZERS['orjson'] = vars(document)['orjson']


def _nothing() -> None:
    """Do nothing."""


@dataclasses.dataclass
class Contender:
    """One way to send a notification.

    :param name: for tables
    :param notifier: of oslo.messaging
    :param serializer: ``stdlib``, ``orjson``, or empty if the benchmark cannot
        choose it
    :param subscribers: number of subscribers; None if it does not matter
    :param prepare: called before a series of notifications, not timed
    :param settle: called after a series, not timed: readers catch up
    :param send: sends a serialized document in the same way
    """

    name: str
    notifier: Any
    serializer: str = ''
    subscribers: int | None = None
    reader: readers.Reader | None = None
    prepare: Callable[[], None] = _nothing
    settle: Callable[[], Any] = _nothing
    send: Callable[[bytes], Any] | None = None

    @property
    def label(self) -> str:
        """Name with the number of subscribers and the serializer."""
        label = self.name
        if self.subscribers is not None:
            label += f' {self.subscribers}'
        return f'{label} {self.serializer}'.rstrip()


def serializers() -> list[str]:
    """Return the serializers that are installed."""
    return sorted(_SERIALIZERS)


def use_serializer(name: str) -> None:
    """Set the serializer of unixnotif; if empty, prefer orjson."""
    vars(document)['orjson'] = _SERIALIZERS[name or serializers()[0]]


@contextlib.contextmanager
def on_separate_cpus(all_contenders: list[Contender]) -> Iterator[None]:
    """Keep the readers off the emitter's processor.

    Otherwise the scheduler may run a reader there after the emitter has woken
    it, and the work of the reader would count as that of the emitter.
    """
    cpus = os.sched_getaffinity(0)
    mine = {min(cpus)}
    if len(cpus) > 1:
        os.sched_setaffinity(0, mine)
        for reader in {each.reader for each in all_contenders if each.reader}:
            reader.pin(cpus - mine)
    try:
        yield
    finally:
        os.sched_setaffinity(0, cpus)
