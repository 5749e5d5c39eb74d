# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""C: fields; a minor version breaks no consumer."""

from collections.abc import Iterator

from unixnotif.contract import deltas
from unixnotif.contract import findings
from unixnotif.contract.rules import registry
from unixnotif.contract.rules.case_kinds import Pair
from unixnotif.contract.rules.case_kinds import Relation
from unixnotif.contract.rules.registry import Hit

_Severity = findings.Severity
_What = deltas.What


def _hits(
    pair: Pair,
    what: deltas.What,
    text: str,
    *,
    fix: str = '',
    severity: findings.Severity | None = None,
) -> Iterator[Hit]:
    """Yield a hit for each change of a kind.

    :param text: message with ``{field}``, ``{old}`` and ``{new}``
    """
    for change in pair.of_kinds(what):
        message = text.format_map(change._asdict())
        yield Hit(message, change.field, fix=fix, severity=severity)


def _major(pair: Pair, restored: str) -> str:
    name = registry.short(pair.subject)
    return (
        f'restore the {restored}, or raise VERSION of {name} '
        f'to {registry.next_major(pair.new)}'
    )


@registry.rule(
    'C201',
    'field-removed-in-minor',
    _Severity.ERROR,
    Pair,
    categories='FORWARD',
    what='A new minor version lacks a field that was always present.',
    why='A consumer of the old version reads the field and fails. Every '
    'recorded version of the same major version may still have consumers, so '
    'the check compares with all of them.',
    fix='Keep the field, or raise the major version.',
)
def field_removed_in_minor(pair: Pair) -> Iterator[Hit]:
    """Yield fields that a minor version removes."""
    if pair.relation is Relation.MINOR:
        text = '{field} ({old}) was removed in a minor version'
        yield from _hits(pair, _What.REMOVED, text, fix=_major(pair, 'field'))


@registry.rule(
    'C202',
    'field-type-changed-in-minor',
    _Severity.ERROR,
    Pair,
    categories='FORWARD BACKWARD',
    what='In a new minor version, a field or its items have another type.',
    why='A consumer of the old version gets a value that it cannot read. Two '
    'changes are allowed: a narrower type, and a type for a field whose type '
    'was unknown.',
    fix='Keep the type and add a new field beside it, or raise the major '
    'version.',
)
def field_type_changed_in_minor(pair: Pair) -> Iterator[Hit]:
    """Yield fields that a minor version retypes."""
    if pair.relation is Relation.MINOR:
        text = '{field} changed from {old} to {new} in a minor version'
        yield from _hits(pair, _What.RETYPED, text, fix=_major(pair, 'type'))


@registry.rule(
    'C203',
    'field-became-nullable',
    _Severity.WARNING,
    Pair,
    categories='FORWARD',
    what='A field may be null now, and was never null before in this major '
    'version.',
    why='A consumer of the old version does not expect null. If the payload '
    'was only observed, the finding is a note: perhaps the field had null '
    'before, and no test has shown it.',
    fix='Never send null in this field, or raise the major version.',
)
def field_became_nullable(pair: Pair) -> Iterator[Hit]:
    """Yield fields that may be null now."""
    if pair.is_compatible:
        severity = None if pair.is_declared else _Severity.NOTE
        text = '{field} ({new}) may be null now'
        yield from _hits(pair, _What.NULLABLE, text, severity=severity)


@registry.rule(
    'C204',
    'field-became-optional',
    _Severity.WARNING,
    Pair,
    categories='FORWARD',
    what='A field that was in every observed payload is sometimes absent '
    'now, within one major version.',
    why='A consumer that reads the field without a check fails sometimes. An '
    'absent field is not the same as null.',
    fix='Always send the field. If it has no value, send null.',
)
def field_became_optional(pair: Pair) -> Iterator[Hit]:
    """Yield fields that are sometimes absent now."""
    if pair.relation is not Relation.MAJOR:
        text = '{field} ({new}) was always there, and is sometimes absent now'
        yield from _hits(pair, _What.OPTIONAL, text)


@registry.rule(
    'C205',
    'enum-value-added',
    _Severity.NOTE,
    Pair,
    categories='FORWARD',
    what='In a new minor version, an enum field has new values.',
    why='New values need a new minor version, and this payload has one. '
    'Consumers should accept values that they do not know.',
    fix='No change is needed. Tell consumers about the new values.',
)
def enum_value_added(pair: Pair) -> Iterator[Hit]:
    """Yield enums to which a minor version adds values."""
    if pair.relation is Relation.MINOR:
        text = '{field} has new values: {new}'
        yield from _hits(pair, _What.VALUE_ADDED, text)


@registry.rule(
    'C206',
    'enum-value-removed',
    _Severity.WARNING,
    Pair,
    categories='FORWARD BACKWARD',
    what='In a new minor version, an enum field lacks values that it had.',
    why='A consumer may wait for a value that never arrives.',
    fix='Keep the value, or raise the major version.',
)
def enum_value_removed(pair: Pair) -> Iterator[Hit]:
    """Yield enums from which a minor version removes values."""
    if pair.relation is Relation.MINOR:
        text = '{field} lost values: {old}'
        yield from _hits(pair, _What.VALUE_REMOVED, text)


@registry.rule(
    'C207',
    'nested-payload-renamed',
    _Severity.NOTE,
    Pair,
    categories='FORWARD BACKWARD',
    what='A field holds a payload with another name.',
    why='The name of a payload is internal: consumers must not depend on it. '
    'The check compares the fields of the two payloads instead.',
    fix='No change is needed if this field has no other finding.',
)
def nested_payload_renamed(pair: Pair) -> Iterator[Hit]:
    """Yield nested payloads that have another name."""
    if pair.is_compatible:
        text = '{field} holds {new} in place of {old}'
        yield from _hits(pair, _What.RENAMED, text)


@registry.rule(
    'C209',
    'integer-became-number',
    _Severity.WARNING,
    Pair,
    categories='FORWARD',
    what='A field that held integers may hold fractions now, within one '
    'major version.',
    why='JSON does not distinguish integers and fractions. Consumers in typed '
    'languages do.',
    fix='Keep integers, or raise the major version.',
)
def integer_became_number(pair: Pair) -> Iterator[Hit]:
    """Yield fields that may hold fractions now."""
    if pair.is_compatible:
        text = '{field} changed from {old} to {new}'
        yield from _hits(pair, _What.NUMBER, text)


@registry.rule(
    'C210',
    'format-changed',
    _Severity.NOTE,
    Pair,
    categories='FORWARD BACKWARD',
    what='The format of a string, for example UUID, changed within one major '
    'version.',
    why='The type is the same, but a consumer may parse the text.',
    fix='No change is needed if every new value also has the old format.',
)
def format_changed(pair: Pair) -> Iterator[Hit]:
    """Yield fields that have another format."""
    if pair.is_compatible:
        text = '{field} changed from {old} to {new}'
        yield from _hits(pair, _What.FORMAT, text)


@registry.rule(
    'C301',
    'field-added',
    _Severity.OFF,
    Pair,
    categories='BACKWARD',
    what='A minor version has a field that an older version does not have.',
    why='A new consumer that reads the payload of an older service does not '
    'find the field. It must check the version first.',
    fix='No change is needed. Tell consumers which version added the field.',
)
def field_added(pair: Pair) -> Iterator[Hit]:
    """Yield fields that an old payload does not have."""
    if pair.relation is Relation.MINOR:
        text = '{field} ({new}) was added: an old payload does not have it'
        yield from _hits(pair, _What.ADDED, text)


@registry.rule(
    'C302',
    'field-became-non-null',
    _Severity.OFF,
    Pair,
    categories='BACKWARD',
    what='A field is never null in a minor version, and may be null in an '
    'older one.',
    why='A new consumer that reads the payload of an older service may get '
    'null.',
    fix='No change is needed. Tell consumers which version excluded null.',
)
def field_became_non_null(pair: Pair) -> Iterator[Hit]:
    """Yield fields that may be null in an old payload."""
    if pair.relation is Relation.MINOR:
        text = (
            '{field} ({new}) is never null now; in an old payload it may be '
            'null'
        )
        yield from _hits(pair, _What.NOT_NULL, text)


@registry.rule(
    'C303',
    'field-narrowed',
    _Severity.OFF,
    Pair,
    categories='BACKWARD',
    what='A field has a narrower type in a minor version, for example integer '
    'in place of number.',
    why='A new consumer that reads the payload of an older service may get a '
    'value of the wider type.',
    fix='No change is needed. Tell consumers which version narrowed the type.',
)
def field_narrowed(pair: Pair) -> Iterator[Hit]:
    """Yield fields that have a wider type in an old payload."""
    if pair.relation is Relation.MINOR:
        text = '{field} changed from {old} to the narrower {new}'
        yield from _hits(pair, _What.NARROWED, text)
