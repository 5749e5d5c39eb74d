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
    """Nothing is to be done."""


@dataclasses.dataclass
class Contender:
    """One way for a notification to leave.

    :param name: for tables
    :param notifier: of oslo.messaging
    :param serializer: ``stdlib``, ``orjson``, or empty when it is not ours
        to choose
    :param subscribers: how many read; None where that means nothing
    :param prepare: called before a series of notifications, not timed
    :param settle: called after it, not timed: readers catch up
    :param send: sends a ready-made document the same way
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
        """The name with what tells it from its likes."""
        label = self.name
        if self.subscribers is not None:
            label += f' {self.subscribers}'
        return f'{label} {self.serializer}'.rstrip()


def serializers() -> list[str]:
    """Those that can be used here."""
    return sorted(_SERIALIZERS)


def use_serializer(name: str) -> None:
    """Make unixnotif write JSON with this one; empty is the best there is."""
    vars(document)['orjson'] = _SERIALIZERS[name or serializers()[0]]


@contextlib.contextmanager
def on_separate_cpus(all_contenders: list[Contender]) -> Iterator[None]:
    """Keep the readers off the emitter's processor.

    Else the scheduler may let them take turns there, after the emitter has
    just talked to them, and their work would count as the emitter's.
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
