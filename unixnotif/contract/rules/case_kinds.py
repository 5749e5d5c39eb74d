# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The kinds of cases that rules judge.

Rule: values only. Each kind has a subject and two versions, which may be
empty.
"""

from collections.abc import Iterator
import dataclasses
import enum

from unixnotif import versioned
from unixnotif.contract import catalogues
from unixnotif.contract import deltas


class Relation(enum.Enum):
    """Relation between the versions of a pair."""

    SAME = 'same'
    MINOR = 'minor'
    MAJOR = 'major'


@dataclasses.dataclass(frozen=True, slots=True)
class Pair:
    """Two versions of a payload, or two payloads of an event.

    :ivar adjacent: no recorded version lies between the two
    :ivar pending: the old version may still be amended
    :ivar current: the old version was the current version
    :ivar explained: the new version has a reason, even without a change
    :ivar moved_to: version of the class, if it is above the new version
    :ivar recorded: for an amended version, the pair with its recorded schema,
        whose findings are not reported again
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
        """True if a class declares the new version."""
        return self.new_schema.declared is not None

    @property
    def is_exact(self) -> bool:
        """True if both schemas are declared, and have the same version.

        All differences of an exact pair count.
        """
        return (
            self.relation is Relation.SAME
            and self.old_schema.declared is not None
            and self.is_declared
        )

    @property
    def is_compatible(self) -> bool:
        """True if old consumers must be able to read the new version.

        False for an exact pair, which V101 and V105 judge.
        """
        return self.relation is not Relation.MAJOR and not self.is_exact

    def of_kinds(self, *kinds: deltas.What) -> Iterator[deltas.Change]:
        """Yield the changes of these kinds."""
        return (change for change in self.changes if change.what in kinds)


@dataclasses.dataclass(frozen=True, slots=True)
class Named:
    """A version that the baseline does not have."""

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
    """Recorded and new current version of a payload, and nested payloads."""

    subject: str
    old: str
    new: str
    nested: list[Nested] = dataclasses.field(default_factory=list)

    @property
    def before(self) -> versioned.Version:
        """Recorded current version."""
        return versioned.parse_version(self.old)

    @property
    def now(self) -> versioned.Version:
        """New current version."""
        return versioned.parse_version(self.new)


@dataclasses.dataclass(frozen=True, slots=True)
class Event:
    """Payload and version of an event, then and now."""

    subject: str
    old_payload: str
    new_payload: str
    old: str
    new: str


#: Kind of a missing legacy event, for :class:`Gone`.
LEGACY = 'legacy event'


@dataclasses.dataclass(frozen=True, slots=True)
class Gone:
    """A recorded event or payload that is missing now.

    :ivar kind: ``event``, ``payload``, ``notification class`` or ``LEGACY``
    :ivar is_declared: the new catalogue has all classes, and none declares
        the subject
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

    :ivar is_current: the version is the current version
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

    :ivar subject: path of the file
    :ivar command: command that updates the file
    """

    subject: str
    command: str
    old: str = ''
    new: str = ''


@dataclasses.dataclass(frozen=True, slots=True)
class Unread:
    """Payload classes that cannot be read.

    :ivar subject: the package
    :ivar why: a sentence that names the module or the classes
    """

    subject: str
    why: str
    old: str = ''
    new: str = ''


@dataclasses.dataclass(frozen=True, slots=True)
class Retracted:
    """A released version that is not released in the new catalogue.

    :ivar new: the version
    :ivar is_missing: the new catalogue does not have the version
    """

    subject: str
    new: str
    is_missing: bool
    old: str = ''


@dataclasses.dataclass(frozen=True, slots=True)
class Unversioned:
    """An event with a payload without a version.

    :ivar subject: the event_type
    :ivar payload: name of the recorded payload
    :ivar old: version of the recorded payload
    """

    subject: str
    payload: str
    old: str
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
    | Unread
    | Retracted
    | Unversioned
)
