# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Reports in JSON: our own form, SARIF 2.1.0, and GitLab's Code Quality.

Sources: the SARIF standard of OASIS, and GitLab's page on Code Quality.
"""

import hashlib
import json
from typing import Any
from urllib import parse

from unixnotif.contract import findings
from unixnotif.contract import rules
from unixnotif.contract.reports import text

_Severity = findings.Severity
_SARIF = (
    'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/'
    'sarif-schema-2.1.0.json'
)
_GITLAB = {
    _Severity.ERROR: 'critical',
    _Severity.WARNING: 'minor',
    _Severity.NOTE: 'info',
}
_LEVELS = {_Severity.OFF: 'none'}


def as_json(report: findings.Report, shown: findings.Severity) -> str:
    """Return a JSON object with the shown findings."""
    value = {
        'compared': report.compared,
        'findings': [
            {
                'rule': f.rule,
                'slug': f.slug,
                'severity': str(f.severity),
                'subject': f.subject,
                'field': f.field,
                'old': f.old,
                'new': f.new,
                'message': f.message,
                'cause': f.cause,
                'fix': f.fix,
                'file': f.file,
                'line': f.line,
                'accept': f.accept,
                'explain': f.explain,
            }
            for f in report.reaching(shown)
        ],
    }
    return _dumped(value)


def _dumped(value: Any) -> str:
    # Only ASCII: names come from the wire.
    return json.dumps(value, indent=1) + '\n'


def as_sarif(report: findings.Report, shown: findings.Severity) -> str:
    """Return a log with its rules, for code scanning and editors."""
    found = report.reaching(shown)
    ids = sorted({f.rule for f in found})
    driver = {
        'name': 'unixnotif',
        'rules': [_sarif_rule(rules.find(identity)) for identity in ids],
    }
    run = {
        'tool': {'driver': driver},
        'columnKind': 'unicodeCodePoints',
        'results': [_sarif_result(f, ids.index(f.rule)) for f in found],
    }
    return _dumped({'$schema': _SARIF, 'version': '2.1.0', 'runs': [run]})


def _sarif_rule(rule: rules.Rule) -> dict[str, Any]:
    level = _LEVELS.get(rule.severity, str(rule.severity))
    return {
        'id': rule.id,
        'name': rule.slug,
        'shortDescription': {'text': rule.what},
        'fullDescription': {'text': rule.why},
        'help': {'text': rule.fix},
        'defaultConfiguration': {
            'enabled': rule.severity is not _Severity.OFF,
            'level': level,
        },
        'properties': {'tags': list(rule.categories)},
    }


def _sarif_result(f: findings.Finding, index: int) -> dict[str, Any]:
    location: dict[str, Any] = {
        'logicalLocations': [
            {
                'fullyQualifiedName': '.'.join(
                    filter(None, (f.subject, f.field))
                )
            }
        ]
    }
    if f.file:
        location['physicalLocation'] = {
            'artifactLocation': {'uri': parse.quote(f.file)},
            'region': {'startLine': f.line},
        }
    return {
        'ruleId': f.rule,
        'ruleIndex': index,
        'level': str(f.severity),
        'message': {'text': text.explained(f'{f.place}: {f.message}', f)},
        'locations': [location],
        'partialFingerprints': {'finding/v1': _fingerprint(f)},
    }


def _fingerprint(f: findings.Finding) -> str:
    """Return a digest that a moved line does not change."""
    key = json.dumps([f.rule, f.subject, f.field, f.old, f.new])
    return hashlib.sha256(key.encode()).hexdigest()


def as_gitlab(report: findings.Report, shown: findings.Severity) -> str:
    """Return a list for GitLab's Code Quality."""
    value = [
        {
            'description': text.explained(f'{f.place}: {f.message}', f),
            'check_name': f'{f.rule} {f.slug}',
            'fingerprint': _fingerprint(f),
            'severity': _GITLAB[f.severity],
            'location': {
                'path': f.file or f.subject,
                'lines': {'begin': f.line or 1},
            },
        }
        for f in report.reaching(shown)
    ]
    return _dumped(value)
