# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""E and N: events, their payloads, and nested payloads."""

from collections.abc import Iterator

from unixnotif import versioned
from unixnotif.contract import findings
from unixnotif.contract.rules import case_kinds
from unixnotif.contract.rules import registry
from unixnotif.contract.rules.registry import Hit

_Severity = findings.Severity


@registry.rule(
    'E401',
    'event-carries-another-payload',
    _Severity.NOTE,
    case_kinds.Event,
    categories='FORWARD BACKWARD',
    what='An event carries a payload with another name.',
    why='Consumers select notifications by event_type; the name of the '
    'payload is internal. So the check compares the two payloads as if they '
    'were versions of one payload.',
    fix='No change is needed if this event has no other finding.',
)
def event_carries_another_payload(case: case_kinds.Event) -> Iterator[Hit]:
    """Yield a payload that has another name than the recorded one."""
    if case.old_payload != case.new_payload:
        yield Hit(
            f'carries {case.new_payload} {case.new} in place of '
            f'{case.old_payload} {case.old}'
        )


@registry.rule(
    'E402',
    'event-version-decreased',
    _Severity.ERROR,
    case_kinds.Event,
    categories='VERSION FORWARD',
    what='The payload of an event has a lower version than the recorded one.',
    why='Consumers of the event see the version decrease. This can happen '
    'if a new payload class replaces another class, and starts with version '
    '1.0.',
    fix='Set the version of the new payload above that of the old payload.',
)
def event_version_decreased(case: case_kinds.Event) -> Iterator[Hit]:
    """Yield a payload with a lower version than the recorded one."""
    before = versioned.parse_version(case.old)
    now = versioned.parse_version(case.new)
    if before and now and now < before:
        yield Hit(
            f'the version went down from {case.old_payload} {case.old} to '
            f'{case.new_payload} {case.new}',
            fix=f'raise VERSION of {registry.short(case.new_payload)} '
            f'to {registry.next_minor(case.old)} or above',
        )


@registry.rule(
    'E403',
    'gone',
    _Severity.ERROR,
    case_kinds.Gone,
    categories='FORWARD',
    what='A recorded event, notification class or payload is missing.',
    why='Consumers of a missing event wait forever. A missing payload is a '
    'warning if a class declared it, and the new catalogue has the classes of '
    'the service. Otherwise, a missing payload is a note. A missing event is '
    'a note if the new catalogue has neither classes nor released versions: a '
    'run need not emit every event.',
    fix='Restore the event, class or payload, or accept the removal. If the '
    'run did not emit the event, record with --merge, which keeps recorded '
    'events.',
)
def gone(case: case_kinds.Gone) -> Iterator[Hit]:
    """Yield a missing event, notification class or payload."""
    if case.kind == case_kinds.LEGACY:
        return
    severity = _Severity.NOTE if case.is_partial else None
    if case.kind == 'payload':
        severity = _Severity.WARNING if case.is_declared else _Severity.NOTE
    if case.is_declared:
        text = f'no class declares this {case.kind} now'
    else:
        text = f'this {case.kind} is missing in the new catalogue'
    yield Hit(text, severity=severity)


@registry.rule(
    'E404',
    'renamed',
    _Severity.NOTE,
    case_kinds.Renamed,
    categories='FORWARD BACKWARD',
    what='A payload or a notification class has another name now.',
    why='Names of classes are internal: consumers must not depend on them. '
    'The check recognizes the new class by its fields or its payload, and '
    'compares the two classes as if they were versions of one payload.',
    fix='No change is needed if the new class has no other finding.',
)
def renamed(case: case_kinds.Renamed) -> Iterator[Hit]:
    """Yield a renamed payload or notification class."""
    yield Hit(f'this {case.kind} was renamed to {case.name}')


def _nested(case: case_kinds.Succession, depth: int) -> Iterator[Hit]:
    kind, outer = 'version', case.new
    if depth == 1:
        kind, outer = 'major version', case.new.partition('.')[0]
    for nested in case.nested:
        if nested.old[:depth] < nested.new[:depth]:
            old, new = (
                '.'.join(map(str, v)) for v in (nested.old, nested.new)
            )
            yield Hit(
                f'the version of {nested.name} in {nested.field} rose from '
                f'{old} to {new}, but the {kind} of the outer payload is '
                f'still {outer}',
                nested.field,
            )


@registry.rule(
    'N501',
    'nested-major-not-propagated',
    _Severity.WARNING,
    case_kinds.Succession,
    categories='VERSION FORWARD',
    what='A nested payload has a new major version, but the outer payload '
    'has the same major version as before.',
    why='A consumer that checks only the version of the outer payload reads '
    'a nested payload that it does not know.',
    fix='Raise the major version of the outer payload.',
)
def nested_major_not_propagated(case: case_kinds.Succession) -> Iterator[Hit]:
    """Yield new major versions that the outer payload does not follow."""
    if case.before[:1] == case.now[:1]:
        yield from _nested(case, 1)


@registry.rule(
    'N502',
    'nested-minor-not-propagated',
    _Severity.OFF,
    case_kinds.Succession,
    categories='VERSION',
    what='A nested payload has a new minor version, but the outer payload '
    'has the same version as before.',
    why='No consumer breaks, because nested payloads have versions of their '
    'own. Some projects still raise both versions.',
    fix='Raise the minor version of the outer payload.',
)
def nested_minor_not_propagated(case: case_kinds.Succession) -> Iterator[Hit]:
    """Yield new minor versions that the outer payload does not follow."""
    if case.before == case.now:
        for nested in case.nested:
            if nested.old[:1] == nested.new[:1]:
                single = case_kinds.Succession(
                    case.subject, case.old, case.new, [nested]
                )
                yield from _nested(single, 2)
