# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Findings of a check, and reports of findings.

Rule: values only; :mod:`unixnotif.contract.reports` shows them.
"""

import dataclasses
import enum


class Severity(enum.StrEnum):
    """Severity of a finding: ERROR, WARNING, NOTE or OFF.

    OFF is for rules only: the check skips a rule that is OFF.
    """

    ERROR = 'error'
    WARNING = 'warning'
    NOTE = 'note'
    OFF = 'off'

    @property
    def rank(self) -> int:
        """Rank of the severity; the worst one has the highest rank."""
        return _RANKS.index(self)

    def reaches(self, level: 'Severity') -> bool:
        """Return True if this severity is at least ``level``."""
        return self.rank >= level.rank


_RANKS = (Severity.OFF, Severity.NOTE, Severity.WARNING, Severity.ERROR)


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule.

    :ivar rule: id of the rule, for example ``C201``
    :ivar slug: name of the rule, for example ``field-removed-in-minor``
    :ivar subject: a payload (``nova:FlavorPayload``), an event_type or a
        notification class
    :ivar field: path of the field; empty if the finding is about the subject
    :ivar old: recorded version; empty if there is none
    :ivar new: version of the change
    :ivar message: description of the change that breaks the rule
    :ivar cause: reason of the change, for example a changed parent class;
        empty if unknown
    :ivar fix: steps that fix the finding
    :ivar file: the source of the payload class, or the catalogue; empty if
        unknown
    :ivar line: number of the line in the file, from 1; 0 if unknown
    :ivar accept: command that accepts the finding; empty if unknown
    """

    rule: str
    slug: str
    severity: Severity
    subject: str
    field: str
    old: str
    new: str
    message: str
    cause: str
    fix: str
    file: str = ''
    line: int = 0
    accept: str = ''

    @property
    def explain(self) -> str:
        """The command that explains the rule."""
        return f'unixnotif contract explain {self.rule}'

    @property
    def versions(self) -> str:
        """Both versions as ``1.3 -> 1.4``, or the only one."""
        both = dict.fromkeys(filter(None, (self.old, self.new)))
        return ' -> '.join(both)

    @property
    def place(self) -> str:
        """Subject, field and versions in one text."""
        where = f'{self.subject}.{self.field}' if self.field else self.subject
        return f'{where} {self.versions}'.rstrip()


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """The result of a check.

    :ivar findings: sorted by subject, the most severe one first
    :ivar payloads: number of payloads that both catalogues have
    :ivar legacy: number of legacy events that both catalogues have
    """

    findings: list[Finding]
    payloads: int
    legacy: int = 0

    @property
    def compared(self) -> int:
        """Number of payloads and legacy events that were compared."""
        return self.payloads + self.legacy

    def reaching(self, level: Severity) -> list[Finding]:
        """Return the findings of at least this severity."""
        return [f for f in self.findings if f.severity.reaches(level)]

    def count(self, severity: Severity) -> int:
        """Return the number of findings of exactly this severity."""
        return sum(f.severity is severity for f in self.findings)


def sort_key(finding: Finding) -> tuple[str, int, str, str, str]:
    """Return a key that sorts by subject, and then the worst first."""
    return (
        finding.subject,
        -finding.severity.rank,
        finding.rule,
        finding.field,
        finding.new,
    )
