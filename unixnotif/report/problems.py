# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Contract problems of a recording: findings with explanation and fix.

Rule: :mod:`unixnotif.contract` writes the text of the problems.
"""

from collections.abc import Iterable
import dataclasses
import datetime

from unixnotif import clock
from unixnotif import contract
from unixnotif.contract import allowlist
from unixnotif.contract import rules


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """A finding, with the explanation of its rule.

    :ivar what: sentences that describe the violation
    :ivar why: sentences about the effect on consumers
    """

    finding: contract.Finding
    what: str
    why: str


def find(
    seen: contract.Catalogue,
    recorded: contract.Catalogue,
    allowed: Iterable[allowlist.Entry] = (),
    today: datetime.date | None = None,
) -> list[Problem]:
    """Return the errors and warnings of the rules, the worst first.

    The list excludes the findings of the recorded catalogue itself. Payloads
    without observations are not reported as missing.

    :param seen: the payloads of the recording
    :param recorded: the catalogue
    :param allowed: entries of an allow-list, whose findings are left out
    :param today: for entries that expire; by default the current day
    """
    if not seen.payloads and not seen.legacy:
        return []
    report = contract.check_observed(seen, recorded)
    entries = list(allowed)
    if entries:
        day = today or clock.now().date()
        report = allowlist.apply(report, entries, day).report
    shown = report.reaching(contract.Severity.WARNING)
    ordered = sorted(shown, key=lambda f: -f.severity.rank)
    return [_explained(finding) for finding in ordered]


def _explained(finding: contract.Finding) -> Problem:
    rule = rules.find(finding.rule)
    return Problem(finding, rule.what, rule.why)
