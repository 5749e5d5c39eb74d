# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Targets: the notifications that a listener of oslo.messaging wants.

Rule: pure functions on values. The name of a group depends on the values
only, so that all workers of a service find the same group.
"""

from collections.abc import Iterable
import dataclasses
import hashlib
import json
import re
from typing import Final
from typing import NamedTuple

# A name begins with a letter or digit (rendezvous.check_group).
_UNUSUAL: Final = re.compile(r'[^A-Za-z0-9_.-]+')
_BEFORE_WORD: Final = re.compile(r'^[^A-Za-z0-9]+')
_MAX_SLUG: Final = 40
_DIGITS: Final = 20


class Target(NamedTuple):
    """One kind of notification that a listener wants.

    :param topic: one of the topics of the notification
    :param exchange: the exchange of the notification; None is any
    :param priority: in lower case, as a method of an endpoint
    """

    topic: str
    exchange: str | None
    priority: str


@dataclasses.dataclass(frozen=True)
class Targets:
    """All kinds of notifications that a listener wants.

    :param wanted: may repeat targets, in any order
    """

    wanted: Iterable[Target]
    _wanted: frozenset[Target] = dataclasses.field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        given = frozenset(self.wanted)
        # A target of any exchange includes those of certain exchanges.
        needed = frozenset(
            each
            for each in given
            if each.exchange is None
            or each._replace(exchange=None) not in given
        )
        object.__setattr__(self, 'wanted', given)
        object.__setattr__(self, '_wanted', needed)

    @property
    def topics(self) -> list[str]:
        """The topics, sorted."""
        return sorted({each.topic for each in self._wanted})

    def topic_of(
        self, topics: Iterable[str], exchange: str | None, priority: str
    ) -> str | None:
        """Return the topic through which a listener receives a notification.

        A listener that wants several topics of a notification receives it
        once.

        :param topics: of the notification
        :param exchange: of the notification
        :param priority: of the notification, in any case
        :returns: the first topic that is wanted; None if none is
        """
        lower = priority.lower()
        wanted = self._wanted
        for topic in topics:
            if (topic, None, lower) in wanted or (
                topic,
                exchange,
                lower,
            ) in wanted:
                return topic
        return None

    def group(self, topic: str, pool: str | None = None) -> str:
        """Return the name of the group that shares the copies of a topic.

        Listeners share them if they want the same exchanges and priorities
        of the topic, and are in the same pool or in none.

        :param topic: one of :attr:`topics`
        :param pool: name of the pool, or None
        """
        rest = sorted(
            (each.exchange is not None, each.exchange or '', each.priority)
            for each in self._wanted
            if each.topic == topic
        )
        # Not hash(): each process has a seed of its own.
        text = json.dumps([pool, topic, rest])
        digest = hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
        slug = _UNUSUAL.sub('-', topic if pool is None else pool)
        slug = _BEFORE_WORD.sub('', slug)[:_MAX_SLUG]
        return f'{slug}-{digest}' if slug else digest
