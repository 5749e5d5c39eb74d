# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The rules of the contract.

Rule: importing this package registers every rule. The id of a rule never
changes.
"""

from unixnotif import errors
from unixnotif.contract.rules import coverage
from unixnotif.contract.rules import events
from unixnotif.contract.rules import fields
from unixnotif.contract.rules import legacy
from unixnotif.contract.rules import registry
from unixnotif.contract.rules import versions
from unixnotif.contract.rules.registry import Category
from unixnotif.contract.rules.registry import Rule

#: By id.
ALL: tuple[Rule, ...] = registry.registered()

#: Rule of a catalogue that is not up to date.
STALE = 'K606'
#: Rules whose findings have one remedy, which an allow-list must not replace.
NOT_ACCEPTED = frozenset({STALE, 'K607'})

#: Modules by the first letter of an id.
FAMILIES = {
    'V': versions,
    'C': fields,
    'M': versions,
    'E': events,
    'N': events,
    'K': coverage,
    'L': legacy,
}


#: Former names of rules, which jobs may still use.
_FORMER = {'field-became-nullable-in-minor': 'field-became-nullable'}


def find(name: str) -> Rule:
    """Return the rule with an id or slug; upper and lower case are equal.

    :raises CatalogueError: no rule has this id or slug
    """
    slug = _FORMER.get(name.lower(), name.lower())
    for each in ALL:
        if name.upper() == each.id or slug == each.slug:
            return each
    raise errors.CatalogueError(
        f'there is no rule {name!r}; the rules are '
        f'{", ".join(each.id for each in ALL)}'
    )


def select(name: str) -> frozenset[str]:
    """Return the ids of the rules of a category, or of one rule.

    :raises CatalogueError: the name is neither a category nor a rule
    """
    if name.upper() in Category.__members__:
        return frozenset(
            rule.id
            for rule in ALL
            if Category(name.upper()) in rule.categories
        )
    try:
        return frozenset({find(name).id})
    except errors.CatalogueError:
        raise errors.CatalogueError(
            f'{name!r} is neither a category ({", ".join(Category)}) nor a '
            f'rule ({", ".join(rule.id for rule in ALL)})'
        ) from None


__all__ = [
    'ALL',
    'FAMILIES',
    'NOT_ACCEPTED',
    'STALE',
    'Category',
    'Rule',
    'find',
    'select',
]
