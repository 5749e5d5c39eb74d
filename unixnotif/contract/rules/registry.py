# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The registry of rules.

Rule: a rule is a pure function from a case to hits, together with its texts
for people. The reference is generated from these texts.
"""

from collections.abc import Callable
from collections.abc import Iterator
import dataclasses
import enum
from typing import Any
from typing import TypeVar

from unixnotif import versioned
from unixnotif.contract import findings
from unixnotif.contract.rules import case_kinds


class Category(enum.StrEnum):
    """Categories of rules, for the options --use and --except."""

    VERSION = 'VERSION'
    FORWARD = 'FORWARD'
    BACKWARD = 'BACKWARD'
    LEGACY = 'LEGACY'
    COVERAGE = 'COVERAGE'

    @property
    def meaning(self) -> str:
        """Subject of the rules of the category."""
        return _CATEGORIES[self]


_CATEGORIES = {
    Category.VERSION: 'the version rises if and only if the payload changes',
    Category.FORWARD: 'an old consumer reads a new payload',
    Category.BACKWARD: 'a new consumer reads an old payload',
    Category.LEGACY: 'payloads without a version',
    Category.COVERAGE: 'declared and observed schemas agree',
}


_Case = TypeVar('_Case', bound=case_kinds.Case)


@dataclasses.dataclass(frozen=True, slots=True)
class Hit:
    """One violation of a rule in a case.

    :ivar cause: cause of the violation; empty if unknown
    :ivar fix: steps that fix it; if empty, those of the rule count
    :ivar severity: if None, that of the rule counts
    """

    message: str
    field: str = ''
    cause: str = ''
    fix: str = ''
    severity: findings.Severity | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    :ivar id: for example ``C201``; never given to another rule
    :ivar slug: its name
    :ivar severity: default severity
    :ivar judges: the class of its cases
    :ivar categories: at least one category
    :ivar what: sentences that describe the violation
    :ivar why: sentences about the effect on consumers
    :ivar fix: sentences with the steps that fix the violation
    :ivar hits: function that yields the violations in a case
    """

    id: str
    slug: str
    severity: findings.Severity
    judges: type[Any]
    categories: tuple[Category, ...]
    what: str
    why: str
    fix: str
    hits: Callable[[Any], Iterator[Hit]]


_RULES: dict[str, Rule] = {}


def rule(
    identity: str,
    slug: str,
    severity: findings.Severity,
    judges: type[_Case],
    *,
    categories: str,
    what: str,
    why: str,
    fix: str,
) -> Callable[
    [Callable[[_Case], Iterator[Hit]]], Callable[[_Case], Iterator[Hit]]
]:
    """Register the function that judges cases of a class.

    :param categories: names with spaces between them
    """

    def register(
        hits: Callable[[_Case], Iterator[Hit]],
    ) -> Callable[[_Case], Iterator[Hit]]:
        if identity in _RULES:
            raise ValueError(f'there is a rule {identity}')
        _RULES[identity] = Rule(
            identity,
            slug,
            severity,
            judges,
            tuple(map(Category, categories.split())),
            what,
            why,
            fix,
            hits,
        )
        return hits

    return register


def registered() -> tuple[Rule, ...]:
    """Return every rule, sorted by id."""
    return tuple(_RULES[identity] for identity in sorted(_RULES))


def short(subject: str) -> str:
    """Return a name such as ``nova:FlavorPayload`` without ``nova:``."""
    return subject.rpartition(':')[2]


def next_minor(version: str) -> str:
    """Return the next version for a compatible change."""
    major, minor, *_ = versioned.parse_version(version) or (1, 0)
    return f'{major}.{minor + 1}'


def next_major(version: str) -> str:
    """Return the next version for a change that breaks consumers."""
    major, *_ = versioned.parse_version(version) or (1, 0)
    return f'{major + 1}.0'
