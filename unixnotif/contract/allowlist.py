# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""The allow-list: breaks that somebody accepted, each with its reason.

Rule: an entry is as narrow as a finding: rule, payload, field and the two
versions. An expired or unused entry gives a warning.
"""

from collections.abc import Iterable
import dataclasses
import datetime
import json
from typing import Any
from typing import NamedTuple
from typing import Self

from unixnotif import document
from unixnotif import errors
from unixnotif.contract import findings
from unixnotif.contract import rules

FORMAT = 'unixnotif-allow/1'


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One accepted break.

    :ivar payload: name of the payload, event or notification class
    :ivar field: empty when the finding names none
    :ivar versions: the old and the new one, as the finding has them
    :ivar expires: last day on which the entry is valid; None has no limit
    """

    rule: str
    payload: str
    field: str
    versions: tuple[str, str]
    reason: str
    expires: datetime.date | None = None

    @classmethod
    def of(
        cls,
        finding: findings.Finding,
        reason: str,
        expires: datetime.date | None = None,
    ) -> Self:
        """Return the entry that accepts a finding."""
        return cls(*_key(finding), reason, expires)

    @property
    def key(self) -> tuple[str, str, str, tuple[str, str]]:
        """Rule, payload, field and versions of the accepted finding."""
        return self.rule, self.payload, self.field, self.versions

    def __str__(self) -> str:
        where = f'{self.payload}.{self.field}' if self.field else self.payload
        return f'{self.rule} {where} {" -> ".join(self.versions)}'


def _key(
    finding: findings.Finding,
) -> tuple[str, str, str, tuple[str, str]]:
    versions = finding.old, finding.new
    return finding.rule, finding.subject, finding.field, versions


class Allowed(NamedTuple):
    """A report after the allow-list.

    :ivar report: the report without the accepted findings
    :ivar accepted: the accepted findings
    :ivar warnings: lines about expired and unused entries
    """

    report: findings.Report
    accepted: list[findings.Finding]
    warnings: list[str]


def apply(
    report: findings.Report, entries: Iterable[Entry], today: datetime.date
) -> Allowed:
    """Take accepted findings out of a report."""
    warnings = []
    valid = {}
    for entry in entries:
        if entry.rule in rules.NOT_ACCEPTED:
            warnings.append(f'no entry can accept {entry.rule}: {entry}')
        elif entry.expires is not None and entry.expires < today:
            warnings.append(f'expired on {entry.expires}, remove it: {entry}')
        else:
            valid[entry.key] = entry
    accepted = [f for f in report.findings if _key(f) in valid]
    used = {_key(finding) for finding in accepted}
    warnings += [
        f'unused entry, remove it: {entry}'
        for key, entry in valid.items()
        if key not in used
    ]
    rest = [f for f in report.findings if _key(f) not in valid]
    return Allowed(
        dataclasses.replace(report, findings=rest), accepted, warnings
    )


def decode(data: bytes) -> list[Entry]:
    """Read an allow-list.

    :raises CatalogueError: the data is not an allow-list; the message names
        the entry
    """
    try:
        value = document.decode(data)
    except errors.DocumentError as e:
        raise errors.CatalogueError(f'not an allow-list: {e}') from None
    if not isinstance(value, dict) or 'format' not in value:
        raise errors.CatalogueError(
            f'the file has no key "format" with the value {FORMAT!r}'
        )
    found = value['format']
    if found != FORMAT:
        raise errors.CatalogueError(
            f'the key "format" has the value {found!r}, and not {FORMAT!r}'
        )
    entries = value.get('entries')
    if not isinstance(entries, list):
        raise errors.CatalogueError('entries must be a list')
    return [_entry(item, number) for number, item in enumerate(entries, 1)]


def _entry(value: Any, number: int) -> Entry:
    try:
        if not isinstance(value, dict):
            raise ValueError('it is not an object')
        old, new = value['versions']
        expires = value.get('expires')
        texts = [value['rule'], value['payload'], value.get('field', '')]
        texts += [old, new, value['reason']]
        if not all(isinstance(text, str) for text in texts):
            raise ValueError('every value except versions must be a string')
        for key in ('payload', 'reason'):
            if not value[key].strip():
                raise ValueError(f'the {key} is empty')
        if unknown := sorted(value.keys() - _KEYS):
            raise ValueError(f'unknown key {unknown[0]}')
        return Entry(
            rules.find(value['rule']).id,
            value['payload'],
            value.get('field', ''),
            (old, new),
            value['reason'],
            datetime.date.fromisoformat(expires) if expires else None,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as e:
        why = f'the key {e} is missing' if isinstance(e, KeyError) else e
        raise errors.CatalogueError(
            f'entry {number} of the allow-list: {why}; it needs rule, '
            'payload, versions (two) and reason'
        ) from None


_KEYS = frozenset(
    {'rule', 'payload', 'field', 'versions', 'reason', 'expires'}
)


def encode(entries: Iterable[Entry]) -> bytes:
    """Return an allow-list as JSON; of equal keys, the last entry counts."""
    latest = {entry.key: entry for entry in entries}
    values = []
    for _, entry in sorted(latest.items()):
        value: dict[str, Any] = {
            'rule': entry.rule,
            'payload': entry.payload,
            'field': entry.field,
            'versions': list(entry.versions),
            'reason': entry.reason,
        }
        if entry.expires is not None:
            value['expires'] = entry.expires.isoformat()
        values.append(value)
    return (
        json.dumps(
            {'format': FORMAT, 'entries': values},
            indent=1,
            ensure_ascii=False,
        )
        + '\n'
    ).encode()
