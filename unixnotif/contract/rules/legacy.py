# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""L: legacy payloads, which have no version."""

from collections.abc import Iterator

from unixnotif.contract import deltas
from unixnotif.contract import findings
from unixnotif.contract.rules import case_kinds
from unixnotif.contract.rules import registry
from unixnotif.contract.rules.registry import Hit

_Severity = findings.Severity
_What = deltas.What
_FIX = (
    'Keep the field and its type, and add new fields beside it. If the change '
    'is intended, accept the finding and tell the consumers.'
)


@registry.rule(
    'L701',
    'legacy-field-removed',
    _Severity.WARNING,
    case_kinds.Legacy,
    categories='LEGACY FORWARD',
    what='A field that was in every recorded payload of a legacy event is '
    'missing now.',
    why='A legacy payload has no version, so a consumer cannot know that the '
    'field is gone, and fails. A test run that never sets the field causes '
    'the same finding.',
    fix=_FIX,
)
def legacy_field_removed(case: case_kinds.Legacy) -> Iterator[Hit]:
    """Yield fields that are missing now."""
    for change in case.of_kinds(_What.REMOVED):
        yield Hit(f'{change.field} ({change.old}) was removed', change.field)


@registry.rule(
    'L702',
    'legacy-field-retyped',
    _Severity.WARNING,
    case_kinds.Legacy,
    categories='LEGACY FORWARD BACKWARD',
    what='A field of a legacy event has a type that was not recorded.',
    why='A legacy payload has no version, so a consumer gets a value that it '
    'cannot read. If a field becomes null, or its unknown type becomes known, '
    'there is no finding.',
    fix=_FIX,
)
def legacy_field_retyped(case: case_kinds.Legacy) -> Iterator[Hit]:
    """Yield fields that have another type now."""
    for change in case.of_kinds(_What.RETYPED, _What.NUMBER):
        yield Hit(
            f'{change.field} changed from {change.old} to {change.new}',
            change.field,
        )


@registry.rule(
    'L703',
    'legacy-field-became-optional',
    _Severity.WARNING,
    case_kinds.Legacy,
    categories='LEGACY FORWARD',
    what='A field that was in every recorded payload of a legacy event is '
    'sometimes absent now.',
    why='A consumer that reads the field without a check fails sometimes. If '
    'the catalogue was recorded with --merge, a removed field also causes '
    'this finding, because the older payloads have the field.',
    fix='Always send the field. If it has no value, send null. If the change '
    'is intended, accept the finding.',
)
def legacy_field_became_optional(case: case_kinds.Legacy) -> Iterator[Hit]:
    """Yield fields that are sometimes absent now."""
    for change in case.of_kinds(_What.OPTIONAL):
        yield Hit(
            f'{change.field} ({change.new}) was always there, and is '
            'sometimes absent now',
            change.field,
        )


@registry.rule(
    'L704',
    'legacy-event-gone',
    _Severity.NOTE,
    case_kinds.Gone,
    categories='LEGACY FORWARD',
    what='A legacy event that was recorded is missing from the new catalogue.',
    why='Consumers of the event wait forever. The finding is only a note, '
    'because a run need not emit every event.',
    fix='Record with --merge, which keeps the recorded events, or accept '
    'the removal.',
)
def legacy_event_gone(case: case_kinds.Gone) -> Iterator[Hit]:
    """Yield a missing legacy event."""
    if case.kind == case_kinds.LEGACY:
        yield Hit('this legacy event is missing in the new catalogue')


@registry.rule(
    'L705',
    'event-without-version',
    _Severity.WARNING,
    case_kinds.Unversioned,
    categories='LEGACY FORWARD',
    what='An event that carried a versioned payload carries only a payload '
    'without a version now.',
    why='A consumer that reads the version and the fields of the recorded '
    'payload fails. The catalogue compares the new payload as a legacy '
    'payload, and not with the recorded payload.',
    fix='Emit the versioned payload. If the run has only some of the '
    'notifications, accept the finding.',
)
def event_without_version(case: case_kinds.Unversioned) -> Iterator[Hit]:
    """Yield an event that had only versioned payloads before."""
    yield Hit(
        f'carried {case.payload} {case.old}, and now carries a payload '
        'without a version'
    )
