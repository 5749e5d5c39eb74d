# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Kinds of difference between two schemas, and their effect on consumers.

Rule: values only; :mod:`unixnotif.contract.comparison` finds differences.
"""

import enum
from typing import NamedTuple

from unixnotif.contract import catalogues


class What(enum.Enum):
    """Kinds of difference."""

    ADDED = 'added'
    REMOVED = 'removed'
    RETYPED = 'retyped'
    NUMBER = 'integer became number'
    NULLABLE = 'became nullable'
    NOT_NULL = 'is not nullable any more'
    OPTIONAL = 'became optional'
    VALUE_ADDED = 'enum value added'
    VALUE_REMOVED = 'enum value removed'
    RENAMED = 'nested payload renamed'
    FORMAT = 'format changed'
    NARROWED = 'narrowed'
    PREFIX = 'prefix changed'


#: Changes of the syntax, declared or observed: the version has to rise.
SYNTAX = frozenset(
    {
        What.ADDED,
        What.REMOVED,
        What.RETYPED,
        What.VALUE_ADDED,
        What.VALUE_REMOVED,
    }
)
#: Changes of a declared schema: the version has to rise for each of these.
SCHEMA = frozenset(What) - {What.OPTIONAL, What.PREFIX}
#: Changes that a well-written old consumer tolerates.
ADDITIVE = frozenset(
    {What.ADDED, What.VALUE_ADDED, What.NARROWED, What.NOT_NULL}
)


class Impact(enum.Enum):
    """Effect of a difference on a consumer."""

    NONE = 'works'
    MAYBE = 'may fail'
    BREAK = 'fails'


class Directions(NamedTuple):
    """Effect of a difference, in both directions.

    :ivar forward: on an old consumer that reads the new payload
    :ivar backward: on a new consumer that reads an old payload
    """

    forward: Impact
    backward: Impact


#: Effects on consumers, by the kind of difference.
DIRECTIONS = {
    What.ADDED: Directions(Impact.NONE, Impact.BREAK),
    What.REMOVED: Directions(Impact.BREAK, Impact.NONE),
    What.RETYPED: Directions(Impact.BREAK, Impact.BREAK),
    What.NUMBER: Directions(Impact.MAYBE, Impact.NONE),
    What.NULLABLE: Directions(Impact.MAYBE, Impact.NONE),
    What.NOT_NULL: Directions(Impact.NONE, Impact.MAYBE),
    What.OPTIONAL: Directions(Impact.MAYBE, Impact.NONE),
    What.VALUE_ADDED: Directions(Impact.MAYBE, Impact.NONE),
    What.VALUE_REMOVED: Directions(Impact.MAYBE, Impact.MAYBE),
    What.RENAMED: Directions(Impact.NONE, Impact.NONE),
    What.FORMAT: Directions(Impact.MAYBE, Impact.MAYBE),
    What.NARROWED: Directions(Impact.NONE, Impact.MAYBE),
    What.PREFIX: Directions(Impact.BREAK, Impact.BREAK),
}


class Change(NamedTuple):
    """One difference.

    :ivar field: its path, such as ``ip_addresses[].address``
    :ivar old: text for the state before; empty if there is none
    :ivar new: text for the state now; empty if there is none
    """

    what: What
    field: str
    old: str
    new: str


def prefix_change(
    old: catalogues.Payload, new: catalogues.Payload, path: str = ''
) -> Change | None:
    """Return the change of the prefix of a payload; None without one."""
    if old.prefix == new.prefix:
        return None
    return Change(What.PREFIX, path, old.prefix, new.prefix)
