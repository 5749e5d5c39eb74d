# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""K: agreement of declared and observed schemas."""

from collections.abc import Iterator

from unixnotif.contract import findings
from unixnotif.contract import types
from unixnotif.contract.rules import case_kinds
from unixnotif.contract.rules import registry
from unixnotif.contract.rules.case_kinds import Coverage
from unixnotif.contract.rules.registry import Hit

_Severity = findings.Severity
_CONTAINERS = ('list', 'map')


@registry.rule(
    'K601',
    'not-observed',
    _Severity.NOTE,
    Coverage,
    categories='COVERAGE',
    what='A class declares a payload or a field that no test or sample has.',
    why='The check does not know if the service sends the field, or which '
    'type the field has on the wire.',
    fix='Add a test or a sample in which the field has a value.',
)
def not_observed(case: Coverage) -> Iterator[Hit]:
    """Yield declared fields that were not observed."""
    declared, observed = case.schema.declared, case.schema.observed
    if not case.is_current or declared is None:
        return
    if observed is None:
        yield Hit(f'version {case.new} was not observed')
        return
    for name in sorted(declared.keys() - observed.keys()):
        text = types.words(declared[name])
        yield Hit(f'{name} ({text}) was not observed', name)


@registry.rule(
    'K602',
    'type-unknown',
    _Severity.NOTE,
    Coverage,
    categories='COVERAGE',
    what='Only null was observed for a field.',
    why='The type of the field on the wire is unknown, so the check cannot '
    'see a change of the type.',
    fix='Add a test or a sample in which the field has a value.',
)
def type_unknown(case: Coverage) -> Iterator[Hit]:
    """Yield fields that were always null."""
    for name, found in _observed(case):
        if found.is_unknown:
            yield Hit(f'{name} was only ever null', name)


@registry.rule(
    'K603',
    'only-empty',
    _Severity.NOTE,
    Coverage,
    categories='COVERAGE',
    what='Only empty lists or objects were observed for a field.',
    why='The type of its items on the wire is unknown, so the check cannot '
    'see a change of the type.',
    fix='Add a test or a sample in which the field has an item.',
)
def only_empty(case: Coverage) -> Iterator[Hit]:
    """Yield lists and maps that were always empty."""
    for name, found in _observed(case):
        if any(
            kind.item == types.UNKNOWN
            for kind in found.kinds
            if kind.name in _CONTAINERS
        ):
            yield Hit(f'{name} ({found.words}) was only ever empty', name)


def _observed(case: Coverage) -> Iterator[tuple[str, types.Type]]:
    if case.is_current:
        for name, text in sorted((case.schema.observed or {}).items()):
            yield name, types.parse(text)


@registry.rule(
    'K604',
    'undeclared',
    _Severity.ERROR,
    Coverage,
    categories='COVERAGE',
    what='A notification or a sample has a field that the class does not '
    'declare.',
    why='Consumers may rely on a field that the class does not promise. '
    'Either the sample is wrong, or the class did not create the payload.',
    fix='Declare the field and raise the version, or correct the sample.',
)
def undeclared(case: Coverage) -> Iterator[Hit]:
    """Yield observed fields that the class does not declare."""
    declared, observed = case.schema.declared, case.schema.observed
    if declared is not None and observed is not None:
        for name in sorted(observed.keys() - declared.keys()):
            yield Hit(
                f'{name} ({types.words(observed[name])}) was observed, but '
                'the class does not declare it',
                name,
            )


@registry.rule(
    'K605',
    'contradicts-declaration',
    _Severity.ERROR,
    Coverage,
    categories='COVERAGE',
    what='In a notification or a sample, a field has another type than the '
    'class declares, or has null, which the class excludes.',
    why='Consumers that trust the class fail. Either the sample or the class '
    'is wrong.',
    fix='Correct the declaration and raise the version, or correct the '
    'sample.',
)
def contradicts_declaration(case: Coverage) -> Iterator[Hit]:
    """Yield fields that the class declares with another type."""
    declared, observed = case.schema.declared, case.schema.observed
    if declared is None or observed is None:
        return
    for name in sorted(observed.keys() & declared.keys()):
        seen = types.parse(observed[name])
        if not types.accepts(types.parse(declared[name]), seen):
            yield Hit(
                f'{name} was observed as {seen.words}, but is declared as '
                f'{types.words(declared[name])}',
                name,
            )


@registry.rule(
    'K606',
    'stale-catalogue',
    _Severity.ERROR,
    case_kinds.Stale,
    categories='COVERAGE',
    what='The catalogue in the repository differs from its source, for '
    'example from the payload classes.',
    why='Reviewers do not see the change, and the check compares the next '
    'change with an older state.',
    fix='Record again, and commit the catalogue together with the change.',
)
def stale_catalogue(case: case_kinds.Stale) -> Iterator[Hit]:
    """Yield a finding for a catalogue that is not up to date."""
    yield Hit(
        'the catalogue is not up to date',
        fix=f'record {case.subject} again and commit it: {case.command}',
    )


@registry.rule(
    'K607',
    'classes-not-read',
    _Severity.ERROR,
    case_kinds.Unread,
    categories='COVERAGE',
    what='The check cannot read a payload class. For example, a module that '
    'may have payload classes cannot be imported. Or a notification class '
    'names a class that does not exist, or that two modules define.',
    why='The check sees no change of these classes. It also reports no '
    'removed payload, because one of these classes may be the payload.',
    fix='Install the packages that the module needs, add a missing '
    '__init__.py, or correct the class. If the module has no payload class, '
    'or is optional, set --severity K607=warning.',
)
def classes_not_read(case: case_kinds.Unread) -> Iterator[Hit]:
    """Yield a finding for payload classes that cannot be read."""
    yield Hit(case.why)
