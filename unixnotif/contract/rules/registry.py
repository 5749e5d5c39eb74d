# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Rules, and the cases that they judge.

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
from unixnotif.contract import catalogues
from unixnotif.contract import deltas
from unixnotif.contract import findings


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


class Relation(enum.Enum):
    """Relation between the versions of a pair."""

    SAME = 'same'
    MINOR = 'minor'
    MAJOR = 'major'


@dataclasses.dataclass(frozen=True, slots=True)
class Pair:
    """Two versions of a payload, or two payloads of an event.

    :ivar adjacent: no recorded version lies between
    :ivar pending: the old one may still be amended
    :ivar current: the old one was the current version
    :ivar explained: without a change, the new version has a reason yet
    :ivar moved_to: the current version, when the class has left this one
    :ivar recorded: of an amended version, the same pair when recorded:
        its findings are not repeated
    """

    subject: str
    old: str
    new: str
    old_schema: catalogues.Schema
    new_schema: catalogues.Schema
    relation: Relation
    changes: list[deltas.Change]
    adjacent: bool = True
    pending: bool = False
    current: bool = True
    explained: bool = False
    moved_to: str = ''
    recorded: 'Pair | None' = None

    @property
    def is_declared(self) -> bool:
        """The judged version comes from a class."""
        return self.new_schema.declared is not None

    @property
    def is_exact(self) -> bool:
        """One version of a class, twice: each difference is a change."""
        return (
            self.relation is Relation.SAME
            and self.old_schema.declared is not None
            and self.is_declared
        )

    @property
    def is_compatible(self) -> bool:
        """Old consumers have to read the new version.

        False for an exact pair, which V101 and V105 judge.
        """
        return self.relation is not Relation.MAJOR and not self.is_exact

    def of_kinds(self, *kinds: deltas.What) -> Iterator[deltas.Change]:
        """The changes of these kinds."""
        return (change for change in self.changes if change.what in kinds)


@dataclasses.dataclass(frozen=True, slots=True)
class Named:
    """A version that was not there before."""

    subject: str
    old: str
    new: str


@dataclasses.dataclass(frozen=True, slots=True)
class Nested:
    """A nested payload: its versions then and now."""

    name: str
    field: str
    old: versioned.Version
    new: versioned.Version


@dataclasses.dataclass(frozen=True, slots=True)
class Succession:
    """The current versions of a payload then and now, and of its nested."""

    subject: str
    old: str
    new: str
    nested: list[Nested] = dataclasses.field(default_factory=list)

    @property
    def before(self) -> versioned.Version:
        """The version that was current."""
        return versioned.parse_version(self.old)

    @property
    def now(self) -> versioned.Version:
        """The version that is."""
        return versioned.parse_version(self.new)


@dataclasses.dataclass(frozen=True, slots=True)
class Event:
    """Payload and version of an event, then and now."""

    subject: str
    old_payload: str
    new_payload: str
    old: str
    new: str


#: Kind of what is gone, for a legacy event.
LEGACY = 'legacy event'


@dataclasses.dataclass(frozen=True, slots=True)
class Gone:
    """A recorded event or payload that is missing now.

    :ivar kind: what it is, in words
    :ivar is_declared: all classes are known, and there is none
    :ivar is_partial: the new catalogue is of one run, which need not have
        emitted each event
    """

    subject: str
    old: str
    kind: str
    is_declared: bool
    is_partial: bool = False
    new: str = ''


@dataclasses.dataclass(frozen=True, slots=True)
class Renamed:
    """A payload or a notification class with another name now.

    :ivar subject: its recorded name
    :ivar name: its name now
    :ivar kind: a payload or a notification class, in words
    """

    subject: str
    old: str
    new: str
    name: str
    kind: str


@dataclasses.dataclass(frozen=True, slots=True)
class Coverage:
    """One version of a payload, by its two sources.

    :ivar is_current: it is the one in use
    """

    subject: str
    new: str
    schema: catalogues.Schema
    is_current: bool
    old: str = ''


@dataclasses.dataclass(frozen=True, slots=True)
class Legacy:
    """Changes of a legacy payload, by event_type."""

    subject: str
    changes: list[deltas.Change]
    old: str = ''
    new: str = ''

    def of_kinds(self, *kinds: deltas.What) -> Iterator[deltas.Change]:
        """Yield the changes of these kinds."""
        return (change for change in self.changes if change.what in kinds)


@dataclasses.dataclass(frozen=True, slots=True)
class Stale:
    """A catalogue file that differs from its source.

    :ivar subject: its path
    :ivar command: brings it up to date
    """

    subject: str
    command: str
    old: str = ''
    new: str = ''


Case = (
    Pair
    | Named
    | Succession
    | Event
    | Gone
    | Renamed
    | Coverage
    | Legacy
    | Stale
)
_Case = TypeVar('_Case', bound=Case)


@dataclasses.dataclass(frozen=True, slots=True)
class Hit:
    """A case breaks a rule.

    :ivar cause: why, where it is known
    :ivar fix: what to do; by default what the rule says
    :ivar severity: by default the rule's
    """

    message: str
    field: str = ''
    cause: str = ''
    fix: str = ''
    severity: findings.Severity | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    :ivar id: such as ``C201``; never given to another rule
    :ivar slug: its name
    :ivar severity: by default
    :ivar judges: the class of its cases
    :ivar categories: at least one
    :ivar what: what breaks it, a sentence
    :ivar why: what happens to whom, sentences
    :ivar fix: what to do, a sentence
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
    """Every rule, by id."""
    return tuple(_RULES[identity] for identity in sorted(_RULES))


def short(subject: str) -> str:
    """``nova:FlavorPayload`` without the namespace."""
    return subject.rpartition(':')[2]


def next_minor(version: str) -> str:
    """The version after an addition."""
    major, minor, *_ = versioned.parse_version(version) or (1, 0)
    return f'{major}.{minor + 1}'


def next_major(version: str) -> str:
    """The version after anything else."""
    major, *_ = versioned.parse_version(version) or (1, 0)
    return f'{major + 1}.0'
