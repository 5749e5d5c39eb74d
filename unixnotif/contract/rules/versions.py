# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""V and M: the version rises if and only if the payload changes."""

from collections.abc import Iterator
import re

from unixnotif import versioned
from unixnotif.contract import deltas
from unixnotif.contract import findings
from unixnotif.contract.rules import case_kinds
from unixnotif.contract.rules import registry
from unixnotif.contract.rules.case_kinds import Pair
from unixnotif.contract.rules.case_kinds import Relation
from unixnotif.contract.rules.registry import Hit

_Severity = findings.Severity
_What = deltas.What

_TEXTS = {
    _What.ADDED: 'was added as {new}',
    _What.REMOVED: 'was removed (its type was {old})',
    _What.RETYPED: 'changed from {old} to {new}',
    _What.VALUE_ADDED: 'has new values: {new}',
    _What.VALUE_REMOVED: 'lost values: {old}',
    _What.NUMBER: 'changed from {old} to {new}',
    _What.NARROWED: 'changed from {old} to {new}',
    _What.NULLABLE: 'may be null now ({new}, it was {old})',
    _What.NOT_NULL: 'is never null now ({new}, it was {old})',
    _What.FORMAT: 'changed from {old} to {new}',
    _What.RENAMED: 'holds {new} in place of {old}',
}
_NULL = frozenset({_What.NULLABLE, _What.NOT_NULL})
#: Changes for which a minor version is enough.
_MINOR = deltas.ADDITIVE | {_What.FORMAT, _What.RENAMED}
_TOP = re.compile(r'[^.\[{]+')


@registry.rule(
    'V101',
    'changed-without-bump',
    _Severity.ERROR,
    Pair,
    categories='VERSION FORWARD BACKWARD',
    what='A field was added, removed or retyped, but the version is still '
    'the same. For a declared payload, a change of nullability, of a format, '
    'of an enum or of the name of a nested payload counts, too.',
    why='Two payloads with different fields have the same version, so a '
    'consumer cannot tell them apart. Often a parent class got a new field '
    'and a new version, but the child class kept its version. If the version '
    'is pending (not yet released), the finding is a note: a pending version '
    'may change.',
    fix='Raise VERSION of the payload class to the version that the finding '
    'names: a minor version for new fields, a major version for removed or '
    'retyped fields.',
)
def changed_without_bump(pair: Pair) -> Iterator[Hit]:
    """Yield changed fields of an unchanged version."""
    if pair.relation is Relation.SAME and pair.current:
        if pair.moved_to:
            yield from _changed(pair, f'in the recorded version {pair.new}')
        else:
            yield from _changed(pair, f'but the version is still {pair.new}')


@registry.rule(
    'V105',
    'version-reused',
    _Severity.ERROR,
    Pair,
    categories='VERSION FORWARD BACKWARD',
    what='The payload reuses the number of an older recorded version, with '
    'another schema.',
    why='Consumers know this version with its old schema, and expect that '
    'schema in the new payload.',
    fix='Use a version that is not in the catalogue.',
)
def version_reused(pair: Pair) -> Iterator[Hit]:
    """Yield changed fields of an older version that is used again."""
    if pair.relation is Relation.SAME and not pair.current:
        yield from _changed(
            pair, f'in version {pair.new}, which was recorded before'
        )


def _changed(pair: Pair, but: str) -> Iterator[Hit]:
    name = registry.short(pair.subject)
    counted = deltas.SCHEMA if pair.is_exact else deltas.SYNTAX
    by_name: dict[str, list[deltas.Change]] = {}
    for change in pair.of_kinds(*counted):
        by_name.setdefault(_top(change.field), []).append(change)
    for top, changes in by_name.items():
        fields = {change.field for change in changes}
        field = fields.pop() if len(fields) == 1 else top
        if pair.moved_to:
            cause = (
                f'the changed class was recorded as {pair.new}, before the '
                f'version of {name} was raised to {pair.moved_to}'
            )
            fix = (
                'restore the catalogue (git checkout), and record '
                'again with --merge'
            )
        else:
            cause = _inherited(pair, changes[0])
            is_minor = all(change.what in _MINOR for change in changes)
            after = (registry.next_minor if is_minor else registry.next_major)(
                pair.new
            )
            fix = f'raise VERSION of {name} from {pair.new} to {after}'
            if not pair.current:
                # The catalogue may have the next version, too.
                fix = (
                    f'raise VERSION of {name} to a version that is not in the '
                    'catalogue'
                )
        yield Hit(
            f'{_describe(changes)}, {but}',
            field,
            cause,
            fix,
            _Severity.NOTE if pair.pending else None,
        )


def _describe(changes: list[deltas.Change]) -> str:
    """Return the changes of one field, and of its items, in words."""
    # A change from string to "integer or null" also changes the nullability.
    retyped = {change[1:] for change in changes if change.what not in _NULL}
    texts: dict[str, list[str]] = {}
    for change in changes:
        if change.what not in _NULL or change[1:] not in retyped:
            text = _TEXTS[change.what].format(old=change.old, new=change.new)
            texts.setdefault(change.field, []).append(text)
    return ' and '.join(
        f'{field} {" and ".join(each)}' for field, each in texts.items()
    )


def _top(path: str) -> str:
    """Return the field at the start of a path."""
    match = _TOP.match(path)
    return match.group() if match else path


def _inherited(pair: Pair, change: deltas.Change) -> str:
    """Return the cause of a change in a parent class; '' if there is none."""
    field = _top(change.field)
    now = pair.new_schema.inherited.get(field, '')
    before = pair.old_schema.inherited.get(field, '')
    parent = (now or before).rpartition(' ')[0]
    if not parent:
        return ''
    now = now or _version_of(parent, pair.new_schema.inherited)
    before = before or _version_of(parent, pair.old_schema.inherited)
    versions = [each.rpartition(' ')[2] for each in (before, now) if each]
    removed = change.what is _What.REMOVED
    verb = 'was removed from' if removed else 'comes from'
    own = registry.short(pair.subject)
    if len(set(versions)) > 1:
        return (
            f'the field {verb} the parent class {parent}, whose version was '
            f'raised ({versions[0]} -> {versions[1]}); raise the version of '
            f'{own} as well'
        )
    return (
        f'the field {verb} the parent class {parent} {versions[0]}; '
        f'{own} inherits it: raise the versions of both classes'
    )


def _version_of(parent: str, inherited: dict[str, str]) -> str:
    found = (
        text
        for text in inherited.values()
        if text.rpartition(' ')[0] == parent
    )
    return next(found, '')


@registry.rule(
    'V102',
    'bump-without-change',
    _Severity.WARNING,
    Pair,
    categories='VERSION',
    what='The version rose, but the schema did not change.',
    why='Consumers that look for new fields find none. The check cannot see a '
    'change of meaning. If the payload was only observed, the finding is a '
    'note: perhaps no test has shown the new field yet.',
    fix='Revert the version. If the meaning of a field changed, accept the '
    'finding and describe this change in the reason.',
)
def bump_without_change(pair: Pair) -> Iterator[Hit]:
    """Yield a version that rose although no field changed."""
    if (
        pair.relation is not Relation.SAME
        and pair.adjacent
        and not pair.changes
        and not pair.explained
    ):
        yield Hit(
            f'the version rose from {pair.old} to {pair.new}, '
            'and no field changed',
            severity=None if pair.is_declared else _Severity.NOTE,
        )


@registry.rule(
    'V103',
    'version-decreased',
    _Severity.ERROR,
    case_kinds.Succession,
    categories='VERSION BACKWARD',
    what='The current version is lower than the recorded current version.',
    why='A consumer that needs the recorded version rejects the new payload '
    'as too old.',
    fix='Raise VERSION above every recorded version.',
)
def version_decreased(case: case_kinds.Succession) -> Iterator[Hit]:
    """Yield a current version below the recorded one."""
    if case.before and case.now and case.now < case.before:
        yield Hit(
            f'the version went down from {case.old} to {case.new}',
            fix=f'raise VERSION of {registry.short(case.subject)} '
            f'above {case.old}',
        )


@registry.rule(
    'V104',
    'version-malformed',
    _Severity.ERROR,
    case_kinds.Named,
    categories='VERSION',
    what='A version is not of the form MAJOR.MINOR or MAJOR.MINOR.N, or has '
    'a leading zero.',
    why='Consumers compare versions as numbers, so each part must be a '
    'number.',
    fix='Write the version as MAJOR.MINOR, for example 1.4. For additions on '
    'a stable branch, write MAJOR.MINOR.N.',
)
def version_malformed(case: case_kinds.Named) -> Iterator[Hit]:
    """Yield a version that is not MAJOR.MINOR or MAJOR.MINOR.N."""
    parsed = versioned.parse_version(case.new)
    if not parsed:
        yield Hit(f'{case.new!r} is not a version such as 1.4 or 1.4.1')
    elif '.'.join(map(str, parsed)) != case.new:
        yield Hit(
            f'{case.new!r} has a leading zero; it is equal to '
            f'{".".join(map(str, parsed))}'
        )


@registry.rule(
    'V106',
    'prefix-changed',
    _Severity.ERROR,
    Pair,
    categories='VERSION FORWARD BACKWARD',
    what='The prefix of a payload changed, for example from nova_object to '
    'other_object, and the major version did not rise.',
    why='The prefix is part of four keys on the wire: PREFIX.name, '
    'PREFIX.namespace, PREFIX.version and PREFIX.data. A consumer that '
    'expects the old prefix finds no data. If all recorded versions with the '
    'same major number are pending (not yet released), the finding is a note.',
    fix='Restore OBJ_SERIAL_NAMESPACE of the class, or raise the major '
    'version.',
)
def prefix_changed(pair: Pair) -> Iterator[Hit]:
    """Yield a changed prefix, which renames every key."""
    if pair.relation is Relation.MAJOR:
        return
    name = registry.short(pair.subject)
    for change in pair.of_kinds(_What.PREFIX):
        where = f'{change.field}: ' if change.field else ''
        yield Hit(
            f'{where}the prefix changed from {change.old} to {change.new}, '
            f'so that {change.old}.data becomes {change.new}.data',
            change.field,
            fix=f'keep the prefix {change.old}, or raise VERSION of {name} '
            f'to {registry.next_major(pair.old)}',
            severity=_Severity.NOTE if pair.pending else None,
        )


@registry.rule(
    'V107',
    'release-retracted',
    _Severity.ERROR,
    case_kinds.Retracted,
    categories='VERSION',
    what='A released version is missing in the new catalogue, or is pending '
    'again.',
    why='The check compares changes with the released versions. Without them, '
    'the next change of the payload passes.',
    fix='Restore the catalogue (git checkout), and record again with --merge.',
)
def release_retracted(case: case_kinds.Retracted) -> Iterator[Hit]:
    """Yield a released version that is not released now."""
    state = 'missing' if case.is_missing else 'pending'
    yield Hit(
        f'version {case.new} was released, and is {state} in the new catalogue'
    )


@registry.rule(
    'M301',
    'major-without-break',
    _Severity.NOTE,
    Pair,
    categories='VERSION',
    what='The major version rose, but no change breaks an old consumer.',
    why='A new major version forces every consumer to change. For changes '
    'that break no consumer, for example new fields, a new minor version is '
    'enough.',
    fix='Raise the minor version instead, unless the meaning of a field '
    'changed.',
)
def major_without_break(pair: Pair) -> Iterator[Hit]:
    """Yield a major version that only has additions."""
    if (
        pair.relation is Relation.MAJOR
        and pair.changes
        and all(change.what in deltas.ADDITIVE for change in pair.changes)
    ):
        yield Hit(
            f'the major version rose from {pair.old} to {pair.new}, '
            'but no change breaks an old consumer',
            fix=f'set VERSION of {registry.short(pair.subject)} to '
            f'{registry.next_minor(pair.old)}, unless the meaning of a field '
            'changed',
        )
