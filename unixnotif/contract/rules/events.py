# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""E and N: events, what they carry, and what is nested in it."""

from collections.abc import Iterator

from unixnotif import versioned
from unixnotif.contract import findings
from unixnotif.contract.rules import registry
from unixnotif.contract.rules.registry import Hit

_Severity = findings.Severity


@registry.rule(
    'E401',
    'event-carries-another-payload',
    _Severity.NOTE,
    registry.Event,
    categories='FORWARD BACKWARD',
    what='An event carries a payload of another name.',
    why='The event_type is what a consumer knows; the name of the payload '
    'is internal. So the two payloads are compared as versions of one.',
    fix='Nothing, when nothing else is reported of this event.',
)
def event_carries_another_payload(case: registry.Event) -> Iterator[Hit]:
    """The consumer's identity is the event_type."""
    if case.old_payload != case.new_payload:
        yield Hit(
            f'carries {case.new_payload} {case.new} in place of '
            f'{case.old_payload} {case.old}'
        )


@registry.rule(
    'E402',
    'event-version-decreased',
    _Severity.ERROR,
    registry.Event,
    categories='VERSION FORWARD',
    what='An event carries a lower version than was recorded for it.',
    why='For its consumers the version goes down, although each payload '
    'for itself may be right. A payload that takes the place of another '
    'starts with a version above it.',
    fix='Start the version of the new payload above the old one.',
)
def event_version_decreased(case: registry.Event) -> Iterator[Hit]:
    """Versions rise for each event."""
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
    registry.Gone,
    categories='FORWARD',
    what='An event, a notification class or a payload that was recorded is '
    'not there any more.',
    why='Consumers of the event wait for ever. A payload that is gone is a '
    'warning when it was declared, and a note when it was only observed: '
    'the check compares the payload that takes its place. A catalogue of one '
    'run, with nothing declared and nothing released, need not show every '
    'event, so there it is a note.',
    fix='Bring it back, or accept that it is gone. If the run did not emit '
    'it, record with --merge, which keeps what is recorded.',
)
def gone(case: registry.Gone) -> Iterator[Hit]:
    """Events that consumers wait for."""
    if case.kind == registry.LEGACY:
        return
    severity = _Severity.NOTE if case.is_partial else None
    if case.kind == 'payload':
        severity = _Severity.WARNING if case.is_declared else _Severity.NOTE
    if case.is_declared:
        text = f'no class declares this {case.kind} any more'
    else:
        text = f'this {case.kind} is not in the catalogue any more'
    yield Hit(text, severity=severity)


@registry.rule(
    'E404',
    'renamed',
    _Severity.NOTE,
    registry.Renamed,
    categories='FORWARD BACKWARD',
    what='A payload or a notification class has another name now.',
    why='Names of classes are internal: consumers must not depend on them. '
    'The new class is recognized by its fields, or by its payload, and the '
    'two are compared as versions of one.',
    fix='Nothing, if nothing else is reported of the new class.',
)
def renamed(case: registry.Renamed) -> Iterator[Hit]:
    """Consumers do not see the name."""
    yield Hit(f'this {case.kind} was renamed to {case.name}')


def _nested(case: registry.Succession, depth: int) -> Iterator[Hit]:
    for nested in case.nested:
        if nested.old[:depth] < nested.new[:depth]:
            old, new = (
                '.'.join(map(str, v)) for v in (nested.old, nested.new)
            )
            yield Hit(
                f'{nested.field} holds {nested.name}, which went from {old} '
                f'to {new}, and the version is still {case.new}',
                nested.field,
            )


@registry.rule(
    'N501',
    'nested-major-not-propagated',
    _Severity.WARNING,
    registry.Succession,
    categories='VERSION FORWARD',
    what='A nested payload has a new major version, and the payload that '
    'holds it has not.',
    why='A consumer that checks the version of the whole only, and not of '
    'each part, reads a part that it does not know.',
    fix='Raise the major version of the payload that holds it.',
)
def nested_major_not_propagated(case: registry.Succession) -> Iterator[Hit]:
    """A break in a part is a break of the whole, for some."""
    if case.before[:1] == case.now[:1]:
        yield from _nested(case, 1)


@registry.rule(
    'N502',
    'nested-minor-not-propagated',
    _Severity.OFF,
    registry.Succession,
    categories='VERSION',
    what='A nested payload has a new minor version, and the payload that '
    'holds it has the same version as before.',
    why='Nothing breaks: parts have versions of their own. Some projects '
    'want it nevertheless.',
    fix='Raise the minor version of the payload that holds it.',
)
def nested_minor_not_propagated(case: registry.Succession) -> Iterator[Hit]:
    """For projects that want it."""
    if case.before == case.now:
        for nested in case.nested:
            if nested.old[:1] == nested.new[:1]:
                single = registry.Succession(
                    case.subject, case.old, case.new, [nested]
                )
                yield from _nested(single, 2)
