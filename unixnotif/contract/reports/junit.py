# SPDX-FileCopyrightText: The authors of unixnotif
# SPDX-License-Identifier: Apache-2.0

"""Reports in the XML of JUnit."""

from xml.etree import ElementTree

from unixnotif import terminal
from unixnotif.contract import findings
from unixnotif.contract.reports import text

_Severity = findings.Severity


def as_junit(report: findings.Report, shown: findings.Severity) -> str:
    """Return a test case for each finding; only notes have passed."""
    found = report.reaching(shown)
    failed = [f for f in found if f.severity.reaches(_Severity.WARNING)]
    suite = ElementTree.Element(
        'testsuite',
        name='unixnotif contract',
        tests=str(len(found) or 1),
        failures=str(len(failed)),
    )
    if not found:
        ElementTree.SubElement(
            suite, 'testcase', classname='contract', name=text.summary(report)
        )
    for f in found:
        case = ElementTree.SubElement(
            suite,
            'testcase',
            classname=terminal.escape(f.subject),
            name=terminal.escape(f'{f.rule} {f.place}'),
        )
        if f.file:
            case.set('file', terminal.escape(f.file))
            case.set('line', str(f.line))
        severe = f.severity.reaches(_Severity.WARNING)
        inside = ElementTree.SubElement(
            case, 'failure' if severe else 'system-out'
        )
        if severe:
            inside.set('type', f'{f.severity} {f.rule} {f.slug}')
            inside.set('message', terminal.escape(f.message))
        inside.text = text.explained(f.message, f)
    return ElementTree.tostring(suite, encoding='unicode') + '\n'
