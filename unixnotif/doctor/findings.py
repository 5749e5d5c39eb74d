# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Findings: the results of an examination.

Rule: pure values. A problem says what is wrong, why it matters, and which
command fixes it.
"""

import dataclasses
import enum
from typing import Any


class Level(enum.StrEnum):
    """Importance of a finding."""

    OK = 'ok'
    NOTE = 'note'
    PROBLEM = 'problem'


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """One result.

    :param name: short name of the kind of finding, for programs
    :param what: the fact, as one sentence
    :param why: consequence of the fact; every problem has one
    :param fix: command or change that fixes it; every problem has one
    :param details: lines of a table or a list
    """

    level: Level
    name: str
    what: str
    why: str = ''
    fix: str = ''
    details: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.is_problem and not (self.why and self.fix):
            raise ValueError(f'problem {self.name} needs a reason and a fix')

    @property
    def is_problem(self) -> bool:
        """True for a problem."""
        return self.level is Level.PROBLEM

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as JSON represents it."""
        return {
            'level': self.level.value,
            'name': self.name,
            'what': self.what,
            'why': self.why,
            'fix': self.fix,
            'details': list(self.details),
        }


def ok(name: str, what: str, details: tuple[str, ...] = ()) -> Finding:
    """Return a finding that nothing is wrong."""
    return Finding(Level.OK, name, what, details=details)


def note(
    name: str,
    what: str,
    why: str = '',
    fix: str = '',
    details: tuple[str, ...] = (),
) -> Finding:
    """Return a finding that may be intended, or that is uncertain."""
    return Finding(Level.NOTE, name, what, why, fix, details)


def problem(
    name: str,
    what: str,
    why: str,
    fix: str,
    details: tuple[str, ...] = (),
) -> Finding:
    """Return a finding that something is wrong."""
    return Finding(Level.PROBLEM, name, what, why, fix, details)
