# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Rotation: which member of a group receives the next document.

Rule: documents of different kinds do not disturb each other's turns. A
service may alternate two kinds, for example its legacy and its versioned
notifications. With one turn for all kinds, each of two members that share
the copies would receive one kind only.
"""

from collections.abc import Hashable
from typing import Final

#: Maximum number of kinds to remember. Services have about ten.
MAX_KINDS: Final = 256


class Rotation:
    """The next turn of each kind of document.

    :param first: the first turn of the first kind
    """

    __slots__ = ('_first', '_next')

    def __init__(self, first: int) -> None:
        self._first = first
        self._next: dict[Hashable, int] = {}

    def turn(self, kind: Hashable = None) -> int:
        """Return the next turn of a kind, without taking it."""
        found = self._next.get(kind)
        # A new kind starts one member later than the kind before it.
        return self._first + len(self._next) if found is None else found

    def take(self, kind: Hashable) -> None:
        """Move a kind to its following turn."""
        turn = self.turn(kind) + 1
        if kind not in self._next and len(self._next) >= MAX_KINDS:
            del self._next[next(iter(self._next))]
        self._next[kind] = turn
