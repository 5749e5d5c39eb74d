# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Check of a catalogue against the recorded catalogue.

Rule: each rule judges all cases of its class. If findings differ only in the
old version, the report has only the one with the nearest old version.
"""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
import dataclasses
import itertools
import typing

from unixnotif import errors
from unixnotif.contract import catalogues
from unixnotif.contract import findings
from unixnotif.contract import merger
from unixnotif.contract import rules
from unixnotif.contract.cases import Cases
from unixnotif.contract.cases import unversioned
from unixnotif.contract.rules import case_kinds

_COVERAGE = ('K601', 'K602', 'K603')
_LEGACY = ('L701', 'L702', 'L703', 'L705')

#: By the class of the cases that they judge.
_RULES: Mapping[type[case_kinds.Case], list[rules.Rule]] = {
    judged: [rule for rule in rules.ALL if rule.judges is judged]
    for judged in typing.get_args(case_kinds.Case)
}

Severities = Mapping[str, findings.Severity]


def check(
    new: catalogues.Catalogue,
    base: catalogues.Catalogue,
    *,
    strict_merge: bool = False,
    require_coverage: bool = False,
    legacy: findings.Severity | None = None,
    use: Iterable[str] = (),
    exclude: Iterable[str] = (),
    severities: Severities | None = None,
    cases: Iterable[case_kinds.Case] = (),
    kept: bool = False,
) -> findings.Report:
    """Compare a catalogue with a recorded one.

    :param new: the catalogue of the change
    :param base: the recorded catalogue
    :param strict_merge: if True, a pending version must not change either
    :param require_coverage: if True, declared fields that no test shows are
        errors
    :param legacy: severity of changes in payloads without a version; OFF
        skips legacy payloads
    :param use: categories or rules; only these are checked. A rule that is off
        by default is then a warning
    :param exclude: categories or rules that are not checked
    :param severities: by rule, in place of the defaults
    :param cases: further cases to judge, which a comparison of the catalogues
        does not find; for the command ``contract check``
    :param kept: if True, the recorded catalogue is an earlier revision of the
        same file, so the new one must have all released versions
    """
    if legacy is findings.Severity.OFF:
        new, base = (
            dataclasses.replace(each, legacy={}) for each in (new, base)
        )
    forced: dict[str, findings.Severity] = {}
    if require_coverage:
        forced.update(dict.fromkeys(_COVERAGE, findings.Severity.ERROR))
    if legacy is not None:
        forced.update(dict.fromkeys(_LEGACY, legacy))
    levels = _selected(forced, use, exclude)
    # The severity of one rule overrides the selected categories.
    forced.update(severities or {})
    levels.update(severities or {})
    found: dict[tuple[str, ...], findings.Finding] = {}
    found_cases = Cases(new, base, strict_merge, require_coverage, kept)
    for case in itertools.chain(found_cases, cases):
        for finding in _judge(case, levels, forced):
            # Cases of the nearest old version come first.
            # A case without a version has a message of its own.
            what = finding.new or finding.message
            key = (finding.rule, finding.subject, finding.field, what)
            found.setdefault(key, finding)
    return findings.Report(
        sorted(found.values(), key=findings.sort_key),
        len(new.payloads.keys() & base.payloads.keys()),
        len(new.legacy.keys() & base.legacy.keys()),
    )


def check_observed(
    seen: catalogues.Catalogue, recorded: catalogues.Catalogue
) -> findings.Report:
    """Check observations against the recorded catalogue.

    The report excludes the findings of the recorded catalogue itself. It does
    not report payloads without observations as missing.
    """
    merged = merger.merge(recorded, seen)
    report = check(merged, recorded, cases=unversioned(seen, recorded))
    before = set(check(recorded, recorded).findings)
    return dataclasses.replace(
        report, findings=[f for f in report.findings if f not in before]
    )


def _selected(
    forced: Severities, use: Iterable[str], exclude: Iterable[str]
) -> dict[str, findings.Severity]:
    """Return the severity of each rule, OFF for those that are not checked."""
    off = findings.Severity.OFF
    levels = {rule.id: rule.severity for rule in rules.ALL}
    levels.update(forced)
    used = frozenset().union(*map(rules.select, use))
    if used:
        for identity, level in levels.items():
            if identity not in used:
                levels[identity] = off
            elif level is off:
                levels[identity] = findings.Severity.WARNING
    for identity in frozenset().union(*map(rules.select, exclude)):
        levels[identity] = off
    if used and all(levels[identity] is off for identity in used):
        raise errors.CatalogueError(
            '--use and --except leave no rule to check: remove --except'
        )
    return levels


def _judge(
    case: case_kinds.Case, levels: Severities, forced: Severities
) -> Iterator[findings.Finding]:
    for rule in _RULES[type(case)]:
        if levels[rule.id] is findings.Severity.OFF:
            continue
        recorded = case.recorded if isinstance(case, case_kinds.Pair) else None
        known = set(rule.hits(recorded)) if recorded else set()
        for hit in rule.hits(case):
            if hit in known:
                continue
            severity = forced.get(rule.id) or hit.severity
            yield findings.Finding(
                rule.id,
                rule.slug,
                severity or levels[rule.id],
                case.subject,
                hit.field,
                case.old,
                case.new,
                hit.message,
                hit.cause,
                hit.fix or rule.fix,
            )
